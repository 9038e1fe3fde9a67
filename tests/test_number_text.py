"""Numbers as text: nought without a sign, per cent without a space, in every output."""

import ast
import re
from pathlib import Path

import pytest

from steppe.experiments.results.comparison import Comparison, as_text
from steppe.experiments.results.differences import Difference
from steppe.model.core.number_text import (
    format_band,
    format_change,
    format_fixed,
    format_general,
    format_percent,
    format_signed,
)
from steppe.model.core.word_lists import with_article

ROOT = Path(__file__).parent.parent
OWN_FORM = re.compile(r"[<>+0-9]*(\.\w+)?[f%]|\.\dg")  # with decimals, and without a comma
SIGNED_NOUGHT = re.compile(r"[-\N{MINUS SIGN}+]0(\.0+)?%?(?![\d.])")


@pytest.mark.parametrize("value", [0.0, -0.0, 0.0004, -0.0004, -1e-300])
def test_what_rounds_to_nought_has_no_sign(value):
    assert format_fixed(value) == "0.00"
    assert format_fixed(value, 3) == "0.000"
    assert format_signed(value) == format_signed(value, 3) == format_change(value) == "0"
    assert format_percent(value) == "0%"
    assert format_band(value, value, signed=True) == "90%: 0 to 0"


def test_other_numbers_keep_sign_and_decimals():
    assert [format_fixed(value) for value in (0.126, -0.126, 1.0)] == ["0.13", "-0.13", "1.00"]
    assert [format_signed(value, 3) for value in (0.0126, -0.0126)] == ["+0.013", "-0.013"]
    assert [format_change(value) for value in (0.2, -0.004)] == ["+0.20", "-0.004"]
    assert [format_general(value, 3) for value in (-0.0, 12.0, 1e-5)] == ["0", "12", "1e-05"]
    assert format_percent(0.126) == "13%"
    assert format_fixed(float("-inf")) == "-inf"


def test_no_other_code_writes_numbers_with_decimals_or_per_cent():
    own = []
    for path in (*ROOT.glob("model/**/*.py"), *ROOT.glob("experiments/**/*.py")):
        if path.name in ("number_text.py", "thumbnails.py") or "benchmarks" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
                spec = ast.literal_eval(ast.unparse(node.format_spec).lstrip("f"))
                if OWN_FORM.fullmatch(spec):
                    own.append(f"{path.relative_to(ROOT)}:{node.lineno}: {spec}")
    assert own == []


def test_no_page_puts_a_space_before_a_per_cent_sign():
    """Data keep the names of their columns; only what is read is meant here."""
    written = [*ROOT.glob("*.md"), *ROOT.glob("scenarios/*.md"), ROOT / "experiments/README.md"]
    written += ROOT.glob("experiments/report/*.*")
    assert not [path for path in written if re.search(r"\d %", path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("United States", "the United States"),
        ("European Union", "the European Union"),
        ("EU", "the EU"),
        ("CSTO", "the CSTO"),
        ("EurAsEC", "the EurAsEC"),
        ("Russia", "Russia"),
        ("autonomy", "autonomy"),
        ("", ""),
    ],
)
def test_a_name_takes_an_article_in_a_sentence(name, said):
    assert with_article(name) == said


def test_lists_in_sentences_have_commas_and_one_conjunction():
    """Names joined by "and" throughout read as if three were two and one."""
    own = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (*ROOT.glob("model/**/*.py"), *ROOT.glob("experiments/**/*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"[\"'] (and|or) [\"']\.join", line)
    ]
    assert own == []


def difference(median, low, high):
    return Difference(
        "one", "baseline", 2040, "Kazakhstan", "security", "Russia", median, low, high, 0.5, 100
    )


def test_a_comparison_near_nought_shows_no_sign(tmp_path):
    near = difference(-0.0001, -0.0002, 0.00001)
    text = as_text(Comparison("one", "baseline", 2040, 100, (near,), ()))
    assert "less than 0.001 either way (90%: 0 to 0)" in text
    assert not SIGNED_NOUGHT.search(text)

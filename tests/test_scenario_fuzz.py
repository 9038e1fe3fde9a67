"""Any text gives a scenario or a list of mistakes, and soon."""

from functools import partial
from pathlib import Path

import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from speed import least, of_call

from steppe.model.core.calendar import parse_quarter
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.yaml_source import parse_yaml
from steppe.model.scenario.find_files import SHIPPED, shipped_names
from steppe.model.scenario.lever_arithmetic import evaluate_arithmetic
from steppe.model.scenario.load import load_family

SHIPPED_TEXTS = [
    (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    for name in shipped_names()
    if name != "history"
]
PIECES = [
    "\t",
    "  ",
    ":",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "#",
    "&a ",
    "*a",
    "!!int ",
    "<<: ",
    "? ",
    "|",
    ">",
    "---",
    "\n",
    "\ufeff",
    "null",
    "true",
    "no",
    "1e999",
    ".nan",
    "-1",
    "2024Q5",
    "all",
    "а",
    "\x00",
    "\u2028",
    "%",
    "@",
    "depth",
    "extends: history",
    "events:",
    "vary: {grid: {depth: [0.1]}}",
    "cast: {Iran: {kind: power}}",
    "either: {2024: 1}",
    "99999999999999999999",
    "1/0",
    "9*9*9",
]
QUICK = settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(150),
    database=None,
    suppress_health_check=list(HealthCheck),
)
SECONDS = 5  # of processor time
pytestmark = pytest.mark.fuzz


def outcome(text: str | bytes, folder: Path) -> None:
    """Load the text as a scenario file: only DiagnosticsError may come of it, soon."""
    path = folder / "fuzz.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    assert least(partial(of_call, partial(load_or_refuse, path)), SECONDS) <= SECONDS


def load_or_refuse(path: Path) -> None:
    try:
        family = load_family(path)
        assert family
    except DiagnosticsError as found:
        assert found.diagnostics
        assert all(
            diagnostic.message and "\n" not in diagnostic.message.strip("\n")
            for diagnostic in found.diagnostics
        )


@QUICK
@given(st.text(max_size=300))
def test_any_text(tmp_path_factory, text):
    outcome(text, tmp_path_factory.getbasetemp())


@QUICK
@given(st.binary(max_size=300))
def test_any_bytes(tmp_path_factory, raw):
    outcome(raw, tmp_path_factory.getbasetemp())


@QUICK
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=60).map("".join))
def test_anything_that_looks_like_yaml(tmp_path_factory, text):
    outcome(text, tmp_path_factory.getbasetemp())


@st.composite
def mutated(draw):
    """A shipped file with a few pieces cut out, doubled, swapped or put in."""
    text = draw(st.sampled_from(SHIPPED_TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["cut", "put", "double", "move", "line"]))
        piece = draw(st.sampled_from(PIECES)) if kind == "put" else text[start:end]
        if kind == "line":
            lines = text.splitlines(keepends=True)
            number = draw(st.integers(0, max(0, len(lines) - 1)))
            text = "".join(lines[:number] + lines[number + 1 :]) if lines else text
        else:
            rest = text[:start] + (text[start:] if kind in ("put", "double") else text[end:])
            place = draw(st.integers(0, len(rest))) if kind == "move" else start
            text = rest if kind == "cut" else rest[:place] + piece + rest[place:]
    return text


@settings(QUICK, max_examples=examples(400))
@given(mutated())
def test_shipped_files_with_mutations(tmp_path_factory, text):
    outcome(text, tmp_path_factory.getbasetemp())


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["all", "Russia", "security", "2025", "depth"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = [
    "title",
    "narrative",
    "sources",
    "from",
    "to",
    "tags",
    "levers",
    "parameters",
    "cast",
    "events",
    "expects",
    "vary",
    "extends",
]


@settings(QUICK, max_examples=examples(300))
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1, max_size=4))
def test_right_keys_with_anything_in_them(tmp_path_factory, data):
    import yaml

    outcome(
        yaml.safe_dump({"extends": "baseline", **data}, allow_unicode=True),
        tmp_path_factory.getbasetemp(),
    )


EVENT_KEYS = [
    "what",
    "when",
    "between",
    "either",
    "if",
    "probability",
    "claims",
    "effects",
    "shock",
    "power",
    "republic",
    "channel",
    "intensity",
    "budget",
    "scale",
    "over",
    "institution",
    "join",
    "found",
    "relation",
    "becomes",
    "interest",
    "need",
    "tolerance",
    "reroute",
    "share",
]


@settings(QUICK, max_examples=examples(300))
@given(
    st.dictionaries(st.sampled_from(EVENT_KEYS), VALUES, max_size=5),
    st.dictionaries(st.sampled_from(EVENT_KEYS), VALUES, max_size=5),
)
def test_events_with_anything_in_them(tmp_path_factory, event, effect):
    import yaml

    data = {
        "title": "x",
        "extends": "baseline",
        "events": {"it": {"what": "abc", "when": 2025, **event, "effects": [effect]}},
    }
    outcome(yaml.safe_dump(data, allow_unicode=True), tmp_path_factory.getbasetemp())


@QUICK
@given(st.text(max_size=40) | st.text(alphabet="()+-*/0123456789.e depth", max_size=40))
def test_arithmetic_gives_a_finite_number_or_an_error(text):
    try:
        assert abs(evaluate_arithmetic(text, {"depth": 0.5})) < float("inf")
    except ValueError as error:
        assert str(error)


@QUICK
@given(st.text(max_size=12) | st.integers() | st.floats())
def test_a_date_is_a_quarter_or_an_error(value):
    try:
        assert isinstance(parse_quarter(value), int)
    except ValueError as error:
        assert "date" in str(error) or "range" in str(error)


@pytest.mark.parametrize(
    ("name", "text"),
    {
        "a million brackets": "title: " + "[" * 1_000_000,
        "a hundred thousand keys of keys": "? " * 100_000,
        "a ladder": "\n".join(" " * depth + "a:" for depth in range(2_000)),
        "nine to the ninth": "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "\n".join(
            f"{chr(98 + step)}: &{chr(98 + step)} [{','.join(['*' + chr(97 + step)] * 9)}]"
            for step in range(9)
        ),
        "an anchor in itself": "title: &a [*a]",
        "four million values": "a: [" + "1," * 3_900_000 + "]",
        "a long key": '"' + "x" * 5_000_000 + '": 1',
        "too large": "#" * 9_000_000,
        "many levers": "levers:\n" + "\n".join(f" l{number}: {{}}" for number in range(50_000)),
        "many faulty events": "title: x\nextends: baseline\nevents:\n"
        + "\n".join(
            f" e{number}: {{what: abc, wen: 2025, effects: [{{budget: Rus{number}, scale: 1}}]}}"
            for number in range(10_000)
        ),
        "deep arithmetic": 'title: x\nextends: baseline\nparameters: {theta: "'
        + "(" * 95
        + "1"
        + ")" * 95
        + '"}',
    }.items(),
)
def test_a_bomb_is_refused_in_time(tmp_path, name, text):
    path = tmp_path / "bomb.yaml"
    path.write_text(text, encoding="utf-8")

    def refuse() -> None:
        with pytest.raises(DiagnosticsError) as found:
            load_family(path)
        assert len(str(found.value)) < 100_000, name

    assert least(lambda: of_call(refuse), SECONDS) <= SECONDS


def test_parsing_alone_takes_any_name():
    with pytest.raises(DiagnosticsError, match="anything:1:1"):
        parse_yaml("", "anything")

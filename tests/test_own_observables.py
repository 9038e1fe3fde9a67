"""Observables of a user's own: declared, drawn, stored and shown, with no code touched."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
import yaml
from command import steppe
from evidence_files import own_evidence, target_text, write_claims

from steppe.experiments.calibration.margins import target_margins
from steppe.experiments.calibration.targets import Target
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.cast import default_cast
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.evidence.expectations import Expectation
from steppe.model.observables.declarations import OBSERVABLES, SHIPPED_FILE, read_observables
from steppe.model.random_streams import normals

HERE = Path(__file__).parent
OWN = HERE / "own_observables.yaml"
CAST = default_cast()
STEP = 1 / 65534
SEED, ALL = 5, np.arange(12)
RUN = ("--members", "12", "--seed", str(SEED), "--parameters-from", "prior", "--quiet")
CLAIM = {  # of arms, which follow the security channel
    "reading": "volume",
    "link": "arms",
    "more": {"powers": ["China"], "republics": ["Uzbekistan"], "channels": ["SEC"], "when": 2018},
    "less": {"powers": ["Russia"]},
}


OWN_RUN = """
import sys
from command import steppe
for line in sys.stdin:
    ended = steppe(*line.rstrip().split("|"))
    print(f"== {ended.returncode}", ended.stdout, ended.stderr, sep="\\n")
"""


def own_process(folder, *commands):
    """Run commands in a process that knows the observable of the tests; the text of each."""
    done = subprocess.run(
        [sys.executable, "-c", OWN_RUN],
        input="".join("|".join(words) + "\n" for words in commands),
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join([str(HERE), *sys.path]), "STEPPE_OBSERVABLES": str(OWN)},
        capture_output=True,
        text=True,
        check=True,
    )
    return [text.partition("\n") for text in done.stdout.split("== ")[1:]]


def test_an_observable_of_ones_own_goes_all_the_way_with_no_code(tmp_path):
    scenarios = ("baseline", "russian-retreat")
    kazakh = ("--republic", "Kazakhstan")
    texts = own_process(
        tmp_path,
        ("run", *scenarios, *RUN, "--no-figures", "--jobs", "2", "--out", "out"),
        ("run", "baseline", *RUN, "--no-figures", "--store", "summary", "--out", "counts"),
        ("verify", "out", "--jobs", "1"),
        ("compare", "out", "russian-retreat", *kazakh),
        ("plot", "out", "--figure", "arms", *kazakh, "--jobs", "1"),
        ("export", "out", "--to", "iamc"),
        ("report", "out"),
        ("explain", "arms"),
        ("parameters",),
        (
            *("tipping", "russian-retreat", "--lever", "depth", "--members", "10"),
            *("--condition", "mean(arms(Russia, all, 2030)) < 0.1", "--out", "tip"),
            *("--parameters-from", "prior"),
        ),
    )
    assert [code for code, _, _ in texts] == ["0"] * len(texts), texts
    ran, _, _, compared, drawn, exported, _, explained, listed, _ = (text for _, _, text in texts)
    assert ran and "2040, Kazakhstan, arms, Russia: " in compared
    assert "arms-baseline-kazakhstan.png" in drawn and "arms (observable)" in explained
    assert "offset.arms[China]" in listed and "N(0, 0.8)" in listed
    iamc = pd.read_csv(tmp_path / exported.strip())
    assert "Arms|Russia|95th Percentile" in set(iamc["variable"])
    assert "Influence is not arms or trade" in (tmp_path / "out" / "report.html").read_text("utf-8")
    dataset = open_batch(tmp_path / "out").load()  # in this process, which knows nothing of it
    np.testing.assert_allclose(dataset["arms"].sum("power"), 1, atol=3 * STEP)
    weights = dataset["shares"].sel(channel="security", holder=list(CAST.power_names)).values
    labels = [f"offset.arms[{power}]" for power in CAST.power_names]
    offsets = dataset["parameters"].sel(parameter=labels).values
    particular = [
        [normals(SEED, "observable", ("arms", power, republic), ALL) for power in CAST.power_names]
        for republic in CAST.republic_names
    ]  # (r, p, m)
    exponent = offsets[:, :, None, None] + 0.4 * np.array(particular).transpose(2, 0, 1)[:, None]
    weights = weights * np.exp(exponent)
    expected = weights / weights.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(dataset["arms"].values, expected, atol=1e-3)
    summary = pd.read_csv(tmp_path / "counts" / "summary.csv")
    assert set(summary["quantity"]) == {"influence", "trade", "arms"}


def test_influence_and_trade_are_the_same_with_one_of_ones_own(tmp_path):
    words = ("run", "baseline", *RUN, "--no-figures", "--out")
    own_process(tmp_path, (*words, "own"))
    assert steppe(*words, "plain", cwd=tmp_path).returncode == 0
    own, plain = open_batch(tmp_path / "own"), open_batch(tmp_path / "plain")
    for name in ("shares", "trade"):
        np.testing.assert_array_equal(own[name], plain[name])


def test_claims_are_read_on_one_of_ones_own(tmp_path):
    folder = own_evidence(tmp_path)
    economic = {**CLAIM, "more": {**CLAIM["more"], "channels": ["economic"]}}
    file = folder / "claims.yaml"
    claims = {"sound": CLAIM, "other-channel": economic}
    write_claims(file, [target_text(name, expect) for name, expect in claims.items()])
    check = ("evidence", "check", "--evidence", str(folder))
    ((code, _, said),) = own_process(tmp_path, check)
    assert code == "1" and said.count("claims.yaml") == 1
    assert "'link: arms' with other channels; write 'channels: [security]' (rule 3)" in said
    assert "unknown observable 'arms'" in steppe(*check).stderr


def test_calibration_compares_claims_on_it_as_those_on_trade(monkeypatch):
    """The logarithm of the ratio of two shares, on which offsets act; never their difference."""
    monkeypatch.setitem(OBSERVABLES, "arms", read_observables(OWN)[0])
    expect = Expectation.model_validate(CLAIM, context={"cast": CAST})
    target = Target("arms", "d", "arms", 0.8, expect, "made up for a test")
    means = np.full((20, *CAST.shape, 1), 0.1)
    means[:, CAST.index("power", "China"), :, CAST.index("channel", "security")] = 0.3
    np.testing.assert_allclose(target_margins((target,), means, CAST), np.log(3))
    assert target.read_on == "arms"


def test_the_declaration_on_the_page_about_data_is_sound(tmp_path):
    page = (HERE.parent / "experiments" / "DATA.md").read_text(encoding="utf-8")
    text = page[page.index("    arms:") : page.index("It has parameters (`offset.arms[China]`)")]
    (tmp_path / "own.yaml").write_text(dedent(text), encoding="utf-8")
    (row,) = read_observables(tmp_path / "own.yaml")
    assert (row.name, row.channel) == ("arms", "security")


SOUND = {
    "meaning": "what is counted",
    "channel": "security",
    "link": "offset",
    "spread": 1.0,
    "scatter": 0.5,
    "unit": "share",
    "reading": "none",
}
WRONG = {
    "a channel": ("channel", "secrity", 3, "unknown channel 'secrity'; did you mean 'security'?"),
    "a link": ("link", "ratio", 4, "unknown link 'ratio'; known: offset"),
    "no spread": ("spread", 0, 5, "'spread' is a number above 0 and at most 3, not 0"),
    "a spread in words": ("spread", "wide", 5, "'spread' is a number above 0"),
    "a reading": ("reading", "volumes", 8, "unknown reading 'volumes'; did you mean 'volume'?"),
    "no text": ("unit", 3, 7, "'unit' is text of at least three letters, not 3"),
}


def declaration(folder, name="arms", **changes):
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump({name: {**SOUND, **changes}}, sort_keys=False))
    return path


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_declaration_is_refused_at_its_line(tmp_path, case):
    key, value, line, message = WRONG[case]
    path = declaration(tmp_path, **{key: value})
    with pytest.raises(DiagnosticsError) as caught:
        read_observables(path)
    (problem,) = caught.value.diagnostics
    assert problem.line == line and message in problem.message and str(path) in str(problem)


def test_keys_and_names_of_declarations_are_checked(tmp_path):
    for name, changes, message in (
        ("share", {}, "1:1  'share' cannot name an observable"),
        ("Arms", {}, "1:1  'Arms' cannot name an observable"),
        ("arms", {"chanel": "x"}, "9:3  unknown key 'chanel'; did you mean 'channel'?"),
    ):
        with pytest.raises(DiagnosticsError, match=r"own.yaml") as caught:
            read_observables(declaration(tmp_path, name, **changes))
        assert message in str(caught.value)
    (tmp_path / "own.yaml").write_text("arms: {channel: security}\n")
    with pytest.raises(DiagnosticsError, match="1:1  the key 'meaning' is missing"):
        read_observables(tmp_path / "own.yaml")
    assert read_observables(SHIPPED_FILE)[0] == OBSERVABLES["trade"]


def test_a_command_with_wrong_declarations_says_where(tmp_path):
    declaration(tmp_path, "trade")
    done = subprocess.run(
        [sys.executable, "-m", "steppe", "parameters"],
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(sys.path), "STEPPE_OBSERVABLES": "own.yaml"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.strip() == (
        "own.yaml:1:1  'trade' is declared already; give it another name"
    )

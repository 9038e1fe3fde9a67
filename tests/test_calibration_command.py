"""`steppe calibrate` and `steppe scorecard`, with a user's own evidence; and what ships."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from toy_calibration import files_of, toy_plan

from steppe.experiments.calibration import (
    calibrate,
    calibration_plan,
    gates,
    resample,
    tempered_smc,
)
from steppe.experiments.calibration.calibration_plan import make_plan
from steppe.experiments.calibration.conclusions import CONCLUSIONS, conclusion_targets
from steppe.experiments.calibration.fit import Sampler
from steppe.experiments.calibration.margins import YearMeans, target_margins
from steppe.experiments.calibration.scorecard import make_scorecard as scorecard
from steppe.experiments.calibration.scorecard import record as scorecard_record
from steppe.experiments.calibration.scorecard.loss_reasons import UNEXPLAINED, loss_reason
from steppe.experiments.calibration.unknowns import drawn_events
from steppe.experiments.cli.app import steppe
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import RequestError
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR, SHIPPED_SCORECARD
from steppe.model.core.version import MODEL_VERSION
from steppe.model.evidence.fingerprint import shipped_evidence_fingerprint
from steppe.model.model import InfluenceModel
from steppe.model.parameters.posterior import PosteriorSample, read_posterior
from steppe.model.parameters.table import all_labels

OWN = Path(__file__).parent / "own_evidence"


def run_steppe(*arguments: str | Path):
    return CliRunner().invoke(steppe, [str(word) for word in arguments])


@pytest.fixture
def little_moved(monkeypatch):
    """Samples that take few moves and are not judged, since these tests are about commands."""
    for name, value in (("STAGE_MOVES", 1), ("FINAL_MOVES", 4), ("MOST_FINAL_MOVES", 4)):
        monkeypatch.setattr(tempered_smc, name, value)
    monkeypatch.setattr(calibrate, "QUICK_GATES", gates.Gates(2.0, 0.0))
    monkeypatch.setattr(gates, "FORGOTTEN", 2.0)


@pytest.mark.slow  # ten fits of the whole cast
def test_scorecard_command(tmp_path, monkeypatch, little_moved):
    monkeypatch.setattr(scorecard, "QUICK_PARTICLES", 64)
    result = run_steppe(
        "scorecard",
        "--quick",
        "--work",
        tmp_path / "work",
        "--out",
        tmp_path / "card",
        "--jobs",
        1,
        "--json",
    )
    assert result.exit_code == 0, result.output
    record = json.loads(result.output)
    assert (
        record["mode"] == "quick"
        and len(record["conclusions"]) == len(CONCLUSIONS)
        and len(record["left_out"]) == 4
    )
    assert {path.name for path in (tmp_path / "card").iterdir()} == {
        "left_out.csv",
        "left_out_targets.csv",
        "conclusions.csv",
        "missed.csv",
        "against.csv",
        "offsets.csv",
        "slants.csv",
        "scorecard.md",
    }
    assert (
        "Quick" in (tmp_path / "card" / "scorecard.md").read_text()
        and (pd.read_csv(tmp_path / "card" / "left_out.csv")["mode"] == "quick").all()
    )
    before = files_of(tmp_path / "work")
    again = run_steppe(
        "scorecard",
        "--quick",
        "--work",
        tmp_path / "work",
        "--out",
        tmp_path / "again",
        "--jobs",
        1,
    )
    assert files_of(tmp_path / "work") == before and "Documents left out" in again.output
    for name in ("left_out.csv", "conclusions.csv", "scorecard.md"):
        assert (tmp_path / "card" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_quick_scorecard_does_not_ship():
    assert "leave out --quick" in str(run_steppe("scorecard", "--quick", "--ship").exception)


@pytest.mark.slow  # two fits of the whole cast
def test_own_evidence(tmp_path, little_moved):
    out = tmp_path / "mine.csv"
    result = run_steppe(
        "calibrate",
        "--evidence",
        OWN,
        "--out",
        out,
        "--work",
        tmp_path / "work",
        "--particles",
        64,
        "--quick",
        "--report",
        "--jobs",
        1,
    )
    assert result.exit_code == 0, result.output or result.exception
    assert (
        "stayed at their prior" in result.output
        and "market-china-passes-russia" in (tmp_path / "work" / "targets.csv").read_text()
    )
    assert (tmp_path / "work" / "report.html").exists()
    posterior = read_posterior(out, all_labels(default_cast()))
    assert (
        posterior.header["mode"] == "quick"
        and posterior.header["evidence"] != shipped_evidence_fingerprint()
    )
    assert posterior.dates, "dates that are drawn are kept"
    run = run_steppe(
        "run",
        "history",
        "--parameters-from",
        out,
        "--members",
        8,
        "--jobs",
        1,
        "--no-figures",
        "--quiet",
        "--out",
        tmp_path / "results",
    )
    assert run.exit_code == 0, run.output or run.exception
    assert posterior.fingerprint in run.output


def test_evidence_needs_out():
    assert "--out" in str(run_steppe("calibrate", "--evidence", OWN).exception)


def test_mistakes_in_evidence_are_shown(tmp_path):
    result = run_steppe("calibrate", "--evidence", tmp_path, "--out", tmp_path / "x.csv")
    assert isinstance(result.exception, RequestError) and str(tmp_path) in str(result.exception)


def test_a_history_that_the_claims_do_not_give_is_refused(tmp_path, monkeypatch):
    stale = tmp_path / "history.yaml"
    stale.write_text("name: history\n", encoding="utf-8")
    monkeypatch.setattr(calibration_plan, "SHIPPED_HISTORY", stale)
    with pytest.raises(RequestError, match="not the history that the claims give; refresh it"):
        make_plan(None, 1, 16)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "work").write_text("in the way")
    with pytest.raises(RequestError, match="--work"):
        Sampler(tmp_path / "work").fit(toy_plan(), "posterior")


# What ships


CERTAIN = 0.55  # below, a thousand members may be on either side of one half by chance


@pytest.fixture(scope="module")
def shipped() -> PosteriorSample:
    if not SHIPPED_POSTERIOR.exists():
        pytest.fail("model/parameters/posterior.csv does not exist; `steppe calibrate` makes it")
    return read_posterior(
        SHIPPED_POSTERIOR, all_labels(default_cast()), shipped_evidence_fingerprint()
    )


def test_shipped_posterior_is_fresh_and_passes_its_gates(shipped):
    header = shipped.header
    assert (
        header["evidence"] == shipped_evidence_fingerprint()
        and header["model"] == MODEL_VERSION
        and header["mode"] == "full"
    )
    assert shipped.size == resample.MEMBERS and int(header["particles"]) >= 4096
    assert header["runs"] == "2" and float(header["disagreement"]) < 0.03
    assert float(header["effective_size"]) >= 1000 and float(header["correlation"]) < 0.1
    assert set(shipped.dates) == set(drawn_events(make_plan(None, 1, 256).history))


def test_shipped_scorecard_is_fresh_and_explains_its_losses():
    if not SHIPPED_SCORECARD.exists():
        pytest.fail(
            "model/parameters/scorecard.json does not exist; `steppe scorecard --ship` makes it"
        )
    record = scorecard_record.read_record()
    assert (
        record["mode"] == "full"
        and record["evidence"] == shipped_evidence_fingerprint()
        and record["model"] == MODEL_VERSION
    )
    unexplained = [
        name for name in scorecard_record.losses(record) if loss_reason(name) == UNEXPLAINED
    ]
    assert not unexplained, (
        "write why the model loses these, in experiments/calibration/scorecard/loss_reasons.py: "
        f"{unexplained}"
    )


@pytest.mark.slow  # a thousand histories of the whole cast
def test_conclusions_hold_as_the_scorecard_says(shipped):
    """In the posterior median, with other noise than in the calibration."""
    if not SHIPPED_SCORECARD.exists():
        pytest.fail(
            "model/parameters/scorecard.json does not exist; `steppe scorecard --ship` makes it"
        )
    said = {row["conclusion"]: row["full"] for row in scorecard_record.read_record()["conclusions"]}
    model = InfluenceModel("history", shipped.size, 1, parameters_from=shipped)
    means = YearMeans(model.share.shape)
    for quarter in model.run():
        means.add(quarter, model.share)
    margin = target_margins(conclusion_targets(), means.values, model.cast)
    found = {
        row.name: f"{said[row.name]:.0%} in the scorecard, {(margin[place] > 0).mean():.0%} here"
        for place, row in enumerate(CONCLUSIONS)
        if said[row.name] >= CERTAIN and np.median(margin[place]) <= 0
    }
    assert not found
    held = (margin > 0).mean(axis=1)  # of a thousand draws, whose error is 0.016 at most
    assert held == pytest.approx([said[row.name] for row in CONCLUSIONS], abs=0.06)

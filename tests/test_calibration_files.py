"""Files of a calibration: simulated draws that are reused, the posterior sample, and errors."""

from __future__ import annotations

import re
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_calibration import (
    TOY,
    TOY_TARGETS,
    files_of,
    ordinals,
    share_target,
    simulate_in_small_files,
    target,
    toy_plan,
)

from steppe.experiments.calibration import prior_draws
from steppe.experiments.calibration.calibrate import calibrate
from steppe.experiments.calibration.calibration_plan import CalibrationPlan
from steppe.experiments.calibration.importance_weights import weigh_draws
from steppe.experiments.calibration.margins import target_margins
from steppe.experiments.calibration.prior_draws import SimulatedDraws
from steppe.experiments.runs.workers import worker_context
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.model import InfluenceModel
from steppe.model.parameters.draw import draw_priors
from steppe.model.parameters.posterior import PosteriorError, PosteriorSample, read_posterior
from steppe.model.parameters.table import all_labels


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> tuple[CalibrationPlan, SimulatedDraws, Path]:
    """The toy's prior draws, simulated once."""
    plan, folder = toy_plan(), tmp_path_factory.mktemp("toy")
    return plan, prior_draws.simulate_draws(plan, folder), folder


# Simulated draws on disk


def is_same(one: SimulatedDraws, other: SimulatedDraws) -> bool:
    return (
        np.array_equal(one.margin, other.margin)
        and np.array_equal(one.persistence, other.persistence)
        and all(np.array_equal(values, other.table[label]) for label, values in one.table.items())
        and all(np.array_equal(values, other.dates[name]) for name, values in one.dates.items())
    )


def test_finished_files_are_reused(simulated):
    plan, draws, folder = simulated
    before, progress = files_of(folder), []
    again = prior_draws.simulate_draws(plan, folder, report_progress=progress.append)
    assert is_same(draws, again) and files_of(folder) == before and progress == [plan.draw_count]


def test_a_truncated_file_is_simulated_again(simulated, tmp_path):
    plan, draws, _ = simulated
    prior_draws.simulate_draws(plan, tmp_path)
    first, last = sorted(tmp_path.rglob("*.npz"))
    last.write_bytes(last.read_bytes()[:-400])
    kept, progress = first.stat().st_mtime_ns, []
    assert is_same(
        draws, prior_draws.simulate_draws(plan, tmp_path, report_progress=progress.append)
    )
    assert first.stat().st_mtime_ns == kept and progress == [2048, plan.draw_count - 2048]


def test_files_of_a_changed_model_are_simulated_again(simulated, tmp_path, monkeypatch):
    plan, draws, _ = simulated
    with monkeypatch.context() as patched:
        patched.setattr(
            prior_draws,
            "target_margins",
            lambda targets, means, cast, average: (
                target_margins(targets, means, cast, average) + 0.01
            ),
        )
        other = prior_draws.simulate_draws(plan, tmp_path)
    assert not is_same(draws, other)
    assert is_same(draws, prior_draws.simulate_draws(plan, tmp_path))


def test_a_killed_run_resumes_with_the_same_result(simulated, tmp_path, monkeypatch):
    plan, draws, _ = simulated
    process = worker_context().Process(target=simulate_in_small_files, args=(tmp_path,))
    process.start()
    process.join()
    done = files_of(tmp_path)
    assert process.exitcode == -signal.SIGKILL and len(done) == 2
    monkeypatch.setattr(prior_draws, "FILE_DRAWS", 256)
    progress = []
    assert is_same(
        draws, prior_draws.simulate_draws(plan, tmp_path, report_progress=progress.append)
    )
    assert progress[0] == 256 * len(done) and sum(progress) == plan.draw_count
    assert {name: files_of(tmp_path)[name] for name in done} == done


def test_the_same_seed_gives_the_same_file(simulated, tmp_path):
    plan, _, folder = simulated
    written = [tmp_path / "one.csv", tmp_path / "two.csv"]
    calibrate(plan, folder, written[0], jobs=1, quick=False)
    calibrate(plan, tmp_path / "elsewhere", written[1], jobs=1, quick=False)
    assert written[0].read_bytes() == written[1].read_bytes()
    other = calibrate(replace(plan, seed=4), tmp_path, tmp_path / "other.csv", jobs=1, quick=False)
    assert (
        other.posterior.header["seed"] == "4"
        and written[0].read_bytes() != (tmp_path / "other.csv").read_bytes()
    )


# The posterior sample


@pytest.fixture
def weights_file(simulated, tmp_path) -> Path:
    plan, _, folder = simulated
    calibrate(plan, folder, tmp_path / "toy.csv", jobs=1, quick=True)
    return tmp_path / "toy.csv"


def test_weights_say_what_they_were_made_from(simulated, weights_file):
    plan, draws, _ = simulated
    posterior = read_posterior(weights_file, all_labels(TOY), plan.shipped_evidence_fingerprint)
    assert (
        posterior.size == 1000
        and posterior.header["mode"] == "quick"
        and posterior.header["prior_draws"] == str(plan.draw_count)
    )
    assert float(posterior.header["ess"]) >= 1000 and float(posterior.header["k_hat"]) < 0.7
    known_rows = {
        tuple(f"{values[row]:.10g}" for values in draws.table.values()): row
        for row in range(draws.size)
    }
    for row in range(posterior.size):
        place = known_rows[tuple(f"{values[row]:.10g}" for values in posterior.table.values())]
        assert posterior.dates["accession"][row] == draws.dates["accession"][place], (
            "a member keeps the date that it was weighted with"
        )


def test_linked_offsets_are_kept_with_their_members(tmp_path):
    targets = (share_target("traded", 0.3, link="trade"), *ordinals(TOY_TARGETS[0]))
    plan = toy_plan(targets)
    done = calibrate(plan, tmp_path, tmp_path / "linked.csv", jobs=1, quick=False)
    posterior = read_posterior(tmp_path / "linked.csv", all_labels(TOY))
    assert (
        list(posterior.offsets) == ["traded"]
        and np.isin(
            np.round(posterior.offsets["traded"], 6), np.round(done.weights.offsets[0], 6)
        ).all()
    )


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda text: text[: len(text) // 2], "cut short"),
        (lambda text: text.replace("2005Q1", "2005Q2", 1), "edited"),
        (lambda text: re.sub("# model: .*", "# model: 0", text), "model version 0"),
        (lambda text: re.sub("# evidence: .*", "# evidence: elsewhere", text), "other evidence"),
        (lambda text: text.split("theta")[1], "not a posterior file"),
        (lambda text: "", "not a posterior file"),
    ],
)
def test_damaged_weights_name_the_file_and_the_mend(weights_file, damage, says):
    weights_file.write_text(damage(weights_file.read_text()), encoding="utf-8")
    with pytest.raises(PosteriorError) as error:
        read_posterior(weights_file, all_labels(TOY), "toy evidence")
    assert (
        str(weights_file) in str(error.value)
        and says in str(error.value)
        and "steppe calibrate" in str(error.value)
    )


def test_weights_of_another_cast_or_none_at_all(weights_file):
    with pytest.raises(PosteriorError, match="lacks the parameter"):
        read_posterior(weights_file, all_labels(default_cast()))
    with pytest.raises(PosteriorError, match="steppe calibrate"):
        read_posterior(weights_file.parent / "absent.csv", all_labels(TOY))


def test_more_members_than_draws_repeat_with_fresh_noise_and_settled_dates():
    plan = toy_plan()
    table = draw_priors(1, np.arange(3), TOY, plan.inputs.alpha_means)
    dates = {"accession": np.array([20, 38, 38])}
    posterior = PosteriorSample(table, dates, {}, {"content": "x"})
    model = InfluenceModel(plan.history, 7, 5, posterior=posterior, inputs=plan.inputs)
    assert list(model.forcing.starts["accession"]) == [20, 38, 38, 20, 38, 38, 20]
    assert (model.parameters.theta[:3] == model.parameters.theta[3:6]).all()
    for _ in model.run():
        pass
    assert np.abs(model.share[..., :3] - model.share[..., 3:6]).min() > 0, "the noise differs"


# What cannot be calibrated


def test_no_targets_is_refused(tmp_path):
    with pytest.raises(RequestError, match="no targets"):
        calibrate(toy_plan(targets=()), tmp_path, tmp_path / "none.csv", jobs=1, quick=False)


def test_ordinal_targets_that_contradict_each_other_leave_a_posterior(simulated):
    _, draws, _ = simulated
    lead = TOY_TARGETS[0][3]
    opposite = {
        "reading": "lead",
        "more": {"powers": ["West"], "republics": "all", "channels": ["security"], "when": 2010},
        "less": {"powers": "others"},
    }
    plan = toy_plan(
        (
            target("yes", "letter", None, lead, confidence=0.95),
            target("no", "essay", None, opposite, confidence=0.95),
        )
    )
    contrary = replace(draws, margin=np.stack([draws.margin[0], -draws.margin[0]]))
    found = weigh_draws(plan, contrary)
    assert found.passes_gates and found.weight.min() > 0


def test_figures_that_no_draw_reaches_are_named(tmp_path):
    targets = tuple(
        share_target(f"all-to-{power.lower()}-{place}", 0.98, power)
        for power in ("East", "West")
        for place in (1, 2)
    )
    plan = toy_plan(targets, draws=256)
    with pytest.raises(RequestError) as error:
        calibrate(plan, tmp_path, tmp_path / "none.csv", jobs=1, quick=False)
    assert (
        "all weights are zero" in str(error.value)
        and "letter.yaml:7" in str(error.value)
        and "0.98" in str(error.value)
    )
    assert not (tmp_path / "none.csv").exists()


def test_failing_gates_write_tables_and_report_but_no_weights(tmp_path):
    plan = toy_plan(draws=256)
    with pytest.raises(IncompleteRunError, match="at least 1000"):
        calibrate(
            plan,
            tmp_path,
            tmp_path / "thin.csv",
            jobs=1,
            quick=False,
            report=tmp_path / "report.html",
        )
    assert not (tmp_path / "thin.csv").exists() and (tmp_path / "targets.csv").exists()
    assert "gates failed" in (tmp_path / "report.html").read_text()

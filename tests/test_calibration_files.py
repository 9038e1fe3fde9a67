"""Files of a calibration: unfinished work, the posterior sample; gates and errors."""

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
    calibrate_and_be_killed,
    files_of,
    made_up_draws,
    made_up_fit,
    target,
    toy_plan,
)

from steppe.experiments.calibration import calibrate as calibrate_module
from steppe.experiments.calibration import fit, gates, simulated_draws, tempered_smc
from steppe.experiments.calibration.calibrate import calibrate
from steppe.experiments.calibration.calibration_plan import CalibrationPlan
from steppe.experiments.calibration.fit import Fit
from steppe.experiments.calibration.margins import target_margins
from steppe.experiments.calibration.result import CalibrationResult
from steppe.experiments.calibration.simulated_draws import log_likelihood
from steppe.experiments.runs.workers import worker_context
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.model import InfluenceModel
from steppe.model.parameters.draw import draw_priors
from steppe.model.parameters.posterior import PosteriorError, PosteriorSample, read_posterior
from steppe.model.parameters.table import all_labels


@pytest.fixture(scope="module", autouse=True)
def little_moved():
    """Samples that take few moves, since these tests are about files."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in (("STAGE_MOVES", 1), ("FINAL_MOVES", 4), ("MOST_FINAL_MOVES", 4)):
            patched.setattr(tempered_smc, name, value)
        for module in (calibrate_module, gates):
            patched.setattr(module, "QUICK_GATES", NO_GATES, raising=False)
        patched.setattr(gates, "FORGOTTEN", 2.0)
        yield


NO_GATES = gates.Gates(disagreement=2.0, effective_size=0.0)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory) -> tuple[CalibrationPlan, CalibrationResult, Path]:
    """The toy, calibrated once; the posterior is `toy.csv` in the folder."""
    plan, folder = toy_plan(), tmp_path_factory.mktemp("toy")
    return plan, calibrate(plan, folder, folder / "toy.csv", jobs=1, quick=True), folder


# Unfinished work on disk


def test_a_killed_run_resumes_with_the_same_bytes(calibrated, tmp_path):
    _, _, folder = calibrated
    process = worker_context().Process(target=calibrate_and_be_killed, args=(tmp_path,))
    process.start()
    process.join()
    done = files_of(tmp_path)
    assert process.exitcode == -signal.SIGKILL and len(done) == 5
    evaluated = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            fit,
            "log_likelihood",
            lambda plan, normals: evaluated.append(normals) or log_likelihood(plan, normals),
        )
        calibrate(toy_plan(), tmp_path, tmp_path / "toy.csv", jobs=1, quick=True)
    assert (tmp_path / "toy.csv").read_bytes() == (folder / "toy.csv").read_bytes()
    stages = [len(sample.temperatures) for sample in calibrated[1].fit.samples]
    whole = sum(1 + count + 4 for count in stages)
    assert whole - 4 <= len(evaluated) - 1 < whole, "four are kept; one more tells that they hold"


def test_any_number_of_processes_gives_the_same_bytes(calibrated, tmp_path, monkeypatch):
    _, _, folder = calibrated
    monkeypatch.setattr(fit, "LEAST_TOGETHER", 16)
    calibrate(toy_plan(), tmp_path, tmp_path / "toy.csv", jobs=1, quick=True)
    assert (tmp_path / "toy.csv").read_bytes() == (folder / "toy.csv").read_bytes()
    with fit.open_sampler(tmp_path / "two", 2, lambda part, progress: None) as sampler:
        found = sampler.fit(toy_plan(), "posterior", 2)
    expected = calibrated[1].fit.posterior
    assert found.posterior.margin.tobytes() == expected.margin.tobytes()


def test_finished_work_is_reused_and_the_rest_deleted(calibrated, tmp_path):
    plan, _, folder = calibrated
    before = files_of(folder)
    calibrate(plan, folder, tmp_path / "again.csv", jobs=1, quick=True)
    assert files_of(folder) == before
    assert not [name for name in before if name.startswith("run-")]
    assert (tmp_path / "again.csv").read_bytes() == (folder / "toy.csv").read_bytes()


def test_work_of_a_changed_model_is_done_again(calibrated, tmp_path, monkeypatch):
    plan, result, _ = calibrated
    with monkeypatch.context() as patched:
        patched.setattr(
            simulated_draws,
            "target_margins",
            lambda *given: target_margins(*given) + 0.1,
        )
        other = fit.Sampler(tmp_path).fit(plan, "posterior", 2)
    again = fit.Sampler(tmp_path).fit(plan, "posterior", 2)
    expected = result.fit.posterior.margin
    assert again.posterior.margin.tobytes() == expected.tobytes()
    assert other.posterior.margin.tobytes() != expected.tobytes()


def test_another_seed_gives_another_file(calibrated, tmp_path):
    plan, _, folder = calibrated
    other = calibrate(replace(plan, seed=4), tmp_path, tmp_path / "other.csv", jobs=1, quick=True)
    assert (
        other.posterior.header["seed"] == "4"
        and (folder / "toy.csv").read_bytes() != (tmp_path / "other.csv").read_bytes()
    )


# The posterior sample


@pytest.fixture
def posterior_file(calibrated, tmp_path) -> Path:
    path = tmp_path / "toy.csv"
    path.write_bytes((calibrated[2] / "toy.csv").read_bytes())
    return path


def test_a_posterior_says_what_it_was_made_from(calibrated, posterior_file):
    plan, result, _ = calibrated
    posterior = read_posterior(posterior_file, all_labels(TOY), plan.shipped_evidence_fingerprint)
    header = posterior.header
    assert posterior.size == 1000 and (header["mode"], header["runs"]) == ("quick", "2")
    assert header["particles"] == str(plan.particles)
    assert float(header["effective_size"]) <= 2 * plan.particles
    draws = result.fit.posterior
    known_rows = {
        tuple(f"{draws.table[label][row]:.10g}" for label in posterior.table): row
        for row in range(draws.size)
    }
    for row in range(posterior.size):
        place = known_rows[tuple(f"{values[row]:.10g}" for values in posterior.table.values())]
        assert posterior.dates["accession"][row] == draws.dates["accession"][place], (
            "a member keeps the date that it was simulated with"
        )


def test_a_posterior_holds_the_last_draws_of_both_runs(calibrated):
    plan, result, _ = calibrated
    runs = np.split(result.fit.posterior.table["theta"], 2)
    last = np.concatenate([run[-plan.particles :] for run in runs])
    assert set(result.posterior.table["theta"]) == set(last)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda text: text[: len(text) // 2], "cut short"),
        (lambda text: text.replace("2005Q1", "2005Q2", 1), "edited"),
        (lambda text: re.sub("# model: .*", "# model: 0", text), "model version 0"),
        (lambda text: re.sub("# evidence: .*", "# evidence: elsewhere", text), "other evidence"),
        (lambda text: text.split("theta")[1], "not a posterior file"),
        (lambda text: "", "not a posterior file"),
        (
            lambda text: text.replace("# particles", "# prior_draws"),
            "was made by weighting draws from the prior",
        ),
    ],
)
def test_damaged_files_name_the_file_and_the_mend(posterior_file, damage, says):
    posterior_file.write_text(damage(posterior_file.read_text()), encoding="utf-8")
    with pytest.raises(PosteriorError) as error:
        read_posterior(posterior_file, all_labels(TOY), "toy evidence")
    assert (
        str(posterior_file) in str(error.value)
        and says in str(error.value)
        and "steppe calibrate" in str(error.value)
    )


def test_posteriors_of_another_cast_or_none_at_all(posterior_file):
    with pytest.raises(PosteriorError, match="lacks the parameter"):
        read_posterior(posterior_file, all_labels(default_cast()))
    with pytest.raises(PosteriorError, match="steppe calibrate"):
        read_posterior(posterior_file.parent / "absent.csv", all_labels(TOY))


def test_more_members_than_draws_repeat_with_fresh_noise_and_settled_dates():
    plan = toy_plan()
    table = draw_priors(1, np.arange(3), TOY, plan.inputs.alpha_means)
    dates = {"accession": np.array([20, 38, 38])}
    posterior = PosteriorSample(table, dates, {"content": "x"})
    model = InfluenceModel(plan.history, 7, 5, parameters_from=posterior, inputs=plan.inputs)
    assert list(model.forcing.starts["accession"]) == [20, 38, 38, 20, 38, 38, 20]
    assert (model.parameters.theta[:3] == model.parameters.theta[3:6]).all()
    for _ in model.run():
        pass
    assert np.abs(model.share[..., :3] - model.share[..., 3:6]).min() > 0, "the noise differs"


# What cannot be calibrated


def test_no_targets_is_refused(tmp_path):
    with pytest.raises(RequestError, match="no targets"):
        calibrate(toy_plan(targets=()), tmp_path, tmp_path / "none.csv", jobs=1, quick=False)


def made_up(margin: np.ndarray, **options) -> Fit:
    """A fit in which the first target of the toy has this margin, (n,); the others are met."""
    plan = toy_plan(particles=len(margin) // 2)
    margins = np.stack([margin, *np.ones((2, len(margin)))])
    draws = made_up_draws({"theta": np.linspace(0, 1, len(margin))}, margins)
    return made_up_fit(plan, draws, draws, **options)


def test_runs_that_differ_fail_and_the_target_is_named():
    """Of 100 draws the first run meets the target in 30, the second in 34."""
    margin = -np.ones(200)
    margin[:30], margin[100:134] = 1.0, 1.0
    (why,) = gates.failed_gates(made_up(margin), gates.FULL_GATES)
    assert "differ by 0.040" in why and "east-leads" in why and "below 0.03" in why
    margin[132:134] = -1.0
    assert gates.failed_gates(made_up(margin), gates.FULL_GATES) == []


def test_the_effective_size_of_both_runs_counts_together():
    fits = made_up(np.ones(200), size=500.0), made_up(np.ones(200), size=499.0)
    assert gates.failed_gates(fits[0], gates.FULL_GATES) == []
    (why,) = gates.failed_gates(fits[1], gates.FULL_GATES)
    assert "effective size is 998 (at least 1000)" in why


def test_particles_that_hardly_move_fail(monkeypatch):
    monkeypatch.setattr(gates, "FORGOTTEN", 0.1)
    (why,) = gates.failed_gates(made_up(np.ones(200), correlation=0.1), gates.FULL_GATES)
    assert "final moves is 0.10 (below 0.1)" in why
    assert gates.failed_gates(made_up(np.ones(200), correlation=0.09), gates.FULL_GATES) == []


def test_failing_gates_write_tables_and_report_but_no_posterior(calibrated, tmp_path):
    plan, _, folder = calibrated
    with pytest.raises(IncompleteRunError, match="nothing was written"):
        calibrate(
            plan,
            folder,
            tmp_path / "thin.csv",
            jobs=1,
            quick=False,
            report=tmp_path / "report.html",
        )
    assert not (tmp_path / "thin.csv").exists() and (folder / "targets.csv").exists()
    assert "gates failed" in (tmp_path / "report.html").read_text()


def test_targets_that_contradict_each_other_leave_a_posterior(tmp_path):
    lead = TOY_TARGETS[0][3]
    opposite = {**lead, "more": {**lead["more"], "powers": ["West"]}}
    plan = toy_plan(
        (
            target("yes", "letter", None, lead, confidence=0.95),
            target("no", "essay", None, opposite, confidence=0.95),
        )
    )
    found = fit.Sampler(tmp_path).fit(plan, "posterior")
    assert np.isfinite(found.posterior.margin).all() and found.probabilities().sum() < 1.01

"""Calibration: likelihoods by hand, a posterior known by quadrature, resuming, files, and what ships."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toys
from click.testing import CliRunner
from scipy.stats import norm

from steppe.experiments.calibration import likelihood, posterior, scorecard, scorecard_record, scorecard_words, scoring, simulate
from steppe.experiments.calibration.conclusions import CONCLUSIONS, as_targets
from steppe.experiments.calibration.diagnostics import diagnose, in_words, weighted_quantiles
from steppe.experiments.calibration.posterior import fit, resampled, smoothed, systematic
from steppe.experiments.calibration.reasons import UNEXPLAINED, reason_for
from steppe.experiments.calibration.recovery import recover
from steppe.experiments.calibration.report import write_report
from steppe.experiments.calibration.run import calibrate, plan_for
from steppe.experiments.calibration.simulate import Draws, Plan, simulate_members
from steppe.experiments.calibration.targets import Target, YearMeans, margins
from steppe.experiments.calibration.variants import VARIANTS, geometrically, unequally
from steppe.experiments.cli import steppe
from steppe.experiments.generate import with_block
from steppe.experiments.problems import Refused, Unfinished
from steppe.model import InfluenceModel
from steppe.model.cast import default_cast
from steppe.model.evidence.claims import Expectation
from steppe.model.evidence.fingerprint import evidence_hash
from steppe.model.parameters import all_labels, draw_priors
from steppe.model.version import MODEL_VERSION
from steppe.model.weights import SHIPPED, Weights, WeightsError, read_weights

OWN = Path(__file__).parent / "own_evidence"
TOY = toys.cast(republics=("Valley", "Hills"), channels=("trade", "security", "culture"))
DRAWS = 2304
TOY_TARGETS = (
    ("east-leads", "letter", None, {"more": {"powers": ["East"], "republics": "all", "channels": ["security"], "when": 2010}, "less": {"powers": "others"}, "across": "each"}),
    ("west-trades", "letter", None, {"more": {"powers": ["West"], "republics": ["Valley"], "channels": ["trade"], "when": 2015}, "less": {"powers": ["East"]}}),
    ("east-rises", "essay", None, {"more": {"powers": ["East"], "republics": ["Valley"], "channels": ["security"], "when": 2012}, "less": {"when": 2003}}),
)


def target(identifier: str, document: str, cluster: str | None, expect: dict, *, confidence: float = 0.8, cast=TOY, says: str | None = None) -> Target:
    made = Expectation.model_validate(expect, context={"cast": cast})
    return Target(identifier, document, cluster or identifier, confidence, made, says or f"the claim {identifier}", f"{document}.yaml:7")


def ordinals(*rows) -> tuple[Target, ...]:
    return tuple(target(*row) for row in rows)


def share_target(identifier: str, figure: float, power: str = "East", *, link: str | None = None, document: str = "letter") -> Target:
    share = {"powers": [power], "republics": ["Valley"], "channels": ["trade"], "when": 2010}
    return target(identifier, document, None, {"share": share, "figure": figure, **({"link": link} if link else {})})


def toy_plan(targets: tuple[Target, ...] | None = None, draws: int = DRAWS, seed: int = 3) -> Plan:
    """Two powers, two republics, two channels, and one event whose date is disputed."""
    event = {"either": {"2005Q1": 0.5, "2009Q3": 0.5},
             "effects": [{"shock": "ties", "power": "East", "republic": "Valley", "channel": "security", "intensity": 3, "permanent": True}]}
    future = toys.scenario(TOY, {"accession": event}, quarters=80)
    coded = toys.inputs(TOY, ties=np.array([0.7, 0.4])[:, None, None], interests=0.5, needs=0.5, supply=0.5)
    return Plan(future, coded, ordinals(*TOY_TARGETS) if targets is None else targets, seed, draws, "toy evidence")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> tuple[Plan, Draws, Path]:
    """The toy's prior draws, simulated once."""
    plan, folder = toy_plan(), tmp_path_factory.mktemp("toy")
    return plan, simulate.simulate(plan, folder), folder


def quietly(*arguments: str | Path):
    return CliRunner().invoke(steppe, [str(word) for word in arguments])


# Likelihoods, by hand


def test_ordinal_likelihood():
    assert likelihood.ordinal(0.0, 0.8) == pytest.approx(0.5)
    assert likelihood.ordinal(1.0, 0.8) == pytest.approx(0.8)
    assert likelihood.ordinal(-1.0, 0.95) == pytest.approx(0.05)
    assert likelihood.ordinal(0.03, 0.8) == pytest.approx(0.2 + 0.6 * 0.8413447, abs=1e-7)
    assert likelihood.ordinal(np.array([-0.2, 0.3]), 0.5) == pytest.approx([0.5, 0.5]), "medium confidence says nothing"


def test_numeric_likelihood():
    """t with 4 degrees of freedom has density 3/8 at 0 and 3/8 (5/4)^(-5/2) one scale away."""
    assert likelihood.numeric(0.4, 0.4, 0.8) == pytest.approx(0.8 * 0.375 / 0.08 + 0.2)
    assert likelihood.numeric(0.48, 0.4, 0.8) == pytest.approx(0.8 * 0.375 * 1.25**-2.5 / 0.08 + 0.2)
    linked = likelihood.numeric(np.array([0.5]), 0.75, 0.8, np.array([np.log(3)]))
    assert linked == pytest.approx([0.8 * 0.375 / 0.08 + 0.2]), "logit(0.5) + ln 3 is the logit of 0.75"


def test_offsets_are_drawn_for_trade_only():
    targets = (share_target("traded", 0.3, link="trade"), share_target("plain", 0.3), *ordinals(TOY_TARGETS[0]))
    offsets = likelihood.draw_offsets(1, targets, 20_000)
    assert offsets[0].std() == pytest.approx(0.5, abs=0.02) and offsets[0].mean() == pytest.approx(0, abs=0.02)
    assert not offsets[1:].any()


def test_tempering():
    assert [likelihood.temper(votes) for votes in (1, 2, 5, 13)] == pytest.approx([1.0, 0.8, 0.5, 0.25])


def test_a_document_is_one_voice_and_a_cluster_one_vote():
    expect = TOY_TARGETS[0][3]
    alone = ordinals(("a", "letter", None, expect), ("b", "essay", None, expect), ("c", "essay", None, expect))
    assert likelihood.voices(alone) == pytest.approx([1.0, 0.8, 0.8])
    clustered = ordinals(("a", "letter", "x", expect), ("b", "letter", "x", expect), ("c", "letter", None, expect))
    assert likelihood.voices(clustered) == pytest.approx([0.4, 0.4, 0.8])


def test_documents_that_contradict_each_other_share_a_vote():
    expect = TOY_TARGETS[0][3]
    shared = ordinals(("a", "letter", None, expect), ("b", "letter", "x", expect), ("c", "essay", "x", expect))
    tempered = 1 / (1 + 0.5 * 0.25)  # the letter has a vote and a half
    assert likelihood.voices(shared) == pytest.approx([tempered, tempered / 2, 0.5])


def test_implausibility_is_the_third_largest():
    targets = tuple(share_target(f"share-{place}", 0.5) for place in range(4))
    margin = 0.5 + 0.08 * np.array([[1.0], [-2.0], [5.0], [7.0]])
    assert likelihood.implausibility(targets[:2], margin[:2]) == pytest.approx([0.0]), "two misses rule nothing out"
    assert likelihood.implausibility(targets[:3], margin[:3]) == pytest.approx([1.0])
    assert likelihood.implausibility(targets, margin) == pytest.approx([2.0])
    traded = (share_target("traded", 0.5, link="trade"), *targets[2:])
    allowed = np.hypot(0.08, 0.5 * 0.25)
    assert likelihood.implausibility(traded, np.array([[0.5 + allowed], [0.9], [0.9]])) == pytest.approx([1.0])


def test_history_matching_rules_draws_out():
    targets = tuple(share_target(f"share-{place}", 0.5) for place in range(3))
    level = np.linspace(0.1, 0.9, 400)
    plan = replace(toy_plan(targets), draws=400)
    found = fit(plan, Draws({"theta": level}, {}, np.tile(level, (3, 1)), np.zeros((3, 400))))
    near = np.abs(level - 0.5) < 3 * 0.08
    assert (found.kept == near).all() and (found.weight[~near] == 0).all() and found.weight.sum() == pytest.approx(1)


# What a target asks of the shares


def test_margins_by_hand():
    """Shares of (East, West) in (Valley, Hills) by (trade, security, culture), the same in all years but 2003."""
    means = np.zeros((20, 2, 2, 3, 1))
    means[..., 0] = [[[0.3, 0.5, 0], [0.1, 0.2, 0]], [[0.2, 0.1, 0], [0.4, 0.3, 0]]]
    means[3] = 0.1
    lead = {"more": {"powers": ["East"], "republics": "all", "channels": ["security"], "when": 2010}, "less": {"powers": "others"}}
    questions = ordinals(
        ("mean", "d", None, lead), ("each", "d", None, {**lead, "across": "each"}), ("most", "d", None, {**lead, "across": "most"}),
        ("change", "d", None, {"more": {"powers": ["East"], "republics": ["Valley"], "channels": ["trade", "security"], "when": 2010}, "less": {"when": 2003}}),
        ("places", "d", None, {"more": {"powers": ["East"], "republics": ["Valley"], "channels": ["trade"], "when": 2010}, "less": {"republics": "others"}}),
        ("alone", "d", None, {"more": {"powers": "autonomy", "republics": ["Hills"], "channels": ["trade"], "when": 2010}, "less": {"powers": ["West"]}}),
        ("level", "d", None, {"share": {"powers": ["East", "West"], "republics": "all", "channels": ["trade"], "when": 2010}, "figure": 0.5}),
    )
    assert margins(questions, means, TOY)[:, 0] == pytest.approx([0.35 - 0.2, -0.1, 0.15, 0.3, 0.2, 0.1, 0.5])


def test_variants_put_channels_together_in_their_own_way():
    share = np.array([0.2, 0.8]).reshape(1, 1, 2, 1)
    assert geometrically(share, [0, 1]) == pytest.approx(0.4)
    assert unequally(share, [0, 1]) == pytest.approx((0.5 * 0.2 + 0.3 * 0.8) / 0.8)


def test_variants_change_what_they_say(simulated):
    plan, draws, _ = simulated
    members = np.arange(64)
    for variant in (row for row in VARIANTS if row.events):
        changed = simulate_members(replace(plan, variant=variant), members)
        assert all((changed.table[label] == 0).all() for label in variant.fixed)
        assert not np.array_equal(changed.margin, draws.margin[:, :64]), variant.name
        assert replace(plan, variant=variant).identity != plan.identity


def test_persistence_keeps_the_first_year(simulated):
    plan, draws, _ = simulated
    names = [row.id for row in plan.targets]
    assert np.abs(draws.persistence[names.index("east-rises")]).max() == 0, "what asks for a change gets none"
    assert draws.persistence[names.index("east-leads")].std() > 0


# A posterior that is known


def known(count: int, targets: tuple[Target, ...]) -> tuple[Plan, Draws, np.ndarray]:
    """Draws of one uniform parameter whose margins are itself less a half, for every target."""
    theta = np.random.default_rng(5).random(count)
    plan = replace(toy_plan(targets), draws=count)
    return plan, Draws({"theta": theta}, {}, np.tile(theta - 0.5, (len(targets), 1)), np.zeros((len(targets), count))), theta


def by_quadrature(exponents) -> tuple[float, float]:
    """Posterior mean and standard deviation of that parameter: prior U(0, 1), likelihood (0.2 + 0.6 Phi((theta - 0.5)/0.03))^a."""
    grid = (np.arange(200_000) + 0.5) / 200_000
    density = (0.2 + 0.6 * norm.cdf((grid - 0.5) / 0.03)) ** sum(exponents)
    density /= density.sum()
    mean = density @ grid
    return mean, np.sqrt(density @ (grid - mean) ** 2)


@pytest.mark.parametrize("documents", [("letter",), ("letter", "essay", "essay", "essay")])
def test_posterior_of_a_toy_is_what_quadrature_gives(documents):
    targets = ordinals(*((f"t{place}", document, None, TOY_TARGETS[0][3]) for place, document in enumerate(documents)))
    plan, draws, theta = known(40_000, targets)
    found = fit(plan, draws)
    mean, spread = by_quadrature(found.voice)
    if len(documents) == 1:  # in closed form but for the width of the step: (0.2 * 0.25 + 0.8 * 0.75) / (0.2 + 0.8)
        assert mean == pytest.approx(0.65, abs=0.001)
    error = spread / np.sqrt(found.ess)
    assert abs(found.weight @ theta - mean) < 4 * error
    members = resampled(plan, draws, found, 1000, quick=False).table["theta"]
    assert abs(members.mean() - mean) < 4 * (error + spread / np.sqrt(1000))
    assert members.std() == pytest.approx(spread, rel=0.08)
    middle = weighted_quantiles(theta, found.weight, 0.5)
    assert (theta < middle) @ found.weight == pytest.approx(0.5, abs=0.01)


def test_pareto_smoothing_has_the_right_sign_and_tail():
    """Weights exp(x^2/4) of normal draws have tails of index 1/2; those of a narrower normal have none."""
    draws = np.random.default_rng(2).standard_normal(50_000)
    heavy, k_heavy = smoothed(draws**2 / 4)
    light, k_light = smoothed(-(draws**2))
    assert k_heavy == pytest.approx(0.5, abs=0.15) and k_light < 0.1
    assert light @ draws**2 == pytest.approx(1 / 3, abs=0.02), "N(0, 1) times exp(-x^2) is N(0, 1/3)"
    assert heavy[np.abs(draws).argmax()] == heavy.max() and light[np.abs(draws).argmin()] == pytest.approx(light.max(), rel=0.05)


def test_weights_that_cannot_be_smoothed():
    assert smoothed(np.zeros(1000))[1] == float("-inf"), "even weights have no tail"
    few, k_hat = smoothed(np.array([0.0, np.log(3)]))
    assert few == pytest.approx([0.25, 0.75]) and k_hat == float("inf"), "two weights cannot be judged"
    stepped, k_hat = smoothed(np.r_[np.zeros(999), 1.0])
    assert np.isfinite(stepped).all() and stepped.sum() == pytest.approx(1)


def test_systematic_resampling_follows_the_weights():
    assert list(systematic(np.array([0.5, 0.0, 0.25, 0.25]), 8, 0.5)) == [0, 0, 0, 0, 2, 2, 3, 3]


def test_recovery_finds_toy_truths(simulated):
    plan, draws, _ = simulated
    sharp = replace(plan, targets=tuple(replace(row, confidence=0.95) for row in plan.targets))
    table, ranks = recover(sharp, draws, 150, seed=4)
    table = table.set_index("quantity")
    assert (np.abs(table["covered by 90 %"] - 0.9) < 4 * np.sqrt(0.9 * 0.1 / 150)).all()
    assert table["uneven ranks (chi-squared over 9)"].median() == pytest.approx(1, abs=0.4)
    assert table["correlation with truth"].max() > 0.3, "the targets do teach something"
    assert all(((values >= 0) & (values <= 1)).all() for values in ranks.values())


# What is kept on disk


def files_of(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*.npz")}


def same(one: Draws, other: Draws) -> bool:
    return (np.array_equal(one.margin, other.margin) and np.array_equal(one.persistence, other.persistence)
            and all(np.array_equal(values, other.table[label]) for label, values in one.table.items())
            and all(np.array_equal(values, other.dates[name]) for name, values in one.dates.items()))


def test_what_is_done_is_not_done_again(simulated):
    plan, draws, folder = simulated
    before, told = files_of(folder), []
    again = simulate.simulate(plan, folder, tell=told.append)
    assert same(draws, again) and files_of(folder) == before and told == [plan.draws]


def test_a_file_cut_short_is_made_again(simulated, tmp_path):
    plan, draws, _ = simulated
    simulate.simulate(plan, tmp_path)
    first, last = sorted(tmp_path.rglob("*.npz"))
    last.write_bytes(last.read_bytes()[:-400])
    kept, told = first.stat().st_mtime_ns, []
    assert same(draws, simulate.simulate(plan, tmp_path, tell=told.append))
    assert first.stat().st_mtime_ns == kept and told == [2048, plan.draws - 2048]


def test_files_of_a_model_that_has_changed_are_made_again(simulated, tmp_path, monkeypatch):
    plan, draws, _ = simulated
    with monkeypatch.context() as patched:
        patched.setattr(simulate, "margins", lambda targets, means, cast, average: margins(targets, means, cast, average) + 0.01)
        other = simulate.simulate(plan, tmp_path)
    assert not same(draws, other)
    assert same(draws, simulate.simulate(plan, tmp_path))


INTERRUPTED = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
import test_calibration as here
here.simulate.FILE_BLOCKS = 1
here.simulate.simulate(here.toy_plan(), Path(sys.argv[2]))
"""


def test_a_killed_run_goes_on_as_if_it_had_not_been(simulated, tmp_path, monkeypatch):
    plan, draws, _ = simulated
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(Path(__file__).parent), str(tmp_path)])
    until = time.monotonic() + 60
    while len(files_of(tmp_path)) < 2 and time.monotonic() < until and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = files_of(tmp_path)
    assert 2 <= len(done) < 9
    monkeypatch.setattr(simulate, "FILE_BLOCKS", 1)
    told = []
    assert same(draws, simulate.simulate(plan, tmp_path, tell=told.append))
    assert told[0] == 256 * len(done) and sum(told) == plan.draws
    assert {name: files_of(tmp_path)[name] for name in done} == done


def test_the_same_seed_gives_the_same_file(simulated, tmp_path):
    plan, _, folder = simulated
    written = [tmp_path / "one.csv", tmp_path / "two.csv"]
    calibrate(plan, folder, written[0], jobs=1, quick=False)
    calibrate(plan, tmp_path / "elsewhere", written[1], jobs=1, quick=False)
    assert written[0].read_bytes() == written[1].read_bytes()
    other = calibrate(replace(plan, seed=4), tmp_path, tmp_path / "other.csv", jobs=1, quick=False)
    assert other.weights.header["seed"] == "4" and written[0].read_bytes() != (tmp_path / "other.csv").read_bytes()


# Weights


@pytest.fixture
def weights_file(simulated, tmp_path) -> Path:
    plan, _, folder = simulated
    calibrate(plan, folder, tmp_path / "toy.csv", jobs=1, quick=True)
    return tmp_path / "toy.csv"


def test_weights_say_what_they_were_made_from(simulated, weights_file):
    plan, draws, _ = simulated
    weights = read_weights(weights_file, all_labels(TOY), plan.evidence)
    assert weights.size == 1000 and weights.header["mode"] == "quick" and weights.header["prior_draws"] == str(plan.draws)
    assert float(weights.header["ess"]) >= 1000 and float(weights.header["k_hat"]) < 0.7
    known_rows = {tuple(f"{values[row]:.10g}" for values in draws.table.values()): row for row in range(draws.size)}
    for row in range(weights.size):
        place = known_rows[tuple(f"{values[row]:.10g}" for values in weights.table.values())]
        assert weights.dates["accession"][row] == draws.dates["accession"][place], "a member keeps the date that it was weighed with"


def test_linked_offsets_are_kept_with_their_members(tmp_path):
    targets = (share_target("traded", 0.3, link="trade"), *ordinals(TOY_TARGETS[0]))
    plan = toy_plan(targets)
    done = calibrate(plan, tmp_path, tmp_path / "linked.csv", jobs=1, quick=False)
    weights = read_weights(tmp_path / "linked.csv", all_labels(TOY))
    assert list(weights.offsets) == ["traded"] and np.isin(np.round(weights.offsets["traded"], 6), np.round(done.fit.offsets[0], 6)).all()


@pytest.mark.parametrize(("damage", "says"), [
    (lambda text: text[: len(text) // 2], "cut short"),
    (lambda text: text.replace("2005Q1", "2005Q2", 1), "edited"),
    (lambda text: re.sub("# model: .*", "# model: 0", text), "model version 0"),
    (lambda text: re.sub("# evidence: .*", "# evidence: elsewhere", text), "other evidence"),
    (lambda text: text.split("theta")[1], "no file of weights"),
    (lambda text: "", "no file of weights"),
])
def test_damaged_weights_name_the_file_and_the_mend(weights_file, damage, says):
    weights_file.write_text(damage(weights_file.read_text()), encoding="utf-8")
    with pytest.raises(WeightsError) as error:
        read_weights(weights_file, all_labels(TOY), "toy evidence")
    assert str(weights_file) in str(error.value) and says in str(error.value) and "steppe calibrate" in str(error.value)


def test_weights_of_another_cast_or_none_at_all(weights_file):
    with pytest.raises(WeightsError, match="lacks the parameter"):
        read_weights(weights_file, all_labels(default_cast()))
    with pytest.raises(WeightsError, match="steppe calibrate"):
        read_weights(weights_file.parent / "absent.csv", all_labels(TOY))


def test_more_members_than_draws_repeat_with_fresh_noise_and_settled_dates():
    plan = toy_plan()
    table = draw_priors(1, np.arange(3), TOY, plan.inputs.alpha_means)
    dates = {"accession": np.array([20, 38, 38])}
    weights = Weights(table, dates, {}, {"content": "x"})
    model = InfluenceModel(plan.history, 7, 5, weights=weights, inputs=plan.inputs)
    assert list(model.forcing.starts["accession"]) == [20, 38, 38, 20, 38, 38, 20]
    assert (model.parameters.theta[:3] == model.parameters.theta[3:6]).all()
    for _ in model.run():
        pass
    assert np.abs(model.share[..., :3] - model.share[..., 3:6]).min() > 0, "the noise is another"


# What cannot be calibrated


def test_no_targets_is_refused(tmp_path):
    with pytest.raises(Refused, match="no targets"):
        calibrate(toy_plan(targets=()), tmp_path, tmp_path / "none.csv", jobs=1, quick=False)


def test_ordinal_targets_that_contradict_each_other_leave_a_posterior(simulated):
    _, draws, _ = simulated
    lead = TOY_TARGETS[0][3]
    opposite = {"more": {"powers": ["West"], "republics": "all", "channels": ["security"], "when": 2010}, "less": {"powers": "others"}}
    plan = toy_plan((target("yes", "letter", None, lead, confidence=0.95), target("no", "essay", None, opposite, confidence=0.95)))
    contrary = replace(draws, margin=np.stack([draws.margin[0], -draws.margin[0]]))
    found = fit(plan, contrary)
    assert found.passes and found.weight.min() > 0


def test_figures_that_no_draw_reaches_are_named(simulated, tmp_path):
    _, draws, _ = simulated
    targets = tuple(share_target(f"all-to-{power.lower()}-{place}", 0.98, power) for power in ("East", "West") for place in (1, 2))
    plan = toy_plan(targets, draws=256)
    with pytest.raises(Refused) as error:
        calibrate(plan, tmp_path, tmp_path / "none.csv", jobs=1, quick=False)
    assert "all weights are zero" in str(error.value) and "letter.yaml:7" in str(error.value) and "0.98" in str(error.value)
    assert not (tmp_path / "none.csv").exists()


def test_failing_gates_write_tables_and_report_but_no_weights(tmp_path):
    plan = toy_plan(draws=256)
    with pytest.raises(Unfinished, match="at least 1000"):
        calibrate(plan, tmp_path, tmp_path / "thin.csv", jobs=1, quick=False, report=tmp_path / "report.html")
    assert not (tmp_path / "thin.csv").exists() and (tmp_path / "targets.csv").exists()
    assert "gates failed" in (tmp_path / "report.html").read_text()


# What is said of it


def test_diagnostics_tell_what_was_learned():
    plan, draws, theta = known(20_000, ordinals(("t", "letter", None, TOY_TARGETS[0][3])))
    draws = replace(draws, table={"theta": theta, "idle": np.random.default_rng(6).random(draws.size)})
    found = diagnose(plan, draws, fit(plan, draws))
    assert found.stayed == ["idle"]
    row = found.targets.iloc[0]
    assert row["met under the prior"] == pytest.approx(0.5, abs=0.02) and row["met under the posterior"] == pytest.approx(0.8, abs=0.02)
    assert row["contribution"] == pytest.approx(0.8 * np.log(0.8) + 0.2 * np.log(0.2), abs=0.03)
    assert row["prior 5 %"] == pytest.approx(-0.45, abs=0.02) and row["prior 95 %"] == pytest.approx(0.45, abs=0.02)
    words = " ".join(in_words(found))
    assert "1 stayed at their prior: idle" in words and "effective sample size" in words


def test_pairs_that_trade_off_are_found():
    rng = np.random.default_rng(7)
    first, second = rng.random((2, 20_000))
    plan = toy_plan(tuple(share_target(f"s{place}", 0.5, document=f"d{place}") for place in range(2)))
    draws = Draws({"first": first, "second": second}, {}, np.tile((first + second) / 2, (2, 1)), np.zeros((2, 20_000)))
    pairs = diagnose(plan, draws, fit(plan, draws)).pairs
    assert len(pairs) == 1 and pairs["posterior correlation"].iloc[0] < -0.3


def test_report_stands_by_itself(simulated, tmp_path):
    plan, _, folder = simulated
    said = "<b>East & West</b> quarrel over the valley"
    marked = replace(plan, targets=(replace(plan.targets[0], says=said, document="<i>letter</i>"), *plan.targets[1:]))
    done = calibrate(marked, folder, tmp_path / "toy.csv", jobs=1, quick=True)
    page = write_report(done, tmp_path / "report.html").read_text()
    assert "<b>East" not in page and "<i>letter" not in page and "&lt;i&gt;letter" in page
    assert not re.search(r"<script|<link|src=\"(?!data:)|url\(|https?://(?!www\.w3\.org)", page)
    assert "viewport" in page and "--quick" in page and page.count("<img") >= len(done.draws.table) + 2
    assert all(re.search(rf">{row.id}<", page) for row in plan.targets)


# Scores


def test_scores_by_hand():
    held = (*ordinals(TOY_TARGETS[0]), share_target("level", 0.4))
    margin = np.array([[1.0, -1.0, 1.0, 1.0], [0.4, 0.4, 0.4, 0.4]])
    weight, none = np.full(4, 0.25), np.zeros((2, 4))
    scores = scoring.log_score(held, margin, none, weight)
    assert scores == pytest.approx([np.log(0.75 * 0.8 + 0.25 * 0.2), np.log(0.8 * 0.375 / 0.08 + 0.2)])
    assert scoring.coin_score(held) == pytest.approx([np.log(0.5), 0.0])
    assert scoring.right(held, margin, weight)[0] == 1.0 and np.isnan(scoring.right(held, margin, weight)[1])
    covered = scoring.covered(held, np.array([margin[0], [0.1, 0.2, 0.6, 0.7]]), none, weight, 0.9)
    assert np.isnan(covered[0]) and covered[1] == 1.0


def a_card() -> scorecard.Scorecard:
    """A scorecard with a win, a loss, and a conclusion that flips, its numbers made up."""
    scores = {"posterior": -0.6, "prior": -0.6, "persistence": -0.5, "coin": np.log(0.5)}
    left_out = pd.DataFrame([{"document left out": "ispi-2019", "forecast": name, "targets": 3, "log score": score, "ordinal claims right": 2 / 3,
                              "covered by 50 %": np.nan, "covered by 90 %": np.nan, "effective draws": 150.0} for name, score in scores.items()])
    recovery = pd.DataFrame([{"quantity": name, "covered by 50 %": 0.5, "covered by 90 %": covered, "correlation with truth": 0.2} for name, covered in (("theta", 0.9), ("russia-dips", 0.5))])
    rows = [{"conclusion": row.name, "says": row.says, "full model": 0.9, "prior": 0.6, **{variant.name: 0.8 for variant in VARIANTS}} for row in CONCLUSIONS]
    rows[0] |= {"full model": 0.4, "no-events": 0.7}
    missed = pd.DataFrame([{"target": "ispi-tajik-first-partner", "says": "Russia | first.", "probability": 0.1}])
    ranks = {"theta": np.linspace(0, 1, 40), "russia-dips": np.linspace(0, 1, 40)}
    return scorecard.Scorecard(left_out, pd.DataFrame([{"target": "t"}] * 3), recovery, ranks, pd.DataFrame(rows), missed, 4096, True)


def test_scorecard_shows_losses_as_plainly_as_wins(tmp_path):
    record = scorecard_record.record_of(a_card(), "evidence", 1)
    assert record["left_out"][0]["against"] == {"prior": "level", "persistence": "loses", "coin": "wins"}
    assert record["recovery"]["worst"] == "russia-dips" and record["recovery"]["unfair"] == ["russia-dips"]
    assert scorecard_record.losses(record) == ["ispi-2019", CONCLUSIONS[0].name, "ispi-tajik-first-partner"]
    text, markdown = scorecard_words.as_text(record), scorecard_words.as_markdown(record)
    for page in (text, markdown):
        assert "loses (-0.50)" in page and "wins (-0.69)" in page and "40 % fails" in page and "70 % flips" in page
        assert "does not apply" in page and "Too few draws carry the fit without ispi-2019" in page and "Quick" in page
        assert all(reason_for(name)[:30] in page for name in ("ispi-2019", "ispi-tajik-first-partner"))
    assert "Russia / first" in markdown, "a stroke would end the cell"
    scorecard_record.write_record(record, tmp_path / "card.json")
    assert scorecard_record.read_record(tmp_path / "card.json") == record
    assert CONCLUSIONS[0].name in text and max(map(len, text.splitlines())) < 160


def test_scorecard_stands_in_the_model_page(tmp_path, monkeypatch):
    monkeypatch.setattr(scorecard_words, "read_record", lambda: scorecard_record.record_of(a_card(), "evidence", 1))
    page = with_block("before\n<!-- generated: scorecard -->\n<!-- end -->\n", "scorecard", scorecard_words.generated_block())
    assert "### Documents left out" in page and "| ispi-2019 | 3 |" in page
    with pytest.raises(FileNotFoundError, match="steppe scorecard --ship"):
        scorecard_record.read_record(tmp_path / "absent.json")


@pytest.mark.slow  # ten simulations of history
def test_scorecard_command(tmp_path, monkeypatch):
    monkeypatch.setattr(scorecard, "QUICK_DRAWS", 128)
    monkeypatch.setattr(scorecard, "QUICK_TRUTHS", 8)
    result = quietly("scorecard", "--quick", "--work", tmp_path / "work", "--out", tmp_path / "card", "--jobs", 1, "--json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.output)
    assert record["mode"] == "quick" and len(record["conclusions"]) == len(CONCLUSIONS) and len(record["left_out"]) == 4
    assert {path.name for path in (tmp_path / "card").iterdir()} == {
        "left_out.csv", "left_out_targets.csv", "recovery.csv", "ranks.csv", "conclusions.csv", "missed.csv", "scorecard.md", "ranks.png"}
    assert "Quick" in (tmp_path / "card" / "scorecard.md").read_text() and (pd.read_csv(tmp_path / "card" / "left_out.csv")["mode"] == "quick").all()
    before = files_of(tmp_path / "work")
    again = quietly("scorecard", "--quick", "--work", tmp_path / "work", "--out", tmp_path / "again", "--jobs", 1)
    assert files_of(tmp_path / "work") == before and "Documents left out" in again.output
    for name in ("left_out.csv", "conclusions.csv", "scorecard.md"):
        assert (tmp_path / "card" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_quick_scorecard_does_not_ship():
    assert "leave out --quick" in str(quietly("scorecard", "--quick", "--ship").exception)


# The command, and evidence of one's own


@pytest.mark.slow  # three thousand histories of the whole cast
def test_evidence_of_ones_own(tmp_path):
    out = tmp_path / "mine.csv"
    result = quietly("calibrate", "--evidence", OWN, "--out", out, "--work", tmp_path / "work", "--draws", 3072, "--quick", "--report", "--jobs", 1)
    assert result.exit_code == 0, result.output or result.exception
    assert "stayed at their prior" in result.output and "market-china-passes-russia" in (tmp_path / "work" / "targets.csv").read_text()
    assert (tmp_path / "work" / "report.html").exists()
    weights = read_weights(out, all_labels(default_cast()))
    assert weights.header["mode"] == "quick" and weights.header["evidence"] != evidence_hash()
    assert weights.dates, "disputed dates are drawn and kept"
    run = quietly("run", "history", "--weights", out, "--members", 8, "--jobs", 1, "--no-figures", "--quiet", "--out", tmp_path / "results")
    assert run.exit_code == 0, run.output or run.exception
    assert weights.fingerprint in run.output


def contradicting(folder: Path) -> Path:
    """Claims that give China, Russia and the United States nearly all Uzbek trade at once."""
    folder.mkdir()
    for path in OWN.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    claims = folder / "made-up-2018.yaml"
    text = claims.read_text(encoding="utf-8")
    row = text[text.index("  - id: market-china-passes-russia"):]
    for power in ("China", "Russia", "United States"):
        share = f"expect:\n      share: {{powers: [{power}], republics: [Uzbekistan], channels: [economic], when: 2018}}\n      figure: 0.99\n"
        text += "\n" + re.sub(r"expect:\n(      .*\n)+", share, row.replace("market-china-passes-russia", f"market-all-to-{power.replace(' ', '-').lower()}"))
    claims.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.slow  # some hundred histories of the whole cast
def test_contradicting_evidence_names_file_and_line(tmp_path):
    result = quietly("calibrate", "--evidence", contradicting(tmp_path / "mine"), "--out", tmp_path / "mine.csv", "--work", tmp_path / "work", "--draws", 256, "--jobs", 1)
    assert isinstance(result.exception, Refused)
    assert "all weights are zero" in str(result.exception) and re.search(r"made-up-2018\.yaml:\d+", str(result.exception))


def test_evidence_needs_out():
    assert "--out" in str(quietly("calibrate", "--evidence", OWN).exception)


def test_mistakes_in_evidence_are_shown(tmp_path):
    result = quietly("calibrate", "--evidence", tmp_path, "--out", tmp_path / "x.csv")
    assert isinstance(result.exception, Refused) and str(tmp_path) in str(result.exception)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "work").write_text("in the way")
    with pytest.raises(Refused, match="--work"):
        simulate.simulate(toy_plan(), tmp_path / "work")


# What ships

SURE = 0.55  # below, a thousand members may fall on either side of a half by chance


@pytest.fixture(scope="module")
def shipped() -> Weights:
    if not SHIPPED.exists():
        pytest.fail("model/weights/posterior.csv does not exist; `steppe calibrate` makes it")
    return read_weights(SHIPPED, all_labels(default_cast()), evidence_hash())


def test_shipped_posterior_is_fresh_and_passes_its_gates(shipped):
    header = shipped.header
    assert header["evidence"] == evidence_hash() and header["model"] == MODEL_VERSION and header["mode"] == "full"
    assert shipped.size == posterior.MEMBERS and int(header["prior_draws"]) >= 200_000
    assert float(header["ess"]) >= posterior.MIN_ESS and float(header["k_hat"]) < posterior.MAX_K_HAT
    assert set(shipped.dates) == set(simulate.disputed(plan_for(None, 1, 256).history))


def test_shipped_scorecard_is_fresh_and_explains_its_losses():
    if not scorecard_record.SHIPPED.exists():
        pytest.fail("model/weights/scorecard.json does not exist; `steppe scorecard --ship` makes it")
    record = scorecard_record.read_record()
    assert record["mode"] == "full" and record["evidence"] == evidence_hash() and record["model"] == MODEL_VERSION
    unexplained = [name for name in scorecard_record.losses(record) if reason_for(name) == UNEXPLAINED]
    assert not unexplained, f"write why the model loses these, in experiments/calibration/reasons.py: {unexplained}"


@pytest.mark.slow  # a thousand histories of the whole cast
def test_conclusions_that_the_scorecard_says_hold_do_hold(shipped):
    """On the posterior median, with noise that the calibration has not seen."""
    if not scorecard_record.SHIPPED.exists():
        pytest.fail("model/weights/scorecard.json does not exist; `steppe scorecard --ship` makes it")
    said = {row["conclusion"]: row["full"] for row in scorecard_record.read_record()["conclusions"]}
    model = InfluenceModel("history", shipped.size, 1, weights=shipped)
    means = YearMeans(model.share.shape)
    for quarter in model.run():
        means.add(quarter, model.share)
    margin = margins(as_targets(), means.values, model.cast)
    found = {row.name: f"{said[row.name]:.0%} in the scorecard, {(margin[place] > 0).mean():.0%} here"
             for place, row in enumerate(CONCLUSIONS) if said[row.name] >= SURE and np.median(margin[place]) <= 0}
    assert not found

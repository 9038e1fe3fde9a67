"""A posterior known by quadrature, recovery, variants, and diagnostics of what was learned."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm
from toy_calibration import (
    TOY_TARGETS,
    made_up_draws,
    made_up_fit,
    ordinals,
    target,
    toy_plan,
)

from steppe.experiments.calibration import tempered_smc
from steppe.experiments.calibration.fit import Fit, Sampler
from steppe.experiments.calibration.fit_diagnostics import (
    diagnose_fit,
    displaced_cells,
    opposed_claims,
    summary_sentences,
)
from steppe.experiments.calibration.likelihood import (
    log_likelihoods,
    ordinal_likelihood,
    targets_met,
)
from steppe.experiments.calibration.report import write_report
from steppe.experiments.calibration.resample import resample_posterior
from steppe.experiments.calibration.result import CalibrationResult
from steppe.experiments.calibration.scorecard import recovery
from steppe.experiments.calibration.simulated_draws import log_likelihood, simulate_draws
from steppe.experiments.calibration.tempered_smc import draw_tempered_sample
from steppe.experiments.calibration.unknowns import unknowns_of
from steppe.experiments.calibration.variants import VARIANTS

# A known posterior


def known_likelihood(confidences):
    """ln likelihood of the first unknown, in [0, 1]; every target's margin is it minus 0.5."""

    def log_likelihood(normals, name=""):
        theta = norm.cdf(normals[0])
        return sum(np.log(ordinal_likelihood(theta - 0.5, one)) for one in confidences)

    return log_likelihood


def by_quadrature(confidences) -> tuple[float, float]:
    """Posterior mean and standard deviation of an unknown with the prior U(0, 1)."""
    grid = (np.arange(200_000) + 0.5) / 200_000
    density = np.prod(
        [(1 - c) + (2 * c - 1) * norm.cdf((grid - 0.5) / 0.15) for c in confidences], axis=0
    )
    density /= density.sum()
    mean = density @ grid
    return mean, np.sqrt(density @ (grid - mean) ** 2)


@pytest.mark.parametrize("confidences", [(0.8,), (0.8, 0.95, 0.65, 0.8)])
def test_posterior_of_a_toy_is_what_quadrature_gives(confidences):
    mean, spread = by_quadrature(confidences)
    sample = draw_tempered_sample(known_likelihood(confidences), 3, 4096, seed=7)
    theta = norm.cdf(sample.states[:, 0])
    error = spread / np.sqrt(sample.effective_size)
    assert abs(theta.mean() - mean) < 4 * error
    assert theta.std() == pytest.approx(spread, rel=0.05)
    assert norm.cdf(sample.prior[0]).mean() == pytest.approx(0.5, abs=0.02)


def test_the_model_enters_as_it_should(tmp_path):
    """Tempered sampling against weights of draws from the prior, on the toy history."""
    plan = toy_plan(particles=256)
    sharp = replace(plan, targets=tuple(replace(row, confidence=0.95) for row in plan.targets))
    fit = Sampler(tmp_path).fit(sharp, "posterior")
    rng, unknowns = np.random.default_rng(11), unknowns_of(sharp)
    normals = rng.standard_normal((unknowns.size, 4096))
    weight = np.exp(log_likelihood(sharp, normals))
    weight /= weight.sum()
    inside = weight > 0
    draws = simulate_draws(sharp, normals[:, inside])
    error = 4 * 0.5 * np.sqrt((weight**2).sum() + 1 / fit.effective_size)
    met = targets_met(sharp.targets, draws.margin) @ weight[inside]
    assert (np.abs(fit.probabilities() - met) < error).all()
    assert (np.abs(met - targets_met(sharp.targets, draws.margin).mean(axis=1)) > 0.05).any(), (
        "the targets say something"
    )


# Unknowns


def test_unknowns_have_their_priors():
    unknowns = unknowns_of(toy_plan())
    middle = np.zeros((unknowns.size, 1))
    assert unknowns.table(middle)["theta"][0] == pytest.approx(0.55), "U(0.2, 0.9)"
    assert unknowns.table(middle)["offset.trade[East]"][0] == pytest.approx(0.0)
    one = unknowns.table(np.ones((unknowns.size, 1)))
    inside = norm.cdf([-4 / 1.2, 4 / 1.2])  # bounds of the offset in standard deviations
    at = inside[0] + norm.cdf(1) * (inside[1] - inside[0])
    assert one["offset.trade[East]"][0] == pytest.approx(1.2 * norm.ppf(at))
    assert one["theta"][0] == pytest.approx(0.2 + 0.7 * norm.cdf(1))
    assert unknowns.slant_values(np.ones((unknowns.size, 1))) == pytest.approx(0.3)


def test_disputed_dates_are_unknowns():
    """The toy's documents give the first date and the second even odds."""
    unknowns = unknowns_of(toy_plan())
    normals = np.zeros((unknowns.size, 4))
    normals[unknowns.labels.index("date of accession")] = [-3.0, -0.01, 0.01, 3.0]
    assert list(unknowns.dates(normals)["accession"]) == [20, 20, 38, 38]
    draws = simulate_draws(toy_plan(), normals)
    assert list(draws.dates["accession"]) == [20, 20, 38, 38]
    rises = draws.margin[[row.id for row in toy_plan().targets].index("east-rises")]
    assert rises[0] == rises[1] and rises[2] == rises[3] and rises[0] != rises[2]


def test_draws_that_break_a_guard_are_rejected():
    unknowns = unknowns_of(toy_plan())
    normals = np.zeros((unknowns.size, 2))
    for label in ("lambda_", "theta", "chi"):
        normals[unknowns.labels.index(label), 1] = 3.0
    assert list(np.isfinite(log_likelihood(toy_plan(), normals))) == [True, False]


def test_the_likelihood_of_a_draw_by_hand():
    """Three targets, each alone in its cluster, with slants of one standard deviation, 0.3."""
    plan = toy_plan()
    unknowns = unknowns_of(plan)
    normals = np.zeros((unknowns.size, 1))
    normals[unknowns.labels.index("letter: East, levels")] = 1.0
    margin = simulate_draws(plan, normals).margin[:, 0] + [0.3, -0.3, 0.0]
    tops = [np.log(3), np.log(3), 0.7]
    p = norm.cdf(margin / 0.15) - norm.cdf((margin - tops) / 0.3)
    by_hand = np.log(0.2 + 0.6 * np.maximum(p, 0)).sum()
    assert log_likelihood(plan, normals) == pytest.approx([by_hand])


# Recovery


def test_truths_of_a_toy_have_uniform_ranks():
    """Three unknowns, and documents that say whether each of nine sums of them is positive."""
    rng = np.random.default_rng(12)
    directions = rng.standard_normal((9, 3))
    ranks = []
    for truth in range(60):
        true = rng.standard_normal((3, 1))
        chance = ordinal_likelihood(directions @ true, 0.95)[:, 0]
        said = rng.random(9) < chance

        def log_likelihood(normals, name, said=said):
            holds = ordinal_likelihood(directions @ normals, 0.95)
            return np.log(np.where(said[:, None], holds, 1 - holds)).sum(axis=0)

        sample = draw_tempered_sample(log_likelihood, 3, 256, seed=truth)
        ranks.append((sample.states[-1] < true).mean(axis=1))
    counts = np.stack([np.histogram(rank, 5, (0, 1))[0] for rank in np.transpose(ranks)])
    chi_squared = ((counts - 12) ** 2 / 12).sum(axis=1)
    assert (chi_squared < chi2.ppf(0.999, 4)).all()
    assert kstest(np.ravel(ranks), "uniform").pvalue > 0.01


def test_statements_may_deny_a_target():
    plan = toy_plan()
    normals = np.zeros((unknowns_of(plan).size, 1))
    margin = simulate_draws(plan, normals).margin
    says_so = np.exp(log_likelihoods(plan.targets, margin))[:, 0]
    made_up = replace(plan, statements=(True, False, True))
    expected = np.log(says_so[0] * (1 - says_so[1]) * says_so[2])
    assert log_likelihood(made_up, normals) == pytest.approx([expected])
    assert made_up.identity != plan.identity


def test_recovery_of_the_toy_is_recorded(tmp_path, monkeypatch):
    for name, value in (("STAGE_MOVES", 1), ("FINAL_MOVES", 4), ("MOST_FINAL_MOVES", 4)):
        monkeypatch.setattr(tempered_smc, name, value)
    plan = toy_plan()
    plan = replace(
        plan, targets=plan.targets[:2], unweighted_targets=plan.targets[2:], particles=16
    )
    found = recovery.check_recovery(plan, Sampler(tmp_path), 4)
    assert {rows.shape for rows in found.values()} == {(3, 4)}
    assert all(((rows[0] >= 0) & (rows[0] <= 1)).all() for rows in found.values())
    record = recovery.recovery_record(found, {"east-rises"}, "toy evidence", 16)
    assert record["truths"] == 4 and sum(record["ranks"]["east-rises"]) == 4
    (tmp_path / "kept.json").write_text(json.dumps(record))
    assert recovery.read_recovery(tmp_path / "kept.json") == record
    assert recovery.read_recovery(tmp_path / "absent.json") is None


# Variants


def test_variants_change_what_they_describe():
    plan = toy_plan()
    normals = 0.3 * np.random.default_rng(1).standard_normal((unknowns_of(plan).size, 64))
    draws = simulate_draws(plan, normals)
    for variant in (row for row in VARIANTS if row.events):
        changed = simulate_draws(replace(plan, variant=variant), normals)
        assert all((changed.table[label] == 0).all() for label in variant.zeroed)
        assert not np.array_equal(changed.margin, draws.margin), variant.name
        assert replace(plan, variant=variant).identity != plan.identity


def test_persistence_keeps_the_first_year():
    plan = toy_plan()
    normals = 0.3 * np.random.default_rng(1).standard_normal((unknowns_of(plan).size, 64))
    draws = simulate_draws(plan, normals)
    names = [row.id for row in plan.targets]
    assert np.abs(draws.persistence[names.index("east-rises")]).max() == 0, (
        "a target of change has margin 0"
    )
    assert draws.persistence[names.index("east-leads")].std() > 0


# Diagnostics and report


def one_target_fit() -> Fit:
    """A fit of 10,000 draws of a parameter, of which the documents teach the upper half."""
    plan = toy_plan(ordinals(("t", "letter", None, TOY_TARGETS[0][3])), particles=10_000)
    rng = np.random.default_rng(6)
    prior, posterior = rng.random(10_000), 0.5 + rng.random(10_000) / 2
    idle = rng.random((2, 10_000))
    return made_up_fit(
        plan,
        made_up_draws({"theta": prior, "idle": idle[0]}, prior[None] - 0.5),
        made_up_draws({"theta": posterior, "idle": idle[1]}, posterior[None] - 0.5),
        runs=1,
    )


def test_diagnostics_tell_what_was_learned():
    found = diagnose_fit(one_target_fit())
    assert found.not_learned == ["idle"] and found.learned == ["theta"]
    row = found.targets.iloc[0]
    assert row["met under the prior"] == pytest.approx(0.5, abs=0.02)
    assert row["met under the posterior"] == pytest.approx(1.0, abs=0.001)
    assert row["prior 5 %"] == pytest.approx(-0.45, abs=0.02)
    assert row["posterior 95 %"] == pytest.approx(0.475, abs=0.01)
    words = " ".join(summary_sentences(found))
    assert "1 stayed at their prior: idle" in words and "effective size of 1,000" in words


def test_pairs_that_trade_off_are_found():
    rng = np.random.default_rng(7)
    first, second, other = rng.random((3, 10_000))
    plan = toy_plan(ordinals(("t", "letter", None, TOY_TARGETS[0][3])), particles=10_000)
    margin = np.zeros((1, 10_000))
    fit = made_up_fit(
        plan,
        made_up_draws({"first": first, "second": second}, margin),
        made_up_draws({"first": first, "second": other - first}, margin),
        runs=1,
    )
    (pair,) = diagnose_fit(fit).pairs.to_dict("records")
    assert pair["posterior correlation"] == pytest.approx(-np.sqrt(0.5), abs=0.03)


def test_claims_that_stand_against_a_missed_one_are_named():
    """The prior meets the first where it fails the second; the third, unsure, is left out."""
    lead = TOY_TARGETS[0][3]
    plan = toy_plan(
        (
            target("missed", "letter", None, lead),
            target("opposed", "essay", None, lead, confidence=0.95),
            target("unsure", "essay", None, lead, confidence=0.65),
            target("apart", "essay", None, lead),
        ),
        particles=1000,
    )
    odd = np.arange(1000) % 2 == 1
    margin = np.where(np.stack([odd, ~odd, ~odd, np.arange(1000) < 500]), 1.0, -1.0)
    posterior = np.tile([[-1.0], [1.0], [1.0], [1.0]], 1000)
    fit = made_up_fit(plan, made_up_draws({}, margin), made_up_draws({}, posterior), runs=1)
    (row,) = opposed_claims(fit).to_dict("records")
    assert (row["target"], row["against it"]) == ("missed", "opposed")
    assert row["lowers it by"] == pytest.approx(0.5) and row["met"] == 0.0


def test_a_power_that_holds_nearly_all_of_a_cell_is_named():
    fit = one_target_fit()
    assert displaced_cells(fit) == []
    fit.posterior.last_share[1, 0, 2] = 0.8
    assert displaced_cells(fit) == ["West in Valley, culture (80%)"]


def test_slants_are_shown_by_document_and_power():
    fit = one_target_fit()
    fit.posterior.slants["letter: East, levels"] = np.linspace(-0.4, 0.6, 1001)
    (row,) = diagnose_fit(fit).slants.to_dict("records")
    assert (row["document"], row["power"], row["of"]) == ("letter", "East", "levels")
    assert row["mean"] == pytest.approx(0.1) and row["95 %"] == pytest.approx(0.55)


def test_report_is_self_contained(tmp_path, monkeypatch):
    for name, value in (("STAGE_MOVES", 1), ("FINAL_MOVES", 4), ("MOST_FINAL_MOVES", 4)):
        monkeypatch.setattr(tempered_smc, name, value)
    plan = toy_plan()
    said = "<b>East & West</b> quarrel over the valley"
    marked = replace(
        plan,
        targets=(replace(plan.targets[0], says=said, document="<i>letter</i>"), *plan.targets[1:]),
    )
    fit = Sampler(tmp_path).fit(marked, "posterior", 2)
    posterior = resample_posterior(fit, 100, quick=True)
    done = CalibrationResult(fit, ["too few"], diagnose_fit(fit), posterior)
    page = write_report(done, tmp_path / "report.html").read_text()
    assert "<b>East" not in page and "<i>letter" not in page and "&lt;i&gt;letter" in page
    assert not re.search(r"<script|<link|src=\"(?!data:)|url\(|https?://(?!www\.w3\.org)", page)
    assert "viewport" in page and "--quick" in page and "The gates failed: too few" in page
    assert page.count("<img") >= len(fit.prior.table) + 2
    assert all(re.search(rf">{row.id}<", page) for row in plan.targets)

"""A posterior known by quadrature, recovery, variants, and diagnostics of what was learned."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from toy_calibration import TOY_TARGETS, ordinals, share_target, toy_plan

from steppe.experiments.calibration import prior_draws
from steppe.experiments.calibration.calibrate import calibrate
from steppe.experiments.calibration.calibration_plan import CalibrationPlan
from steppe.experiments.calibration.fit_diagnostics import diagnose_fit, summary_sentences
from steppe.experiments.calibration.importance_weights import (
    pareto_smooth,
    weigh_draws,
    weighted_quantiles,
)
from steppe.experiments.calibration.prior_draws import SimulatedDraws, simulate_members
from steppe.experiments.calibration.report import write_report
from steppe.experiments.calibration.resample import resample_posterior, resample_systematically
from steppe.experiments.calibration.scorecard.recovery import check_recovery
from steppe.experiments.calibration.targets import Target
from steppe.experiments.calibration.variants import VARIANTS


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> tuple[CalibrationPlan, SimulatedDraws, Path]:
    """The toy's prior draws, simulated once."""
    plan, folder = toy_plan(), tmp_path_factory.mktemp("toy")
    return plan, prior_draws.simulate_draws(plan, folder), folder


# A known posterior


def known_posterior(
    count: int, targets: tuple[Target, ...]
) -> tuple[CalibrationPlan, SimulatedDraws, np.ndarray]:
    """Draws of one uniform parameter; the margin of every target is the parameter minus 0.5."""
    theta = np.random.default_rng(5).random(count)
    plan = replace(toy_plan(targets), draw_count=count)
    return (
        plan,
        SimulatedDraws(
            {"theta": theta},
            {},
            np.tile(theta - 0.5, (len(targets), 1)),
            np.zeros((len(targets), count)),
        ),
        theta,
    )


def by_quadrature(exponents) -> tuple[float, float]:
    """Posterior mean and standard deviation of that parameter.

    Its prior is U(0, 1) and its likelihood (0.2 + 0.6 Phi((theta - 0.5)/0.03))^a.
    """
    grid = (np.arange(200_000) + 0.5) / 200_000
    density = (0.2 + 0.6 * norm.cdf((grid - 0.5) / 0.03)) ** sum(exponents)
    density /= density.sum()
    mean = density @ grid
    return mean, np.sqrt(density @ (grid - mean) ** 2)


@pytest.mark.parametrize("documents", [("letter",), ("letter", "essay", "essay", "essay")])
def test_posterior_of_a_toy_is_what_quadrature_gives(documents):
    targets = ordinals(
        *(
            (f"t{place}", document, None, TOY_TARGETS[0][3])
            for place, document in enumerate(documents)
        )
    )
    plan, draws, theta = known_posterior(40_000, targets)
    found = weigh_draws(plan, draws)
    mean, spread = by_quadrature(found.exponents)
    if (
        len(documents) == 1
    ):  # in closed form except for the width of the step: (0.2 * 0.25 + 0.8 * 0.75) / (0.2 + 0.8)
        assert mean == pytest.approx(0.65, abs=0.001)
    error = spread / np.sqrt(found.ess)
    assert abs(found.weight @ theta - mean) < 4 * error
    members = resample_posterior(plan, draws, found, 1000, quick=False).table["theta"]
    assert abs(members.mean() - mean) < 4 * (error + spread / np.sqrt(1000))
    assert members.std() == pytest.approx(spread, rel=0.08)
    middle = weighted_quantiles(theta, found.weight, 0.5)
    assert (theta < middle) @ found.weight == pytest.approx(0.5, abs=0.01)


def test_pareto_smoothing_has_the_right_sign_and_tail():
    """Weights exp(x^2/4) of normal draws have a tail of index 1/2, exp(-x^2) has none."""
    draws = np.random.default_rng(2).standard_normal(50_000)
    heavy, k_heavy = pareto_smooth(draws**2 / 4)
    light, k_light = pareto_smooth(-(draws**2))
    assert k_heavy == pytest.approx(0.5, abs=0.15) and k_light < 0.1
    assert light @ draws**2 == pytest.approx(1 / 3, abs=0.02), (
        "N(0, 1) times exp(-x^2) is N(0, 1/3)"
    )
    assert heavy[np.abs(draws).argmax()] == heavy.max() and light[
        np.abs(draws).argmin()
    ] == pytest.approx(light.max(), rel=0.05)


def test_weights_that_cannot_be_smoothed():
    assert pareto_smooth(np.zeros(1000))[1] == float("-inf"), "equal weights have no tail"
    few, k_hat = pareto_smooth(np.array([0.0, np.log(3)]))
    assert few == pytest.approx([0.25, 0.75]) and k_hat == float("inf"), (
        "two weights cannot be judged"
    )
    stepped, k_hat = pareto_smooth(np.r_[np.zeros(999), 1.0])
    assert np.isfinite(stepped).all() and stepped.sum() == pytest.approx(1)


def test_systematic_resampling_follows_the_weights():
    assert list(resample_systematically(np.array([0.5, 0.0, 0.25, 0.25]), 8, 0.5)) == [
        0,
        0,
        0,
        0,
        2,
        2,
        3,
        3,
    ]


def test_recovery_finds_toy_truths(simulated):
    plan, draws, _ = simulated
    sharp = replace(plan, targets=tuple(replace(row, confidence=0.95) for row in plan.targets))
    table, ranks = check_recovery(sharp, draws, 150, seed=4)
    table = table.set_index("quantity")
    assert (np.abs(table["covered by 90 %"] - 0.9) < 4 * np.sqrt(0.9 * 0.1 / 150)).all()
    assert table["uneven ranks (chi-squared over 9)"].median() == pytest.approx(1, abs=0.4)
    assert table["correlation with truth"].max() > 0.3, "the targets are informative"
    assert all(((values >= 0) & (values <= 1)).all() for values in ranks.values())


# Variants


def test_variants_change_what_they_describe(simulated):
    plan, draws, _ = simulated
    members = np.arange(64)
    for variant in (row for row in VARIANTS if row.events):
        changed = simulate_members(replace(plan, variant=variant), members)
        assert all((changed.table[label] == 0).all() for label in variant.zeroed)
        assert not np.array_equal(changed.margin, draws.margin[:, :64]), variant.name
        assert replace(plan, variant=variant).identity != plan.identity


def test_persistence_keeps_the_first_year(simulated):
    plan, draws, _ = simulated
    names = [row.id for row in plan.targets]
    assert np.abs(draws.persistence[names.index("east-rises")]).max() == 0, (
        "a target of change has margin 0"
    )
    assert draws.persistence[names.index("east-leads")].std() > 0


# Diagnostics and report


def test_diagnostics_tell_what_was_learned():
    plan, draws, theta = known_posterior(20_000, ordinals(("t", "letter", None, TOY_TARGETS[0][3])))
    draws = replace(
        draws, table={"theta": theta, "idle": np.random.default_rng(6).random(draws.size)}
    )
    found = diagnose_fit(plan, draws, weigh_draws(plan, draws))
    assert found.not_learned == ["idle"]
    row = found.targets.iloc[0]
    assert row["met under the prior"] == pytest.approx(0.5, abs=0.02) and row[
        "met under the posterior"
    ] == pytest.approx(0.8, abs=0.02)
    assert row["contribution"] == pytest.approx(0.8 * np.log(0.8) + 0.2 * np.log(0.2), abs=0.03)
    assert row["prior 5 %"] == pytest.approx(-0.45, abs=0.02) and row[
        "prior 95 %"
    ] == pytest.approx(0.45, abs=0.02)
    words = " ".join(summary_sentences(found))
    assert "1 stayed at their prior: idle" in words and "effective sample size" in words


def test_pairs_that_trade_off_are_found():
    rng = np.random.default_rng(7)
    first, second = rng.random((2, 20_000))
    plan = toy_plan(
        tuple(share_target(f"s{place}", 0.5, document=f"d{place}") for place in range(2))
    )
    draws = SimulatedDraws(
        {"first": first, "second": second},
        {},
        np.tile((first + second) / 2, (2, 1)),
        np.zeros((2, 20_000)),
    )
    pairs = diagnose_fit(plan, draws, weigh_draws(plan, draws)).pairs
    assert len(pairs) == 1 and pairs["posterior correlation"].iloc[0] < -0.3


def test_report_is_self_contained(simulated, tmp_path):
    plan, _, folder = simulated
    said = "<b>East & West</b> quarrel over the valley"
    marked = replace(
        plan,
        targets=(replace(plan.targets[0], says=said, document="<i>letter</i>"), *plan.targets[1:]),
    )
    done = calibrate(marked, folder, tmp_path / "toy.csv", jobs=1, quick=True)
    page = write_report(done, tmp_path / "report.html").read_text()
    assert "<b>East" not in page and "<i>letter" not in page and "&lt;i&gt;letter" in page
    assert not re.search(r"<script|<link|src=\"(?!data:)|url\(|https?://(?!www\.w3\.org)", page)
    assert (
        "viewport" in page and "--quick" in page and page.count("<img") >= len(done.draws.table) + 2
    )
    assert all(re.search(rf">{row.id}<", page) for row in plan.targets)

"""The sampler on targets with known answers, and that its bytes depend on the seed alone."""

from __future__ import annotations

import numpy as np
import pytest

from steppe.experiments.calibration.tempered_smc import (
    EFFECTIVE_PART,
    FORGOTTEN,
    draw_tempered_sample,
    effective_size,
    expected_stages,
    fit_gaussian,
    next_step,
    resample_systematically,
)


def test_a_gaussian():
    """A prior N(0, 1) and an observation y of spread s give N(y v / s^2, v), v = 1/(1 + 1/s^2)."""
    seen, spread = np.array([1.5, -0.5, 0.0]), np.array([0.1, 0.5, 2.0])

    def log_likelihood(normals, name):
        return -0.5 * (((normals - seen[:, None]) / spread[:, None]) ** 2).sum(axis=0)

    sample = draw_tempered_sample(log_likelihood, 3, 2048, seed=1)
    variance = 1 / (1 + 1 / spread**2)
    error = np.sqrt(variance / sample.effective_size)
    last = sample.states[-1]
    assert (np.abs(last.mean(axis=1) - variance * seen / spread**2) < 4 * error).all()
    assert last.std(axis=1) == pytest.approx(np.sqrt(variance), rel=0.08)
    assert np.corrcoef(last)[0, 1] == pytest.approx(0, abs=0.1)
    assert sample.median_correlation < FORGOTTEN and sample.effective_size > 1000
    assert (np.diff(sample.temperatures) > 0).all() and sample.temperatures[-1] == 1.0


def test_correlated_unknowns():
    """Seeing x + y = 1 with spread 0.1: both have mean 1 / 2.01, and their sum varies little."""
    sample = draw_tempered_sample(
        lambda normals, name: -0.5 * ((normals.sum(axis=0) - 1) / 0.1) ** 2, 2, 2048, seed=5
    )
    first, second = sample.states[-1]
    assert (first.mean(), second.mean()) == pytest.approx((1 / 2.01, 1 / 2.01), abs=0.08)
    assert (first + second).std() == pytest.approx(np.sqrt(2 - 4 / 2.01), rel=0.1)
    assert (first - second).std() == pytest.approx(np.sqrt(2), rel=0.1)


def test_two_humps_keep_their_weights():
    """Humps at 2 and -2, far apart, that weigh 0.7 and 0.3 under a symmetric prior."""

    def log_likelihood(normals, name):
        right = np.log(0.7) - 0.5 * ((normals[0] - 2) / 0.2) ** 2
        return np.logaddexp(right, np.log(0.3) - 0.5 * ((normals[0] + 2) / 0.2) ** 2)

    sample = draw_tempered_sample(log_likelihood, 2, 4096, seed=2)
    values = sample.states[-1][0]
    assert (values > 0).mean() == pytest.approx(0.7, abs=0.04)
    centre = 2 / (1 + 0.2**2)
    assert values[values > 0].mean() == pytest.approx(centre, abs=0.02)
    assert values[values < 0].mean() == pytest.approx(-centre, abs=0.03)


def toy_likelihood(normals, name=""):
    """Three unknowns, of which a product and a sum are seen; the third must be below 1."""
    seen = -0.5 * ((normals[0] * normals[1] - 0.5) / 0.5) ** 2
    seen -= 0.5 * ((normals[1] + normals[2] - 1) / 0.7) ** 2
    return np.where(normals[2] < 1, seen, -np.inf)


def test_agrees_with_importance_sampling():
    draws = np.random.default_rng(8).standard_normal((3, 400_000))
    weight = np.exp(toy_likelihood(draws))
    weight /= weight.sum()
    sample = draw_tempered_sample(toy_likelihood, 3, 4096, seed=3)
    pooled = np.concatenate(list(sample.states), axis=1)
    error = 4 * pooled.std(axis=1) / np.sqrt(sample.effective_size)
    assert (np.abs(pooled.mean(axis=1) - draws @ weight) < error).all()
    assert (pooled[0] * pooled[1]).mean() == pytest.approx((draws[0] * draws[1]) @ weight, abs=0.05)
    assert (pooled[0] > 0).mean() == pytest.approx((draws[0] > 0) @ weight, abs=0.04)
    assert (pooled[2] < 1).all(), "what is not admissible has no draws"
    assert (sample.prior[2] < 1).all() and sample.prior[0].std() == pytest.approx(1, abs=0.06)


def test_the_seed_alone_decides():
    """Also if likelihoods are computed in pieces; a name is asked for once."""
    names = []

    def in_pieces(normals, name):
        names.append(name)
        return np.concatenate([toy_likelihood(part) for part in np.array_split(normals, 3, axis=1)])

    whole = draw_tempered_sample(toy_likelihood, 3, 128, seed=4)
    pieces = draw_tempered_sample(in_pieces, 3, 128, seed=4)
    other = draw_tempered_sample(toy_likelihood, 3, 128, seed=6)
    assert whole.states.tobytes() == pieces.states.tobytes()
    assert whole.states.tobytes() != other.states.tobytes()
    assert len(set(names)) == len(names)


def test_progress_ends_where_it_was_expected():
    seen = []
    draw_tempered_sample(toy_likelihood, 3, 64, seed=4, report=seen.append)
    assert seen[-1].temperature == 1.0 and seen[0].temperature == 0.0
    assert all(step.done <= step.expected for step in seen)
    done = [step.done for step in seen]
    assert done == sorted(done)


def test_nothing_admissible_ends():
    with pytest.raises(RuntimeError, match="no admissible"):
        draw_tempered_sample(lambda normals, name: np.full(normals.shape[1], -np.inf), 2, 8, seed=1)


def test_the_next_temperature_leaves_the_wanted_effective_size():
    likelihood = np.random.default_rng(3).standard_normal(4000) * 5
    step = next_step(likelihood, 1.0)
    weight = np.exp(step * likelihood)
    assert weight.sum() ** 2 / (weight**2).sum() == pytest.approx(EFFECTIVE_PART * 4000, rel=1e-3)
    assert next_step(likelihood / 1000, 0.4) == 0.4


def test_stages_are_expected_to_grow_on():
    """From 0.1 by a factor of 2: 0.2, 0.4, 0.8, 1."""
    assert expected_stages([0.05, 0.1]) == 2 + 4
    assert expected_stages([0.5, 1.0]) == 2


def test_systematic_resampling_follows_the_weights():
    assert list(resample_systematically(np.array([0.5, 0.0, 0.25, 0.25]), 8, 0.5)) == [
        *[0, 0, 0, 0],
        *[2, 2, 3, 3],
    ]


def test_effective_size_counts_families_that_stayed_together():
    values = np.random.default_rng(1).standard_normal((20, 300))
    alone = np.arange(1200)
    copies = np.repeat(values, 4, axis=1)  # families of four, all alike
    assert effective_size(copies, np.repeat(np.arange(300), 4)) == pytest.approx(300, rel=0.15)
    apart = np.random.default_rng(2).standard_normal((20, 1200))
    assert effective_size(apart, alone) == pytest.approx(1200)
    assert effective_size(apart, np.repeat(np.arange(300), 4)) == pytest.approx(1200, rel=0.15)


def test_a_fitted_gaussian_keeps_the_prior_in_its_ratio():
    """ln N(x; 0, 1) - ln N(x; 1, 2), by hand and up to a constant."""
    fit = fit_gaussian(1 + 2 * np.random.default_rng(4).standard_normal((1, 400_000)))
    at = np.array([[0.0, 1.0, 3.0]])
    by_hand = -(at[0] ** 2) / 2 + (at[0] - 1) ** 2 / 8
    found = fit.log_ratio(at)
    assert found - found[0] == pytest.approx(by_hand - by_hand[0], abs=0.03)
    assert fit.scale(np.ones((1, 1)))[0, 0] == pytest.approx(2, abs=0.02)

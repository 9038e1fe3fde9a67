"""Small worlds whose truth is known: it is found again, and pure noise teaches nothing."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import binom
from series_worlds import OFFSET, SCATTER, World, make_series

from steppe.experiments.calibration.tempered_smc import draw_tempered_sample
from steppe.model.parameters.discrepancy import NOISE, forecast

YEARS = tuple(range(2000, 2013))
WORLDS = 6
WORLD = World()


@cache
def fitted(seed):
    """A world's series, truth (size,), discrepancy (years, p, r), and posterior draws (size, n)."""
    series, truth, discrepancy = WORLD.draw(YEARS, seed)
    return series, truth, discrepancy, WORLD.fit(series)


@pytest.mark.slow  # six samples
def test_offsets_cells_and_trends_are_found_again():
    """Ranks of truths among draws are uniform, and truths are nearer than a priori.

    Offsets are ratios, since what all powers share cannot be told.
    """
    ranks, errors, spreads = [], [], []
    for seed in range(WORLDS):
        _, truth, _, draws = fitted(seed)
        for value, of_draws in zip(quantities(truth[:, None]), quantities(draws), strict=True):
            ranks.append((of_draws < value[0]).mean())
            errors.append(of_draws.mean() - value[0])
            spreads.append(of_draws.std())
    ranks, errors = np.array(ranks).reshape(WORLDS, -1), np.array(errors).reshape(WORLDS, -1)
    per_world = ((ranks > 0.05) & (ranks < 0.95)).mean(axis=1)
    assert 0.83 < per_world.mean() < 0.96
    levels, trends = errors[:, :20], errors[:, 20:]
    prior = np.sqrt(0.75 * (OFFSET**2 + SCATTER**2)), np.sqrt(0.75 * (1.0 + 0.7**2 + 0.25))
    assert np.sqrt((levels**2).mean()) < 0.6 * prior[0]
    assert np.sqrt((trends**2).mean()) < 0.8 * prior[1]


def quantities(normals):
    """Levels of cells and their trends, as ratios to the mean power: (40, n)."""
    years = (2000, 2020)
    first, last = WORLD.expected(normals, years)
    rows = []
    for values in (first, last - first):
        rows.append((values - values.mean(axis=0)).reshape(20, -1))
    return np.concatenate(rows)


@pytest.mark.slow  # six samples
def test_the_discrepancy_is_found_again():
    """What is left of the data follows the true discrepancy, as far as levels do not take it."""
    correlations, covered = [], []
    for seed in range(WORLDS):
        series, truth, discrepancy, draws = fitted(seed)
        scale = WORLD.latents(draws).scale
        expected = WORLD.expected(draws, YEARS)
        found = forecast(
            series, expected, YEARS, expected, scale, np.random.default_rng(seed), noise=False
        )
        truth_logs = WORLD.expected(truth[:, None], YEARS)[..., 0] + discrepancy
        logs = np.log(found)
        logs -= logs.mean(axis=1, keepdims=True)
        wanted = truth_logs - truth_logs.mean(axis=1, keepdims=True)
        low, high = np.quantile(logs, [0.05, 0.95], axis=-1)
        covered.append(((low <= wanted) & (wanted <= high)).mean())
        left = logs - (expected - expected.mean(axis=1, keepdims=True))
        left, true = left.mean(axis=-1), discrepancy - discrepancy.mean(axis=1, keepdims=True)
        moved, truly = left - left[:1], true - true[:1]
        correlations.append(np.corrcoef(moved.ravel(), truly.ravel())[0, 1])
    assert np.mean(correlations) > 0.7
    assert 0.82 < np.mean(covered) < 0.97


def test_at_horizon_0_forecasts_pass_through_the_data():
    """Within the noise of each cell, and no wider than that."""
    series, truth, _ = WORLD.draw(YEARS, seed=11)
    draws = np.repeat(truth[:, None], 2000, axis=1)
    expected, scale = WORLD.expected(draws, YEARS), WORLD.latents(draws).scale
    drawn = forecast(
        series, expected, YEARS, expected, scale, np.random.default_rng(1), noise=False
    )
    gap = np.log(drawn) - np.log(series.value)[..., None]
    gap -= gap.mean(axis=1, keepdims=True)
    noise = NOISE * np.sqrt(scale.max(axis=0)[:, 0])  # of the noisiest power
    assert (np.abs(gap.mean(axis=-1)) < 3 * noise).all()
    assert (gap.std(axis=-1) < noise).all()
    assert np.sqrt((gap**2).mean()) < NOISE * np.sqrt(scale.mean())


def test_forecasts_hold_what_comes():
    """With the truth known but for discrepancy and noise, 90% bands hold 90% of what comes."""
    held, count = 0, 0
    for seed in range(20):
        series, truth, _ = WORLD.draw(YEARS, seed)
        known = series.until(2006)
        draws = np.repeat(truth[:, None], 1000, axis=1)
        then = YEARS[len(known.years) :]
        drawn = forecast(
            known,
            WORLD.expected(draws, known.years),
            then,
            WORLD.expected(draws, then),
            WORLD.latents(draws).scale,
            np.random.default_rng(seed),
        )
        low, high = np.quantile(drawn[-1], [0.05, 0.95], axis=-1)
        held += ((low <= series.value[-1]) & (series.value[-1] <= high)).sum()
        count += low.size
    assert binom.cdf(held, count, 0.9) > 0.001 and binom.sf(held, count, 0.9) > 0.001


@pytest.mark.slow  # 1,024 particles, since scales must go far into their tails
def test_pure_noise_teaches_nothing():
    """Years drawn anew, without level or trend: what the world moves by stays as it was a priori.

    Monte Carlo error is that of half the particles, since trends of cells share their moves.
    """
    random = np.random.default_rng(2)
    noise = np.exp(3.0 * random.standard_normal((len(YEARS), 4, 5)))
    draws = WORLD.fit(make_series(YEARS, noise), particles=1024)
    told = np.concatenate([draws[:1], draws[25:49]])  # slope and trends
    error = 1 / np.sqrt(512)
    assert np.abs(told.mean(axis=1)).max() < 4 * error
    assert told.std(axis=1) == pytest.approx(np.ones(25), abs=4 * error / np.sqrt(2))
    assert told.std() == pytest.approx(1.0, abs=0.04)
    assert np.median(WORLD.latents(draws).scale) > 100  # scales take the noise


def test_particles_of_one_half_do_not_fit_their_own_proposals():
    """Forty unknowns seen with spread 0.5, for which 128 particles that fit themselves are few."""

    def log_likelihood(normals, name):
        return -0.5 * (((normals - 1) / 0.5) ** 2).sum(axis=0)

    own, halves = (
        np.mean(
            [
                draw_tempered_sample(log_likelihood, 40, 128, seed, halves=halves)
                .states.std(axis=2)
                .mean()
                for seed in range(3)
            ]
        )
        for halves in (False, True)
    )
    assert halves == pytest.approx(np.sqrt(1 / (1 + 1 / 0.5**2)), rel=0.03)
    assert own < 0.97 * halves

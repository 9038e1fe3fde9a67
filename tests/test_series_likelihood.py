"""The likelihood of series against densities of SciPy, forecasts against conditioning by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import invgamma, multivariate_normal, multivariate_t
from series_worlds import make_series

from steppe.experiments.calibration.series_latents import (
    CELL_TREND,
    DEGREES_OF_FREEDOM,
    POWER_TREND,
    latent_count,
    latents_of,
    scale_quantiles,
)
from steppe.experiments.calibration.series_likelihood import log_likelihood_of_series
from steppe.model.core.cast import default_cast
from steppe.model.parameters.discrepancy import (
    DISCREPANCY,
    NOISE,
    PERSISTENCE,
    discrepancy_covariance,
    forecast,
    spells,
)

CAST = default_cast()
YEARS = (2000, 2001, 2002, 2003, 2004)


def covariance_of(years, scale, noise=NOISE):
    """Of ln y - f, over powers and years, (powers * years, powers * years); scale (powers,)."""
    apart = np.abs(np.subtract.outer(years, years))
    in_time = DISCREPANCY**2 * PERSISTENCE**apart + noise**2 * np.eye(len(years))
    return np.kron(np.diag(scale), in_time)


def ratios(powers, years):
    """What takes logarithms to orthonormal ratios between powers, (ratios, powers * years)."""
    centred = np.eye(powers) - 1 / powers
    basis = np.linalg.svd(centred)[0][:, : powers - 1].T
    return np.kron(basis, np.eye(len(years)))


def random_series(seed, holes=False):
    random = np.random.default_rng(seed)
    value = np.exp(random.standard_normal((len(YEARS), 4, 5)))
    if holes:
        value[2, :, 1] = value[:2, :, 3] = np.nan
    return make_series(YEARS, value), random


@pytest.mark.parametrize("holes", [False, True])
def test_the_density_of_ratios(holes):
    """Against a normal over orthonormal ratios, whose covariance is projected as it stands."""
    series, random = random_series(1, holes)
    expected = random.standard_normal((len(YEARS), 4, 5, 3))
    scale = random.uniform(0.3, 3.0, (4, 5, 3))
    found = log_likelihood_of_series(series, expected, scale)
    for draw in range(3):
        total = 0.0
        for republic in range(5):
            known = np.flatnonzero(series.known[:, republic])
            years = np.array(YEARS)[known]
            left = np.log(series.value[known, :, republic]) - expected[known, :, republic, draw]
            matrix = ratios(4, years)
            covariance = matrix @ covariance_of(years, scale[:, republic, draw]) @ matrix.T
            total += multivariate_normal(cov=covariance).logpdf(matrix @ left.T.ravel())
        assert found[draw] == pytest.approx(total, rel=1e-10)


def test_what_all_powers_share_drops_out():
    series, random = random_series(2)
    expected = random.standard_normal((len(YEARS), 4, 5, 2))
    scale = random.uniform(0.5, 2.0, (4, 5, 2))
    shared = 3.0 * random.standard_normal((len(YEARS), 1, 5, 2))
    found = log_likelihood_of_series(series, expected + shared, scale)
    assert found == pytest.approx(log_likelihood_of_series(series, expected, scale))


def test_scales_make_a_multivariate_t():
    """A normal whose variance is scaled so is the t of SciPy, in density and in its quantiles."""
    normals = np.array([-2.0, 0.0, 1.5])
    half = DEGREES_OF_FREEDOM / 2
    prior = invgamma(half, scale=half)
    assert prior.cdf(scale_quantiles(normals)) == pytest.approx([0.02275, 0.5, 0.93319], abs=1e-5)
    covariance = covariance_of(YEARS, np.ones(1))
    point = np.array([0.3, -0.1, 0.8, 1.5, -0.4])
    mixed, _ = quad(
        lambda scale: prior.pdf(scale) * multivariate_normal(cov=scale * covariance).pdf(point),
        0,
        np.inf,
    )
    assert mixed == pytest.approx(multivariate_t(shape=covariance, df=6).pdf(point), rel=1e-6)


def test_latents_have_the_spreads_that_they_should():
    normals = np.random.default_rng(3).standard_normal((latent_count(CAST), 4000))
    latents = latents_of(normals, CAST)
    assert latents.power_trend.std() == pytest.approx(POWER_TREND, rel=0.03)
    assert latents.cell_trend.std() == pytest.approx(CELL_TREND, rel=0.02)
    assert np.median(latents.scale) == pytest.approx(invgamma(3, scale=3).median(), rel=0.03)
    halfway, end, after = latents.trend((2010, 2020, 2035))
    assert halfway == pytest.approx(end / 2) and after == pytest.approx(end)
    assert end == pytest.approx(latents.power_trend[:, None] + latents.cell_trend)


def test_a_forecast_is_the_conditional_distribution():
    """Means and variances of ratios, against conditioning the whole covariance by hand."""
    series, random = random_series(4)
    then = (2005, 2008)
    expected = np.repeat(random.standard_normal((len(YEARS), 4, 5, 1)), 20_000, axis=-1)
    expected_then = np.repeat(random.standard_normal((2, 4, 5, 1)), 20_000, axis=-1)
    scale = np.repeat(random.uniform(0.3, 3.0, (4, 5, 1)), 20_000, axis=-1)
    drawn = forecast(series, expected, then, expected_then, scale, random)
    assert drawn.sum(axis=1) == pytest.approx(np.ones((2, 5, 20_000)))
    years = np.array([*YEARS, *then])
    for republic in (0, 3):
        matrix = ratios(4, years)
        whole = matrix @ covariance_of(years, scale[:, republic, 0]) @ matrix.T
        later = np.tile(np.arange(len(years)) >= len(YEARS), 3)
        gain = whole[np.ix_(later, ~later)] @ np.linalg.inv(whole[np.ix_(~later, ~later)])
        left = np.log(series.value[:, :, republic]) - expected[:, :, republic, 0]
        mean = gain @ (ratios(4, YEARS) @ left.T.ravel())
        mean += ratios(4, then) @ expected_then[:, :, republic, 0].T.ravel()
        covariance = whole[np.ix_(later, later)] - gain @ whole[np.ix_(~later, later)]
        logs = np.log(drawn[:, :, republic])  # (years, p, n)
        found = ratios(4, then) @ logs.transpose(1, 0, 2).reshape(8, -1)
        error = np.sqrt(np.diag(covariance) / 20_000)
        assert (np.abs(found.mean(axis=1) - mean) < 4 * error).all()
        assert np.cov(found) == pytest.approx(covariance, abs=0.04 * covariance.max())


def test_a_republic_without_values_has_the_whole_discrepancy():
    series, random = random_series(6)
    value = series.value.copy()
    value[:, :, 4] = np.nan
    series = make_series(YEARS, value)
    assert [spell.republics.tolist() for spell in spells(series)] == [[0, 1, 2, 3]]
    nothing = np.zeros((1, 4, 5, 20_000))
    expected = np.zeros((len(YEARS), 4, 5, 20_000))
    drawn = forecast(series, expected, (2005,), nothing, np.ones((4, 5, 20_000)), random)
    ratio = np.log(drawn[0, 0, 4] / drawn[0, 1, 4])
    assert ratio.std() == pytest.approx(np.sqrt(2 * (DISCREPANCY**2 + NOISE**2)), rel=0.03)
    assert discrepancy_covariance(np.array([2000]), np.array([2000])) == DISCREPANCY**2

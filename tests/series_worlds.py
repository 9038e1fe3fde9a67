"""Series made up for tests, and a small world whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from steppe.experiments.calibration.series_latents import Latents, latent_count, latents_of
from steppe.experiments.calibration.series_likelihood import log_likelihood_of_series
from steppe.experiments.calibration.tempered_smc import draw_tempered_sample
from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import default_cast
from steppe.model.evidence.series import Series
from steppe.model.evidence.series_schema import SeriesRecord
from steppe.model.parameters.discrepancy import NOISE, discrepancy_covariance

CAST = default_cast()
SHAPE = (4, 5)
OFFSET, SCATTER = 1.2, 1.0
RECORD = SeriesRecord(
    observable="trade",
    file="made-up.csv",
    unit="share",
    source="nobody",
    release="none",
    licence="none",
    processing="made up",
    quality=(),
)


def make_series(years: Sequence[int], value: FloatArray) -> Series:
    """A series of these values, (years, p, r), as shares among the powers."""
    return Series("made-up", RECORD, tuple(years), value / value.sum(axis=1, keepdims=True))


class World:
    """Shares that move by one parameter; offsets, cells, trends and discrepancy beside them.

    ln share of the first power rises by `slope` over twenty years, with slope ~ N(0, 1).
    Unknowns: slope, offsets (p), cells (p, r), latents; all standard normals.
    """

    size = 1 + 4 + 20 + latent_count(CAST)

    def expected(
        self, normals: FloatArray, years: Sequence[int], latents: Latents | None = None
    ) -> FloatArray:
        """f, (years, p, r, n); latents that are known already need not be computed again."""
        passed = (np.array(years) - 2000) / 20
        logs = np.zeros((len(years), *SHAPE, normals.shape[1]))
        logs[:, 0] += passed[:, None, None] * normals[0]
        logs += (OFFSET * normals[1:5])[:, None] + SCATTER * normals[5:25].reshape(*SHAPE, -1)
        return logs + (latents or self.latents(normals)).trend(tuple(years))

    def latents(self, normals: FloatArray) -> Latents:
        return latents_of(normals[25:], CAST)

    def draw(self, years: Sequence[int], seed: int) -> tuple[Series, FloatArray, FloatArray]:
        """A series, the normals behind it (size,), and its discrepancy (years, p, r)."""
        random = np.random.default_rng(seed)
        truth = random.standard_normal((self.size, 1))
        scale = self.latents(truth).scale[..., 0]
        covariance = discrepancy_covariance(np.array(years), np.array(years))
        lower = np.linalg.cholesky(covariance)
        drawn = np.einsum("st,tpr->spr", lower, random.standard_normal((len(years), *SHAPE)))
        discrepancy = np.sqrt(scale) * drawn
        noise = NOISE * np.sqrt(scale) * random.standard_normal(drawn.shape)
        value = np.exp(self.expected(truth, years)[..., 0] + discrepancy + noise)
        return make_series(years, value), truth[:, 0], discrepancy

    def fit(self, series: Series, particles: int = 512, seed: int = 1) -> FloatArray:
        """Draws of the unknowns given a series, (size, n)."""

        def log_likelihood(normals: FloatArray, name: str) -> FloatArray:
            latents = self.latents(normals)
            expected = self.expected(normals, series.years, latents)
            return log_likelihood_of_series(series, expected, latents.scale)

        return draw_tempered_sample(log_likelihood, self.size, particles, seed, halves=True).states[
            -1
        ]

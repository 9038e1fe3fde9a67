"""What is unknown of an observable once a series counts it: trends, and how far cells depart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtr

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.parameters.cell_links import TREND_YEARS, CellLinks
from steppe.model.parameters.prior import TAIL

# Spreads in logarithms; all are assumptions, set on the years to 2006 and then fixed.
POWER_TREND, CELL_TREND = 1.0, 0.7  # standard deviations of trends over these years
CODED_WIDTH = 0.6  # of the scatter between republics, where the tie of the cell is coded
DEGREES_OF_FREEDOM = 6.0  # of the multivariate t of a cell's departures over the years
SPREADS = (TREND_YEARS, POWER_TREND, CELL_TREND, CODED_WIDTH, DEGREES_OF_FREEDOM)


@dataclass(frozen=True)
class Latents:
    """Unknowns of one observable.

    power_trend : (p, n) and cell_trend : (p, r, n), in logarithms over `TREND_YEARS`.
    scale : (p, r, n), the factor on the variance of a cell's departures, around 1.
    """

    power_trend: FloatArray
    cell_trend: FloatArray
    scale: FloatArray

    def trend(self, years: tuple[int, ...]) -> FloatArray:
        """What trends have added by each year, (years, p, r, n)."""
        return self.cell_links(0.0).trend_by(years)

    def cell_links(self, scatter: FloatArray | float) -> CellLinks:
        """What a run needs to know of each cell, with its scatter, (p, r, n)."""
        trend = self.power_trend[:, None] + self.cell_trend
        return CellLinks(np.broadcast_to(scatter, trend.shape), trend, self.scale)


def latent_count(cast: Cast) -> int:
    """Standard normals behind the latents of one observable."""
    powers, republics = len(cast.powers), len(cast.republics)
    return powers + 2 * powers * republics


def latent_labels(observable: str, cast: Cast) -> list[str]:
    """A label for each of these standard normals, in their order."""
    cells = [
        f"{power} in {republic}" for power in cast.power_names for republic in cast.republic_names
    ]
    return [
        *(f"trend of {observable}: {power}" for power in cast.power_names),
        *(f"trend of {observable}: {cell}" for cell in cells),
        *(f"scale of {observable}: {cell}" for cell in cells),
    ]


def latents_of(normals: FloatArray, cast: Cast) -> Latents:
    """The latents at standard normals (latent_count, n)."""
    powers, republics, count = len(cast.powers), len(cast.republics), normals.shape[-1]
    shape = (powers, republics, count)
    of_powers, trends, scales = np.split(normals, [powers, powers + powers * republics])
    return Latents(
        POWER_TREND * of_powers,
        CELL_TREND * trends.reshape(shape),
        scale_quantiles(scales).reshape(shape),
    )


def scale_quantiles(normals: FloatArray) -> FloatArray:
    """Inverse gamma quantiles: a Gaussian whose variance has this factor is a multivariate t."""
    half = DEGREES_OF_FREEDOM / 2.0
    upper = np.clip(ndtr(-normals), TAIL, 1.0 - TAIL)
    scale: FloatArray = half / gammaincinv(half, upper)
    return scale


def scatter_widths(inputs: Inputs) -> dict[str, FloatArray]:
    """Of each observable, the part of its scatter that a cell has a priori, (p, r).

    Where the tie is coded less is unknown than where it is an assumption.
    """
    cast = inputs.cast
    return {
        row.name: np.array(
            [
                [
                    CODED_WIDTH if _is_coded(inputs, power, republic, row.channel) else 1.0
                    for republic in cast.republic_names
                ]
                for power in cast.power_names
            ]
        )
        for row in OBSERVABLES.values()
    }


def _is_coded(inputs: Inputs, power: str, republic: str, channel: str) -> bool:
    trail = inputs.trail.get(("tie", power, republic, channel), [])
    return bool(trail) and trail[0].status == "coded"

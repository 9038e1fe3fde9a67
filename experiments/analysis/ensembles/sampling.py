"""Samplers and sensitivity indices of SALib, with intervals and convergence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from steppe.experiments.analysis.ensembles.optional_packages import import_optional, silence
from steppe.model.core.array_types import FloatArray
from steppe.model.core.errors import RequestError

CONFIDENCE = 0.9
RESAMPLES = 500
MAX_WIDTH = 0.1  # of the interval of a Sobol index that has converged
MAX_MORRIS_WIDTH = 0.2  # the same for Morris, relative to the largest effect
MORRIS_LEVELS = 4
TAIL = 0.05  # Morris uses the range from the 5th to the 95th percentile of each factor


@dataclass(frozen=True)
class SensitivityIndex:
    """One index of one factor, with the half-width of its bootstrap interval."""

    factor: str
    index: str
    value: float
    half_width: float
    converged: bool


def _salib_problem(names: list[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def morris_points(names: list[str], trajectories: int, seed: int) -> FloatArray:
    """Points of the unit cube, (trajectories * (factors + 1), factors)."""
    sample = import_optional("SALib.sample.morris").sample
    return np.asarray(
        sample(_salib_problem(names), trajectories, num_levels=MORRIS_LEVELS, seed=seed)
    )


def morris_positions(points: FloatArray) -> FloatArray:
    """Positions in the distribution of each factor, from 0 to 1, of Morris points."""
    return TAIL + (1 - 2 * TAIL) * points


def morris_indices(
    names: list[str], points: FloatArray, output: FloatArray, seed: int
) -> list[SensitivityIndex]:
    """Mean absolute effect (mu_star), mean (mu) and spread (sigma), in units of the output."""
    check_output_varies(output)
    with silence():
        found = import_optional("SALib.analyze.morris").analyze(
            _salib_problem(names),
            points,
            output,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            num_levels=MORRIS_LEVELS,
            seed=seed,
        )
    largest = max(found["mu_star"])
    indices = []
    for column, name in enumerate(names):
        half = float(found["mu_star_conf"][column])
        converged = 2 * half <= MAX_MORRIS_WIDTH * largest
        mu_star, mu, sigma = (float(found[key][column]) for key in ("mu_star", "mu", "sigma"))
        indices.append(SensitivityIndex(name, "mu_star", mu_star, half, converged))
        indices.append(SensitivityIndex(name, "mu", mu, np.nan, True))
        indices.append(SensitivityIndex(name, "sigma", sigma, np.nan, True))
    return indices


def sobol_points(names: list[str], size: int, seed: int) -> FloatArray:
    """Points of the unit cube, (size * (factors + 2), factors)."""
    sample = import_optional("SALib.sample.sobol").sample
    with silence():
        points = sample(_salib_problem(names), size, calc_second_order=False, seed=seed)
    return np.asarray(points)


def sobol_indices(names: list[str], output: FloatArray, seed: int) -> list[SensitivityIndex]:
    """First-order (S1) and total (ST) shares of the variance, by factor."""
    check_output_varies(output)
    with silence():
        found = import_optional("SALib.analyze.sobol").analyze(
            _salib_problem(names),
            output,
            calc_second_order=False,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            seed=seed,
        )
    return [
        SensitivityIndex(
            name,
            index,
            float(found[index][place]),
            half := float(found[f"{index}_conf"][place]),
            2 * half <= MAX_WIDTH,
        )
        for place, name in enumerate(names)
        for index in ("S1", "ST")
    ]


def latin_hypercube(size: int, factors: int, seed: int) -> FloatArray:
    """Points of the unit cube, (size, factors), one in each of `size` slices of each factor."""
    generator = np.random.default_rng(seed)
    slices = np.stack([generator.permutation(size) for _ in range(factors)], axis=1)
    return np.asarray((slices + generator.random((size, factors))) / size)


def check_output_varies(output: FloatArray) -> None:
    """Refuse an output that is not finite, or always the same."""
    if not np.isfinite(output).all():
        raise RequestError(
            f"the output is not a finite number in {(~np.isfinite(output)).sum()} of {output.size} "
            "samples; does it divide by zero?"
        )
    if np.ptp(output) < 1e-12:
        raise RequestError(
            f"the output is {output[0]:g} in every one of {output.size} samples, so there is "
            "nothing to explain; use an output that varies"
        )

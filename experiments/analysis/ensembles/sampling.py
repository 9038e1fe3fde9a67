"""SALib's samplers and indices over any space of factors, with the intervals and the verdict on convergence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steppe.experiments.analysis.optional_packages import import_optional, silence
from steppe.experiments.errors import RequestError

CONFIDENCE = 0.9
RESAMPLES = 500
MAX_WIDTH = 0.1  # an interval wider than this, on indices that run from 0 to 1, has not converged
MAX_MORRIS_WIDTH = 0.2  # the same for the Morris screening, as a part of the largest effect
MORRIS_LEVELS = 4
TAIL = 0.05  # Morris steps between the 5th and the 95th percentile of each factor


@dataclass(frozen=True)
class SensitivityIndex:
    """One index of one factor, with the half-width of its bootstrap interval."""

    factor: str
    index: str
    value: float
    half_width: float
    converged: bool


def _salib_problem(names: list[str]) -> dict:
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def morris_points(names: list[str], trajectories: int, seed: int) -> np.ndarray:
    """Points of the unit cube, (trajectories * (factors + 1), factors)."""
    sample = import_optional("SALib.sample.morris").sample
    return sample(_salib_problem(names), trajectories, num_levels=MORRIS_LEVELS, seed=seed)


def morris_positions(points: np.ndarray) -> np.ndarray:
    """The places in each factor's distribution at which Morris evaluates."""
    return TAIL + (1 - 2 * TAIL) * points


def morris_indices(
    names: list[str], points: np.ndarray, output: np.ndarray, seed: int
) -> list[SensitivityIndex]:
    """Mean absolute effect (mu_star) and spread of effects (sigma) of every factor, in units of the output."""
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
    for place, name in enumerate(names):
        half = float(found["mu_star_conf"][place])
        indices.append(
            SensitivityIndex(
                name,
                "mu_star",
                float(found["mu_star"][place]),
                half,
                2 * half <= MAX_MORRIS_WIDTH * largest,
            )
        )
        indices.append(SensitivityIndex(name, "mu", float(found["mu"][place]), np.nan, True))
        indices.append(SensitivityIndex(name, "sigma", float(found["sigma"][place]), np.nan, True))
    return indices


def sobol_points(names: list[str], size: int, seed: int) -> np.ndarray:
    """Points of the unit cube, (size * (factors + 2), factors)."""
    with silence():
        return import_optional("SALib.sample.sobol").sample(
            _salib_problem(names), size, calc_second_order=False, seed=seed
        )


def sobol_indices(names: list[str], output: np.ndarray, seed: int) -> list[SensitivityIndex]:
    """First-order (S1) and total (ST) shares of the variance."""
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


def latin_hypercube(size: int, factors: int, seed: int) -> np.ndarray:
    """Points of the unit cube, (size, factors), one in each of `size` slices of every factor."""
    generator = np.random.default_rng(seed)
    slices = np.stack([generator.permutation(size) for _ in range(factors)], axis=1)
    return (slices + generator.random((size, factors))) / size


def check_output_varies(output: np.ndarray) -> None:
    """Refuse what has no sensitivity: an output that is never finite, or always the same."""
    if not np.isfinite(output).all():
        raise RequestError(
            f"the output is not a finite number in {(~np.isfinite(output)).sum()} of {output.size} samples; does it divide by zero?"
        )
    if np.ptp(output) < 1e-12:
        raise RequestError(
            f"the output is {output[0]:g} in every one of {output.size} samples: nothing there to explain; ask for something that varies"
        )

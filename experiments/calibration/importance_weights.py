"""Importance weights of simulated draws: tempered likelihood, Pareto smoothing, and gates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from steppe.model.core.array_types import BoolArray, FloatArray, IntArray
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.core.number_text import format_fixed
from steppe.model.core.optional_packages import import_package

from .calibration_plan import CalibrationPlan
from .likelihood import (
    IMPLAUSIBILITY_RANK,
    draw_trade_offsets,
    implausibility,
    log_likelihoods,
    numeric_distances,
    tempering_exponents,
)
from .prior_draws import SimulatedDraws
from .targets import Target

MIN_ESS, MAX_K_HAT = 1000.0, 0.7
MAX_IMPLAUSIBILITY = 3.0
MIN_WEIGHTS_TO_SMOOTH = 50  # with fewer, the tail holds less than ten weights
NO_TARGETS = (
    "the evidence holds no targets; a claim with `use: target` and an `expect` is needed "
    "to calibrate"
)


@dataclass(frozen=True)
class ImportanceWeights:
    """How draws agree with targets.

    log_likelihood : (targets, n), before tempering. exponents : (targets,), which temper it.
    offsets : (targets, n), of trade. weight : (n,), sums to 1, Pareto-smoothed, 0 for draws
    that history matching rules out. plausible : (n,), false for those. ess, k_hat :
    effective sample size and Pareto shape.
    """

    log_likelihood: FloatArray
    exponents: FloatArray
    offsets: FloatArray
    weight: FloatArray
    plausible: BoolArray
    ess: float
    k_hat: float

    @property
    def passes_gates(self) -> bool:
        """True if enough draws carry the posterior."""
        return self.ess >= MIN_ESS and self.k_hat < MAX_K_HAT


def weigh_draws(plan: CalibrationPlan, draws: SimulatedDraws) -> ImportanceWeights:
    """Weight simulated draws by how well they agree with the plan's targets.

    Raises
    ------
    RequestError
        If there are no targets, or history matching rules out every draw.
    """
    if not plan.targets:
        raise RequestError(NO_TARGETS)
    margin = draws.margin[: len(plan.targets)]
    offsets = draw_trade_offsets(plan.seed, plan.targets, draws.size)
    plausible = implausibility(plan.targets, margin) < MAX_IMPLAUSIBILITY
    likelihood = log_likelihoods(plan.targets, margin, offsets)
    exponents = tempering_exponents(plan.targets)
    log_weight = np.where(plausible, exponents @ likelihood, -np.inf)
    if not plausible.any():
        raise RequestError(_no_plausible_draw(plan.targets, margin))
    smoothed, k_hat = pareto_smooth(log_weight[plausible])
    weight = np.zeros(draws.size)
    weight[plausible] = smoothed
    ess = float(1.0 / (weight**2).sum())
    return ImportanceWeights(likelihood, exponents, offsets, weight, plausible, ess, k_hat)


def _no_plausible_draw(targets: tuple[Target, ...], margin: FloatArray) -> str:
    """Why all weights are zero, naming the numeric targets that draws come least near to."""
    nearest = {row: distance.min() for row, distance in numeric_distances(targets, margin).items()}
    worst = sorted(nearest, key=nearest.__getitem__, reverse=True)[:IMPLAUSIBILITY_RANK]
    named = "; ".join(
        f"{targets[row].location or targets[row].id}: '{targets[row].id}' expects "
        f"{targets[row].figure:g}, draws give {format_fixed(margin[row].min())} to "
        f"{format_fixed(margin[row].max())}"
        for row in worst
    )
    return (
        f"all weights are zero: every draw lies {MAX_IMPLAUSIBILITY:g} scales or more from "
        f"{IMPLAUSIBILITY_RANK} numeric targets at once; the farthest: {named}; correct a figure, "
        "link it to trade, or say 'more' and 'less' instead of 'share'"
    )


def pareto_smooth(log_weight: FloatArray) -> tuple[FloatArray, float]:
    """Pareto-smoothed weights that sum to 1, and k-hat (Vehtari et al. 2024), by arviz.

    k-hat is infinite if there are too few weights to judge their tail, and minus infinity
    if the largest are all equal, since no tail is lighter.

    Raises
    ------
    RequestError
        If arviz-stats is not installed.
    """
    array_stats = import_package("calibration", "arviz_stats.base").array_stats
    raw = np.exp(log_weight - log_weight.max())
    if len(raw) < MIN_WEIGHTS_TO_SMOOTH:
        return _normalize(raw), float("inf")
    if np.ptp(np.sort(log_weight)[-tail_length(len(raw)) :]) == 0.0:
        return _normalize(raw), float("-inf")
    with np.errstate(all="ignore"):  # ties in the tail divide by zero; checked below
        # psislw takes log likelihoods of data left out, hence the sign.
        log_smoothed, k_hat = array_stats.psislw(-log_weight)
    if not (np.isfinite(k_hat) and np.isfinite(log_smoothed).all()):
        return _normalize(raw), float("inf")
    return _normalize(np.exp(log_smoothed - log_smoothed.max())), float(k_hat)


def _normalize(weight: FloatArray) -> FloatArray:
    result: FloatArray = weight / weight.sum()
    return result


def tail_length(count: int) -> int:
    """How many of the largest weights are smoothed (Vehtari et al. 2024, section 6)."""
    return int(min(count / 5, 3 * np.sqrt(count)))


def check_gates(weights: ImportanceWeights, worst_target: str) -> None:
    """Raise IncompleteRunError if too few draws carry the posterior."""
    if not weights.passes_gates:
        raise IncompleteRunError(
            f"the posterior does not pass its gates: ESS {format_fixed(weights.ess, 0)} (at least "
            f"{MIN_ESS:g}), k-hat {format_fixed(weights.k_hat)} (below {MAX_K_HAT:g}); the target "
            f"met worst is {worst_target}; nothing was written"
        )


def weighted_quantiles(
    values: FloatArray | IntArray, weight: FloatArray, probabilities: npt.ArrayLike
) -> FloatArray:
    """Quantiles of weighted values, in the shape of `probabilities`.

    Parameters
    ----------
    values, weight : (n,); weights sum to 1.
    """
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order]) - weight[order] / 2
    quantiles: FloatArray = np.interp(np.asarray(probabilities), cumulative, values[order])
    return quantiles

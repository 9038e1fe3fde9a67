"""From simulated draws to weights: likelihood, Pareto smoothing, resampling, gates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steppe.experiments.errors import IncompleteRunError, RequestError
from steppe.model.core.version import MODEL_VERSION
from steppe.model.parameters.posterior import PosteriorSample
from steppe.model.random_streams import uniforms

from .likelihood import (
    RANK_OF_IMPLAUSIBILITY,
    draw_offsets,
    implausibility,
    log_likelihoods,
    numeric_distances,
    voices,
)
from .prior_draws import Draws, Plan

MIN_ESS, MAX_K_HAT = 1000.0, 0.7
MAX_IMPLAUSIBILITY = 3.0
MEMBERS = 1000
FEWEST_TO_SMOOTH = 50  # with fewer, the tail of the weights holds no ten


@dataclass(frozen=True)
class Fit:
    """How draws agree with targets.

    log_likelihood : (targets, n), not tempered. voice : (targets,). weight : (n,), sums to 1,
    Pareto-smoothed, zero where history matching ruled a draw out. ess, k_hat : diagnostics.
    """

    log_likelihood: np.ndarray
    voice: np.ndarray
    offsets: np.ndarray
    weight: np.ndarray
    kept: np.ndarray
    ess: float
    k_hat: float

    @property
    def passes(self) -> bool:
        return self.ess >= MIN_ESS and self.k_hat < MAX_K_HAT


def fit(plan: Plan, draws: Draws) -> Fit:
    """Weigh simulated draws by their targets.

    Raises
    ------
    RequestError
        If there is nothing to weigh by, or no draw is left.
    """
    if not plan.targets:
        raise RequestError(
            "the evidence holds no targets; a claim with `use: target` and an `expect` is needed to calibrate"
        )
    offsets, margin = (
        draw_offsets(plan.seed, plan.targets, draws.size),
        draws.margin[: len(plan.targets)],
    )
    kept = implausibility(plan.targets, margin) < MAX_IMPLAUSIBILITY
    likelihood = log_likelihoods(plan.targets, margin, offsets)
    voice = voices(plan.targets)
    raw = np.where(kept, voice @ likelihood, -np.inf)
    if not kept.any():
        raise RequestError(_nothing_left(plan, margin))
    weight, k_hat = smoothed(raw[kept])
    full = np.zeros(draws.size)
    full[kept] = weight
    return Fit(likelihood, voice, offsets, full, kept, float(1.0 / (full**2).sum()), k_hat)


def _nothing_left(plan: Plan, margin: np.ndarray) -> str:
    """Why all weights are zero, naming the numeric targets that draws come least near to."""
    nearest = {
        row: distance.min() for row, distance in numeric_distances(plan.targets, margin).items()
    }
    worst = sorted(nearest, key=nearest.__getitem__, reverse=True)[:RANK_OF_IMPLAUSIBILITY]
    named = "; ".join(
        f"{plan.targets[row].place or plan.targets[row].id}: '{plan.targets[row].id}' expects {plan.targets[row].expect.figure:g}, "
        f"draws give {margin[row].min():.2f} to {margin[row].max():.2f}"
        for row in worst
    )
    return (
        f"all weights are zero: every draw lies {MAX_IMPLAUSIBILITY:g} scales or more from {RANK_OF_IMPLAUSIBILITY} numeric targets at once; "
        f"the farthest: {named}; correct a figure, link it to trade, or say 'more' and 'less' instead of 'share'"
    )


def smoothed(log_weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Pareto-smoothed weights that sum to 1, and k-hat (Vehtari et al. 2024), by arviz.

    k-hat is infinite where there are too few weights to judge their tail, and minus
    infinity where the largest are all alike, since such a tail is as light as can be.
    """
    try:
        from arviz_stats.base import array_stats
    except ImportError:
        raise RequestError(
            "calibration needs the package arviz-stats; pip install 'steppe[calibration]'"
        ) from None
    plain = np.exp(log_weight - log_weight.max())
    if len(plain) < FEWEST_TO_SMOOTH:
        return plain / plain.sum(), float("inf")
    if np.ptp(np.sort(log_weight)[-tail_length(len(plain)) :]) == 0.0:
        return plain / plain.sum(), float("-inf")
    with np.errstate(
        all="ignore"
    ):  # ties in the tail divide by zero; what comes of that is caught below
        log_smoothed, k_hat = array_stats.psislw(
            -log_weight
        )  # it takes log likelihoods of what is left out, hence the sign
    if not (np.isfinite(k_hat) and np.isfinite(log_smoothed).all()):
        return plain / plain.sum(), float("inf")
    weight = np.exp(log_smoothed - log_smoothed.max())
    return weight / weight.sum(), float(k_hat)


def tail_length(count: int) -> int:
    """How many of so many weights make the tail that is smoothed (Vehtari et al. 2024, section 6)."""
    return int(min(count / 5, 3 * np.sqrt(count)))


def resampled(
    plan: Plan, draws: Draws, found: Fit, members: int, *, quick: bool
) -> PosteriorSample:
    """Members drawn from the weighted draws by systematic resampling, in an order of their own."""
    places = systematic(
        found.weight,
        members,
        float(uniforms(plan.seed, "resampling", ("start",), np.array([0]))[0]),
    )
    order = np.argsort(
        uniforms(plan.seed, "resampling", ("order",), np.arange(members)), kind="stable"
    )
    places = places[order]
    linked = [row for row, target in enumerate(plan.targets) if target.traded]
    header = {
        "evidence": plan.evidence,
        "model": MODEL_VERSION,
        "seed": str(plan.seed),
        "prior_draws": str(draws.size),
        "ess": f"{found.ess:.0f}",
        "k_hat": f"{found.k_hat:.2f}",
        "mode": "quick" if quick else "full",
    }
    return PosteriorSample(
        {label: values[places] for label, values in draws.table.items()},
        {name: values[places] for name, values in draws.dates.items()},
        {plan.targets[row].id: found.offsets[row][places] for row in linked},
        header,
    )


def systematic(weight: np.ndarray, count: int, start: float) -> np.ndarray:
    """Positions drawn in proportion to weight with one uniform number (Kitagawa 1996), (count,)."""
    points = (np.arange(count) + start) / count
    return np.searchsorted(np.cumsum(weight), points * weight.sum(), side="right").clip(
        max=len(weight) - 1
    )


def require_gates(found: Fit, worst: str) -> None:
    """Raise IncompleteRunError if too few draws carry the posterior."""
    if not found.passes:
        raise IncompleteRunError(
            f"the posterior does not pass its gates: ESS {found.ess:.0f} (at least {MIN_ESS:.0f}), k-hat {found.k_hat:.2f} "
            f"(below {MAX_K_HAT:g}); the target met worst is {worst}; nothing was written"
        )

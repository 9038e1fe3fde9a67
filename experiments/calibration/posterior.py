"""From simulated draws to weights: likelihood, Pareto smoothing, resampling, gates."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ...model.streams import uniforms
from ...model.version import MODEL_VERSION
from ...model.weights import Weights
from ..problems import Refused, Unfinished
from .likelihood import TRADE_OFFSET_SCALE, implausibility, log_likelihoods, voices
from .simulate import Draws, Plan

MIN_ESS, MAX_K_HAT = 1000.0, 0.7
MAX_IMPLAUSIBILITY = 3.0
MEMBERS = 1000


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
    Refused
        If there is nothing to weigh by, or no draw is left.
    """
    if not plan.targets:
        raise Refused("the evidence holds no targets; a claim with `use: target` and an `expect` is needed to calibrate")
    offsets, margin = draw_offsets(plan, draws.size), draws.margin[: len(plan.targets)]
    kept = implausibility(plan.targets, margin) < MAX_IMPLAUSIBILITY
    likelihood = log_likelihoods(plan.targets, margin, offsets)
    voice = voices(plan.targets)
    raw = np.where(kept, voice @ likelihood, -np.inf)
    if not np.isfinite(raw).any():
        raise Refused("all weights are zero: no draw agrees with the targets; `steppe calibrate --report` shows which target nothing meets")
    weight, k_hat = smoothed(raw[kept])
    full = np.zeros(draws.size)
    full[kept] = weight
    return Fit(likelihood, voice, offsets, full, kept, float(1.0 / (full**2).sum()), k_hat)


def draw_offsets(plan: Plan, size: int) -> np.ndarray:
    """a ~ N(0, 0.5) for targets linked to trade, one per draw, (targets, n); zero elsewhere."""
    normal = NormalDist(0.0, TRADE_OFFSET_SCALE)
    offsets = np.zeros((len(plan.targets), size))
    for row, target in enumerate(plan.targets):
        if target.numeric and target.expect.link == "trade":
            drawn = uniforms(plan.seed, "offset", (target.id,), np.arange(size))
            offsets[row] = [normal.inv_cdf(min(max(value, 1e-12), 1 - 1e-12)) for value in drawn]
    return offsets


def smoothed(log_weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Pareto-smoothed weights that sum to 1, and k-hat (Vehtari et al. 2024), by arviz."""
    try:
        from arviz_stats.base import array_stats
    except ImportError:
        raise Refused("calibration needs the package arviz-stats; pip install 'steppe[calibration]'") from None
    log_smoothed, k_hat = array_stats.psislw(-log_weight)
    weight = np.exp(log_smoothed - log_smoothed.max())
    return weight / weight.sum(), float(k_hat)


def resampled(plan: Plan, draws: Draws, found: Fit, members: int, *, quick: bool) -> Weights:
    """Members drawn from the weighted draws by systematic resampling, in an order of their own."""
    places = systematic(found.weight, members, float(uniforms(plan.seed, "resampling", ("start",), np.array([0]))[0]))
    order = np.argsort(uniforms(plan.seed, "resampling", ("order",), np.arange(members)), kind="stable")
    places = places[order]
    linked = [row for row, target in enumerate(plan.targets) if target.numeric and target.expect.link == "trade"]
    header = {"evidence": plan.evidence, "model": MODEL_VERSION, "seed": str(plan.seed), "prior_draws": str(draws.size),
              "ess": f"{found.ess:.0f}", "k_hat": f"{found.k_hat:.2f}", "mode": "quick" if quick else "full"}
    return Weights({label: values[places] for label, values in draws.table.items()},
                   {name: values[places] for name, values in draws.dates.items()},
                   {plan.targets[row].id: found.offsets[row][places] for row in linked}, header)


def systematic(weight: np.ndarray, count: int, start: float) -> np.ndarray:
    """Positions drawn in proportion to weight with one uniform number (Kitagawa 1996), (count,)."""
    points = (np.arange(count) + start) / count
    return np.searchsorted(np.cumsum(weight), points * weight.sum(), side="right").clip(max=len(weight) - 1)


def require_gates(found: Fit, worst: str) -> None:
    """Raise Unfinished if too few draws carry the posterior."""
    if not found.passes:
        raise Unfinished(f"the posterior does not pass its gates: ESS {found.ess:.0f} (at least {MIN_ESS:.0f}), k-hat {found.k_hat:.2f} "
                         f"(below {MAX_K_HAT:g}); the target met worst is {worst}; nothing was written")

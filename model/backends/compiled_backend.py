"""The equations computed with the compiled loops of `kernels`; importing this loads Numba.

Arrays that are not shaped as those of a model, such as a subclass of an agent may return, are
left to NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from steppe.model.core.aligned_arrays import aligned
from steppe.model.core.array_types import BoolArray, FloatArray
from steppe.model.equations import EFFORT_FLOOR

from . import kernels
from .numpy_backend import NumpyBackend


class CompiledBackend(NumpyBackend):
    """Computes the equations with compiled loops; see `NumpyBackend`."""

    name = "compiled"

    @staticmethod
    def shares_from_log_ratios(log_ratio: FloatArray) -> FloatArray:
        if log_ratio.ndim != 4:
            return NumpyBackend.shares_from_log_ratios(log_ratio)
        share = np.exp(log_ratio, out=aligned(*log_ratio.shape))
        kernels.divide_by_whole(share)
        return share

    @staticmethod
    def allocation_score(
        share: FloatArray,
        share_a_year_ago: FloatArray,
        interests: FloatArray,
        views: FloatArray,
        held: FloatArray,
        precision: FloatArray,
        interest_weight: FloatArray,
        loss_weight: FloatArray,
        rival_weight: FloatArray,
    ) -> FloatArray:
        score = aligned(*share.shape)
        kernels.odds_product(share, score)
        np.log(score, out=score)
        weights = (precision, interest_weight, loss_weight, rival_weight)
        kernels.weigh_cells(score, share, share_a_year_ago, interests, views, held, *weights)
        return score

    @staticmethod
    def effort_target(score: FloatArray, urges: FloatArray | float = 0.0) -> FloatArray:
        if isinstance(urges, float) or not _same_shape(score, urges):
            return NumpyBackend.effort_target(score, urges)
        target = aligned(*score.shape)
        kernels.subtract_highest(score, urges, target)
        np.exp(target, out=target)
        kernels.divide_by_sum(target)
        return target

    @staticmethod
    def adjust_effort(effort: FloatArray, target: FloatArray, rate: FloatArray | float) -> None:
        rates = np.array(rate, ndmin=2, copy=None)
        if _same_shape(effort, target) and _covers(rates, effort):
            kernels.adjust(effort, target, rates)
        else:
            NumpyBackend.adjust_effort(effort, target, rate)

    @staticmethod
    def dependence(share: FloatArray, channel_weight: FloatArray) -> FloatArray:
        return kernels.dependence(share, channel_weight)

    @staticmethod
    def excess_dependence(
        dependence: FloatArray,
        tolerance: FloatArray | float,
        threat: FloatArray,
        threat_weight: FloatArray,
    ) -> FloatArray:
        same = _same_shape(dependence[0], tolerance, threat, threat_weight)
        if isinstance(tolerance, float) or not same:
            return NumpyBackend.excess_dependence(dependence, tolerance, threat, threat_weight)
        return kernels.excess(dependence, tolerance, threat, threat_weight)

    @staticmethod
    def attraction(
        baseline: FloatArray,
        effort: FloatArray,
        cells: int,
        ln_means: FloatArray,
        effort_elasticity: FloatArray,
        excess: FloatArray,
        resistance: FloatArray,
    ) -> FloatArray:
        if not _same_shape(effort, baseline) or not _same_shape(effort[:, 0], ln_means, excess):
            return NumpyBackend.attraction(
                baseline, effort, cells, ln_means, effort_elasticity, excess, resistance
            )
        result = aligned(*effort.shape)
        kernels.attention(effort, cells, EFFORT_FLOOR, result)
        np.log(result, out=result)
        kernels.add_attraction(result, baseline, ln_means, effort_elasticity, excess, resistance)
        return result

    @staticmethod
    def step_log_ratios(
        log_ratio: FloatArray,
        target: FloatArray,
        rate: FloatArray,
        noise_scale: FloatArray,
        noise: FloatArray | None,
    ) -> None:
        if not _same_shape(log_ratio, target):
            NumpyBackend.step_log_ratios(log_ratio, target, rate, noise_scale, noise)
        elif noise is None:
            kernels.adjust(log_ratio, target, rate)
        else:
            kernels.step(log_ratio, target, rate, noise_scale, noise)

    @staticmethod
    def fade_shocks(shocks: FloatArray, remaining: float, where: BoolArray) -> None:
        kernels.fade(shocks.reshape(where.size, -1), remaining, where.reshape(-1))

    @staticmethod
    def apply_shocks(
        value: FloatArray,
        coded: FloatArray,
        fading: FloatArray,
        lasting: FloatArray,
        scale: FloatArray,
        low: float,
        high: float,
        where: BoolArray,
    ) -> None:
        rows = where.size
        kernels.add_shocks(
            value.reshape(rows, -1),
            coded.reshape(rows, -1),
            fading.reshape(rows, -1),
            lasting.reshape(rows, -1),
            scale,
            low,
            high,
            where.reshape(rows),
        )

    @staticmethod
    def baseline_attraction(
        baseline: FloatArray,
        ties: FloatArray,
        membership: FloatArray,
        need: FloatArray,
        supply: FloatArray,
        autonomy_weight: FloatArray,
        tie_weight: FloatArray,
        institution_weight: FloatArray,
        need_weight: FloatArray,
        where: BoolArray,
    ) -> None:
        weights = (autonomy_weight, tie_weight, institution_weight, need_weight)
        kernels.baseline(baseline, ties, membership, need, supply, *weights, where)


def _same_shape(array: FloatArray, *others: Any) -> bool:
    """True if all have one shape; the loops do not broadcast."""
    shape = array.shape
    for other in others:  # noqa: SIM110 - a generator takes three times as long
        if getattr(other, "shape", ()) != shape:
            return False
    return True


def _covers(rates: FloatArray, array: FloatArray) -> bool:
    """True if rates (1 or channels, 1 or members) broadcast to an array (.., channels, members)."""
    return (
        rates.ndim == 2
        and rates.shape[0] in (1, array.shape[1])
        and rates.shape[1] in (1, array.shape[2])
    )

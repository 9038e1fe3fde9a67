"""The equations computed with NumPy, straight from their definition."""

from __future__ import annotations

import numpy as np

from steppe.model import equations
from steppe.model.core.array_types import BoolArray, FloatArray


class NumpyBackend:
    """Computes the equations as `equations` defines them.

    The methods that return nothing put their result into their first argument, an array of the
    model; `where` are the cells to compute, the others keep their values. See the functions of
    the same name in `equations` for the other arguments.
    """

    name = "numpy"

    shares_from_log_ratios = staticmethod(equations.shares_from_log_ratios)
    allocation_score = staticmethod(equations.allocation_score)
    effort_target = staticmethod(equations.effort_target)
    dependence = staticmethod(equations.dependence)
    excess_dependence = staticmethod(equations.excess_dependence)
    attraction = staticmethod(equations.attraction)

    @staticmethod
    def adjust_effort(effort: FloatArray, target: FloatArray, rate: FloatArray | float) -> None:
        """Move effort (r, c, m) by `equations.partial_adjustment`."""
        effort[...] = equations.partial_adjustment(effort, target, rate)

    @staticmethod
    def step_log_ratios(
        log_ratio: FloatArray,
        target: FloatArray,
        rate: FloatArray,
        noise_scale: FloatArray,
        noise: FloatArray | None,
    ) -> None:
        """Move log-ratios (p, c, m) by one quarter; noise may be None."""
        if noise is None:
            log_ratio[...] = equations.partial_adjustment(log_ratio, target, rate)
        else:
            log_ratio[...] = equations.step_log_ratios(log_ratio, target, rate, noise_scale, noise)

    @staticmethod
    def fade_shocks(shocks: FloatArray, remaining: float, where: BoolArray) -> None:
        """Let shocks (..., 1 or m) fade by one quarter in some cells."""
        shocks[where] = equations.fade_shocks(shocks[where], remaining)

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
        """Put coded inputs with their shocks into `value` (..., m) in some cells."""
        cells = np.nonzero(where)
        value[cells] = equations.apply_shocks(
            coded[cells], fading[cells], lasting[cells], scale, low, high
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
        """Put the baseline attraction of one republic into `baseline` (p, c, m) in some cells.

        autonomy_weight : (p, m), with the wariness of each power.
        """
        power, channel = np.nonzero(where)
        baseline[power, channel] = equations.baseline_attraction(
            ties[power, channel],
            membership[power, channel],
            need[power, channel],
            supply[power, channel],
            autonomy_weight[power],
            tie_weight[channel],
            institution_weight,
            need_weight,
        )

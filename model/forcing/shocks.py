"""Coded inputs with the shocks that events put on them, and how these fade.

A shock on ties, supply or threat is on the scale of the coded value: a level is a third. It is
cut to the bounds when it comes: it moves the value from where that stands to where it may stand,
so that nothing stays piled up beyond them. A shock on effort is in steps of the parameter delta
and has no bounds.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from steppe.model import equations
from steppe.model.backends.numpy_backend import NumpyBackend
from steppe.model.core.aligned_arrays import aligned
from steppe.model.core.array_types import Array, BoolArray, FloatArray

Cells = tuple["tuple[int, ...] | range", ...]  # positions along each of the leading axes
index_cells = lru_cache(np.ix_)  # the same few cells are shocked again and again

HALF_LIFE = 6.0  # quarters
REMAINING = float(1.0 - equations.adjustment_rate(HALF_LIFE))  # of a shock after a quarter
LEVEL, LOGIT = (0.0, 1.0), (-np.inf, np.inf)
SCALED_BY_DELTA = ("effort",)
SHOCKABLE = {
    "ties": ("prc", LEVEL),
    "supply": ("pc", LEVEL),
    "threat": ("r", LEVEL),
    "effort": ("prc", LOGIT),
}  # axes and bounds


def broadcast_copy(array: FloatArray, size: int) -> FloatArray:
    """A copy whose last axis is at least `size` long."""
    shape = (*array.shape[:-1], max(array.shape[-1], size))
    return np.array(np.broadcast_to(array, shape), order="C")


def add_at(array: FloatArray, cells: Cells, step: FloatArray) -> FloatArray:
    """A copy of `array` with a step added at these positions of its leading axes.

    step : (1 or m,), or one for each cell, (cells..., 1 or m).
    """
    result = broadcast_copy(array, step.shape[-1])
    result[np.ix_(*cells)] += step
    return result


def _add_in_place(array: FloatArray, positions: tuple[Array, ...], step: FloatArray) -> FloatArray:
    """The array with a step added at these positions: itself, or a copy where it is too short."""
    result = array if array.shape[-1] >= step.shape[-1] else broadcast_copy(array, step.shape[-1])
    result[positions] += step
    return result


def changed_cells(values: FloatArray, before: FloatArray) -> BoolArray:
    """Cells that differ for any member; the last axis is members."""
    unequal = values != before
    changed: BoolArray = unequal[..., 0] if unequal.shape[-1] == 1 else unequal.any(axis=-1)
    return changed


class ShockedInput:
    """A coded input under shocks, recomputed only in cells where the input or a shock changed.

    Shocks are stored in units of `scale`, (..., 1 or m): while all members share their dates,
    one number serves them all.

    Parameters
    ----------
    shape : of the cells.
    scale : (m,), effect of a shock of one.
    low, high : bounds of the value; if finite, shocks are cut to them when they come.
    backend : how the equations are computed.

    Attributes
    ----------
    value : (..., m), the present input.
    moved : (...), cells that the last `update` recomputed.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        scale: FloatArray,
        low: float,
        high: float,
        backend: NumpyBackend,
    ):
        self.value, self.moved = aligned(*shape, len(scale)), np.ones(shape, dtype=bool)
        self._scale, self._bounds, self._backend = scale, (low, high), backend
        self._fading, self._lasting = np.zeros((*shape, 1)), np.zeros((*shape, 1))
        self._fades, self._hit = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        self._coded: FloatArray | None = None

    def add(self, cells: Cells, step: FloatArray, lasting: bool, coded: FloatArray) -> FloatArray:
        """Add a shock, (1 or m,) or (cells..., 1 or m), to the cells at these positions.

        coded : (..., 1 or m), the coded input of the quarter.

        Returns
        -------
        By how much the shock moves the input, of the shape of `step` or (cells..., 1 or m).
        """
        positions = index_cells(*cells)
        cut, given = self._cut(positions, step, coded)
        if lasting:
            self._lasting = _add_in_place(self._lasting, positions, cut)
        else:
            self._fading = _add_in_place(self._fading, positions, cut)
            self._fades[positions] = True
        self._hit[positions] = True
        return given

    def _cut(
        self, positions: tuple[Array, ...], step: FloatArray, coded: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """What is added for a shock, and by how much that moves the input.

        What lies beyond the bounds before the shock comes, since the coded value or a fading
        shock has moved meanwhile, is lost then as well.
        """
        low, high = self._bounds
        if np.isinf(high):
            return step, step
        piled = coded[positions] + self._fading[positions] + self._lasting[positions]
        before = np.minimum(np.maximum(piled, low), high)
        after = np.minimum(np.maximum(before + step, low), high)
        return np.where(step != 0, after - piled, 0.0), after - before

    def fade(self) -> None:
        """Let a quarter pass for the shocks that fade."""
        if self._fades.any():
            self._backend.fade_shocks(self._fading, REMAINING, where=self._fades)

    def update(self, coded: FloatArray) -> None:
        """Set `value` from these coded values, (..., 1 or m), and the shocks."""
        if self._coded is not None:
            self.moved = self._fades | self._hit
            if coded is not self._coded:
                self.moved |= changed_cells(coded, self._coded)
        self._coded = coded
        self._hit[...] = False
        if self.moved.any():
            self._backend.apply_shocks(
                self.value,
                coded,
                self._fading,
                self._lasting,
                self._scale,
                *self._bounds,
                where=self.moved,
            )

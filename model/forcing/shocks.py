"""Coded inputs with the shocks that events put on them."""

from __future__ import annotations

import numpy as np

from steppe.model.backend import equations
from steppe.model.core.aligned_arrays import aligned

LEVEL, LOGIT = (0.0, 1.0), (-np.inf, np.inf)
SHOCKABLE = {
    "ties": ("prc", LEVEL),
    "supply": ("pc", LEVEL),
    "threat": ("r", LEVEL),
    "effort": ("prc", LOGIT),
}  # axes and bounds


def broadcast_copy(array: np.ndarray, size: int) -> np.ndarray:
    """A copy whose last axis is at least `size` long."""
    return np.array(
        np.broadcast_to(array, (*array.shape[:-1], max(array.shape[-1], size))), order="C"
    )


def add_at(array: np.ndarray, cells: tuple, step: np.ndarray) -> np.ndarray:
    """A copy of `array` with `step` (1 or m,) added at these positions of its leading axes."""
    result = broadcast_copy(array, step.size)
    result[np.ix_(*cells)] += step
    return result


def changed_cells(values: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Where they differ for any member, the last axis being members."""
    unequal = values != before
    return unequal[..., 0] if unequal.shape[-1] == 1 else unequal.any(axis=-1)


class ShockedInput:
    """A coded input under shocks, worked out anew only in cells where either has moved.

    Shocks are kept in units of delta, (..., 1 or m): until dates tell members apart, one
    number serves them all.

    Parameters
    ----------
    shape : of the cells. delta : (m,), what one step of intensity moves. low, high : bounds of the value.

    Attributes
    ----------
    value : (..., m), the input as it stands. moved : (...), where the last `update` worked it out anew.
    """

    def __init__(self, shape: tuple[int, ...], delta: np.ndarray, low: float, high: float):
        self.value, self.moved = aligned(*shape, len(delta)), np.ones(shape, dtype=bool)
        self._delta, self._bounds = delta, (low, high)
        self._fading, self._lasting = np.zeros((*shape, 1)), np.zeros((*shape, 1))
        self._fades, self._hit = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        self._coded: np.ndarray | None = None

    def add(self, cells: tuple, step: np.ndarray, lasting: bool) -> None:
        """Put a shock (1 or m,) on the cells at these positions of each axis."""
        places = np.ix_(*cells)
        if lasting:
            self._lasting = add_at(self._lasting, cells, step)
        else:
            self._fading = add_at(self._fading, cells, step)
            self._fades[places] = True
        self._hit[places] = True

    def fade(self, left: float) -> None:
        """Let this part be left of what fades."""
        if self._fades.any():
            equations.fade(self._fading, left, where=self._fades)

    def update(self, coded: np.ndarray) -> None:
        """Bring `value` to these coded values, (..., 1 or m), and to the shocks."""
        if self._coded is not None:
            self.moved = self._fades | self._hit
            if coded is not self._coded:
                self.moved |= changed_cells(coded, self._coded)
        self._coded = coded
        self._hit[...] = False
        if self.moved.any():
            equations.shocked(
                coded,
                self._fading,
                self._lasting,
                self._delta,
                *self._bounds,
                out=self.value,
                where=self.moved,
            )

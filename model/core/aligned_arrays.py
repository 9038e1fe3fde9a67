"""Arrays that start where the processor reads fastest."""

from __future__ import annotations

import math

import numpy as np

BOUNDARY = 64  # bytes: a cache line, and the widest register; sums and products across it take twice as long


def aligned(*shape: int) -> np.ndarray:
    """An array of floats of this shape, not yet filled, that starts on a boundary of 64 bytes."""
    size = math.prod(shape)
    room = np.empty(size + BOUNDARY // 8)
    first = -room.ctypes.data % BOUNDARY // 8
    return room[first : first + size].reshape(shape)


def copied(array: np.ndarray) -> np.ndarray:
    """A copy of an array of floats that starts on a boundary."""
    copy = aligned(*array.shape)
    copy[...] = array
    return copy

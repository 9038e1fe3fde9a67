"""Arrays whose memory starts on a cache line, which the processor reads fastest."""

from __future__ import annotations

import math

import numpy as np

from .array_types import FloatArray

BOUNDARY = (
    64  # bytes: a cache line and the widest register; operations across it take twice as long
)


def aligned(*shape: int) -> FloatArray:
    """An uninitialised array of floats of this shape that starts on a boundary of 64 bytes."""
    size = math.prod(shape)
    memory = np.empty(size + BOUNDARY // 8)
    first = -memory.ctypes.data % BOUNDARY // 8
    return memory[first : first + size].reshape(shape)


def aligned_copy(array: FloatArray) -> FloatArray:
    """A copy of an array of floats that starts on a boundary of 64 bytes."""
    copy = aligned(*array.shape)
    copy[...] = array
    return copy

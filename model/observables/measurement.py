"""The measurement equation: from influence shares to what statistics count."""

from __future__ import annotations

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast
from steppe.model.equations import total

from .declarations import Observable


def observe(share: FloatArray, offsets: FloatArray) -> FloatArray:
    """What statistics count of each power: proportional to its share times exp(offset).

    v[p] = s[p] exp(a[p]) / sum_q s[q] exp(a[q]). Autonomy drops out.

    Parameters
    ----------
    share : (p, r, m), influence shares in one channel, above 0. offsets : a, (p, m), or
    (p, r, m) if they differ between republics.

    Returns
    -------
    (p, r, m) in [0, 1], summing to 1 over the powers.
    """
    factor = np.exp(offsets)
    weight: FloatArray = share * (factor[:, None] if factor.ndim == 2 else factor)
    weight *= 1.0 / total(weight)
    return weight


def observe_channel(
    observable: Observable, share: FloatArray, offsets: FloatArray, cast: Cast
) -> FloatArray:
    """The observable from the shares of all channels, (p, r, c, m) to (p, r, m); see `observe`."""
    return observe(share[:, :, cast.index("channel", observable.channel)], offsets)

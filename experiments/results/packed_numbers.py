"""Numbers for pages: shares and their differences as 16-bit integers in base64."""

from __future__ import annotations

from base64 import b64encode

import numpy as np

from steppe.model.core.array_types import FloatArray

SCALE = 10_000  # a share of 0.1234 is packed as 1234
MISSING = -32768


def pack(values: FloatArray) -> str:
    """Shares, or their differences, as base64 of little-endian 16-bit integers.

    nan is packed as `MISSING`.
    """
    scaled = np.where(np.isnan(values), MISSING, np.rint(np.nan_to_num(values) * SCALE))
    return b64encode(scaled.astype("<i2").tobytes()).decode()

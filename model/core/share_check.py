"""A check of the shares of every quarter: whether the model can still represent them."""

from __future__ import annotations

import numpy as np

from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Cast
from steppe.model.core.errors import IncompleteRunError


class ShareError(IncompleteRunError, RuntimeError):
    """A share is not finite; the message says in which cell, member and quarter."""


def check_shares(share: FloatArray, cast: Cast, members: IntArray, quarter: int) -> None:
    """Raise ShareError if one of the shares, (p, r, c, m), is not finite."""
    if np.isfinite(share.sum()):
        return
    power, republic, channel, column = np.argwhere(~np.isfinite(share))[0]
    raise ShareError(
        f"the share of {cast.power_names[power]} in {cast.republic_names[republic]}, "
        f"{cast.channel_names[channel]}, is {share[power, republic, channel, column]} "
        f"in member {members[column]} at {format_quarter(quarter)}; "
        "an event or parameter drives it beyond what the model can represent"
    )

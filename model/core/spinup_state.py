"""The state of some members at the end of 1999, where history begins."""

from __future__ import annotations

from dataclasses import dataclass

from .array_types import FloatArray, IntArray


@dataclass(frozen=True)
class SpinupState:
    """The state of some members at the end of 1999.

    log_ratio, effort : (p, r, c, m).
    shares : (5, p, r, c, m), of the last five quarters, the oldest first.
    """

    log_ratio: FloatArray
    effort: FloatArray
    shares: FloatArray

    def select(self, columns: IntArray) -> SpinupState:
        """The state of some of the members, by position; a member may occur more than once."""
        return SpinupState(
            self.log_ratio[..., columns], self.effort[..., columns], self.shares[..., columns]
        )

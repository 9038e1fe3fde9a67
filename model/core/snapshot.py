"""A model as it is in one quarter: what others need to continue from there, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .array_types import FloatArray, IntArray

Noise: TypeAlias = Any  # streams of random numbers, which `InfluenceModel.read_noise` takes


@dataclass(frozen=True)
class Snapshot:
    """The state of a model, which later quarters of that model leave as it is.

    arguments : with which a model of the same members is made.
    share, log_ratio, effort : (p, r, c, m). recent_shares : four of the former, the oldest first.
    noise : streams that give the noise of the next quarter, if there is noise.
    starts : (1 or m,) by event name, when events start.
    """

    arguments: Mapping[str, Any]
    quarter: int
    share: FloatArray
    recent_shares: tuple[FloatArray, ...]
    log_ratio: FloatArray
    effort: FloatArray
    noise: Noise
    starts: Mapping[str, IntArray]

"""A run as the page needs it: packed shares of every member at year ends, and what they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from steppe.experiments.results.summary import QUANTILES
from steppe.experiments.storage.zarr_store import STEP, PackedShares
from steppe.model.core.array_types import Array, BoolArray
from steppe.model.core.cast import Cast

Float32 = npt.NDArray[np.float32]
BAND = (0.05, 0.5, 0.95)
HOLDERS = ("holder_names", "republic_names", "channel_names")  # axes of shares
POWERS = ("power_names", "republic_names", "channel_names")
OBSERVED = ("power_names", "republic_names")


@dataclass
class MemberRun:
    """Year ends of a run, of the years that it does not share with its baseline.

    shares : (year, holder, republic, channel, member), packed as batches are.
    observed : by observable, (year, power, republic, member), packed.
    first : the place of the first of these years among all of them, 0 being 2000.
    approximate : true if the members were interpolated rather than simulated.
    """

    cast: Cast
    first: int
    shares: PackedShares
    observed: Mapping[str, PackedShares]
    approximate: bool = False
    _statistics: dict[object, Statistics] = field(default_factory=dict, repr=False)

    @property
    def members(self) -> int:
        return int(self.shares.shape[-1])

    @property
    def years(self) -> int:
        """How many years the run has, with those that it shares."""
        return self.first + len(self.shares)

    @property
    def nbytes(self) -> int:
        """The memory of its members."""
        return self.shares.nbytes + sum(values.nbytes for values in self.observed.values())

    def part(self, size: int) -> MemberRun:
        """The first members alone, as a run of so many has them."""
        if size == self.members:
            return self
        observed = {name: values[..., :size] for name, values in self.observed.items()}
        return MemberRun(self.cast, self.first, self.shares[..., :size], observed)

    def statistics(self, kept: BoolArray | None = None) -> Statistics:
        """What the members show, or those of them that are kept; worked out once."""
        key = None if kept is None else kept.tobytes()
        if key not in self._statistics:
            if len(self._statistics) > 4:
                self._statistics.clear()
            self._statistics[key] = Statistics(
                quantiles(select(self.shares, kept)),
                {name: quantiles(select(values, kept)) for name, values in self.observed.items()},
                leading(select(self.shares[:, :-1], kept)),
            )
        return self._statistics[key]


@dataclass(frozen=True)
class Statistics:
    """Quantiles of shares (quantile, year, holder, republic, channel) and of observables.

    leads : the share of members in which a power leads, (year, power, republic, channel).
    """

    shares: Float32
    observed: Mapping[str, Float32]
    leads: Float32

    def arrays(self) -> dict[str, Float32]:
        """All of them by name."""
        return {"shares": self.shares, "leads": self.leads, **self.observed}


def select(values: PackedShares, kept: BoolArray | None) -> PackedShares:
    """The members that are kept; None keeps all."""
    return values if kept is None else values[..., kept]


def quantiles(packed: Array, levels: tuple[float, ...] = QUANTILES, step: float = STEP) -> Float32:
    """Quantiles over the last axis, linear between neighbours, with a new first axis."""
    ordered = np.sort(packed, axis=-1)
    last = packed.shape[-1] - 1
    rows = []
    for level in levels:
        place = level * last
        below = int(place)
        low = ordered[..., below].astype(np.float32)
        high = ordered[..., min(below + 1, last)].astype(np.float32)
        rows.append((low + np.float32(place - below) * (high - low)) * np.float32(step))
    return np.stack(rows)


def leading(powers: PackedShares) -> Float32:
    """The share of members in which each power holds more than all others, (year, p, ...)."""
    first = powers.argmax(axis=1)
    rows = [(first == power).mean(axis=-1, dtype=np.float32) for power in range(powers.shape[1])]
    return np.stack(rows, axis=1)


def paired_differences(
    run: MemberRun, other: MemberRun, kept: BoolArray | None = None
) -> tuple[int, Float32]:
    """The difference of two runs in each member, summarised, from the first year that differs.

    Returns
    -------
    That year's place, and (4, year, holder, republic, channel): the 5% quantile, the median,
    the 95% quantile, and the share of members with the sign of the median; nan where only one
    of the runs has the power or the republic.
    """
    first, last = max(run.first, other.first), min(run.years, other.years)
    here, there = common_places(run.cast, other.cast, HOLDERS)
    mine = run.shares[first - run.first : last - run.first][:, *here]
    theirs = other.shares[first - other.first : last - other.first][:, *there]
    apart = select(mine, kept).astype(np.int32) - select(theirs, kept)
    band = quantiles(apart, BAND)
    lower = (apart < -1).mean(axis=-1, dtype=np.float32)
    higher = (apart > 1).mean(axis=-1, dtype=np.float32)
    same = np.where(band[1] < 0, lower, higher)
    shape = (4, run.years - first, *run.shares.shape[1:-1])
    result = np.full(shape, np.nan, dtype=np.float32)
    result[:, : last - first, *here] = np.concatenate([band, same[None]])
    return first, result


def align(values: Float32, own: Cast, cast: Cast, axes: tuple[str, ...]) -> Float32:
    """Values whose last axes are actors of `own`, with the actors of `cast`; nan for others."""
    shape = (*values.shape[: -len(axes)], *(len(getattr(cast, axis)) for axis in axes))
    aligned = np.full(shape, np.nan, dtype=np.float32)
    here, there = common_places(cast, own, axes)
    aligned[..., *here] = values[..., *there]
    return aligned


def common_places(one: Cast, other: Cast, axes: tuple[str, ...]) -> tuple[Any, Any]:
    """Where two casts have the same actors: an index of these axes in arrays of either."""
    here, there = [], []
    for axis in axes:
        mine, theirs = getattr(one, axis), getattr(other, axis)
        common = [name for name in mine if name in theirs]
        here.append([mine.index(name) for name in common])
        there.append([theirs.index(name) for name in common])
    return np.ix_(*here), np.ix_(*there)

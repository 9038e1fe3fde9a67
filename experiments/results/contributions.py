"""What events contribute to differences: the numbers, and how they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steppe.model.core.number_text import format_band, format_signed


@dataclass(frozen=True)
class MemberSummary:
    """A quantity over members: median, 90% interval, mean, and share with the median's sign."""

    median: float
    low: float
    high: float
    mean: float
    same_sign: float


@dataclass(frozen=True)
class Contribution(MemberSummary):
    """The contribution of one event, and what it does, to the difference in a cell."""

    name: str
    what: str


@dataclass(frozen=True)
class CellContributions:
    """The contributions of all events in one cell, largest first.

    `rest` is the part of the mean difference that no event contributes alone; None for
    Shapley values, which leave no rest. `outside` is the part that comes from no event. The
    means of all parts, `rest` and `outside` add up to the mean of `whole`.
    """

    republic: str
    channel: str
    holder: str
    whole: MemberSummary
    parts: tuple[Contribution, ...]
    rest: float | None
    outside: float


@dataclass(frozen=True)
class EventContributions:
    """The contributions of events to several differences, and how they were computed."""

    how: str
    method: str
    members: int
    runs: int
    rest_is: str
    outside_is: str
    cells: tuple[CellContributions, ...]

    def lines(self) -> Iterator[str]:
        """Return the contributions as lines to read."""
        yield self.how
        for cell in self.cells:
            yield (
                f"- {cell.republic}, {cell.channel}, {cell.holder}, "
                f"{format_signed(cell.whole.mean, 3)} in all:"
            )
            for part in cell.parts:
                yield (
                    f"    {format_signed(part.mean, 3)} "
                    f"({format_band(part.low, part.high, 3, signed=True)})  "
                    f"{part.name}: {part.what}"
                )
            if cell.rest is not None:
                yield f"    {format_signed(cell.rest, 3)} {self.rest_is}"
            if self.outside_is:
                yield f"    {format_signed(cell.outside, 3)} {self.outside_is}"

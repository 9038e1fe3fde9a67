"""How far work has come: bars on standard error, and nothing where that is no terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from typing import Any, Protocol, TextIO

from steppe.model.core.number_text import format_fixed

RESERVED_LINES = 4  # of the terminal, left to other output


def _open_bar(total: int, unit: str, stream: TextIO, **options: Any) -> Any:
    from tqdm import tqdm  # type: ignore[import-untyped]

    return tqdm(total=total, unit=f" {unit}", file=stream, dynamic_ncols=True, **options)


class Progress:
    """A bar per scenario: members done, members per second, time left.

    There is one bar for all if the terminal is too short, and none if `quiet`.
    """

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._silent = quiet or not self._stream.isatty()
        self._bars: dict[str, Any] = {}

    def begin(self, members: Mapping[str, int]) -> None:
        """Start the bars of scenarios that have members to run."""
        totals = {name: count for name, count in members.items() if count}
        if self._silent or not totals:
            return
        if len(totals) > shutil.get_terminal_size().lines - RESERVED_LINES:
            totals = {f"{len(totals)} scenarios": sum(totals.values())}
        width = max(map(len, totals))
        self._bars = {
            name: _open_bar(
                total, "members", self._stream, desc=f"{name:<{width}}", position=row, smoothing=0
            )
            for row, (name, total) in enumerate(totals.items())
        }

    def advance(self, members: int, scenario: str) -> None:
        """Count members of a scenario that are done."""
        if self._bars:
            name = scenario if scenario in self._bars else next(iter(self._bars))
            self._bars[name].update(members)

    def end(self) -> None:
        """Close the bars as they stand."""
        for bar in self._bars.values():
            bar.close()
        self._bars = {}


class Counter:
    """A bar that counts towards a total, removed when done; none if there is no terminal."""

    def __init__(self, total: int, unit: str) -> None:
        self._bar: Any = None
        if sys.stderr.isatty():
            self._bar = _open_bar(total, unit, sys.stderr, unit_scale=True, leave=False)

    def __enter__(self) -> Counter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, count: int) -> None:
        """Count what is done."""
        if self._bar is not None:
            self._bar.update(count)


class Tempering(Protocol):
    """How far a tempered sample has come: draws done, of so many that are expected."""

    @property
    def temperature(self) -> float: ...
    @property
    def done(self) -> int: ...
    @property
    def expected(self) -> int: ...


class TemperatureCounter:
    """A bar for tempered samples, one after another: temperature and time left."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._bar: Any = None
        stream = stream or sys.stderr
        if stream.isatty():
            self._bar = _open_bar(0, "draws", stream, leave=False)

    def __enter__(self) -> TemperatureCounter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, part: str, progress: Tempering) -> None:
        """Show how far the sample named `part` has come; the total is estimated anew each time."""
        if self._bar is None:
            return
        if progress.done < self._bar.n:
            self._bar.reset()
        self._bar.total = progress.expected
        text = f"{part}, temperature {format_fixed(progress.temperature)}"
        self._bar.set_description_str(text, refresh=False)
        self._bar.update(progress.done - self._bar.n)

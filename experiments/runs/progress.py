"""How far a batch has come: one line per scenario on standard error, and nothing when that is no terminal.

Times come from a clock that never jumps.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

EVERY = 0.2  # seconds between two drawings
ROOM = 4  # lines of the terminal that are left to others
BAR = 20


@dataclass
class _Line:
    """One scenario: members to run, members run, and when the first and the last of them were done."""

    members: int
    done: int = 0
    since: float = 0.0
    until: float = 0.0

    def words(self, name: str, width: int) -> str:
        share = self.done / self.members if self.members else 1.0
        filled = int(share * BAR)
        text = (
            f"{name:<{width}} {'#' * filled}{'.' * (BAR - filled)} {self.done:,}/{self.members:,}"
        )
        seconds = self.until - self.since
        if self.done and seconds > 0:
            rate = self.done / seconds
            text += f"  {rate:,.0f} members/s"
            text += (
                f"  {clock((self.members - self.done) / rate)} left"
                if self.done < self.members
                else f"  {clock(seconds)}"
            )
        return text


def clock(seconds: float) -> str:
    """Seconds as 0:05, 12:40 or 3:00:00."""
    whole = int(seconds + 0.5)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


class Progress:
    """Lines that are drawn over themselves: members done, members per second, time left."""

    def __init__(self, *, quiet: bool = False, stream=None):
        self._stream = stream or sys.stderr
        self._silent = quiet or not self._stream.isatty()
        self._lines: dict[str, _Line] = {}
        self._drawn = 0
        self._next = 0.0

    def begin(self, members: Mapping[str, int]) -> None:
        """Start the lines of scenarios that have members to run; all in one where they would not fit."""
        self._lines = {name: _Line(count) for name, count in members.items() if count}
        if len(self._lines) > shutil.get_terminal_size().lines - ROOM:
            self._lines = {f"{len(self._lines)} scenarios": _Line(sum(members.values()))}
        now = time.monotonic()
        for line in self._lines.values():
            line.since = line.until = now
        self._draw()

    def advance(self, members: int, scenario: str) -> None:
        """Count members of a scenario that are done."""
        if self._silent or not self._lines:
            return
        line = self._lines.get(scenario) or next(iter(self._lines.values()))
        line.done += members
        line.until = time.monotonic()
        if line.until >= self._next:
            self._draw()

    def end(self) -> None:
        """Leave the lines as they stand."""
        self._draw()
        self._lines, self._drawn = {}, 0

    def _draw(self) -> None:
        if self._silent or not self._lines:
            return
        size = shutil.get_terminal_size()
        width = max(map(len, self._lines))
        text = f"\x1b[{self._drawn}A" if self._drawn else ""
        for name, line in self._lines.items():
            text += f"\r\x1b[2K{line.words(name, width)[: size.columns - 1]}\n"
        self._stream.write(text)
        self._stream.flush()
        self._drawn = len(self._lines)
        self._next = time.monotonic() + EVERY


class Counter:
    """One line that counts towards a total, with time left; nothing where standard error is no terminal."""

    def __init__(self, total: int, unit: str):
        self._bar = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=total,
                unit=f" {unit}",
                unit_scale=True,
                file=sys.stderr,
                dynamic_ncols=True,
                leave=False,
            )

    def __enter__(self) -> Counter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, count: int) -> None:
        if self._bar is not None:
            self._bar.update(count)

"""How far a batch has come, on standard error, and nowhere when that is no terminal."""

from __future__ import annotations

import sys


class Progress:
    """One line: members done, members per second, time left."""

    def __init__(self, *, quiet: bool = False):
        self._silent = quiet or not sys.stderr.isatty()
        self._bar = None

    def begin(self, members: int) -> None:
        if self._silent:
            return
        from tqdm import tqdm

        self._bar = tqdm(total=members, unit=" members", unit_scale=True, file=sys.stderr, dynamic_ncols=True, leave=False)

    def advance(self, members: int, scenario: str) -> None:
        if self._bar is not None:
            self._bar.set_description(scenario, refresh=False)
            self._bar.update(members)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Counter:
    """One line that counts towards a total, with time left; nothing where standard error is no terminal."""

    def __init__(self, total: int, unit: str):
        self._bar = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=total, unit=f" {unit}", unit_scale=True, file=sys.stderr, dynamic_ncols=True, leave=False)

    def __enter__(self) -> Counter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, count: int) -> None:
        if self._bar is not None:
            self._bar.update(count)

"""The log of a batch: what was done and what went wrong, one line each, in its folder."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path


class Log:
    """Lines with the time of day, added to a file; a log that cannot be written stops nothing."""

    def __init__(self, path: Path):
        self._path = path

    def line(self, words: str) -> None:
        """Add a line."""
        with suppress(OSError), open(self._path, "a", encoding="utf-8") as stream:
            stream.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {words}\n")

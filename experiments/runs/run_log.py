"""The log of a batch: a line of JSON for each thing done or gone wrong, in a file in its folder."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path


class RunLog:
    """Appends to a file; a log that cannot be written stops nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, event: str, **details: str | int) -> None:
        """Add a line: the time in UTC, what happened, such as `block failed`, and details."""
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        line = json.dumps({"time": moment, "event": event, **details}, ensure_ascii=False)
        with suppress(OSError, UnicodeError), open(self._path, "a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")

"""A lock that keeps a folder for one process."""

from __future__ import annotations

import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from steppe.model.core.errors import RequestError


class FolderLock:
    """Locks a folder for one process; the system releases it whichever way the process ends.

    Raises
    ------
    RequestError
        On entering `with`, if another process holds the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".lock"
        self._stream: TextIO | None = None

    def __enter__(self) -> FolderLock:
        import fcntl

        stream = open(self._path, "a+", encoding="utf-8")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = _read_holder(stream)
            stream.close()
            raise RequestError(
                f"{self._path.parent}: is in use by {holder}; wait for it, or give another --out"
            ) from None
        self._stream = stream
        stream.truncate(0)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        stream.write(f"process {os.getpid()} on {socket.gethostname()} since {now}")
        stream.flush()
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.truncate(0)
            self._stream.close()


def _read_holder(stream: TextIO) -> str:
    """Who holds the lock; waits a second, as the holder may just be about to write its name."""
    for _ in range(20):
        stream.seek(0)
        holder = stream.read().strip()
        if holder:
            return holder
        time.sleep(0.05)
    return "another process"

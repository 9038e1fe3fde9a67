"""A lock that keeps a folder for one process."""

from __future__ import annotations

import errno
import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import UNSUPPORTED, describe_os_error

OTHER_FOLDER = "give another folder with --out"
HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES}  # what systems say of a lock that is held


class FolderLock:
    """Makes a folder and locks it for one process, until the process ends in whichever way.

    Raises
    ------
    RequestError
        On entering `with`, if the folder cannot be written or locked, or another process
        holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stream: TextIO | None = None

    def __enter__(self) -> FolderLock:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            stream = open(self._folder / ".lock", "a+", encoding="utf-8")
        except OSError as error:
            raise RequestError(
                f"{self._folder}: {describe_os_error(error, other_way=OTHER_FOLDER)}"
            ) from None
        try:
            self._lock(stream)
        except BaseException:
            stream.close()
            raise
        self._stream = stream
        return self

    def _lock(self, stream: TextIO) -> None:
        try:
            import fcntl
        except ImportError:
            raise RequestError(
                "this system has no file locks that steppe knows: use Linux or macOS; "
                "on Windows, the Windows Subsystem for Linux"
            ) from None
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stream.truncate(0)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            stream.write(f"process {os.getpid()} on {socket.gethostname()} since {now}")
            stream.flush()
        except OSError as error:
            raise RequestError(self._describe_failure(error, stream)) from None

    def _describe_failure(self, error: OSError, stream: TextIO) -> str:
        if error.errno in HELD:
            holder = _read_holder(stream)
            return f"{self._folder}: is in use by {holder}; wait for it, or give another --out"
        if error.errno in UNSUPPORTED | {errno.ENOLCK}:
            return (
                f"{self._folder}: its file system has no file locks ({error.strerror}); mount it "
                f"with locks (Lustre: -o flock), or {OTHER_FOLDER}, on another file system"
            )
        return f"{self._folder}: {describe_os_error(error, other_way=OTHER_FOLDER)}"

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

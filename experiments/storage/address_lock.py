"""A lock that keeps an address for one process, on stores that can create what is not there yet.

Each holder creates the next of a row of small objects, `.lock/1`, `.lock/2` and so on, which a
store grants to one alone (in S3, a write with `If-None-Match`). The newest is the lock. Its
holder changes it every few seconds; one that no longer changes is that of a process that was
killed, and whoever creates the next one takes over. The former holder, should it wake up,
finds the next one before it writes a manifest, and stops. None is ever deleted, as a name
that is free again could be taken twice.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from steppe.model.core.errors import RequestError

from .locations import address_of, open_files
from .manifest import LOCK
from .store_errors import store_errors_as, try_again

BEAT_SECONDS = 10.0  # between two signs of life of a holder
DEAD_SECONDS = 60.0  # without one, a holder is taken for dead
LOOK_SECONDS = 1.0  # between two looks at another's lock
TAKEN = re.compile("412|pre-?condition", re.IGNORECASE)  # what stores say of what exists already
BOOT = Path("/proc/sys/kernel/random/boot_id")  # differs between machines, and between their starts


class AddressLock:
    """Locks the address of a working copy for one process.

    Raises
    ------
    RequestError
        On entering `with`, if the address cannot be written or another process holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._address = folder, address_of(folder)
        self._number, self._beats, self._token = 0, 0, secrets.token_hex(8)
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._ended = threading.Event()
        self._beating = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> AddressLock:
        with store_errors_as(RequestError, self._address, "written"):
            self._files, top = open_files(self._address)
            self._top = f"{top}/{LOCK}"
            number = self._newest()
            while True:
                self._wait_for_end(number)
                number += 1
                if self._create(number):
                    break
        self._number = number
        (self._folder / LOCK).write_text(str(number), encoding="utf-8")
        self._beating.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._beating.join()
        (self._folder / LOCK).unlink(missing_ok=True)
        with suppress(Exception):  # it then looks dead after a while
            self._write({**self._record(), "released": True})

    def _newest(self) -> int:
        """The number of the newest lock, 0 if there is none; a listing may not show it yet."""
        try:
            names = self._files.ls(self._top, detail=False)
        except FileNotFoundError:
            names = []
        numbers = [int(end) for name in names if (end := str(name).rpartition("/")[2]).isdigit()]
        number = max(numbers, default=0)
        while self._read(number + 1) is not None:
            number += 1
        return number

    def _read(self, number: int) -> dict[str, Any] | None:
        """What a lock says; None if it does not exist."""
        try:
            text = try_again(lambda: self._files.cat_file(f"{self._top}/{number}"))
        except FileNotFoundError:
            return None
        with suppress(ValueError):
            data = json.loads(text)
            return data if isinstance(data, dict) else {}
        return {}

    def _create(self, number: int) -> bool:
        """Create a lock, unless somebody else has."""
        text = json.dumps(self._record())
        with suppress(FileExistsError):
            try_again(lambda: self._create_once(f"{self._top}/{number}", text.encode()))
        # A first try may have arrived though its answer did not, and not every store is strict.
        return (self._read(number) or {}).get("token") == self._token

    def _create_once(self, path: str, data: bytes) -> None:
        try:
            self._files.pipe_file(path, data, mode="create")
        except (NotImplementedError, TypeError):
            raise self._unable() from None
        except OSError as error:
            if error.errno == errno.ENOSYS:
                raise self._unable() from None
            if TAKEN.search(str(error)):
                raise FileExistsError(path) from None
            raise

    def _unable(self) -> RequestError:
        return RequestError(
            f"{self._address}: its store cannot keep two runs apart (it has no conditional "
            "writes); give --out a folder, and the address with --results"
        )

    def _wait_for_end(self, number: int) -> None:
        """Return once a lock is released or its holder is dead; raise if it lives."""
        seen, since = self._read(number), time.monotonic()
        while seen is not None and not (seen.get("released") or _is_dead_here(seen)):
            time.sleep(LOOK_SECONDS)
            now = self._read(number)
            if now != seen and not (now or {}).get("released"):
                holder = (now or {}).get("holder", "another process")
                raise RequestError(
                    f"{self._address}: is in use by {holder}; wait for it, or give another --out"
                )
            if now == seen and time.monotonic() - since > DEAD_SECONDS:
                return
            seen = now

    def _record(self) -> dict[str, Any]:
        return {
            "holder": f"process {os.getpid()} on {socket.gethostname()} since {self._started}",
            "token": self._token,
            "machine": _machine(),
            "process": os.getpid(),
            "beats": self._beats,
            "released": False,
        }

    def _write(self, record: dict[str, Any]) -> None:
        self._files.pipe_file(f"{self._top}/{self._number}", json.dumps(record).encode())

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            self._beats += 1
            with suppress(Exception):  # the next sign of life may arrive
                self._write(self._record())


def _machine() -> str:
    """What tells this machine, since it was started, from every other."""
    with suppress(OSError):
        return f"{socket.gethostname()} {BOOT.read_text(encoding='ascii').strip()}"
    return ""  # no Linux


def _is_dead_here(record: dict[str, Any]) -> bool:
    """True if a lock is that of a process of this machine that has ended."""
    process = record.get("process")
    if not record.get("machine") or record["machine"] != _machine() or not isinstance(process, int):
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def check_held(folder: Path) -> None:
    """Check that nobody has taken over the address of a working copy that this process locked.

    Raises
    ------
    RequestError
        If another run has.
    """
    try:
        number = int((folder / LOCK).read_text(encoding="utf-8"))
    except FileNotFoundError:  # not locked: it only adds files
        return
    address = address_of(folder)
    files, top = open_files(address)
    if try_again(lambda: files.exists(f"{top}/{LOCK}/{number + 1}")):
        raise RequestError(
            f"{address}: another run has taken over, as this one gave no sign of life for "
            f"{round(DEAD_SECONDS)} seconds; what this one did is kept there"
        )

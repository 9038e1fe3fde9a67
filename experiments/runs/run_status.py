"""How far a run has come, in a small file of its batch that others may read while it works."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from steppe.experiments.storage.locations import Location, address_of, as_folder, open_files
from steppe.experiments.storage.manifest import STATUS, load_manifest
from steppe.experiments.storage.store_errors import store_errors_as, try_again
from steppe.experiments.storage.working_copy import put_files, working_folder
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.errors import RequestError

WRITE_SECONDS, PUT_SECONDS = 2.0, 10.0  # between two writings, in a folder and to an address
WINDOW_SECONDS = 300.0  # over which the rate is measured
SILENT_SECONDS = 120.0  # after which a run on another machine may have ended
RUNNING, FINISHED, STOPPED, UNFINISHED = "running", "finished", "stopped", "unfinished"


class RunStatus:
    """The status of a run, written where its batch lies.

    blocks, members : of the batch. done : blocks that were done before, with `members_done`.
    workers : processes that compute.
    """

    def __init__(
        self, folder: Path, command: str, blocks: int, done: int, members: int, members_done: int
    ) -> None:
        self._folder = folder
        self._blocks = {"all": blocks, "done": done, "failed": 0}
        self._members = {"all": members, "done": members_done}
        self._about: dict[str, Any] = {
            "state": RUNNING,
            "command": command,
            "process": os.getpid(),
            "machine": platform.node(),
            "started": _now(),
        }
        self._recent = deque([(time.monotonic(), members_done)])
        self._written_at = -math.inf
        self.workers = 0
        self.jobs = ""

    @property
    def is_due(self) -> bool:
        """True if the status was last written a while ago."""
        pause = PUT_SECONDS if address_of(self._folder) else WRITE_SECONDS
        return time.monotonic() - self._written_at > pause

    def count(self, members: int, *, failed: bool) -> None:
        """Count a block that is done or failed."""
        self._blocks["failed" if failed else "done"] += 1
        self._members["done"] += 0 if failed else members
        moment = time.monotonic()
        self._recent.append((moment, self._members["done"]))
        while len(self._recent) > 2 and moment - self._recent[0][0] > WINDOW_SECONDS:
            self._recent.popleft()

    def write(self, state: str = RUNNING) -> None:
        """Write the status; one that cannot be written stops nothing."""
        self._about["state"], self._written_at = state, time.monotonic()
        with suppress(OSError):
            write_text_atomically(self._folder / STATUS, json.dumps(self._record(), indent=1))

    def put(self, state: str = RUNNING) -> None:
        """Write the status, also at the address of a batch."""
        self.write(state)
        with suppress(OSError, RequestError):
            put_files(self._folder, [STATUS])

    def _record(self) -> dict[str, Any]:
        rate = self._rate()
        left = self._members["all"] - self._members["done"]
        return {
            **self._about,
            "updated": _now(),
            "blocks": self._blocks,
            "members": self._members,
            "members_per_second": round(rate, 3),
            "seconds_left": round(left / rate) if rate else None,
            "workers": self.workers,
            **({"jobs": self.jobs} if self.jobs else {}),
        }

    def _rate(self) -> float:
        (start, before), (end, done) = self._recent[0], self._recent[-1]
        return (done - before) / (end - start) if end > start else 0.0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_status(location: Location) -> dict[str, Any]:
    """The status of a batch in a folder or at an address, with what can be said of it now.

    Besides what the run wrote, `silent` is how many seconds ago it did, and `alive` is false if
    its process has ended, and None if that cannot be known from here.

    Raises
    ------
    RequestError
        If there is no batch.
    """
    status = _read(location)
    if status is None:
        return _status_of_manifest(location)
    silent = (datetime.now(UTC) - datetime.fromisoformat(status["updated"])).total_seconds()
    return {**status, "silent": max(0, round(silent)), "alive": _is_alive(status, silent)}


def _read(location: Location) -> dict[str, Any] | None:
    folder = as_folder(location)
    try:
        if folder is not None:
            text = (folder / STATUS).read_bytes()
        else:
            with store_errors_as(RequestError, str(location), "read"):
                files, top = open_files(str(location))
                text = try_again(lambda: files.cat_file(f"{top}/{STATUS}"))
        status = json.loads(text)
        dated = datetime.fromisoformat(status["updated"]).utcoffset() is not None
        return dict(status) if dated and status["blocks"] and status["members"] else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _status_of_manifest(location: Location) -> dict[str, Any]:
    """What the manifest of a batch tells, where no run has left its status."""
    with working_folder(location) as folder:
        manifest = load_manifest(folder)
    blocks = {
        "all": manifest.request["blocks_in_all"],
        "done": len(manifest.blocks),
        "failed": len(manifest.failures),
    }
    return {"state": FINISHED if manifest.finished else UNFINISHED, "blocks": blocks}


def _is_alive(status: Mapping[str, Any], silent: float) -> bool | None:
    if status["state"] != RUNNING:
        return False
    if status.get("machine") != platform.node():
        return True if silent < SILENT_SECONDS else None
    try:
        os.kill(int(status["process"]), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return True

"""The record of a batch: what was asked, with which inputs, and how far each block has come."""

from __future__ import annotations

import json
import os
import platform
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .problems import Refused

FORMAT = 1
NAME = "manifest.json"
REQUEST_KEYS = {
    "format": "format of the folder", "model": "version of the model", "evidence": "evidence", "weights": "weights",
    "seed": "seed", "members": "members", "block": "members in a block", "every": "quarters kept", "scenarios": "scenarios",
}


@dataclass
class Manifest:
    """`request` says what was asked and never changes; `blocks` and `failures` say how far it came.

    Keys of `blocks` are "scenario/first member"; values hold a hash and the seconds it took.
    """

    request: dict[str, Any]
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        return len(self.blocks) == self.request["blocks_in_all"]

    def save(self, folder: Path) -> None:
        """Put the manifest in place of the old one, whole or not at all."""
        data = {"about": self.about, "request": self.request, "finished": self.finished,
                "failures": self.failures, "blocks": self.blocks}
        target, draft = folder / NAME, folder / f"{NAME}.draft"
        with open(draft, "w", encoding="utf-8") as stream:
            json.dump(data, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, target)


def new_about(command: str) -> dict[str, Any]:
    """When, where and with which versions."""
    names = ("steppe", "mesa", "numpy", "xarray", "zarr", "pydantic")
    return {"created": datetime.now(UTC).isoformat(timespec="seconds"), "command": command,
            "versions": {"python": platform.python_version(), **{name: version(name) for name in names}}}


def load_manifest(folder: Path) -> Manifest:
    """The manifest of a batch.

    Raises
    ------
    Refused
        If the folder holds no batch, or its manifest cannot be read.
    """
    path = folder / NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(data["request"], data["blocks"], data["failures"], data["about"])
    except FileNotFoundError:
        raise Refused(f"{folder}: holds no batch ({NAME} is missing); `steppe run --out {folder}` makes one") from None
    except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: is damaged ({error}); delete the folder and run again") from None


def differences(there: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """In words, what a folder holds that differs from what is asked."""
    found = []
    for key, words in REQUEST_KEYS.items():
        if key == "scenarios":
            found += _scenario_differences(there.get(key, {}), asked[key])
        elif there.get(key) != asked[key]:
            found.append(f"{words}: {there.get(key)} there, {asked[key]} asked")
    return found


def _scenario_differences(there: Mapping[str, str], asked: Mapping[str, str]) -> list[str]:
    found = [f"scenario {name} is there and not asked" for name in there if name not in asked]
    found += [f"scenario {name} is asked and not there" for name in asked if name not in there]
    return found + [f"scenario {name} has changed" for name in asked if name in there and there[name] != asked[name]]


class FolderLock:
    """Holds a folder for one process; the system lets go of it when the process ends, however it ends."""

    def __init__(self, folder: Path):
        self._path = folder / ".lock"
        self._stream = None

    def __enter__(self) -> FolderLock:
        import fcntl

        self._stream = open(self._path, "a+", encoding="utf-8")
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._stream.seek(0)
            holder = self._stream.read().strip() or "another process"
            self._stream.close()
            raise Refused(f"{self._path.parent}: is in use by {holder}; wait for it, or give another --out") from None
        self._stream.truncate(0)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._stream.write(f"process {os.getpid()} on {socket.gethostname()} since {now}")
        self._stream.flush()
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.truncate(0)
        self._stream.close()

"""The record of a batch: what was asked, with which inputs, and how far each block has come.

It names only blocks that are whole and on the disk, and is itself replaced whole. The one
before it is kept beside it: should the newest be damaged, the batch goes on from there, and
what was done in between is done again.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from steppe.experiments.errors import RequestError
from steppe.model.core.atomic_files import replace_file

from .atomic_files import sync_to_disk

FORMAT = 3
NAME = "manifest.json"
RESULTS = "results.zarr"
MEMBERS, SUMMARY = "members", "summary"  # what a batch keeps
BEFORE = "manifest.json.before"
DRAFT = "manifest.json.draft"
REQUEST_KEYS = {
    "format": "format of the folder",
    "model": "version of the model",
    "evidence": "evidence",
    "weights": "weights",
    "seed": "seed",
    "members": "members",
    "block": "members in a block",
    "every": "quarters kept",
    "keep": "what is kept",
    "results": "place of the results",
    "scenarios": "scenarios",
}


@dataclass
class Manifest:
    """`request` says what was asked and never changes; `blocks`, `sums` and `failures` say how far it came.

    Keys of `blocks` are "scenario/first member"; values hold a hash and the seconds it took.
    `sums` has the hash of the counts of each scenario whose stretches are added up.
    """

    request: dict[str, Any]
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        added_up = self.request.get("keep") != "summary" or len(self.sums) == len(
            self.request["scenarios"]
        )
        return len(self.blocks) == self.request["blocks_in_all"] and added_up

    def save(self, folder: Path) -> None:
        """Put the manifest in place of the old one, whole or not at all; the old one is kept."""
        data = {
            "about": self.about,
            "request": self.request,
            "finished": self.finished,
            "failures": self.failures,
            "sums": self.sums,
            "blocks": self.blocks,
        }
        target = folder / NAME
        with replace_file(target) as draft:
            with open(draft, "w", encoding="utf-8") as stream:
                stream.write(_text(data))
                stream.flush()
                os.fsync(stream.fileno())
            if _readable(target):
                _replaced_by_link(target, folder / BEFORE)
        sync_to_disk(folder)

    @staticmethod
    def forget(folder: Path) -> None:
        """Do away with the manifest, the newest last."""
        for name in (DRAFT, BEFORE, NAME):
            (folder / name).unlink(missing_ok=True)


def _text(data: Mapping[str, Any]) -> str:
    """JSON with a line for each entry of each part. What lies deeper stands in one line, as long lists take ten times as long to indent."""
    parts = []
    for name, part in data.items():
        entries = (
            [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in part.items()]
            if isinstance(part, Mapping)
            else []
        )
        parts.append(
            f" {json.dumps(name)}: "
            + ("{\n" + ",\n".join(entries) + "\n }" if entries else json.dumps(part))
        )
    return "{\n" + ",\n".join(parts) + "\n}"


def _replaced_by_link(target: Path, before: Path) -> None:
    """A second name for the manifest that is about to be replaced, so that there is no instant without one."""
    with replace_file(before) as link:
        link.unlink(missing_ok=True)
        try:
            os.link(target, link)
        except OSError:  # a file system without links
            shutil.copyfile(target, link)


def _readable(path: Path) -> bool:
    """Whether a manifest ends as manifests do; a damaged one must not take the place of the one before it."""
    try:
        with open(path, "rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read() == b"}"
    except OSError:
        return False


def new_about(command: str) -> dict[str, Any]:
    """When, where and with which versions."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "versions": {"python": platform.python_version(), **dict(_versions())},
    }


def _versions() -> Iterator[tuple[str, str]]:
    for name in ("steppe", "mesa", "numpy", "xarray", "zarr", "pydantic", "numba"):
        with suppress(PackageNotFoundError):  # numba comes with an extra
            yield name, version(name)


def holds_batch(folder: Path) -> bool:
    """Whether there is a manifest, or the one before it."""
    return (folder / NAME).exists() or (folder / BEFORE).exists()


def load_manifest(folder: Path) -> Manifest:
    """The manifest of a batch; the one before it if the newest is damaged or gone.

    Raises
    ------
    RequestError
        If the folder holds no batch, or its manifest cannot be read.
    """
    if not holds_batch(folder):
        raise RequestError(
            f"{folder}: holds no batch ({NAME} is missing); `steppe run --out {folder}` makes one"
        )
    reasons = []
    for name in (NAME, BEFORE):
        try:
            data = json.loads((folder / name).read_text(encoding="utf-8"))
            return Manifest(
                dict(data["request"]),
                dict(data["blocks"]),
                dict(data["failures"]),
                dict(data["about"]),
                dict(data.get("sums", {})),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            reasons.append(str(error))
    raise RequestError(
        f"{folder / NAME}: is damaged ({reasons[0]}), and so is the one before it; delete the folder and run again"
    ) from None


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
    return found + [
        f"scenario {name} has changed"
        for name in asked
        if name in there and there[name] != asked[name]
    ]


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
            holder = self._holder()
            self._stream.close()
            raise RequestError(
                f"{self._path.parent}: is in use by {holder}; wait for it, or give another --out"
            ) from None
        self._stream.truncate(0)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._stream.write(f"process {os.getpid()} on {socket.gethostname()} since {now}")
        self._stream.flush()
        return self

    def _holder(self) -> str:
        """Who has the lock; it may just be about to write its name."""
        for _ in range(20):
            self._stream.seek(0)
            found = self._stream.read().strip()
            if found:
                return found
            time.sleep(0.05)
        return "another process"

    def __exit__(self, *_: object) -> None:
        self._stream.truncate(0)
        self._stream.close()

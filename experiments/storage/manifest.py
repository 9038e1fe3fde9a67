"""The record of a batch: the request, its inputs, and which blocks are done.

It lists only blocks that are complete and on the disk, and is itself replaced atomically.
The previous manifest is kept beside it: if the newest is damaged, the batch resumes from
the previous one, and whatever was done in between is run again.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from steppe.model.core.atomic_files import replace_file
from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import describe_os_error

from .atomic_files import sync_to_disk

FORMAT = 4
NAME = "manifest.json"
RESULTS = "results.zarr"
MEMBERS, SUMMARY = "members", "summary"  # what a batch stores
BEFORE = "manifest.json.before"
KEPT_POSTERIOR = "posterior.csv"  # a copy of the file that parameters were drawn from
LOCK, LOG, STATUS, ANSWERS = ".lock", "run.log", "status.json", "answers"
DRAWN = "figures/.drawn.json"  # what the figures of this folder were drawn from
JOBS = "jobs"  # what the jobs of a queue say
BATCH_FILES = {  # all that a run writes into the folder of a batch
    LOCK,
    NAME,
    f"{NAME}.draft",
    BEFORE,
    f"{BEFORE}.draft",
    RESULTS,
    f"{RESULTS}.draft",
    KEPT_POSTERIOR,
    f"{KEPT_POSTERIOR}.draft",
    "summary.csv",
    "summary.csv.draft",
    "thresholds.csv",
    "thresholds.csv.draft",
    "figures",
    ANSWERS,
    JOBS,
    LOG,
    STATUS,
    f"{STATUS}.draft",
}
REQUEST_KEYS = {
    "format": "format of the folder",
    "model": "version of the model",
    "evidence": "evidence",
    "weights": "weights",
    "seed": "seed",
    "members": "members",
    "block": "members in a block",
    "every": "quarters stored",
    "keep": "what is stored",
    "results": "place of the results",
    "observables": "observables",
    "scenarios": "scenarios",
}
ORDERED = {"scenarios": "scenarios", "spellings": "added actors"}  # along axes of the results


Starts = tuple[float, int | None]  # the share of members, and the median quarter of those


def summarise_starts(counts: Mapping[int, int], members: int) -> Starts:
    """The share of members in which an event begins, and the median of the quarters in which.

    Parameters
    ----------
    counts : members by quarter. members : how many there are.
    """
    happened, passed = sum(counts.values()), 0
    for quarter in sorted(counts):
        passed += counts[quarter]
        if 2 * passed >= happened > 0:
            return happened / members, quarter
    return 0.0, None


@dataclass
class Manifest:
    """What was requested, and how far the batch has come.

    request : never changes after the batch has started.
    blocks : by "scenario/first member", a hash and the seconds it took.
    failures : by the same keys, why a block failed.
    about : when, where and with which versions the batch was started.
    sums : by scenario, the hash of its counts once their parts are summed.
    sources : what it keeps of its scenarios' files; empty in a batch of an earlier version.
    """

    request: dict[str, Any]
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """True if all blocks are done and, for a summary, all counts are summed."""
        unsummed = self.request.get("keep") == SUMMARY and len(self.sums) < len(
            self.request["scenarios"]
        )
        return len(self.blocks) == self.request["blocks_in_all"] and not unsummed

    @property
    def starts(self) -> dict[str, dict[str, Starts]]:
        """When uncertain events begin, by scenario and event, over the members that are done."""
        counts: dict[str, dict[str, Counter[int]]] = {}
        members: Counter[str] = Counter()
        for key, row in self.blocks.items():
            name, _, first = key.rpartition("/")
            members[name] += min(self.request["block"], self.request["members"] - int(first))
            for event, of_event in row.get("starts", {}).items():
                counted = counts.setdefault(name, {}).setdefault(event, Counter())
                counted.update({int(quarter): count for quarter, count in of_event.items()})
        return {
            name: {event: summarise_starts(counted, members[name]) for event, counted in of.items()}
            for name, of in counts.items()
        }

    def save(self, folder: Path) -> None:
        """Replace the manifest in a folder atomically; the old one is kept as the previous one."""
        data = {
            "about": self.about,
            "request": self.request,
            "sources": self.sources,
            "finished": self.finished,
            "failures": self.failures,
            "sums": self.sums,
            "blocks": self.blocks,
        }
        target = folder / NAME
        with replace_file(target) as draft:
            with open(draft, "w", encoding="utf-8") as stream:
                stream.write(_as_json(data))
                stream.flush()
                os.fsync(stream.fileno())
            if _is_complete(target):
                _keep_as_previous(target, folder / BEFORE)
        sync_to_disk(folder)

    @staticmethod
    def delete(folder: Path) -> None:
        """Delete the manifests in a folder, the newest last."""
        for name in (f"{NAME}.draft", BEFORE, NAME):
            (folder / name).unlink(missing_ok=True)


def _as_json(data: Mapping[str, Any]) -> str:
    """JSON with a line for each entry of each part.

    Anything deeper stays on one line, as indenting long lists takes ten times as long.
    """
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


def _keep_as_previous(target: Path, before: Path) -> None:
    """Link the manifest that is about to be replaced, so that one exists at any instant."""
    with replace_file(before) as link:
        link.unlink(missing_ok=True)
        try:
            os.link(os.path.realpath(target), link)  # not the link itself, where it is one
        except OSError:  # a file system without links
            shutil.copyfile(target, link)


def _is_complete(path: Path) -> bool:
    """True if a file ends as manifests do; a damaged one must not replace the previous one."""
    try:
        with open(path, "rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read() == b"}"
    except OSError:
        return False


def describe_start(command: str) -> dict[str, Any]:
    """The `about` of a new manifest: when, with which command and versions."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "versions": {"python": platform.python_version(), **dict(_installed_versions())},
    }


def _installed_versions() -> Iterator[tuple[str, str]]:
    for name in ("steppe", "mesa", "numpy", "xarray", "zarr", "pydantic", "numba"):
        with suppress(PackageNotFoundError):  # numba comes with an extra
            yield name, version(name)


def holds_batch(folder: Path) -> bool:
    """True if a folder holds a manifest, or the previous one."""
    return (folder / NAME).exists() or (folder / BEFORE).exists()


def load_manifest(folder: Path) -> Manifest:
    """Load the manifest of a batch; the previous one if the newest is damaged or missing.

    Raises
    ------
    RequestError
        If the folder holds no batch, or its manifest cannot be read.
    """
    reasons = []
    from .manifest_schema import check_manifest  # pydantic takes a while to import

    for name in (NAME, BEFORE):
        try:
            data = json.loads((folder / name).read_bytes())
            check_manifest(data)
            return Manifest(
                dict(data["request"]),
                dict(data["blocks"]),
                dict(data["failures"]),
                dict(data["about"]),
                dict(data.get("sums", {})),
                _check_sources(data.get("sources", {})),
            )
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise RequestError(f"{folder / name}: {describe_os_error(error, 'read')}") from None
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            reasons.append(str(error))
    if not reasons:
        raise RequestError(
            f"{folder}: holds no batch ({NAME} is missing); `steppe run --out {folder}` makes one"
        )
    raise RequestError(
        f"{folder / NAME}: is damaged ({reasons[0]}), and so is the previous one; "
        "delete the folder and run again"
    ) from None


def _check_sources(sources: Any) -> dict[str, Any]:
    """Return what a manifest keeps of scenarios; raise what `load_manifest` takes for damage."""
    if not sources:
        return {}
    files, events = sources["files"], sources["events"]
    sound = all(isinstance(file[key], str) for file in files for key in ("name", "path", "text"))
    for row in sources["scenarios"].values():
        merged = {**row["merged"]}
        sound &= all(isinstance(files[position], dict) for position in row["files"])
        sound &= all(len(events[position]) == 2 for position in merged.get("events") or ())
        sound &= all(isinstance(value, float | int) for value in row["values"].values())
    if not sound:
        raise ValueError("what it keeps of the scenarios has another form")
    return dict(sources)


def other_format(request: Mapping[str, Any]) -> str:
    """Say what can be done with a batch of another format; empty for one of this format."""
    stored = request.get("format")
    if stored == FORMAT:
        return ""
    which = "without observables" if stored in range(FORMAT) else "of a later version"
    return (
        f"the batch has format {stored}, {which}, and this version writes {FORMAT}; "
        "it can be plotted, compared, reported and exported, but neither continued nor verified"
    )


def describe_differences(stored: Mapping[str, Any], requested: Mapping[str, Any]) -> list[str]:
    """Phrases for each way in which a stored request differs from the one made now."""
    phrases = []
    for key, label in REQUEST_KEYS.items():
        if key == "observables":
            phrases += _observable_differences(stored.get(key, {}), requested[key])
        elif key == "scenarios":
            phrases += _scenario_differences(stored.get(key, {}), requested[key])
        elif stored.get(key) != requested[key]:
            phrases.append(f"{label}: {stored.get(key)} stored, {requested[key]} requested")
    return phrases + _order_differences(stored, requested)


def _order_differences(stored: Mapping[str, Any], requested: Mapping[str, Any]) -> list[str]:
    orders = [(label, [*stored.get(key, ())], [*requested[key]]) for key, label in ORDERED.items()]
    return [
        f"order of {label}: {', '.join(before)} stored, {', '.join(now)} requested"
        for label, before, now in orders
        if before != now and set(before) == set(now)
    ]


def _observable_differences(stored: Mapping[str, Any], requested: Mapping[str, Any]) -> list[str]:
    names = dict.fromkeys([*stored, *requested])
    return [
        f"observable {name} is stored, not declared"
        if name not in requested
        else f"observable {name} is declared, not stored"
        if name not in stored
        else f"observable {name} has changed"
        for name in names
        if stored.get(name) != requested.get(name)
    ]


def _scenario_differences(stored: Mapping[str, str], requested: Mapping[str, str]) -> list[str]:
    phrases = [
        f"scenario {name} is stored, not requested" for name in stored if name not in requested
    ]
    phrases += [
        f"scenario {name} is requested, not stored" for name in requested if name not in stored
    ]
    return phrases + [
        f"scenario {name} has changed"
        for name in requested
        if name in stored and stored[name] != requested[name]
    ]

"""Named ways to damage a batch of two scenarios, and a small batch to damage."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from command import steppe

SHARES = "results.zarr/shares/c/1/0/0/0/0/0"
COUNTS = "results.zarr/counts/c/1/0/0/0/0/0"


def make_batch(out: Path) -> Path:
    """A batch of two scenarios of six members, run by the model."""
    words = ("run", "baseline", "russian-retreat", "--members", 6, "--jobs", 1, "--no-figures")
    assert steppe(*words, "--quiet", "--out", out).returncode == 0
    return out


def edit(change: Callable[[dict], object], *names: str) -> Callable[[Path], None]:
    """Damage of a JSON file, by default the manifest; the manifest before it is deleted."""

    def damage(folder: Path) -> None:
        for name in names or ("manifest.json",):
            path = folder / name
            data = json.loads(path.read_bytes())
            change(data)
            path.write_text(json.dumps(data), encoding="utf-8")
        (folder / "manifest.json.before").unlink(missing_ok=True)

    return damage


def put(*keys: str, value: object) -> Callable[[Path], None]:
    """Damage of the manifest: another value in one place."""

    def change(data: dict) -> None:
        for key in keys[:-1]:
            data = data[key]
        data[keys[-1]] = value

    return edit(change)


def drop(*keys: str) -> Callable[[Path], None]:
    """Damage of the manifest: one place is missing."""

    def change(data: dict) -> None:
        for key in keys[:-1]:
            data = data[key]
        del data[keys[-1]]

    return edit(change)


def write(name: str, content: bytes) -> Callable[[Path], None]:
    """Damage of a file: other content."""

    def damage(folder: Path) -> None:
        (folder / name).write_bytes(content)
        (folder / "manifest.json.before").unlink(missing_ok=True)

    return damage


def cut(name: str, keep: float) -> Callable[[Path], None]:
    """Damage of a file: cut to a part of its length."""

    def damage(folder: Path) -> None:
        os.truncate(folder / name, int(keep * (folder / name).stat().st_size))
        (folder / "manifest.json.before").unlink(missing_ok=True)

    return damage


def remove(name: str) -> Callable[[Path], None]:
    """Damage of a folder: a file or a folder in it is gone."""

    def damage(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


def remove_manifests(folder: Path) -> None:
    """Damage of a folder: neither manifest is left."""
    for name in ("manifest.json", "manifest.json.before"):
        (folder / name).unlink(missing_ok=True)


def put_a_folder_in_place(folder: Path) -> None:
    """Damage of a folder: where the manifest was is a folder."""
    remove_manifests(folder)
    (folder / "manifest.json").mkdir()


def swap_scenarios(data: dict) -> None:
    """Damage of a manifest: the scenarios are those of another batch."""
    request = data["request"]
    request["scenarios"] = {"other": "0" * 16}
    for key in ("titles", "files", "levers", "chains", "spans", "events"):
        request[key] = {"other": request[key]["baseline"]}


def shape(data: dict) -> None:
    """Damage of the results: they have another shape than their chunks."""
    data["shape"] = [2, 9, *data["shape"][2:]]


DAMAGES: dict[str, Callable[[Path], None]] = {
    "no manifest": remove_manifests,
    "a folder for a manifest": put_a_folder_in_place,
    "an empty manifest": write("manifest.json", b""),
    "a manifest cut in half": cut("manifest.json", 0.5),
    "a manifest without its last byte": cut("manifest.json", 0.9999),
    "a manifest of noughts": write("manifest.json", bytes(1000)),
    "a manifest that is not UTF-8": write("manifest.json", b'{"request": "\xff\xfe"}'),
    "a manifest that is a list": write("manifest.json", b"[]"),
    "a manifest that is nested too deeply": write("manifest.json", b"[" * 100_000),
    "a manifest of another program": write("manifest.json", b'{"name": "app", "version": 3}'),
    "a manifest with a huge number": write("manifest.json", b"9" * 5000),
    "format 2": put("request", "format", value=2),
    "format 4": put("request", "format", value=4),
    "a format that is text": put("request", "format", value="three"),
    "another model": put("request", "model", value="1"),
    "no request": drop("request"),
    "a request that is a list": put("request", value=[]),
    "no scenarios": put("request", "scenarios", value={}),
    "scenarios that are a list": put("request", "scenarios", value=["baseline"]),
    "scenarios of another batch": edit(swap_scenarios),
    "no titles": drop("request", "titles"),
    "a title that is missing": drop("request", "titles", "baseline"),
    "a title that is a number": put("request", "titles", "baseline", value=7),
    "no spans": drop("request", "spans"),
    "a span of text": put("request", "spans", "baseline", value=["2000", "2040"]),
    "a span of one": put("request", "spans", "baseline", value=[0]),
    "a span beyond the calendar": put("request", "spans", "baseline", value=[0, 10**9]),
    "no events": drop("request", "events"),
    "events that are null": put("request", "events", "baseline", value=None),
    "events without dates": put("request", "events", "baseline", value=[{"name": "it"}]),
    "dates that are text": put(
        "request",
        "events",
        "baseline",
        value=[{"name": "it", "what": "It", "dates": ["2025"], "own": True}],
    ),
    "levers that are text": put("request", "levers", "russian-retreat", value="depth"),
    "a lever that is nan": put("request", "levers", "russian-retreat", "depth", value=float("nan")),
    "files that are numbers": put("request", "files", value={"baseline": 1, "russian-retreat": 2}),
    "no members": put("request", "members", value=0),
    "members that are text": put("request", "members", value="six"),
    "more members than are stored": put("request", "members", value=60),
    "a seed of text": put("request", "seed", value="one"),
    "a seed below nought": put("request", "seed", value=-1),
    "blocks of nought": put("request", "block", value=0),
    "another frequency": put("request", "every", value="month"),
    "another kind of store": put("request", "keep", value="dreams"),
    "a summary that is not there": put("request", "keep", value="summary"),
    "an address that nobody knows": put("request", "results", value="foo://bucket/run"),
    "a place that is a number": put("request", "results", value=5),
    "colours that are none": put("request", "colours", value={"Russia": "no colour"}),
    "no evidence": drop("request", "evidence"),
    "weights that are null": put("request", "weights", value=None),
    "blocks that are a list": put("blocks", value=["baseline/0"]),
    "a block without a hash": put("blocks", "baseline/0", value={}),
    "a block that nobody asked for": put("blocks", "other/0", value={"hash": "", "seconds": 0}),
    "fewer blocks than there are": put("request", "blocks_in_all", value=1),
    "blocks in all that are text": put("request", "blocks_in_all", value="two"),
    "failures that are text": put("failures", value="none"),
    "no about": drop("about"),
    "about without a date": put("about", value={}),
    "a folder of numbers": put("about", "folder", value=7),
    "given that is a list": put("about", "given", value=[]),
    "sources that are text": put("sources", value="here"),
    "a scenario that cannot be merged": put(
        "sources", "scenarios", "baseline", "merged", value={"from": 7}
    ),
    "no results": remove("results.zarr"),
    "no group": remove("results.zarr/zarr.json"),
    "no shares": remove("results.zarr/shares"),
    "no description of shares": remove("results.zarr/shares/zarr.json"),
    "no parameters": remove("results.zarr/parameters"),
    "no chunk of shares": remove(SHARES),
    "an empty chunk": write(SHARES, b""),
    "a chunk cut in half": cut(SHARES, 0.5),
    "a chunk of noise": write(SHARES, bytes(range(256)) * 20),
    "no holders": remove("results.zarr/holder"),
    "no times": remove("results.zarr/time"),
    "no quarters": remove("results.zarr/quarter"),
    "names of holders cut": cut("results.zarr/holder/c/0", 0.5),
    "results of another shape": edit(shape, "results.zarr/shares/zarr.json"),
    "results of an unknown codec": edit(
        lambda data: data["codecs"].append({"name": "mystery"}), "results.zarr/shares/zarr.json"
    ),
    "results of another type": edit(
        lambda data: data.update(data_type="float64"), "results.zarr/shares/zarr.json"
    ),
    "a description that is empty": write("results.zarr/shares/zarr.json", b""),
    "a description that is a list": write("results.zarr/shares/zarr.json", b"[]"),
    "Zarr of version 2": edit(lambda data: data.update(zarr_format=2), "results.zarr/zarr.json"),
    "a file for the results": lambda folder: (
        shutil.rmtree(folder / "results.zarr"),
        (folder / "results.zarr").write_text("no group"),
    ),
}

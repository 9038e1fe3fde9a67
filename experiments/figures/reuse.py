"""Files of figures that need not be drawn again, since nothing that they show has changed.

A file beside the figures says what each was drawn from: a hash of everything that a page shows
and of the code that draws it. It also has the hash of the picture itself, so that one that was
edited, cut short or written by another run is drawn again. If it cannot be read, all are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from steppe.experiments.results.statistics import FINDINGS
from steppe.experiments.storage.manifest import DRAWN
from steppe.model.core.atomic_files import replace_file
from steppe.model.core.disk_cache import code_hash, hash_files

RECORD = Path(DRAWN).name
CODE = Path(__file__).parents[1]
DRAWN_BY = ("figures", "results", "storage")  # with what pages depend on beside the model
PACKAGES = ("matplotlib", "xarray", "pillow")
BY_SCENARIO = ("scenarios", "titles", "files", "levers", "chains", "spans", "events", "meanings")


def shown_alone(dataset: xr.Dataset) -> xr.Dataset:
    """The statistics of a page, with a request that has nothing of scenarios it does not show."""
    request = dict(dataset.attrs["request"])
    shown = set(map(str, np.atleast_1d(dataset["scenario"].values)))
    ends = {name: end for name, end in dataset.attrs.get(FINDINGS, {}).items() if name in shown}
    compared = {name for end in ends.values() for name in (end.compared, end.reference)}
    extended = {name for one in shown for name in request.get("chains", {}).get(one, ())}
    wider = {"titles": shown | compared | extended}
    wider |= dict.fromkeys(("levers", "chains"), shown | compared)
    for part in BY_SCENARIO:
        rows, kept = request.get(part), wider.get(part, shown)
        if isinstance(rows, Mapping):
            request[part] = {name: value for name, value in rows.items() if name in kept}
    return dataset.assign_attrs({"request": request, FINDINGS: ends})


def page_hash(dataset: xr.Dataset, *about: Any) -> str:
    """A hash of what a page shows, what draws it, and `about`, such as its style."""
    digest = sha256(f"{drawn_by()} {about!r}".encode())
    for name in sorted(map(str, dataset.variables)):
        variable = dataset.variables[name]
        values = np.asarray(variable.values)
        exact = repr(values.tolist()).encode() if values.dtype.hasobject else values.tobytes()
        digest.update(f"{name} {variable.dims} {values.shape} {values.dtype} ".encode() + exact)
    attributes = {key: value for key, value in dataset.attrs.items() if key != "request"}
    digest.update(json.dumps(dataset.attrs["request"], sort_keys=True, default=repr).encode())
    digest.update(repr(sorted(attributes.items())).encode())
    return digest.hexdigest()


@cache
def drawn_by() -> str:
    """A hash of the code, the versions and the machine that pages are drawn with."""
    packages = repr([(package, version(package)) for package in PACKAGES]).encode()
    patterns = [f"{folder}/*.*" for folder in DRAWN_BY] + ["figures/languages/*/*/*.mo"]
    files = sorted(path for pattern in patterns for path in CODE.glob(pattern) if path.is_file())
    return hash_files(files, code_hash() + packages).hex()


class DrawnFiles:
    """What the figures in a folder were drawn from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows: dict[str, list[str]] = {}
        with suppress(OSError, ValueError, RecursionError):
            rows = json.loads((folder / RECORD).read_bytes())
            self._rows = dict(rows) if isinstance(rows, dict) else {}

    def has(self, path: Path, page: str) -> bool:
        """True if a file is as it was drawn from a page of this hash."""
        return self._rows.get(path.name) == [page, _file_hash(path)]

    def record(self, drawn: Iterable[tuple[Path, str]]) -> None:
        """Keep what files were drawn from; without effect where that cannot be written."""
        self._rows |= {path.name: [page, _file_hash(path)] for path, page in drawn}
        rows = {name: row for name, row in self._rows.items() if (self.folder / name).is_file()}
        with suppress(OSError), replace_file(self.folder / RECORD) as draft:
            draft.write_text(json.dumps(rows, indent=0, sort_keys=True), encoding="utf-8")


def _file_hash(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""

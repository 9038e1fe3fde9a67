"""The folder of an analysis: manifest, tidy tables, figures, page, and unfinished work."""

from __future__ import annotations

import csv
import json
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.experiments.storage.atomic_files import disk_error
from steppe.experiments.storage.folder_lock import OTHER_FOLDER, FolderLock
from steppe.experiments.storage.manifest import FORMAT, holds_batch
from steppe.model.core.atomic_files import replace_file, write_text_atomically
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_general
from steppe.model.core.os_errors import describe_os_error
from steppe.model.core.version import MODEL_VERSION
from steppe.model.scenario.load import Scenario

from .page import MANIFEST_NAME, load_summary, render_page, summary_record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHECKPOINTS, PAGE = "pieces", "page.html"
ANALYSES = "answers"  # folder in a batch, of the analyses that its report shows
DEFAULT_BATCH = "results"  # default folder of `steppe run`
WORKING_FOLDERS = (CHECKPOINTS, "figures", "boxes", "moves")
TASKS_VERSION = 2  # raised if tasks are divided differently, so that older ones are not reused
RECORDED_PACKAGES = ("steppe", "numpy", "scipy", "pandas", "SALib", "scikit-learn", "ema_workbench")


Row = dict[str, Any]  # of a table, by column


@dataclass
class AnalysisFolder:
    """The folder of one analysis; `with` locks it for this process.

    `request` identifies the analysis; see `request_record`.
    """

    path: Path
    verb: str
    request: dict[str, Any]
    command: str
    replace: bool = False
    written: list[str] = field(default_factory=list)
    _figures: list[tuple[str, str]] = field(default_factory=list)
    _lock: FolderLock | None = None

    @property
    def identity(self) -> str:
        """A hash of everything that determines the results."""
        return identity_of(self.request)

    @property
    def checkpoint_folder(self) -> Path:
        return self.path / CHECKPOINTS / self.identity

    def __enter__(self) -> AnalysisFolder:
        self._lock = lock = FolderLock(self.path)
        lock.__enter__()
        try:
            self._check_owner()
            (self.path / "figures").mkdir(exist_ok=True)
            self._save(finished=False)
        except OSError as error:
            lock.__exit__()
            raise RequestError(
                f"{self.path}: {describe_os_error(error, other_way=OTHER_FOLDER)}"
            ) from None
        except BaseException:
            lock.__exit__()
            raise
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._lock is not None:
            self._lock.__exit__(kind, error, trace)
        if isinstance(error, OSError):
            raise disk_error(self.path, error) from None

    @property
    def batch(self) -> Path | None:
        """The batch whose report shows this analysis, if it is in one."""
        above = self.path.resolve().parent
        return (
            self.path.parent.parent
            if above.name == ANALYSES and holds_batch(above.parent)
            else None
        )

    def _check_owner(self) -> None:
        """Refuse a folder with anything else in it, or replace another analysis."""
        if not (self.path / MANIFEST_NAME).exists():
            known = {".lock", f"{MANIFEST_NAME}.draft", *WORKING_FOLDERS}
            foreign = sorted(item.name for item in self.path.iterdir() if item.name not in known)
            if foreign:
                raise RequestError(
                    f"{self.path}: is not empty and holds no analysis ({foreign[0]} is in it); "
                    "give another --out"
                )
        elif read_identity(self.path) != self.identity:
            if not self.replace:
                raise RequestError(
                    f"{self.path}: holds another analysis; give another --out, or --replace to "
                    "delete it"
                )
            self._remove_previous()

    def _remove_previous(self) -> None:
        """Delete all files of another analysis."""
        for name in WORKING_FOLDERS:
            shutil.rmtree(self.path / name, ignore_errors=True)
        for path in (*self.path.glob("*.csv"), self.path / PAGE):
            path.unlink(missing_ok=True)

    def _save(self, finished: bool, summary: Mapping[str, Any] | None = None) -> None:
        data = {
            "verb": self.verb,
            "command": self.command,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "identity": self.identity,
            "request": self.request,
            "finished": finished,
            "files": sorted(self.written),
            "versions": {"python": platform.python_version(), **_installed_versions()},
            "answer": summary or {},
        }
        write_text_atomically(self.path / MANIFEST_NAME, json.dumps(data, indent=1, default=str))

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a tidy table; columns are the keys of the first row."""
        target = self.path / name
        with (
            replace_file(target) as draft,
            open(draft, "w", encoding="utf-8", newline="") as stream,
        ):
            writer = csv.DictWriter(
                stream, list(rows[0]) if rows else ["nothing"], lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(
                {
                    key: format_general(value, 6) if isinstance(value, float) else value
                    for key, value in row.items()
                }
                for row in rows
            )
        self.written.append(name)

    def figure(self, name: str, figure: Figure) -> Path:
        """Save a figure as PNG and SVG; its title and subtitle become its alternative text."""
        for kind in ("png", "svg"):
            metadata = {"Date": None} if kind == "svg" else {"Software": None}
            with replace_file(self.path / "figures" / f"{name}.{kind}") as draft:
                figure.savefig(draft, format=kind, metadata=metadata)
            self.written.append(f"figures/{name}.{kind}")
        heads = {text.get_gid(): text.get_text() for text in figure.texts}
        self._figures.append((f"figures/{name}.png", f"{heads['title']}: {heads['subtitle']}"))
        return self.path / "figures" / f"{name}.png"

    def finish(
        self, title: str, sentences: Sequence[str], rows: Sequence[Mapping[str, Any]], trust: str
    ) -> None:
        """Write the page and the final manifest; `rows` are the table that the page shows."""
        self.written.append(PAGE)
        summary = summary_record(title, sentences, rows, self._figures, trust)
        self._save(finished=True, summary=summary)
        write_text_atomically(self.path / PAGE, render_page(load_summary(self.path)))


def identity_of(request: Mapping[str, Any]) -> str:
    return sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()[:16]


def read_identity(folder: Path) -> str | None:
    """The identity of the analysis in a folder; None if there is no readable one."""
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_bytes())
        identity = manifest.get("identity")
    except (OSError, ValueError, AttributeError):
        return None
    return identity if isinstance(identity, str) else None


def default_folder(verb: str, identity: str) -> Path:
    """The folder in `results/answers` where this analysis was started, or the first free one."""
    path, number = Path(DEFAULT_BATCH, ANALYSES, verb), 1
    while path.exists() and read_identity(path) != identity:
        number += 1
        path = path.with_name(f"{verb}-{number}")
    return path


def _installed_versions() -> dict[str, str]:
    versions = {}
    for name in RECORDED_PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def request_record(
    verb: str,
    scenarios: Sequence[Scenario],
    parameter_source: ParameterSource,
    seed: int,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """A request as the manifest stores it; equal records give equal results."""
    return {
        "format": FORMAT,
        "plan": TASKS_VERSION,
        "model": MODEL_VERSION,
        "verb": verb,
        "evidence": parameter_source.evidence,
        "weights": parameter_source.label,
        "seed": seed,
        "scenarios": {scenario.name: scenario.fingerprint for scenario in scenarios},
        **options,
    }

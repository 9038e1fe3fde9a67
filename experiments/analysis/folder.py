"""The folder of an answer: its manifest, tidy tables, figures, a page, and the pieces of unfinished work."""

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
from typing import Any

from steppe.experiments.errors import RequestError
from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.experiments.storage.atomic_files import disk_error
from steppe.experiments.storage.manifest import FORMAT, FolderLock, holds_batch
from steppe.model.core.atomic_files import replace_file, write_text_atomically
from steppe.model.core.version import MODEL_VERSION
from steppe.model.scenario.load import Scenario

from .page import MANIFEST_NAME, load_summary, render_page, summary_record

CHECKPOINTS, PAGE = "pieces", "page.html"
ANALYSES = "answers"  # in a batch's folder: the answers that its report shows
DEFAULT_BATCH = "results"  # the folder in which `steppe run` puts a batch if not told otherwise
CHUNKING_VERSION = (
    2  # raised when pieces of work are cut otherwise, so that none of an older version are taken up
)
RECORDED_PACKAGES = ("steppe", "numpy", "scipy", "pandas", "SALib", "scikit-learn", "ema_workbench")


@dataclass
class AnalysisFolder:
    """Where one question is answered. Opened with `with`, it is held for one process."""

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
        """A hash of everything that decides the answer."""
        return identity_of(self.request)

    @property
    def checkpoint_folder(self) -> Path:
        return self.path / CHECKPOINTS / self.identity

    def __enter__(self) -> AnalysisFolder:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(self.path)
            lock.__enter__()
        except OSError as error:
            raise RequestError(
                f"{self.path}: cannot be written ({error.strerror}); give another folder with --out"
            ) from None
        self._lock = lock
        try:
            self._check_owner()
            (self.path / "figures").mkdir(exist_ok=True)
            self._save(finished=False)
        except BaseException:
            lock.__exit__()
            raise
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._lock.__exit__(kind, error, trace)
        if isinstance(error, OSError):
            raise disk_error(self.path, error) from None

    @property
    def batch(self) -> Path | None:
        """The batch whose report shows this answer, if it lies in one."""
        above = self.path.resolve().parent
        return (
            self.path.parent.parent
            if above.name == ANALYSES and holds_batch(above.parent)
            else None
        )

    def _check_owner(self) -> None:
        if not (self.path / MANIFEST_NAME).exists():
            foreign = [
                item.name
                for item in self.path.iterdir()
                if item.name
                not in (".lock", CHECKPOINTS, "figures", "boxes", "moves", f"{MANIFEST_NAME}.draft")
            ]
            if foreign:
                raise RequestError(
                    f"{self.path}: is not empty and holds no answer ({sorted(foreign)[0]} is in it); give another --out"
                )
            return
        if read_identity(self.path) == self.identity:
            return
        if not self.replace:
            raise RequestError(
                f"{self.path}: holds the answer to another question; give another --out, or --replace to do away with it"
            )
        self._remove_previous()

    def _remove_previous(self) -> None:
        """Do away with what another question left here, so that nothing of it is taken for this one's."""
        for name in (CHECKPOINTS, "figures", "boxes", "moves"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        for path in (*self.path.glob("*.csv"), self.path / PAGE):
            path.unlink(missing_ok=True)

    def _save(self, finished: bool, answer: Mapping[str, Any] | None = None) -> None:
        data = {
            "verb": self.verb,
            "command": self.command,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "identity": self.identity,
            "request": self.request,
            "finished": finished,
            "files": sorted(self.written),
            "versions": {"python": platform.python_version(), **_installed_versions()},
            "answer": answer or {},
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
                    key: f"{value:.6g}" if isinstance(value, float) else value
                    for key, value in row.items()
                }
                for row in rows
            )
        self.written.append(name)

    def figure(self, name: str, figure: Any) -> Path:
        """Save a figure as PNG and SVG; its title and subtitle are its words where it cannot be seen."""
        for kind in ("png", "svg"):
            figure.savefig(
                self.path / "figures" / f"{name}.{kind}",
                metadata={"Date": None} if kind == "svg" else {"Software": None},
            )
            self.written.append(f"figures/{name}.{kind}")
        heads = {text.get_gid(): text.get_text() for text in figure.texts}
        self._figures.append((f"figures/{name}.png", f"{heads['title']}: {heads['subtitle']}"))
        return self.path / "figures" / f"{name}.png"

    def finish(
        self, title: str, sentences: Sequence[str], rows: Sequence[Mapping[str, Any]], trust: str
    ) -> None:
        """Write the page and close the manifest; `rows` are the short table that the page shows."""
        self.written.append(PAGE)
        self._save(
            finished=True, answer=summary_record(title, sentences, rows, self._figures, trust)
        )
        write_text_atomically(self.path / PAGE, render_page(load_summary(self.path)))


def identity_of(request: Mapping[str, Any]) -> str:
    return sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()[:16]


def read_identity(folder: Path) -> str | None:
    """The identity of the answer in a folder; None where there is none that can be read."""
    try:
        return json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8")).get("identity")
    except (OSError, ValueError, AttributeError):
        return None


def default_folder(verb: str, identity: str) -> Path:
    """Where an answer goes if nobody says: where it has been begun, or else the first place that is free, among the answers of `results`."""
    place, number = Path(DEFAULT_BATCH, ANALYSES, verb), 1
    while place.exists() and read_identity(place) != identity:
        number += 1
        place = place.with_name(f"{verb}-{number}")
    return place


def _installed_versions() -> dict[str, str]:
    found = {}
    for name in RECORDED_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def request_record(
    verb: str,
    scenarios: Sequence[Scenario],
    parameter_source: ParameterSource,
    seed: int,
    **options: Any,
) -> dict[str, Any]:
    """A question as the manifest keeps it; two equal records give equal answers."""
    return {
        "format": FORMAT,
        "plan": CHUNKING_VERSION,
        "model": MODEL_VERSION,
        "verb": verb,
        "evidence": parameter_source.evidence,
        "weights": parameter_source.label,
        "seed": seed,
        "scenarios": {scenario.name: scenario.fingerprint for scenario in scenarios},
        **options,
    }

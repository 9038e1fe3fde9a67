"""The folder of an answer: its manifest, tidy tables, figures, a page, and the pieces of unfinished work."""

from __future__ import annotations

import csv
import json
import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from steppe.experiments.errors import IncompleteRunError, RequestError
from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.experiments.storage.manifest import FORMAT, FolderLock, holds_batch
from steppe.model.core.version import MODEL_VERSION
from steppe.model.scenario.load import Scenario

from .answer_page import NAME, as_page, load_answer, shown
from .checkpoints import not_written

PIECES, PAGE = "pieces", "page.html"
ANSWERS = "answers"  # in a batch's folder: the answers that its report shows
BATCH = "results"  # the folder in which `steppe run` puts a batch if not told otherwise
PLAN = (
    2  # raised when pieces of work are cut otherwise, so that none of an older version are taken up
)
VERSIONS = ("steppe", "numpy", "scipy", "pandas", "SALib", "scikit-learn", "ema_workbench")


@dataclass
class AnswerFolder:
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
    def pieces(self) -> Path:
        return self.path / PIECES / self.identity

    def __enter__(self) -> AnswerFolder:
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
            raise IncompleteRunError(not_written(self.path, error)) from None

    @property
    def batch(self) -> Path | None:
        """The batch whose report shows this answer, if it lies in one."""
        above = self.path.resolve().parent
        return (
            self.path.parent.parent if above.name == ANSWERS and holds_batch(above.parent) else None
        )

    def _check_owner(self) -> None:
        if not (self.path / NAME).exists():
            strange = [
                item.name
                for item in self.path.iterdir()
                if item.name not in (".lock", PIECES, "figures", "boxes", "moves", f"{NAME}.draft")
            ]
            if strange:
                raise RequestError(
                    f"{self.path}: is not empty and holds no answer ({sorted(strange)[0]} is in it); give another --out"
                )
            return
        if identity_in(self.path) == self.identity:
            return
        if not self.replace:
            raise RequestError(
                f"{self.path}: holds the answer to another question; give another --out, or --replace to do away with it"
            )
        self._forget()

    def _forget(self) -> None:
        """Do away with what another question left here, so that nothing of it is taken for this one's."""
        for name in (PIECES, "figures", "boxes", "moves"):
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
            "versions": {"python": platform.python_version(), **_versions()},
            "answer": answer or {},
        }
        draft = self.path / f"{NAME}.draft"
        draft.write_text(json.dumps(data, indent=1, default=str), encoding="utf-8")
        os.replace(draft, self.path / NAME)

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a tidy table; columns are the keys of the first row."""
        target = self.path / name
        draft = target.with_suffix(".draft")
        with open(draft, "w", encoding="utf-8", newline="") as stream:
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
        os.replace(draft, target)
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
        self._save(finished=True, answer=shown(title, sentences, rows, self._figures, trust))
        (self.path / PAGE).write_text(as_page(load_answer(self.path)), encoding="utf-8")


def identity_of(request: Mapping[str, Any]) -> str:
    return sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()[:16]


def identity_in(folder: Path) -> str | None:
    """The identity of the answer in a folder; None where there is none that can be read."""
    try:
        return json.loads((folder / NAME).read_text(encoding="utf-8")).get("identity")
    except (OSError, ValueError, AttributeError):
        return None


def place_for(verb: str, identity: str) -> Path:
    """Where an answer goes if nobody says: where it has been begun, or else the first place that is free, among the answers of `results`."""
    place, number = Path(BATCH, ANSWERS, verb), 1
    while place.exists() and identity_in(place) != identity:
        number += 1
        place = place.with_name(f"{verb}-{number}")
    return place


def _versions() -> dict[str, str]:
    found = {}
    for name in VERSIONS:
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
        "plan": PLAN,
        "model": MODEL_VERSION,
        "verb": verb,
        "evidence": parameter_source.evidence,
        "weights": parameter_source.label,
        "seed": seed,
        "scenarios": {scenario.name: scenario.fingerprint for scenario in scenarios},
        **options,
    }

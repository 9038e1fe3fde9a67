"""The folder of an answer: its manifest, tidy tables, figures, a page for a report, and the pieces of unfinished work."""

from __future__ import annotations

import csv
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ...model import Scenario
from ...model.version import MODEL_VERSION
from ..manifest import FORMAT, FolderLock
from ..problems import Refused
from ..weighting import Weighting

NAME, PIECES, PAGE = "manifest.json", "pieces", "page.html"
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
    _lock: FolderLock | None = None

    @property
    def identity(self) -> str:
        """A hash of everything that decides the answer."""
        return sha256(json.dumps(self.request, sort_keys=True, default=str).encode()).hexdigest()[:16]

    @property
    def pieces(self) -> Path:
        return self.path / PIECES / self.identity

    def __enter__(self) -> AnswerFolder:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(self.path)
            lock.__enter__()
        except OSError as error:
            raise Refused(f"{self.path}: cannot be written ({error.strerror}); give another folder with --out") from None
        self._lock = lock
        try:
            self._check_owner()
            (self.path / "figures").mkdir(exist_ok=True)
            self._save(finished=False)
        except BaseException:
            lock.__exit__()
            raise
        return self

    def __exit__(self, *given: object) -> None:
        self._lock.__exit__(*given)

    def _check_owner(self) -> None:
        manifest = self.path / NAME
        if not manifest.exists():
            strange = [item.name for item in self.path.iterdir() if item.name not in (".lock", PIECES, "figures", "boxes", "moves", f"{NAME}.draft")]
            if strange:
                raise Refused(f"{self.path}: is not empty and holds no answer ({sorted(strange)[0]} is in it); give another --out")
            return
        try:
            there = json.loads(manifest.read_text(encoding="utf-8")).get("identity")
        except (json.JSONDecodeError, UnicodeDecodeError, AttributeError):
            there = None
        if there != self.identity and not self.replace:
            raise Refused(f"{self.path}: holds the answer to another question; give another --out, or --replace to do away with it")

    def _save(self, finished: bool) -> None:
        data = {"verb": self.verb, "command": self.command, "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "identity": self.identity, "request": self.request, "finished": finished, "files": sorted(self.written),
                "versions": {"python": platform.python_version(), **_versions()}}
        draft = self.path / f"{NAME}.draft"
        draft.write_text(json.dumps(data, indent=1, default=str), encoding="utf-8")
        os.replace(draft, self.path / NAME)

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a tidy table; columns are the keys of the first row."""
        target = self.path / name
        draft = target.with_suffix(".draft")
        with open(draft, "w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]) if rows else ["nothing"], lineterminator="\n")
            writer.writeheader()
            writer.writerows({key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()} for row in rows)
        os.replace(draft, target)
        self.written.append(name)

    def figure(self, name: str, figure: Any) -> Path:
        """Save a figure as PNG and SVG."""
        for kind in ("png", "svg"):
            figure.savefig(self.path / "figures" / f"{name}.{kind}", metadata={"Date": None} if kind == "svg" else {"Software": None})
            self.written.append(f"figures/{name}.{kind}")
        return self.path / "figures" / f"{name}.png"

    def finish(self, title: str, sentences: Sequence[str], rows: Sequence[Mapping[str, Any]], trust: str) -> None:
        """Write the page and close the manifest."""
        pictures = [name for name in self.written if name.endswith(".png")]
        parts = [f"<section class=\"asked {escape(self.verb)}\">", f"<h2>{escape(title)}</h2>"]
        parts += [f"<p>{escape(sentence)}</p>" for sentence in sentences]
        parts += [f"<img src=\"{escape(name)}\" alt=\"{escape(Path(name).stem)}\">" for name in pictures]
        parts += [_as_html(rows), f"<p class=\"trust\">{escape(trust)}</p>", f"<p><code>{escape(self.command)}</code></p>", "</section>\n"]
        (self.path / PAGE).write_text("\n".join(parts), encoding="utf-8")
        self.written.append(PAGE)
        self._save(finished=True)


def _as_html(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(key)}</th>" for key in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(_cell(value))}</td>" for value in row.values()) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _versions() -> dict[str, str]:
    found = {}
    for name in VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def request_record(verb: str, scenarios: Sequence[Scenario], weighting: Weighting, seed: int, **options: Any) -> dict[str, Any]:
    """A question as the manifest keeps it; two equal records give equal answers."""
    return {"format": FORMAT, "model": MODEL_VERSION, "verb": verb, "evidence": weighting.evidence, "weights": weighting.words, "seed": seed,
            "scenarios": {scenario.name: scenario.fingerprint for scenario in scenarios}, **options}


def needs_analysis(package: str) -> Refused:
    """What to say where a package of the extra is missing."""
    return Refused(f"this needs the package {package}; pip install 'steppe[analysis]'")

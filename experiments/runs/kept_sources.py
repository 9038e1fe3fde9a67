"""What a batch keeps of its scenarios: their files as written, and what these merged into.

The files and the events of all scenarios lie in two lists, each item once; a scenario names
its own by their positions.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steppe.experiments.storage.manifest import KEPT_POSTERIOR, Manifest
from steppe.model.core.atomic_files import replace_file
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.shipped_files import SHIPPED_MEASURED, SHIPPED_POSTERIOR
from steppe.model.core.text_files import read_text
from steppe.model.core.yaml_source import Source, parse_yaml
from steppe.model.evidence.claims import DOCUMENTS_ONLY
from steppe.model.evidence.series import MEASURED
from steppe.model.parameters.posterior import (
    GIVEN,
    POSTERIOR,
    PRIOR,
    SERIES_SEPARATOR,
    write_posterior,
)
from steppe.model.scenario.find_files import SHIPPED
from steppe.model.scenario.load_history import WITHOUT_RECORD, history_without_record

from .parameter_source import ParameterSource

if TYPE_CHECKING:
    from steppe.model.scenario.load import Scenario


WITHOUT_EFFECT = ("title", "narrative", "sources", "tags", "expects")  # on any number


def record_sources(scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """The `sources` of a new manifest."""
    files: dict[str, int] = {}
    events: dict[str, int] = {}

    def position(table: dict[str, int], item: Any) -> int:
        return table.setdefault(json.dumps(item), len(table))

    rows = {}
    for scenario in scenarios:
        merged = dict(scenario.source.data)
        if isinstance(merged.get("events"), dict):
            merged["events"] = [position(events, item) for item in merged["events"].items()]
        rows[scenario.name] = {
            "values": dict(scenario.values),
            "files": [position(files, _file_record(source)) for source in scenario.files],
            "merged": merged,
        }
    return {
        "scenarios": rows,
        "files": [json.loads(text) for text in files],
        "events": [json.loads(text) for text in events],
    }


def _file_record(source: Source) -> dict[str, str]:
    """A file as messages name it, its path (none for a shipped one) and its text."""
    path = "" if source.path is None else str(source.path.resolve())
    shipped = Path(path).parent == SHIPPED
    return {"name": source.file, "path": "" if shipped else path, "text": source.text}


def keep_posterior(source: ParameterSource, folder: Path) -> None:
    """Keep the posterior of a batch in its folder, as a copy of its file; delete another's."""
    if source.file is None and source.posterior is not None:
        write_posterior(folder / KEPT_POSTERIOR, source.posterior)
        return
    if source.file is None:
        (folder / KEPT_POSTERIOR).unlink(missing_ok=True)
        return
    with replace_file(folder / KEPT_POSTERIOR) as draft:
        shutil.copyfile(source.file, draft)


def given_posterior(manifest: Manifest) -> str | Path:
    """What a batch was asked to draw its parameters from: `posterior`, `prior` or a file."""
    given = manifest.about.get("given", {}).get("weights")
    weights = PRIOR if manifest.request["weights"] == PRIOR else POSTERIOR
    is_file = given not in (None, "", PRIOR, POSTERIOR)
    return folder_of_start(manifest) / given if is_file else weights


def given_evidence(manifest: Manifest, *, existing: bool = False) -> Path | None:
    """The choice of evidence that a batch was run with: a user's own folder, or DOCUMENTS_ONLY.

    None for the shipped evidence; with `existing`, also for a folder that is gone.
    """
    given = manifest.about.get("given", {}).get("evidence")
    if given == str(DOCUMENTS_ONLY):
        return DOCUMENTS_ONLY
    folder = folder_of_start(manifest) / given if given else None
    return None if existing and folder is not None and not folder.is_dir() else folder


def given_series(manifest: Manifest) -> tuple[Path, ...]:
    """The folders with the series that a batch was run with, or MEASURED for the shipped pack."""
    given = manifest.about.get("given", {}).get("series")
    start = folder_of_start(manifest)
    places = map(Path, given.split(SERIES_SEPARATOR)) if given else ()
    return tuple(place if place == MEASURED else start / place for place in places)


def folder_of_start(manifest: Manifest) -> Path:
    """The folder where a batch was started, since files were named from there."""
    folder = Path(manifest.about.get("folder", "."))
    return folder if folder.is_dir() else Path()


def kept_data(manifest: Manifest, name: str) -> tuple[Source, tuple[Source, ...]]:
    """The merged data of a scenario of a batch, and the files that they were merged from."""
    row, events = manifest.sources["scenarios"][name], manifest.sources["events"]
    files = [manifest.sources["files"][position] for position in row["files"]]
    merged = dict(row["merged"])
    if isinstance(merged.get("events"), list):
        merged["events"] = dict(events[position] for position in merged["events"])
    chain = tuple(parse_yaml(file["text"], file["name"]) for file in files)
    return Source(manifest.request["files"][name], merged), chain


def describe_changed_files(manifest: Manifest, folder: Path) -> list[str]:
    """A phrase for each file of a batch that is gone or no longer has the text that it had.

    folder : of the batch, which may hold a copy of the posterior.
    """
    files = list(manifest.sources.get("files", ()))
    posterior = given_posterior(manifest)
    with suppress(OSError, DiagnosticsError):  # no sound copy
        shipped = SHIPPED_MEASURED if given_series(manifest) else SHIPPED_POSTERIOR
        path = str(shipped if posterior == POSTERIOR else posterior)
        text = read_text(folder / KEPT_POSTERIOR)
        if f"# mode: {GIVEN}\n" not in text:  # which no file ever held
            files.append({"name": path, "path": path, "text": text})
    states = ((file["name"], _state(file)) for file in files)
    return [f"{name}: {state}; the batch keeps its text" for name, state in states if state]


def _state(file: dict[str, str]) -> str:
    try:
        return "" if _current_text(file) == file["text"] else "has changed since the batch was run"
    except FileNotFoundError:
        return "is gone"
    except (OSError, DiagnosticsError) as error:
        return f"cannot be read ({error})"


def _current_text(file: dict[str, str]) -> str:
    if file["name"] == WITHOUT_RECORD:
        return history_without_record().text
    if not file["path"] and not file["name"].startswith(f"{SHIPPED.name}/"):
        return file["text"]  # a scenario that Python gave as text
    return read_text(Path(file["path"]) if file["path"] else SHIPPED / Path(file["name"]).name)


def describe_edited_titles(manifest: Manifest) -> list[str]:
    """A phrase for each title that was edited after the batch was run, and how to take it."""
    rows = manifest.sources.get("scenarios", {}).values()
    phrases = []
    for position in sorted({row["files"][-1] for row in rows if row["files"]}):
        file = manifest.sources["files"][position]
        before = parse_yaml(file["text"], file["name"]).data
        try:
            text = _current_text(file)
            now = before if text == file["text"] else parse_yaml(text, file["name"]).data
        except (OSError, DiagnosticsError):
            continue
        if not isinstance(now, dict):
            continue
        old, new = (data.get("title", Path(file["name"]).stem) for data in (before, now))
        if old != new and _with_effect(before) == _with_effect(now):
            phrases.append(
                f"{file['name']}: its title is now '{new}', and the batch keeps '{old}'; "
                "to take the new one, run the batch's command again with --retitle"
            )
    return phrases


def _with_effect(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in WITHOUT_EFFECT}

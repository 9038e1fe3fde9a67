"""Puts a report together: numbers, evidence, sections and the chart library in one file."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from steppe.experiments.analysis.answer_page import Answer
from steppe.experiments.errors import RequestError
from steppe.experiments.figures.html_page import stylesheet
from steppe.experiments.results.differences import BASELINE
from steppe.experiments.storage.atomic_files import whole
from steppe.experiments.storage.manifest import Manifest, load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.calendar import decimal_year, format_quarter
from steppe.model.core.cast import AUTONOMY, default_cast
from steppe.model.core.suggestions import UnknownNameError

from .analyses_section import answers_section, contents, gather
from .cell_evidence import evidence_of_cells
from .packed_shares import SCALE, differences_at_the_end, trajectories, yearly
from .scorecard_section import SHIPPED, scorecard_section
from .text_sections import findings_section, lead, limits_section, reproduction_section
from .vega import chart_library

POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)  # styles in line, since the chart library sets some on its elements
MOST_BYTES = 5_000_000  # of a page that can still be sent by mail; figures of answers that would pass it are left out
TEXT_BYTES = 300_000  # of them, kept for what is text


def write_report(
    out: Path,
    path: Path | None = None,
    *,
    evidence_folder: Path | None = None,
    scorecard: Path = SHIPPED,
    answers: Sequence[Path] = (),
) -> Path:
    """Write the report of a batch, whole or not at all, and return its path.

    Parameters
    ----------
    evidence_folder : a folder with claims of a user's own. answers : folders with answers to show,
    beside those in the batch's own folder.

    Raises
    ------
    RequestError
        If the folder holds no batch or nothing of it has been run, a folder holds no
        answer, the chart library is missing, or the file cannot be written.
    """
    path = path or out / "report.html"
    manifest = load_manifest(out)
    dataset = yearly(open_batch(out, what_needs_members="a report"), manifest)
    if dataset.sizes["scenario"] == 0 or dataset.sizes["time"] == 0:
        raise RequestError(
            f"{out}: nothing to report: no block of any scenario is finished; run the same command again to go on"
        )
    shown = gather(out, answers)
    with ThreadPoolExecutor(
        1
    ) as beside:  # bundling takes seconds of another processor, if there is one
        library = beside.submit(chart_library)
        page = render(dataset, manifest, library.result, evidence_folder, scorecard, shown)
    with whole(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return path


def render(
    dataset,
    manifest: Manifest,
    library: Callable[[], str],
    evidence_folder: Path | None,
    scorecard: Path,
    answers: tuple[Sequence[Answer], Sequence[str]] = ((), ()),
) -> str:
    """The page as text."""
    pairs, statements = differences_at_the_end(dataset, manifest.request)
    data = in_script(page_data(dataset, manifest, pairs, evidence_folder))
    scripts = {"library": library(), "script": _part("page.js")}
    room = MOST_BYTES - TEXT_BYTES - len(data) - len(scripts["library"])
    return Template(_part("page.html")).substitute(
        policy=POLICY.format(scripts=" ".join(map(_hash, scripts.values()))),
        style=stylesheet(),
        data=data,
        **scripts,
        contents=contents(*answers),
        answers=answers_section(*answers, manifest.request, room),
        lead=lead(dataset, manifest),
        findings=findings_section(dataset, manifest.request, statements),
        scorecard=scorecard_section(scorecard),
        limits=limits_section(manifest.request),
        reproduction=reproduction_section(manifest),
        written=datetime.now(UTC).date().isoformat(),
    )


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """What the page's policy lets run: these scripts and no other."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def in_script(data: Any) -> str:
    """JSON that stays JSON inside a script element, whatever titles hold."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def page_data(
    dataset, manifest: Manifest, pairs: dict, evidence_folder: Path | None
) -> dict[str, Any]:
    """Everything that the page's script reads."""
    request = manifest.request
    names = {
        kind: list(map(str, dataset[kind].values)) for kind in ("republic", "channel", "holder")
    }
    evidence = evidence_of_cells(
        names["republic"], names["channel"], names["holder"], evidence_folder
    )
    evidence["changed"] = evidence["fingerprint"] != request["evidence"]
    scenarios = {
        name: {
            **numbers,
            "title": request["titles"].get(name, name),
            "asked": request["members"],
            "events": _events(request, name),
        }
        for name, numbers in trajectories(dataset, manifest).items()
    }
    return {
        "scale": SCALE,
        "baseline": BASELINE,
        "years": [int(str(time)[:4]) for time in dataset["time"].values],
        "republics": names["republic"],
        "channels": names["channel"],
        "holders": [
            {
                "name": name,
                "colour": request.get("colours", {}).get(name) or default_cast().colour(name),
                "code": _code(name),
            }
            for name in names["holder"]
        ],
        "scenarios": scenarios,
        "pairs": pairs,
        "evidence": evidence,
    }


def _code(holder: str) -> str:
    try:
        return (
            AUTONOMY
            if holder == AUTONOMY
            else default_cast().powers[default_cast().index("power", holder)].code
        )
    except UnknownNameError:
        return holder[:4]


def _events(request: dict, name: str) -> list[dict[str, Any]]:
    """Events that the scenario's own file wrote; the shared history has too many to mark in every chart."""
    rows = [row for row in request.get("events", {}).get(name, []) if row["own"]]
    rows.sort(key=lambda row: row["dates"][:1] or [10**6])
    return [
        {
            "what": row["what"],
            "when": _when(row["dates"]),
            "year": decimal_year(row["dates"][0]) if row["dates"] else None,
        }
        for row in rows
    ]


def _when(dates: list[int]) -> str:
    if not dates:
        return "when its condition holds"
    first, last = format_quarter(dates[0]), format_quarter(dates[-1])
    return first if first == last else f"{first} to {last}"

"""Build a report: data, sections and the chart library in one file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from steppe.experiments.analysis.page import AnalysisSummary
from steppe.experiments.figures.html_page import stylesheet
from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.experiments.storage.batch_cast import batch_cast
from steppe.experiments.storage.manifest import Manifest, load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError
from steppe.model.core.optional_packages import require_packages
from steppe.model.core.shipped_files import SHIPPED_SCORECARD

from .analyses_section import analyses_section, contents_entry, find_analyses
from .observables_section import observables_entry, observables_section
from .packed_shares import differences_at_the_end, year_ends
from .page_data import json_for_script, page_data
from .scorecard_section import scorecard_section
from .text_sections import (
    findings_section,
    introduction,
    limits_section,
    reproduction_section,
    subtitle,
)
from .vega import PACKAGE, chart_library

if TYPE_CHECKING:
    import xarray as xr

POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)  # inline styles, since the chart library sets some on its elements
MAX_BYTES = 5_000_000  # so that the page can be mailed; figures of analyses beyond are omitted
TEXT_BYTES = 300_000  # of these, reserved for text


def write_report(
    out: Path,
    path: Path | None = None,
    *,
    evidence_folder: Path | None = None,
    scorecard: Path = SHIPPED_SCORECARD,
    answers: Sequence[Path] = (),
) -> Path:
    """Write the report of a batch, whole or not at all, and return its path.

    Parameters
    ----------
    out : folder of the batch. path : by default `report.html` there.
    evidence_folder : a folder with a user's own claims. answers : folders of analyses to
    show beside those in the batch's own folder.

    Raises
    ------
    RequestError
        If the folder holds no batch or nothing of it has been run, a folder holds no
        analysis, the chart library is missing, or the file cannot be written.
    """
    require_packages("report", PACKAGE)
    path = path or out / "report.html"
    manifest = load_manifest(out)
    dataset = year_ends(open_batch(out, what_needs_members="a report"), manifest)
    if dataset.sizes["scenario"] == 0 or dataset.sizes["time"] == 0:
        raise RequestError(
            f"{out}: nothing to report: no block of any scenario is finished; "
            "run the same command again to resume"
        )
    analyses = find_analyses(out, answers)
    with ThreadPoolExecutor(1) as background:  # bundling takes seconds
        library = background.submit(chart_library)
        page = render(dataset, manifest, library.result, evidence_folder, scorecard, analyses)
    with replace_requested_file(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return path


def render(
    dataset: xr.Dataset,
    manifest: Manifest,
    library: Callable[[], str],
    evidence_folder: Path | None,
    scorecard: Path,
    analyses: tuple[Sequence[AnalysisSummary], Sequence[str]] = ((), ()),
) -> str:
    """The page as text.

    Parameters
    ----------
    dataset : from `year_ends`. library : gives the chart library. scorecard : file of the
    record. analyses : from `find_analyses`.
    """
    differences, ranking = differences_at_the_end(dataset, manifest.request)
    data = json_for_script(page_data(dataset, manifest, differences, evidence_folder))
    scripts = {"library": library(), "script": _read_part("page.js")}
    room = MAX_BYTES - TEXT_BYTES - len(data) - len(scripts["library"])
    return Template(_read_part("page.html")).substitute(
        policy=POLICY.format(scripts=" ".join(map(_policy_hash, scripts.values()))),
        style=stylesheet(),
        data=data,
        **scripts,
        observables_entry=observables_entry(dataset),
        observables=observables_section(dataset, manifest.request["titles"]),
        contents=contents_entry(*analyses),
        answers=analyses_section(*analyses, manifest.request, room),
        subtitle=subtitle(batch_cast(dataset)),
        introduction=introduction(dataset, manifest),
        findings=findings_section(dataset, manifest.request, ranking),
        scorecard=scorecard_section(scorecard),
        limits=limits_section(manifest.request, batch_cast(dataset)),
        reproduction=reproduction_section(manifest),
        written=datetime.now(UTC).date().isoformat(),
    )


def _read_part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy_hash(script: str) -> str:
    """The hash by which the page's policy allows this script to run, and no other."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"

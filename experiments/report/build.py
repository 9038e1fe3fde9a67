"""Build a report: data, sections and scripts in one file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from steppe.experiments.analysis.folder import ANALYSES
from steppe.experiments.analysis.page import AnalysisSummary
from steppe.experiments.figures.html_page import SHARED_SCRIPTS, policy_hash, script, stylesheet
from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.experiments.storage.batch_cast import batch_cast
from steppe.experiments.storage.manifest import Manifest, load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.experiments.storage.working_copy import shown_path
from steppe.model.core.errors import RequestError
from steppe.model.core.shipped_files import SHIPPED_SCORECARD

from .analyses_section import analyses_section, contents_entry, find_analyses
from .data_section import data_entry, data_section, data_to_show
from .families_section import families_entry, families_section
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

if TYPE_CHECKING:
    import xarray as xr

POLICY = (
    "default-src 'none'; script-src {script}; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)  # inline styles: the width of bars and the like
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
        analysis, or the file cannot be written.
    """
    path = path or out / "report.html"
    manifest = load_manifest(out)
    dataset = year_ends(open_batch(out, what_needs_members="a report"), manifest)
    if dataset.sizes["scenario"] == 0 or dataset.sizes["time"] == 0:
        raise RequestError(
            f"{out}: nothing to report: no block of any scenario is finished; "
            "run the same command again to resume"
        )
    analyses = find_analyses(out, answers)
    page = render(dataset, manifest, evidence_folder, scorecard, analyses, shown_path(out))
    with replace_requested_file(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return path


def render(
    dataset: xr.Dataset,
    manifest: Manifest,
    evidence_folder: Path | None,
    scorecard: Path,
    analyses: tuple[Sequence[AnalysisSummary], Sequence[str]] = ((), ()),
    out: object = "OUT",
) -> str:
    """The page as text.

    Parameters
    ----------
    dataset : from `year_ends`. scorecard : file of the record. analyses : from `find_analyses`.
    out : the batch, as messages show it.
    """
    differences, ranking = differences_at_the_end(dataset, manifest.request)
    counted = data_to_show(dataset, manifest.request, analyses[0])
    shown = page_data(dataset, manifest, differences, evidence_folder)
    data = json_for_script({**shown, "counted": counted or None})
    scripts = "\n".join([*map(script, SHARED_SCRIPTS), *map(_read_part, ("page.js", "counted.js"))])
    families = families_section(dataset)
    room = MAX_BYTES - TEXT_BYTES - len(data) - len(scripts) - len(families)
    return Template(_read_part("page.html")).substitute(
        policy=POLICY.format(script=policy_hash(scripts)),
        style=stylesheet(),
        data=data,
        script=scripts,
        observables_entry=observables_entry(dataset),
        observables=observables_section(dataset, manifest.request["titles"]),
        families_entry=families_entry(dataset),
        families=families,
        counted_entry=data_entry(counted),
        counted=data_section(counted, f"{out}/{ANALYSES}/backtest"),
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

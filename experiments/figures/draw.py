"""Draw the figures of a batch into its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import xarray as xr

from steppe.experiments.results.statistics import (
    FINDINGS,
    OBSERVED,
    STATISTICS,
    compared_name,
    compute_statistics,
    drop_absent,
)
from steppe.experiments.runs.workers import WorkerPool, default_jobs
from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.disk_cache import load_or_make
from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import describe_os_error

from .colours_file import with_colours
from .draw_request import Asked, DrawRequest, resolve_draw_request
from .groups import KIND as OVERLAY
from .groups import group_pages
from .headline import NOTE, TITLE
from .language import use_language
from .page_sizes import use_size
from .pages import Page, list_pages
from .registry import FIGURE_KINDS
from .reuse import DrawnFiles, page_hash, shown_alone

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = "figures"
# pages from which processes pay off: starting one takes as long as drawing about three pages
MIN_PAGES_FOR_PROCESSES = 14
MOST_KEPT = 200  # files of pages on disk, some 150 kB each
# no dates, so that equal batches give equal files
FILE_METADATA: dict[str, Any] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": None,
}
# files a tenth larger, written twice as fast
SAVE_OPTIONS: dict[str, Any] = {"png": {"pil_kwargs": {"compress_level": 4}}}


def draw_figures(
    out: Path, *, colours: Path | None = None, jobs: int | None = None, **asked: Unpack[Asked]
) -> list[Path]:
    """Draw figures of a batch into OUT/figures and return their paths.

    Without `figures`, draws only the quick ones: trajectories, region and difference.
    Filters take names, codes or aliases. An unfinished batch is drawn from what is there,
    and the captions say so. `colours` is a file for `read_colours`.

    Raises
    ------
    RequestError
        If the folder holds no batch, a name is unknown, or there is nothing to draw.
    """
    dataset = open_batch(out)
    if colours:
        dataset = with_colours(dataset, colours)
    request = resolve_draw_request(dataset, **asked)
    wanted = needed_statistics(request)
    statistics = compute_statistics(request.narrow(dataset), wanted)
    statistics = request.select_scenarios(request.select_holders(statistics))
    if "coverage" in request.figures:
        from .coverage import INPUTS, batch_inputs

        statistics.attrs[INPUTS] = batch_inputs(load_manifest(out))
    statistics.attrs |= {TITLE: request.title, NOTE: request.note}
    pages = list_pages(request, statistics)
    groups = list(group_pages(request, dataset)) if OVERLAY in request.figures else []
    folder = out / FIGURES
    try:
        folder.mkdir(exist_ok=True)
        written = _write_what_changed(pages, statistics, request, folder, jobs or default_jobs())
        for page, found in groups:
            found.attrs |= {TITLE: request.title, NOTE: request.note}
            written += _write_what_changed([page], found, request, folder, 1)
        return written
    except OSError as error:
        raise RequestError(f"{error.filename or folder}: {describe_os_error(error)}") from None


def needed_statistics(request: DrawRequest) -> list[str]:
    """Return the names of the statistics that the figures of a request show."""
    modules = [FIGURE_KINDS[name].module for name in request.figures if name != OVERLAY]
    return sorted({statistic for module in modules for statistic in module.STATISTICS})


def draw_page(page: Page, statistics: xr.Dataset) -> Figure:
    """Return the figure of one page, in the current theme."""
    kind, place = FIGURE_KINDS[page.kind], dict(page.part).get("place")
    shown = [kind.name] if kind.of_observable else [place] if place else []
    figure: Figure = kind.module.make_page(_needed_on(page, _shown_on(page, statistics)), *shown)
    return figure


def _shown_on(page: Page, statistics: xr.Dataset) -> xr.Dataset:
    """The part of the statistics that a page shows."""
    part = {axis: name for axis, name in page.part if axis != "place"}
    return shown_alone(drop_absent(statistics.sel(part) if part else statistics))


def _write_what_changed(
    pages: list[Page], statistics: xr.Dataset, request: DrawRequest, folder: Path, jobs: int
) -> list[Path]:
    """Write the pages whose files do not show the same already; return the paths of all."""
    drawn, hashes = DrawnFiles(folder), {}
    for page in pages:
        if page.kind != "coverage":  # which also shows what ships
            shown = _needed_on(page, _shown_on(page, statistics))
            hashes[page.name] = page_hash(
                shown, page.kind, page.part, request.style, request.size, request.language
            )
    files = {
        page.name: [folder / f"{page.name}.{form}" for form in request.formats] for page in pages
    }
    changed = [
        page
        for page in pages
        if not all(drawn.has(path, hashes.get(page.name, "")) for path in files[page.name])
    ]
    _write_in_processes(changed, statistics, request, folder, jobs, hashes)
    drawn.record(
        (path, hashes[page.name])
        for page in changed
        if page.name in hashes
        for path in files[page.name]
    )
    return [path for page in pages for path in files[page.name]]


def _needed_on(page: Page, dataset: xr.Dataset) -> xr.Dataset:
    """The statistics that a figure uses, so that those of other figures do not count."""
    wanted = set(FIGURE_KINDS[page.kind].module.STATISTICS)
    unused = set(STATISTICS) - wanted - {OBSERVED}
    if "change" in unused:
        unused |= {"lower", "higher"}
    if OBSERVED not in wanted:
        unused |= set(dataset.attrs[OBSERVED])
    unused |= {compared_name(name) for name in unused}
    needed = dataset.drop_vars(unused, errors="ignore")
    ends = dataset.attrs.get(FINDINGS, {}) if FINDINGS in wanted else {}
    if OBSERVED not in wanted:
        ends = {name: replace(end, observed=()) for name, end in ends.items()}
    return needed.assign_attrs({FINDINGS: ends})


def _write_in_processes(
    pages: list[Page],
    statistics: xr.Dataset,
    request: DrawRequest,
    folder: Path,
    jobs: int,
    hashes: Mapping[str, str],
) -> None:
    """Write pages, in processes where there are many."""
    jobs = min(jobs, len(pages) // (MIN_PAGES_FOR_PROCESSES // 2))
    if jobs < 2:
        _write_pages(pages, statistics, request, folder, hashes)
        return
    loaded = statistics.load()
    portions = [pages[start::jobs] for start in range(jobs)]
    with WorkerPool(jobs) as pool:
        write = partial(
            _write_pages, statistics=loaded, request=request, folder=folder, hashes=hashes
        )
        for _ in pool.map(write, portions):
            pass


def _write_pages(
    pages: list[Page],
    statistics: xr.Dataset,
    request: DrawRequest,
    folder: Path,
    hashes: Mapping[str, str],
) -> None:
    """Write pages, each file whole or not at all; one that was drawn elsewhere is copied."""
    from .style import register_colours  # importing matplotlib is slow

    register_colours(statistics.attrs["request"].get("colours", {}))
    for page in pages:
        figure = cache(partial(draw_page, page, statistics))
        for form in request.formats:
            draw = partial(_draw_file, figure, form, request)
            if shown := hashes.get(page.name):
                content = load_or_make("page", [shown.encode(), form.encode()], draw, MOST_KEPT)
            else:
                content = draw()
            with replace_requested_file(folder / f"{page.name}.{form}") as draft:
                draft.write_bytes(content)


def _draw_file(figure: Callable[[], Figure], form: str, request: DrawRequest) -> bytes:
    """The content of a file that shows a figure, which is made if it is not yet."""
    from .style import use_theme

    stream = BytesIO()
    with use_theme(request.style), use_size(request.size), use_language(request.language):
        page = figure()
        page.savefig(
            stream,
            format=form,
            dpi=page.dpi,
            metadata=FILE_METADATA[form],
            **SAVE_OPTIONS.get(form, {}),
        )
    return stream.getvalue()

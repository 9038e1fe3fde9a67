"""Draw the figures of a batch into its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from steppe.experiments.results.statistics import compute_statistics, drop_absent
from steppe.experiments.runs.executors import default_jobs
from steppe.experiments.runs.workers import WorkerPool
from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import describe_os_error

from .draw_request import DrawRequest, resolve_draw_request
from .pages import Page, list_pages
from .registry import FIGURE_KINDS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = "figures"
# pages from which processes pay off: starting one takes as long as drawing about three pages
MIN_PAGES_FOR_PROCESSES = 14
# no dates, so that equal batches give equal files
FILE_METADATA: dict[str, Any] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": None,
}
# files a tenth larger, written twice as fast
SAVE_OPTIONS: dict[str, Any] = {"png": {"pil_kwargs": {"compress_level": 4}}}


def draw_figures(
    out: Path,
    *,
    figures: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    republics: Sequence[str] = (),
    channels: Sequence[str] = (),
    powers: Sequence[str] = (),
    style: str = "light",
    formats: Sequence[str] = ("png",),
    jobs: int | None = None,
) -> list[Path]:
    """Draw figures of a batch into OUT/figures and return their paths.

    Without `figures`, draws only the quick ones: trajectories, region and difference.
    Filters take names, codes or aliases. An unfinished batch is drawn from what is there,
    and the captions say so.

    Raises
    ------
    RequestError
        If the folder holds no batch, a name is unknown, or there is nothing to draw.
    """
    dataset = open_batch(out)
    request = resolve_draw_request(
        dataset,
        figures=figures,
        scenarios=scenarios,
        republics=republics,
        channels=channels,
        powers=powers,
        style=style,
        formats=formats,
    )
    wanted = needed_statistics(request)
    statistics = request.select_holders(compute_statistics(request.narrow(dataset), wanted))
    if "coverage" in request.figures:
        from .coverage import INPUTS, batch_inputs

        statistics.attrs[INPUTS] = batch_inputs(load_manifest(out))
    pages = list_pages(request, statistics)
    folder = out / FIGURES
    try:
        folder.mkdir(exist_ok=True)
        return _write_in_processes(pages, statistics, request, folder, jobs or default_jobs())
    except OSError as error:
        raise RequestError(f"{error.filename or folder}: {describe_os_error(error)}") from None


def needed_statistics(request: DrawRequest) -> list[str]:
    """Return the names of the statistics that the figures of a request show."""
    modules = [FIGURE_KINDS[name].module for name in request.figures]
    return sorted({statistic for module in modules for statistic in module.STATISTICS})


def draw_page(page: Page, statistics: xr.Dataset) -> Figure:
    """Return the figure of one page, in the current theme."""
    part = dict(page.part)
    place = part.pop("place", None)
    dataset = drop_absent(statistics.sel(part) if part else statistics)
    kind = FIGURE_KINDS[page.kind]
    shown = [kind.name] if kind.of_observable else [place] if place else []
    figure: Figure = kind.module.make_page(dataset, *shown)
    return figure


def _write_in_processes(
    pages: list[Page], statistics: xr.Dataset, request: DrawRequest, folder: Path, jobs: int
) -> list[Path]:
    """Write pages, in processes where there are many, and return the paths in order."""
    jobs = min(jobs, len(pages) // (MIN_PAGES_FOR_PROCESSES // 2))
    if jobs < 2:
        return _write_pages(pages, statistics, request, folder)
    loaded = statistics.load()
    portions = [pages[start::jobs] for start in range(jobs)]
    with WorkerPool(jobs) as pool:
        written = pool.map(
            _write_pages, portions, [loaded] * jobs, [request] * jobs, [folder] * jobs
        )
        paths = {path for portion in written for path in portion}
    order = [folder / f"{page.name}.{form}" for page in pages for form in request.formats]
    return [path for path in order if path in paths]


def _write_pages(
    pages: list[Page], statistics: xr.Dataset, request: DrawRequest, folder: Path
) -> list[Path]:
    return [path for page in pages for path in _write_page(page, statistics, request, folder)]


def _write_page(
    page: Page, statistics: xr.Dataset, request: DrawRequest, folder: Path
) -> list[Path]:
    """Write one page in every format, each file atomically."""
    from .style import register_colours, use_theme  # importing matplotlib is slow

    paths = []
    register_colours(statistics.attrs["request"].get("colours", {}))
    with use_theme(request.style):
        figure = draw_page(page, statistics)
        for form in request.formats:
            path = folder / f"{page.name}.{form}"
            with replace_requested_file(path) as draft:
                figure.savefig(
                    draft, format=form, metadata=FILE_METADATA[form], **SAVE_OPTIONS.get(form, {})
                )
            paths.append(path)
    return paths

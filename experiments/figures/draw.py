"""The figures of a batch, drawn into its folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from steppe.experiments.errors import RequestError
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.runs.executors import default_jobs, worker_pool
from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.experiments.storage.open_batch import open_batch

from .draw_request import DrawRequest, file_name_part, resolve_draw_request
from .registry import FIGURE_KINDS, FigureKind

FIGURES = "figures"
MIN_PAGES_FOR_PROCESSES = (
    14  # pages; starting a process takes about as long as drawing three of them
)
FILE_METADATA = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": None,
}  # no dates: equal batches give equal files
SAVE_OPTIONS = {
    "png": {"pil_kwargs": {"compress_level": 4}}
}  # a tenth larger, and twice as soon written


@dataclass(frozen=True)
class Page:
    """One page to draw: which figure, of which part of the batch, and under which name."""

    kind: str
    name: str
    part: tuple[tuple[str, str], ...] = ()


def draw_figures(
    out: Path,
    *,
    figures: Sequence[str] | None = None,
    scenarios: Sequence[str] | None = None,
    republics: Sequence[str] | None = None,
    channels: Sequence[str] | None = None,
    powers: Sequence[str] | None = None,
    style: str = "light",
    formats: Sequence[str] = ("png",),
    jobs: int | None = None,
) -> list[Path]:
    """Draw figures of a batch into OUT/figures and return their paths.

    Without `figures` only the quick ones are drawn: trajectories, region and difference.
    Filters take names, codes or aliases. An unfinished batch is drawn from what is there,
    and the captions say so.

    Raises
    ------
    RequestError
        If the folder holds no batch, a word is unknown, or nothing is left to draw.
    """
    dataset = open_batch(out)
    chosen = resolve_draw_request(
        dataset,
        figures=figures,
        scenarios=scenarios,
        republics=republics,
        channels=channels,
        powers=powers,
        style=style,
        formats=formats,
    )
    statistics = chosen.shown(
        compute_statistics(chosen.narrowed(dataset), _needed_statistics(chosen))
    )
    pages = [
        page for name in chosen.figures for page in _pages(FIGURE_KINDS[name], statistics, chosen)
    ]
    _refuse_nothing(pages, chosen, statistics, asked=bool(figures))
    folder = out / FIGURES
    try:
        folder.mkdir(exist_ok=True)
        return _draw_pages(pages, statistics, chosen, folder, jobs or default_jobs())
    except OSError as error:
        raise RequestError(
            f"{error.filename or folder}: cannot be written ({error.strerror})"
        ) from None


def _needed_statistics(chosen: DrawRequest) -> list[str]:
    return sorted(
        {measure for name in chosen.figures for measure in FIGURE_KINDS[name].module.STATISTICS}
    )


def _pages(kind: FigureKind, statistics: xr.Dataset, chosen: DrawRequest) -> Iterator[Page]:
    """The pages of one kind; none where it has nothing to show."""
    if not _has_content(kind, statistics):
        return
    if not kind.per:
        yield Page(kind.name, kind.name + chosen.suffix(of_scenarios=kind.together))
        return
    for part in _parts(kind, statistics, chosen):
        words = "-".join(file_name_part(word) for _, word in part)
        one = any(
            dimension == "republic" or name in statistics["republic"].values
            for dimension, name in part
        )
        yield Page(
            kind.name,
            f"{kind.name}-{words}{chosen.suffix(of_one_republic=one, of_scenarios=kind.together)}",
            part,
        )


def _has_content(kind: FigureKind, statistics: xr.Dataset) -> bool:
    if kind.name == "coverage":
        return statistics.sizes["power"] > 0
    if kind.name == "difference":
        return (
            bool(kind.module.compared(statistics)) and statistics["change"].notnull().any().item()
        )
    ranked = kind.module.STATISTICS == ("rank",) or kind.name == "map"
    return statistics.sizes["scenario"] > 0 and (not ranked or statistics.sizes["power"] > 0)


def _parts(
    kind: FigureKind, statistics: xr.Dataset, chosen: DrawRequest
) -> Iterator[tuple[tuple[str, str], ...]]:
    """Scenarios, republics or places of the pages of one kind."""
    scenarios = [
        str(name)
        for name in statistics["scenario"].values
        if not chosen.parts.scenarios or name in chosen.parts.scenarios
    ]
    republics = [str(name) for name in statistics["republic"].values]
    if kind.per == ("scenario", "republic"):
        yield from (
            (("scenario", scenario), ("republic", republic))
            for scenario in scenarios
            for republic in republics
        )
    elif kind.per == ("place",):
        region = (
            ("region",) if len(republics) > 1 else ()
        )  # the mean of one republic is that republic
        yield from ((("place", place),) for place in (*region, *republics))
    else:
        yield from ((("scenario", scenario),) for scenario in scenarios)


def _refuse_nothing(
    pages: list[Page], chosen: DrawRequest, statistics: xr.Dataset, *, asked: bool
) -> None:
    """Refuse where nothing is to be drawn, or where a figure asked for by name has nothing to show."""
    empty = [name for name in chosen.figures if not any(page.kind == name for page in pages)]
    if pages and not (asked and len(chosen.figures) == 1 and empty):
        return
    if statistics.sizes["scenario"] == 0:
        which = (
            f"scenario {' or '.join(chosen.parts.scenarios)}"
            if chosen.parts.scenarios
            else "any scenario"
        )
        raise RequestError(
            f"nothing to draw: no block of {which} is finished; run the same command again to go on"
        )
    reasons = {
        "difference": "it needs the baseline and a scenario beside it, both run over the same members"
    }
    raise RequestError(
        f"nothing to draw: {empty[0]}: {reasons.get(empty[0], 'the filters leave no power in it; give a power with --power')}"
    )


def _draw_pages(
    pages: list[Page], statistics: xr.Dataset, chosen: DrawRequest, folder: Path, jobs: int
) -> list[Path]:
    jobs = min(jobs, len(pages) // (MIN_PAGES_FOR_PROCESSES // 2))
    if jobs < 2:
        return [path for page in pages for path in _write_page(page, statistics, chosen, folder)]
    loaded = statistics.load()
    shares = [pages[start::jobs] for start in range(jobs)]
    with worker_pool(jobs) as pool:
        done = pool.map(_write_pages, shares, [loaded] * jobs, [chosen] * jobs, [folder] * jobs)
        paths = {path for part in done for path in part}
    order = [folder / f"{page.name}.{form}" for page in pages for form in chosen.formats]
    return [path for path in order if path in paths]


def _write_pages(
    pages: list[Page], statistics: xr.Dataset, chosen: DrawRequest, folder: Path
) -> list[Path]:
    return [path for page in pages for path in _write_page(page, statistics, chosen, folder)]


def draw_page(page: Page, statistics: xr.Dataset):
    """The figure of one page, in the style at work."""
    kind = FIGURE_KINDS[page.kind]
    part = dict(page.part)
    place = part.pop("place", None)
    dataset = statistics.sel(part) if part else statistics
    return kind.module.make_page(dataset, place) if place else kind.module.make_page(dataset)


def _write_page(
    page: Page, statistics: xr.Dataset, chosen: DrawRequest, folder: Path
) -> list[Path]:
    """Write one page in every format, each file whole or not at all."""
    from .style import register_colours, use_theme  # not wanted by who only opens a batch

    paths = []
    register_colours(statistics.attrs["request"].get("colours", {}))
    with use_theme(chosen.style):
        figure = draw_page(page, statistics)
        for form in chosen.formats:
            path = folder / f"{page.name}.{form}"
            with replace_requested_file(path) as draft:
                figure.savefig(
                    draft, format=form, metadata=FILE_METADATA[form], **SAVE_OPTIONS.get(form, {})
                )
            paths.append(path)
    return paths

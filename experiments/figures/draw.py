"""The figures of a batch, drawn into its folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from steppe.experiments.errors import RequestError
from steppe.experiments.results.statistics import measured
from steppe.experiments.runs.executors import default_jobs, worker_pool
from steppe.experiments.storage.atomic_files import whole
from steppe.experiments.storage.open_batch import open_batch

from .draw_request import DrawRequest, draw_request, slug
from .registry import KINDS, Kind

FIGURES = "figures"
WORTH_PROCESSES = 14  # pages; starting a process takes about as long as drawing three of them
METADATA = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": None,
}  # no dates: equal batches give equal files
OPTIONS = {
    "png": {"pil_kwargs": {"compress_level": 4}}
}  # a tenth larger, and twice as soon written


@dataclass(frozen=True)
class Sheet:
    """One page to draw: which figure, of which part of the batch, and under which name."""

    kind: str
    name: str
    part: tuple[tuple[str, str], ...] = ()


def draw_folder(
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
    chosen = draw_request(
        dataset,
        figures=figures,
        scenarios=scenarios,
        republics=republics,
        channels=channels,
        powers=powers,
        style=style,
        formats=formats,
    )
    measures = chosen.shown(measured(chosen.narrowed(dataset), _wanted(chosen)))
    sheets = [sheet for name in chosen.figures for sheet in _sheets(KINDS[name], measures, chosen)]
    _refuse_nothing(sheets, chosen, measures, asked=bool(figures))
    folder = out / FIGURES
    try:
        folder.mkdir(exist_ok=True)
        return _drawn(sheets, measures, chosen, folder, jobs or default_jobs())
    except OSError as error:
        raise RequestError(
            f"{error.filename or folder}: cannot be written ({error.strerror})"
        ) from None


def _wanted(chosen: DrawRequest) -> list[str]:
    return sorted({measure for name in chosen.figures for measure in KINDS[name].module.MEASURES})


def _sheets(kind: Kind, measures: xr.Dataset, chosen: DrawRequest) -> Iterator[Sheet]:
    """The pages of one kind; none where it has nothing to show."""
    if not _shows(kind, measures):
        return
    if not kind.per:
        yield Sheet(kind.name, kind.name + chosen.suffix(of_scenarios=kind.together))
        return
    for part in _parts(kind, measures, chosen):
        words = "-".join(slug(word) for _, word in part)
        one = any(
            dimension == "republic" or name in measures["republic"].values
            for dimension, name in part
        )
        yield Sheet(
            kind.name,
            f"{kind.name}-{words}{chosen.suffix(of_one_republic=one, of_scenarios=kind.together)}",
            part,
        )


def _shows(kind: Kind, measures: xr.Dataset) -> bool:
    if kind.name == "coverage":
        return measures.sizes["power"] > 0
    if kind.name == "difference":
        return bool(kind.module.compared(measures)) and measures["change"].notnull().any().item()
    ranked = kind.module.MEASURES == ("rank",) or kind.name == "map"
    return measures.sizes["scenario"] > 0 and (not ranked or measures.sizes["power"] > 0)


def _parts(
    kind: Kind, measures: xr.Dataset, chosen: DrawRequest
) -> Iterator[tuple[tuple[str, str], ...]]:
    """Scenarios, republics or places of the pages of one kind."""
    scenarios = [
        str(name)
        for name in measures["scenario"].values
        if not chosen.parts.scenarios or name in chosen.parts.scenarios
    ]
    republics = [str(name) for name in measures["republic"].values]
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
    sheets: list[Sheet], chosen: DrawRequest, measures: xr.Dataset, *, asked: bool
) -> None:
    """Refuse where nothing is to be drawn, or where a figure asked for by name has nothing to show."""
    empty = [name for name in chosen.figures if not any(sheet.kind == name for sheet in sheets)]
    if sheets and not (asked and len(chosen.figures) == 1 and empty):
        return
    if measures.sizes["scenario"] == 0:
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


def _drawn(
    sheets: list[Sheet], measures: xr.Dataset, chosen: DrawRequest, folder: Path, jobs: int
) -> list[Path]:
    jobs = min(jobs, len(sheets) // (WORTH_PROCESSES // 2))
    if jobs < 2:
        return [path for sheet in sheets for path in _draw(sheet, measures, chosen, folder)]
    loaded = measures.load()
    shares = [sheets[start::jobs] for start in range(jobs)]
    with worker_pool(jobs) as pool:
        done = pool.map(_draw_all, shares, [loaded] * jobs, [chosen] * jobs, [folder] * jobs)
        paths = {path for part in done for path in part}
    order = [folder / f"{sheet.name}.{form}" for sheet in sheets for form in chosen.formats]
    return [path for path in order if path in paths]


def _draw_all(
    sheets: list[Sheet], measures: xr.Dataset, chosen: DrawRequest, folder: Path
) -> list[Path]:
    return [path for sheet in sheets for path in _draw(sheet, measures, chosen, folder)]


def page_of(sheet: Sheet, measures: xr.Dataset):
    """The figure of one page, in the style at work."""
    kind = KINDS[sheet.kind]
    part = dict(sheet.part)
    place = part.pop("place", None)
    dataset = measures.sel(part) if part else measures
    return kind.module.page(dataset, place) if place else kind.module.page(dataset)


def _draw(sheet: Sheet, measures: xr.Dataset, chosen: DrawRequest, folder: Path) -> list[Path]:
    """Write one page in every format, each file whole or not at all."""
    from .style import bring, styled  # not wanted by who only opens a batch

    paths = []
    bring(measures.attrs["request"].get("colours", {}))
    with styled(chosen.style):
        figure = page_of(sheet, measures)
        for form in chosen.formats:
            path = folder / f"{sheet.name}.{form}"
            with whole(path) as draft:
                figure.savefig(draft, format=form, metadata=METADATA[form], **OPTIONS.get(form, {}))
            paths.append(path)
    return paths

"""Which pages to draw: one or several of each figure, unless there is nothing to show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import xarray as xr

from steppe.experiments.results.statistics import OBSERVED, drop_absent
from steppe.model.core.errors import RequestError
from steppe.model.core.file_names import join_parts
from steppe.model.core.word_lists import join_words

from .draw_request import DrawRequest
from .registry import FIGURE_KINDS, FigureKind

Part = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Page:
    """One page to draw: the figure, the file name without ending, and the part of the batch.

    `part` is pairs of a dimension and a name; the dimension `place` is a republic or "region".
    """

    kind: str
    name: str
    part: Part = ()


def list_pages(request: DrawRequest, statistics: xr.Dataset) -> list[Page]:
    """Return the pages of a request, those of each figure together.

    Raises
    ------
    RequestError
        If there is nothing to draw, the one figure asked for has nothing to show, or two pages
        would have the same file.
    """
    pages = [
        page
        for name in request.figures
        for page in pages_of_kind(FIGURE_KINDS[name], request, statistics)
    ]
    if not pages and request.figures != ("overlay",):
        raise RequestError(f"nothing to draw: {_why_nothing(request, statistics)}")
    shared = [name for name, count in Counter(page.name for page in pages).items() if count > 1]
    if shared:
        raise RequestError(f"{shared[0]}: two pages would be one file; rename a scenario")
    return pages


def pages_of_kind(kind: FigureKind, request: DrawRequest, statistics: xr.Dataset) -> Iterator[Page]:
    """Yield the pages of one figure; none if it has nothing to show."""
    if kind.one_page_per == ("group",) or not _has_content(kind, statistics):
        return  # pages of groups have statistics of their own
    if not kind.one_page_per:
        suffix = request.file_suffix(all_scenarios=kind.all_scenarios)
        yield Page(kind.name, kind.name + suffix)
        return
    for part in _parts(kind, request, statistics):
        names = join_parts([name for _, name in part], request.file_parts, alike=len(part))
        suffix = request.file_suffix(
            one_republic=any(name in statistics["republic"].values for _, name in part),
            all_scenarios=kind.all_scenarios,
        )
        yield Page(kind.name, f"{kind.name}-{names}{suffix}", part)


def _has_content(kind: FigureKind, statistics: xr.Dataset) -> bool:
    if kind.name == "coverage":
        return statistics.sizes["power"] > 0
    if kind.name == "difference":
        compared = bool(kind.module.compared_scenarios(statistics))
        return compared and bool(statistics["change"].notnull().any())
    if kind.name == "response":
        return bool(kind.module.shown_responses(statistics))
    if kind.of_observable:
        row = statistics.attrs[OBSERVED].get(kind.name)
        if row is None or row.channel not in statistics["channel"].values:
            return False
    needs_powers = "rank" in kind.module.STATISTICS or kind.name == "map" or kind.of_observable
    return statistics.sizes["scenario"] > 0 and (not needs_powers or statistics.sizes["power"] > 0)


def _parts(kind: FigureKind, request: DrawRequest, statistics: xr.Dataset) -> Iterator[Part]:
    """Yield the scenarios, republics or places that a figure has one page each of."""
    scenarios = [
        str(name)
        for name in statistics["scenario"].values
        if (not request.parts.scenarios or name in request.parts.scenarios)
        and _has_actors(statistics.sel(scenario=name))
    ]
    republics = [str(name) for name in statistics["republic"].values]
    if kind.one_page_per == ("scenario", "republic"):
        for scenario in scenarios:
            there = drop_absent(statistics.sel(scenario=scenario))["republic"].values
            yield from ((("scenario", scenario), ("republic", name)) for name in map(str, there))
    elif kind.one_page_per == ("place",):
        region = ("region",) if len(republics) > 1 else ()  # the mean of one republic is itself
        yield from ((("place", place),) for place in (*region, *republics))
    else:
        yield from ((("scenario", scenario),) for scenario in scenarios)


def _has_actors(statistics: xr.Dataset) -> bool:
    """True unless the filters leave nothing but what the scenario lacks."""
    return all(drop_absent(statistics).sizes.values())


def _why_nothing(request: DrawRequest, statistics: xr.Dataset) -> str:
    if statistics.sizes["scenario"] == 0:
        names = request.parts.scenarios
        scenario = f"scenario {join_words(names, 'or')}" if names else "any scenario"
        return f"no block of {scenario} is finished; run the batch again to continue it"
    figure = request.figures[0]
    if figure == "difference":
        return f"{figure}: it needs the baseline and another scenario, both with the same members"
    if figure == "response":
        return f"{figure}: it needs a family, which a file with 'vary' gives"
    if FIGURE_KINDS[figure].of_observable and figure not in statistics.attrs[OBSERVED]:
        return f"{figure}: the batch stores no such observable; run it again with another --out"
    return f"{figure}: the filters leave no power in it; give a power with --power"

"""A figure of chosen names on axes that are given or made: what every function of `plot` does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steppe.experiments.results.given_results import take_results
from steppe.experiments.results.statistics import OBSERVED, compute_statistics, drop_absent
from steppe.model.core.errors import RequestError

from .axes_given import given_axes, new_axes
from .draw_request import DrawRequest, resolve_draw_request
from .files import several
from .groups import KIND as OVERLAY
from .groups import group_pages
from .registry import FIGURE_KINDS
from .style import register_colours, use_theme

if TYPE_CHECKING:
    import xarray as xr

    Results = str | Path | xr.Dataset
Names = str | Sequence[str]


def draw_chosen(
    kind: str,
    results: Results,
    ax: Any,
    scenario: Names | None,
    republic: Names,
    channel: Names,
    power: Names,
) -> Any:
    """Compute what a figure shows, and draw it on the axes given or on new ones."""
    dataset = take_results(results)
    request = resolve_draw_request(
        dataset,
        figures=[kind],
        scenarios=several(scenario or ()),
        republics=several(republic),
        channels=several(channel),
        powers=several(power),
    )
    if kind == OVERLAY:
        return _draw_group(request, dataset, ax)
    module = FIGURE_KINDS[kind].module
    statistics = compute_statistics(request.narrow(dataset), sorted(module.STATISTICS))
    statistics = request.select_scenarios(request.select_holders(statistics))
    if "scenario" in FIGURE_KINDS[kind].one_page_per:
        statistics = statistics.sel(scenario=_one_of(statistics, "scenario"))
    statistics = drop_absent(statistics)
    if "republic" in FIGURE_KINDS[kind].one_page_per:
        statistics = statistics.sel(republic=_one_of(statistics, "republic"))
    shape = _panels(kind, statistics)
    register_colours(dataset.attrs["request"].get("colours", {}))
    with use_theme() if ax is None else nullcontext():
        axes = new_axes(shape) if ax is None else given_axes(kind, ax, shape)
        _call(module, kind, statistics, axes)
    return ax if ax is not None else axes.item() if axes.size == 1 else axes


def _draw_group(request: DrawRequest, dataset: xr.Dataset, ax: Any) -> Any:
    """Draw the one group of scenarios that is chosen."""
    groups = [found for _, found in group_pages(request, dataset)]
    if len(groups) != 1:
        raise RequestError("the figure shows one group of scenarios; give two or more as scenario=")
    statistics = drop_absent(groups[0])
    shape = (2, statistics.sizes["channel"])
    register_colours(dataset.attrs["request"].get("colours", {}))
    with use_theme() if ax is None else nullcontext():
        axes = new_axes(shape) if ax is None else given_axes(OVERLAY, ax, shape)
        FIGURE_KINDS[OVERLAY].module.draw_overlay(statistics, axes)
    return axes if ax is None else ax


def _call(module: Any, kind: str, statistics: xr.Dataset, axes: Any) -> None:
    if FIGURE_KINDS[kind].of_observable:
        module.draw_observable(statistics, statistics.attrs[OBSERVED][kind], axes)
        return
    draw = getattr(module, f"draw_{kind}")
    if kind == "forest" and statistics.sizes["republic"] == 1:
        draw(statistics, axes, str(statistics["republic"].values[0]))
    else:
        draw(statistics, axes)


def _one_of(statistics: xr.Dataset, axis: str) -> str:
    """The one name along an axis; RequestError if there is a choice to make."""
    names = [str(name) for name in statistics[axis].values]
    if len(names) != 1:
        choice = ", ".join(names[:8]) or "none is finished"
        raise RequestError(f"the figure shows one {axis}; give {axis}= one of: {choice}")
    return names[0]


def _panels(kind: str, statistics: xr.Dataset) -> tuple[int, ...]:
    """The shape of the axes that a figure needs."""
    sizes = statistics.sizes
    if kind == "difference":
        compared = FIGURE_KINDS[kind].module.compared_scenarios(statistics)
        if not compared:
            raise RequestError("nothing to draw: it needs the baseline and another scenario")
        return len(compared), sizes["channel"]
    if kind == "response":
        levers = FIGURE_KINDS[kind].module.shown_responses(statistics)
        if not levers:
            raise RequestError("nothing to draw: it needs a family, which a file with 'vary' gives")
        return len(levers), sizes["channel"]
    if not sizes["holder"]:
        raise RequestError("nothing to draw: no power is left")
    if FIGURE_KINDS[kind].of_observable:
        if kind not in statistics.attrs[OBSERVED]:
            raise RequestError(f"nothing to draw: the results have no {kind}; run them again")
        return (2,)
    return {
        "republic": (sizes["channel"],),
        "region": (sizes["channel"],),
        "heatmap": (sizes["holder"],),
        "map": (sizes["holder"], sizes["channel"]),
        "forest": (sizes["channel"], sizes["holder"]),
    }.get(kind) or (sizes["republic"], sizes["channel"])

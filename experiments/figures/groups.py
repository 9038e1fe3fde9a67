"""Which scenarios `overlay` puts in one panel, and with which of them the others are compared."""

from __future__ import annotations

from collections.abc import Iterator

import xarray as xr

from steppe.experiments.results.differences import BASELINE
from steppe.experiments.results.paired_ends import compared_with, scenario_casts
from steppe.experiments.results.statistics import compute_statistics
from steppe.model.core.errors import RequestError
from steppe.model.core.file_names import join_parts

from .draw_request import DrawRequest
from .overlay import MOST_SCENARIOS, STATISTICS
from .pages import Page

KIND = "overlay"


def group_pages(request: DrawRequest, dataset: xr.Dataset) -> Iterator[tuple[Page, xr.Dataset]]:
    """Yield the pages of groups of scenarios, each with its statistics.

    Raises
    ------
    RequestError
        If overlays alone were asked for and there is none, or a group is too large.
    """
    groups = _groups(request, dataset)
    if not groups and request.figures == (KIND,):
        raise RequestError(
            "nothing to draw: overlay: choose two scenarios or more with --scenario, in a batch "
            "that keeps members"
        )
    for group in groups:
        narrow = request.select_years(dataset).sel({"scenario": list(group), **request.parts.cells})
        found = request.select_holders(compute_statistics(narrow, STATISTICS, group[-1]))
        if found.sizes["scenario"] == len(group) and found.sizes["holder"]:
            names = join_parts(group, request.file_parts)
            yield Page(KIND, f"{KIND}-{names}{request.file_suffix()}"), found


def _groups(request: DrawRequest, dataset: xr.Dataset) -> list[tuple[str, ...]]:
    """Return groups of scenarios, each with the one that others are compared with last.

    The scenarios chosen are one group; without a choice every scenario that extends another
    future of the batch is a group with it.
    """
    if "shares" not in dataset:
        return []
    about, casts = dataset.attrs["request"], scenario_casts(dataset)
    chosen = [name for name in request.parts.scenarios if name in casts]
    if len(chosen) > MOST_SCENARIOS:
        raise RequestError(
            f"overlay: {len(chosen)} scenarios in one panel cannot be told apart; choose at most "
            f"{MOST_SCENARIOS} with --scenario"
        )
    if len(chosen) > 1:
        chains = about.get("chains", {})
        extended = [name for name in chosen if all(name in chains.get(one, ()) for one in chosen)]
        last = (extended or [name for name in chosen if name == BASELINE] or chosen)[0]
        return [(*(name for name in chosen if name != last), last)]
    found: list[tuple[str, ...]] = []
    for name in chosen or casts:
        other = compared_with(name, about, casts)
        if other and (chosen or other != BASELINE):
            found.append((name, other))
    return found

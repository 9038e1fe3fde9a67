"""Responses: shares at the end of the run against a lever that a file varies, with bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steppe.experiments.results import families
from steppe.experiments.results.differences import BASELINE, SIGN_AGREEMENT, reference_of
from steppe.experiments.results.findings import MIN_MEMBERS, Finding, name_share
from steppe.model.core.array_types import Array
from steppe.model.core.number_text import format_general, format_percent

from .bands import band_legend, draw_shares, holder_legend, last_year, share_axis_top
from .captions import BAND_SENTENCE, UNIT_SENTENCE, name_lever, provenance_sentence, region_label
from .headline import MOST_BANDS, headline
from .language import mark, translate, translate_names
from .page_layout import PageLayout, iterate_panels, panel_width
from .style import SMALL_SIZE, TEXT_SIZE
from .text_layout import fit_lines

STATISTICS = families.STATISTICS
MOST_THRESHOLDS = 12  # below the panels
TICK_ROOM = 0.08  # of the axis
LEVER_LINES = 3  # of the name and meaning of a lever below a panel


def shown_responses(dataset: xr.Dataset) -> list[families.Response]:
    """Return the responses among the scenarios of a dataset."""
    names = [str(name) for name in dataset["scenario"].values]
    return families.find_responses(dataset.attrs["request"], names)


def draw_response(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw medians and bands of every holder against the lever, a row for each lever.

    Parameters
    ----------
    dataset : statistics of all scenarios, with `region`. axes : (levers, channels) of Axes.
    """
    responses = shown_responses(dataset)
    holders = [str(name) for name in dataset["holder"].values]
    ends = [families.at_the_end(dataset, "region", response) for response in responses]
    top = share_axis_top(np.concatenate(ends))
    for row, column, ax in iterate_panels(axes):
        response, values = responses[row], ends[row][:, :, column]
        banded = [holders[index] for index in np.argsort(-_moves(values))[:MOST_BANDS]]
        draw_shares(ax, np.array(response.values), values.swapaxes(0, 1), holders, banded)
        _set_up_axes(ax, response, top)
        lever = name_lever(dataset, response.lever, response.scenarios[-1])
        ax.set_xlabel(
            fit_lines(lever, 68 * panel_width(ax), SMALL_SIZE, lines=LEVER_LINES), size=SMALL_SIZE
        )
        if row == 0:
            ax.set_title(translate_names(dataset, "channel")[column], pad=6)
        if column == 0:
            name = response.title() if len(responses) > 1 else translate("share")
            ax.set_ylabel(fit_lines(name, 120, TEXT_SIZE, lines=4), labelpad=4)
    return axes


def _moves(values: Array) -> Array:
    """Return how far the median of each holder moves; values are (scenario, quantile, holder)."""
    medians = np.nan_to_num(values[:, families.MEDIAN])
    moves: Array = medians.max(axis=0) - medians.min(axis=0)
    return moves


def _set_up_axes(ax: Axes, response: families.Response, top: float) -> None:
    ax.set_xlim(response.values[0], response.values[-1])
    ax.set_ylim(0, top)
    ticks = _apart(response.values)
    ax.set_xticks(ticks, [format_general(value) for value in ticks])


def _apart(values: tuple[float, ...]) -> list[float]:
    """Return the first and the last value, and those between that leave room for labels."""
    room = (values[-1] - values[0]) * TICK_ROOM
    ticks = [values[0]]
    for at in values[1:-1]:
        if at - ticks[-1] >= room and values[-1] - at >= room:
            ticks.append(at)
    return [*ticks, values[-1]]


def _finding(dataset: xr.Dataset, thresholds: Sequence[families.Threshold]) -> Finding:
    """Return from where along a lever the share that changes most surely differs."""
    sure = [one for one in thresholds if one.what == "sure"]
    if not sure or int(dataset["members"].min()) < MIN_MEMBERS:
        return Finding(translate("Outcome against each lever that a file varies"))
    most = max(sure, key=lambda one: abs(_change_at_last(dataset, one)))
    name = most.response.called or most.response.family
    own = reference_of(dataset, most.response.scenarios[-1]) != BASELINE
    reference = "without its events" if own else f"in the {BASELINE}"
    year = last_year(dataset.sel(scenario=list(most.response.scenarios)), "region")
    republics = [str(one) for one in dataset["republic"].values]
    where = "mean of the republics" if len(republics) > 1 else republics[0]
    return Finding(state_threshold(name, most, reference, where, year), (most.holder,))


def state_threshold(
    name: str, one: families.Threshold, reference: str, where: str, year: str
) -> str:
    """Return from which value of a lever a share surely differs, as a title states it."""
    return (
        f"{name}: from {one.response.lever} {format_general(one.value)} on, "
        f"{name_share(one.holder, one.channel)} is {one.direction} at the end of {year} than "
        f"{reference}, in at least {format_percent(SIGN_AGREEMENT)} of members ({where})"
    )


def _change_at_last(dataset: xr.Dataset, threshold: families.Threshold) -> float:
    """Return the median difference at the largest value of the lever."""
    last = families.at_the_end(dataset, "change", threshold.response)[-1, families.MEDIAN]
    places = (("channel", threshold.channel), ("holder", threshold.holder))
    place = tuple(list(dataset[axis].values).index(name) for axis, name in places)
    return float(last[place])


def make_page(dataset: xr.Dataset, *, with_thresholds: bool = True) -> Figure:
    """Return the whole page; thresholds stand below the panels."""
    responses = shown_responses(dataset)
    dataset_of_families = dataset.sel(
        scenario=list(dict.fromkeys(name for row in responses for name in row.scenarios))
    )
    thresholds = families.find_thresholds(dataset_of_families)
    below = mark(
        "Below: the first of the values run from which a share surely differs from the reference "
        "(by 0.01 or more in the median, at least 90% of members agreeing on the sign), or another "
        "power leads. "
    )
    text = headline(
        dataset,
        _finding(dataset, thresholds),
        translate("Shares of influence capacity at the end of the run ({year}), {where}").format(
            year=last_year(dataset_of_families, "region"), where=region_label(dataset)
        ),
        f"{translate(BAND_SENTENCE)} "
        + translate("Bands are drawn for the two that move most in a panel. ")
        + (translate(below) if with_thresholds else "")
        + f"{translate(UNIT_SENTENCE)} {provenance_sentence(dataset_of_families)}",
    )
    key = families.threshold_sentences(thresholds, named=len(responses) > 1)[:MOST_THRESHOLDS]
    figure, axes = PageLayout(
        len(responses),
        dataset.sizes["channel"],
        *text,
        panel=(3.6, 2.0),
        left=1.0,
        gap=0.3,
        foot=0.55,
        key=key if with_thresholds else [],
        legends=(
            holder_legend(list(dataset["holder"].values)),
            band_legend(events=False, boundary=False),
        ),
    ).make()
    draw_response(dataset, axes)
    return figure

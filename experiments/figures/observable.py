"""An observable beside the influence that it follows, in one republic."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steppe.experiments.results.observed import StoredObservable
from steppe.experiments.results.statistics import FINDINGS, OBSERVED
from steppe.model.core.array_types import Array

from .bands import compared_medians, draw_panel, recorded_years, until_last_time
from .captions import BAND_SENTENCE, years_phrase
from .channel_row import lay_out_over_time
from .events import marks_height, number_marks, place_marks, scenario_events
from .headline import banded_holders
from .language import mark, translate
from .page_layout import find_edges, panel_width
from .style import holder_colour, text_colour

STATISTICS = ("share", OBSERVED, FINDINGS)
NOTE = mark(
    "Left: influence shares, which nobody measures; with autonomy they add up to 1. Right: {name}, "
    "which statistics count: {meaning}. It follows influence in this channel, each power weighted "
    "by a factor of its own in each republic, {constant}; powers add up to 1.{data}"
)
CONSTANT = mark("the same in every year")
CHANGING = mark("with a trend, and what the model does not explain")
DATA_NOTE = mark(
    " Points: what was counted, {first} to {last} ({source}), which this run has learnt from; "
    "later bands carry on what the model did not explain of it."
)


def draw_observable(dataset: xr.Dataset, observable: StoredObservable, axes: Array) -> Array:
    """Draw influence in the observable's channel, and the observable.

    Parameters
    ----------
    dataset : statistics of one scenario and one republic, with `share` and the observable.
    axes : (2,) of Axes.
    """
    dataset = until_last_time(dataset, observable.name)
    years = recorded_years(dataset)
    marks = place_marks(scenario_events(dataset), years, panel_width(axes[0]))
    sides = (
        (
            translate("influence, {channel}").format(channel=translate(observable.channel)),
            dataset.sel(channel=observable.channel),
            "holder",
        ),
        (translate(observable.name), dataset, "power"),
    )
    banded = banded_holders(dataset, observable.name)
    for ax, (title, part, names) in zip(axes, sides, strict=True):
        statistic = "share" if names == "holder" else observable.name
        ordered = part[statistic].transpose("quantile", "time", names).values
        before = compared_medians(part, statistic, banded).transpose("time", names).values
        holders = list(part[names].values)
        left, bottom = find_edges(ax, np.asarray(axes))
        draw_panel(
            ax,
            years,
            ordered,
            holders,
            marks,
            1.0,
            banded=banded,
            compared=before,
            left=left,
            bottom=bottom,
        )
        number_marks(ax, marks)
        if names == "power":
            draw_data(ax, dataset, observable.name, years, holders)
        ax.set_title(title, pad=4 + 72 * marks_height(marks))
    axes[0].set_ylabel(translate("share"))
    return axes


def draw_data(ax: Axes, dataset: xr.Dataset, name: str, years: Array, powers: list[str]) -> Axes:
    """Draw what was counted as points at the ends of years, if the run has learnt from it."""
    series = dataset.attrs["request"].get("series", {}).get(name)
    republic = str(dataset["republic"].values)
    if series is None or republic not in series["shares"][next(iter(series["shares"]))]:
        return ax
    ends = {int(year): at for year, at in zip(np.floor(years), years, strict=True)}
    places = [place for place, year in enumerate(series["years"]) if year in ends]
    for power in powers:
        if power in series["shares"]:
            counted = [series["shares"][power][republic][place] for place in places]
            ax.plot(
                [ends[series["years"][place]] for place in places],
                [np.nan if share is None else share for share in counted],
                "o",
                markersize=3,
                markerfacecolor=holder_colour(power),
                markeredgecolor=text_colour(),
                markeredgewidth=0.6,
                zorder=4,
            )
    return ax


def make_page(dataset: xr.Dataset, name: str) -> Figure:
    """Return the whole page of the observable of this name."""
    observable: StoredObservable = dataset.attrs[OBSERVED][name]
    years = recorded_years(until_last_time(dataset, name))
    series = dataset.attrs["request"].get("series", {}).get(name)
    data = ""
    if series:
        first, last = series["years"][0], series["years"][-1]
        data = translate(DATA_NOTE).format(first=first, last=last, source=series["source"])
    note = translate(NOTE).format(
        name=translate(name),
        meaning=translate(observable.meaning),
        constant=translate(CHANGING if series else CONSTANT),
        data=data,
    )
    layout = lay_out_over_time(
        dataset,
        name,
        (1, 2),
        translate("{name} beside influence, {republic}").format(
            name=translate(name), republic=translate(str(dataset["republic"].values))
        ),
        translate("Shares of influence capacity, and {unit}; {years}").format(
            unit=translate(observable.unit), years=years_phrase(years)
        ),
        (translate(BAND_SENTENCE), note),
        panel=(4.2, 3.0),
        left=0.55,
        observed=name,
        beside_it=("share",),
    )
    figure, axes = layout.make()
    draw_observable(dataset, observable, axes[0])
    return figure

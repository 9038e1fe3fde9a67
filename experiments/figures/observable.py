"""An observable beside the influence that it follows, in one republic."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from steppe.experiments.results.observed import StoredObservable
from steppe.experiments.results.statistics import OBSERVED
from steppe.model.core.array_types import Array

from .bands import (
    band_legend,
    draw_panel,
    holder_legend,
    recorded_years,
    until_last_time,
    year_span,
)
from .captions import BAND_SENTENCE, provenance_sentence, scenario_title
from .events import HISTORY_ENDS, marks_height, number_marks, place_marks, scenario_events
from .page_layout import PageLayout, panel_width

STATISTICS = ("share", OBSERVED)
NOTE = (
    "Left: influence shares, which nobody measures; with autonomy they add up to 1. Right: {name}, "
    "which statistics count: {meaning}. It follows influence in this channel, each power weighted "
    "by a factor of its own, the same in every republic and year; powers add up to 1."
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
    marks = place_marks(scenario_events(dataset), year_span(years), panel_width(axes[0]))
    influence = dataset["share"].sel(channel=observable.channel)
    sides = (
        (f"influence, {observable.channel}", influence, "holder"),
        (observable.name, dataset[observable.name], "power"),
    )
    for column, (ax, (title, values, names)) in enumerate(zip(axes, sides, strict=True)):
        ordered = values.transpose("quantile", "time", names).values
        holders = list(values[names].values)
        draw_panel(ax, years, ordered, holders, marks, 1.0, left=column == 0)
        number_marks(ax, marks)
        ax.set_title(title, pad=4 + 72 * marks_height(marks))
    axes[0].set_ylabel("share")
    return axes


def make_page(dataset: xr.Dataset, name: str) -> Figure:
    """Return the whole page of the observable of this name."""
    observable: StoredObservable = dataset.attrs[OBSERVED][name]
    events = scenario_events(dataset)
    years = recorded_years(until_last_time(dataset, name))
    note = NOTE.format(name=name, meaning=observable.meaning)
    layout = PageLayout(
        1,
        2,
        f"{scenario_title(dataset)}: {name} beside influence, {dataset['republic'].values}",
        f"Shares of influence capacity, and {observable.unit}; {int(years[0])} to {int(years[-1])}",
        f"{BAND_SENTENCE} {note} {provenance_sentence(dataset)}",
        panel=(4.6, 3.0),
        left=0.7,
        gap=0.3,
        key=[event.label() for event in events],
        legends=(
            holder_legend(list(dataset["holder"].values)),
            band_legend(events=bool(events), boundary=years[-1] > HISTORY_ENDS),
        ),
    )
    layout.top = 0.3 + marks_height(place_marks(events, year_span(years), layout.panel_width()))
    figure, axes = layout.make()
    draw_observable(dataset, observable, axes[0])
    return figure

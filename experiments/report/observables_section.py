"""What statistics count beside the influence that it follows, in one republic."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from steppe.experiments.figures.html_page import Html, table
from steppe.experiments.results.differences import BASELINE
from steppe.experiments.results.observed import StoredObservable, stored_observables
from steppe.experiments.results.summary import quantiles
from steppe.experiments.storage.batch_cast import batch_cast
from steppe.model.core.array_types import Array
from steppe.model.core.calendar import year_of
from steppe.model.core.number_text import format_fixed
from steppe.model.core.word_lists import join_words
from steppe.model.evidence.coding import HISTORY_QUARTERS

if TYPE_CHECKING:
    import xarray as xr

LEVELS = [0.05, 0.5, 0.95]


def observables_entry(dataset: xr.Dataset) -> str:
    """The section's line in the list of contents; empty if there is no section."""
    names = [escape(row.name) for row in stored_observables(dataset)]
    title = join_words(["Influence", *names])
    return f'<li><a href="#observables-title">{title}</a></li>' if names else ""


def observables_section(dataset: xr.Dataset, titles: dict[str, str]) -> str:
    """A table for each observable of the batch; empty if it stores none.

    Parameters
    ----------
    dataset : from `year_ends`. titles : of the scenarios.
    """
    observables = stored_observables(dataset)
    if not observables:
        return ""
    names = [str(name) for name in dataset["scenario"].values]
    scenario = BASELINE if BASELINE in names else names[0]
    chosen = _at_the_end_of_history(dataset.sel(scenario=[scenario]))
    tables = "".join(_table(chosen, row, titles.get(scenario, scenario)) for row in observables)
    title = f"Influence is not {join_words([escape(row.name) for row in observables], 'or')}"
    return (
        f'<section aria-labelledby="observables-title"><h2 id="observables-title">{title}</h2>'
        f"{tables}</section>"
    )


def _at_the_end_of_history(dataset: xr.Dataset) -> xr.Dataset:
    """One republic of one scenario in the last year of history, or the last before it."""
    years = dataset["time"].dt.year
    until = dataset.isel(time=(years <= year_of(HISTORY_QUARTERS - 1)).values)
    return until.isel(time=[-1], republic=[0])


def _table(chosen: xr.Dataset, observable: StoredObservable, title: str) -> str:
    cast = batch_cast(chosen)
    influence = quantiles(chosen.sel(channel=[observable.channel])).squeeze(drop=True)
    observed = quantiles(chosen, observable).squeeze(drop=True)
    year, republic = chosen["time"].dt.year.item(), chosen["republic"].item()
    there = [name for name in cast.power_names if observed.sel(power=name).notnull().all()]
    rows = [
        [
            name,
            _cell(influence.sel(holder=name, quantile=LEVELS).values, cast.colour(name)),
            _cell(observed.sel(power=name, quantile=LEVELS).values, cast.colour(name)),
        ]
        for name in there
    ]
    what, channel = escape(observable.name), escape(observable.channel)
    autonomy = influence.sel(holder="autonomy", quantile=0.5).item()
    return (
        f"<p>Influence shares in the {channel} channel cannot be measured and are held against no "
        f"data. Statistics count <strong>{what}</strong>: {escape(observable.meaning)}. The model "
        "reads it off influence, each power weighted by a factor of its own in each republic, so a "
        f"power may have much {what} and little influence.</p>"
        + table(
            f"{republic}, end of {year}, {title}: median, and the middle 90% of members",
            ["Power", f"Influence, {observable.channel}", observable.name.capitalize()],
            rows,
        )
        + f'<p class="note">Influence adds up to 1 with the republic’s autonomy, '
        f"{format_fixed(autonomy)}; {what} adds up to 1 over the powers. For other republics "
        f"and years: <code>steppe plot OUT --figure {what}</code>.</p>"
    )


def _cell(band: Array, colour: str) -> Html:
    """A bar with the 90% interval and the median, and the same in figures."""
    low, median, high = (float(value) for value in band)
    left, width, middle = (format_fixed(100 * part, 1) for part in (low, high - low, median))
    return Html(
        '<div class="interval" aria-hidden="true">'
        f'<span style="left:{left}%;width:{width}%;background:{colour}"></span>'
        f'<b style="left:{middle}%;background:{colour}"></b></div>'
        f'<span class="number">{format_fixed(median)}</span> '
        f"({format_fixed(low)} to {format_fixed(high)})"
    )

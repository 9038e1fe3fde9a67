"""How the order of the powers changes: at the start, the end of history and the end of the run."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array
from steppe.model.core.number_text import format_percent

from .bands import holder_legend, recorded_years, until_last_time
from .captions import provenance_sentence, shown_title, years_phrase
from .events import HISTORY_ENDS, list_events
from .headline import headline_of_leads
from .language import translate, translate_names
from .page_layout import PageLayout, find_edges, iterate_panels, name_row, panel_height
from .style import LEAST_SIZE, background, holder_colour, text_colour_on

STATISTICS = ("rank", FINDINGS)


def draw_ranks(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw powers in the order of their mean rank, with the share of members that agree.

    Parameters
    ----------
    dataset : statistics of one scenario, with `rank`.
    axes : (republics, channels) of Axes.
    """
    dataset = until_last_time(dataset, "rank")
    moments = _moments(recorded_years(dataset))
    names = [str(name)[:4] for name in dataset["quarter"].values[moments]]
    values = (
        dataset["rank"]
        .transpose("republic", "channel", "time", "power", "place")
        .values[:, :, moments]
    )
    powers, total = list(dataset["power"].values), dataset.sizes["place"]
    for row, column, ax in iterate_panels(axes):
        left, bottom = find_edges(ax, axes)
        _set_up_axes(ax, names, total, left=left, bottom=bottom)
        _draw_ranks(ax, values[row, column], powers)
        if row == 0:
            ax.set_title(translate_names(dataset, "channel")[column], pad=5)
        if column == 0:
            name_row(ax, translate_names(dataset, "republic")[row])
    return axes


def _moments(years: Array) -> list[int]:
    """Return the indices of the first time, the last of history and the last of the run."""
    history = int(np.searchsorted(years, HISTORY_ENDS)) - 1
    return sorted({0, max(history, 0), len(years) - 1})


def _set_up_axes(ax: Axes, names: list[str], total: int, *, left: bool, bottom: bool) -> None:
    ax.set_xlim(-0.3, len(names) - 0.7)
    ax.set_ylim(total + 0.6, 0.4)
    ax.grid(visible=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(length=0)
    ax.set_xticks(range(len(names)) if bottom else [], names if bottom else None)
    ax.set_yticks(
        range(1, total + 1) if left else [],
        [f"{place}." for place in range(1, total + 1)] if left else None,
    )


def _draw_ranks(ax: Axes, values: Array, powers: list[str]) -> None:
    """Draw lines between ranks; values are (moment, power, place)."""
    order, apart = rank_powers(values), panel_height(ax) * 72 / (values.shape[-1] + 0.2)
    for index, power in enumerate(powers):
        colour = holder_colour(power)
        ax.plot(
            range(len(values)),
            order[:, index],
            color=colour,
            linewidth=2.2,
            zorder=2,
            gid=f"rank:{power}",
        )
        for moment, place in enumerate(order[:, index]):
            share = values[moment, index, place - 1]
            ax.plot(
                moment,
                place,
                "o",
                color=colour,
                markersize=min(17.0, 0.9 * apart),
                zorder=3,
                markeredgecolor=background(),
            )
            ax.text(
                moment,
                place,
                format_percent(share).replace("%", ""),
                ha="center",
                va="center",
                size=min(6.5, max(0.45 * apart, LEAST_SIZE)),
                zorder=4,
                color=text_colour_on(colour),
                gid="probability",
            )


def rank_powers(values: Array) -> Array:
    """Return the rank of each power by its mean rank over members: (moment, power).

    `values` are probabilities (moment, power, place). If some powers are filtered out, ranks
    are still among all powers, and two powers may share one.
    """
    mean = (values * np.arange(1, values.shape[-1] + 1)).sum(axis=-1)
    if values.shape[-2] < values.shape[-1]:
        rounded: Array = np.rint(mean).astype(int)
        return rounded
    return np.argsort(np.argsort(mean, axis=-1, kind="stable"), axis=-1, kind="stable") + 1


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    years = recorded_years(until_last_time(dataset, "rank"))
    text = headline_of_leads(
        dataset,
        translate("{title}: rank changes. Order of the powers by share, {years}").format(
            title=shown_title(dataset), years=years_phrase(years)
        ),
        translate(
            "Powers stand in the order of their mean rank over members; the number is the part of "
            "the members, in per cent, in which a power has just that rank. "
        )
        + provenance_sentence(dataset),
    )
    figure, axes = PageLayout(
        dataset.sizes["republic"],
        dataset.sizes["channel"],
        *text,
        panel=(3.2, 1.3),
        gap=0.25,
        left=0.85,
        bottom=0.3,
        key=list_events(dataset, titled=True),
        legends=(holder_legend(list(dataset["power"].values)),),
    ).make()
    draw_ranks(dataset, axes)
    return figure

"""Rank changes: the order of the powers at the start, at the end of history and at the end of the run."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .bands import holder_legend, recorded_years, until_last_time
from .captions import provenance_sentence, scenario_title
from .events import HISTORY_ENDS
from .page_layout import PageLayout
from .style import TEXT_SIZE, background, holder_colour, text_colour_on
from .text_layout import fit_lines

STATISTICS = ("rank",)


def draw_ranks(dataset: xr.Dataset, axes: np.ndarray) -> np.ndarray:
    """Powers in the order of their mean rank, and in how many members each has just that rank.

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
    for row, column in np.ndindex(axes.shape):
        ax = axes[row, column]
        _frame(ax, names, total, left=column == 0, bottom=row == len(axes) - 1)
        _draw(ax, values[row, column], powers)
        if row == 0:
            ax.set_title(dataset["channel"].values[column], pad=5)
        if column == 0:
            ax.set_ylabel(fit_lines(dataset["republic"].values[row], 80, TEXT_SIZE), labelpad=4)
    return axes


def _moments(years: np.ndarray) -> list[int]:
    """First recorded time, last of history, last of the run; each once."""
    history = int(np.searchsorted(years, HISTORY_ENDS)) - 1
    return sorted({0, max(history, 0), len(years) - 1})


def _frame(ax: Axes, names: list[str], total: int, *, left: bool, bottom: bool) -> None:
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


def _draw(ax: Axes, values: np.ndarray, powers: list[str]) -> None:
    """Lines between places; values are (moment, power, place)."""
    order = places_of(values)
    for index, power in enumerate(powers):
        tint = holder_colour(power)
        ax.plot(
            range(len(values)),
            order[:, index],
            color=tint,
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
                color=tint,
                markersize=17,
                zorder=3,
                markeredgecolor=background(),
            )
            ax.text(
                moment,
                place,
                f"{share:.0%}".replace("%", ""),
                ha="center",
                va="center",
                size=6.5,
                zorder=4,
                color=text_colour_on(tint),
                gid="probability",
            )


def places_of(values: np.ndarray) -> np.ndarray:
    """(moment, power): place by mean rank among the powers shown, counted among all; no two share one."""
    mean = (values * np.arange(1, values.shape[-1] + 1)).sum(axis=-1)
    if (
        values.shape[-2] < values.shape[-1]
    ):  # some powers are filtered away: nearest whole place of those that are left
        return np.rint(mean).astype(int)
    return np.argsort(np.argsort(mean, axis=-1, kind="stable"), axis=-1, kind="stable") + 1


def make_page(dataset: xr.Dataset) -> Figure:
    """The whole page."""
    years = recorded_years(until_last_time(dataset, "rank"))
    figure, axes = PageLayout(
        dataset.sizes["republic"],
        dataset.sizes["channel"],
        f"{scenario_title(dataset)}: rank changes",
        f"Order of the powers by share, from {int(years[0])} to {int(years[-1])}",
        "Powers stand in the order of their mean rank over members; the number is the part of the members, in per cent, in which a power has "
        f"just that rank. {provenance_sentence(dataset)}",
        panel=(3.2, 1.3),
        gap=0.25,
        left=0.85,
        bottom=0.3,
        legends=(holder_legend(list(dataset["power"].values)),),
    ).make()
    draw_ranks(dataset, axes)
    return figure

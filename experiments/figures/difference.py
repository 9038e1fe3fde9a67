"""The difference from the baseline, member by member: one row per scenario, over time and at the end.

Every member has the same parameters and noise in all scenarios, so a difference is the
scenario's. It is taken in each member, of the mean over republics, and then summed up.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from steppe.experiments.results.differences import BASELINE

from .bands import (
    band_legend,
    draw_shares,
    holder_legend,
    recorded_years,
    set_up_axes,
    until_last_time,
    year_ticks,
)
from .captions import BAND_SENTENCE, provenance_sentence, region_label
from .events import HISTORY_ENDS
from .page_layout import PageLayout
from .style import TEXT_SIZE, background, holder_colour, muted_colour, text_colour
from .text_layout import fit_lines

STATISTICS = ("change",)
MARGIN = 0.24  # of a panel's width, for intervals at the end
LEAST = (
    0.005  # a scenario that moves nothing anywhere by so much gets a scale of this size at least
)
SAME_SIGN, NOTHING = 0.9, 0.001


def compared_scenarios(dataset: xr.Dataset) -> list[str]:
    """Scenarios to lay beside the baseline: all but itself and history, which has no future to compare."""
    names = [str(name) for name in dataset["scenario"].values]
    return (
        [name for name in names if name not in (BASELINE, "history")] if BASELINE in names else []
    )


def draw_difference(dataset: xr.Dataset, axes: np.ndarray) -> np.ndarray:
    """Paired differences of the mean over republics, with the interval at the end of the run beside each panel.

    Parameters
    ----------
    dataset : statistics of all scenarios, with `change`, `lower` and `higher`.
    axes : (scenarios compared, channels) of Axes.
    """
    names = compared_scenarios(dataset)
    shown = _from_first_difference(dataset.sel(scenario=names))
    years, holders = recorded_years(shown), list(shown["holder"].values)
    values = shown["change"].transpose("scenario", "channel", "quantile", "time", "holder").values
    agree = (
        np.fmax(shown["lower"], shown["higher"])
        .transpose("scenario", "channel", "time", "holder")
        .values
    )
    reach = max(float(np.nanmax(np.abs(values))) * 1.05, LEAST)
    for row, column in np.ndindex(axes.shape):
        ax = axes[row, column]
        _frame(ax, years, reach, left=column == 0, bottom=row == len(axes) - 1)
        last = int(np.flatnonzero(~np.isnan(values[row, column, 2, :, 0])).max(initial=-1)) + 1
        draw_shares(ax, years[:last], values[row, column, :, :last], holders)
        _draw_end(ax, values[row, column, :, last - 1], agree[row, column, last - 1], holders)
        _write_largest(ax, values[row, column, :, last - 1], agree[row, column, last - 1], holders)
        if row == 0:
            ax.set_title(shown["channel"].values[column], pad=6)
        if column == 0:
            ax.set_ylabel(
                fit_lines(_title(dataset, names[row]), 95, TEXT_SIZE, lines=5),
                rotation=0,
                ha="right",
                va="center",
                labelpad=6,
            )
    return axes


def _title(dataset: xr.Dataset, name: str) -> str:
    return dataset.attrs["request"]["titles"].get(name, name)


def _from_first_difference(dataset: xr.Dataset) -> xr.Dataset:
    """Times from the year before anything differs: earlier ones are zero by construction."""
    dataset = until_last_time(dataset, "change")
    moved = (
        (np.abs(dataset["change"]) > 1e-9)
        .any([name for name in dataset["change"].dims if name != "time"])
        .values
    )
    first = (
        int(np.argmax(moved))
        if moved.any()
        else int(np.searchsorted(recorded_years(dataset), 2020))
    )
    return dataset.isel(time=slice(max(min(first - 1, dataset.sizes["time"] - 2), 0), None))


def _frame(ax: Axes, years: np.ndarray, reach: float, *, left: bool, bottom: bool) -> None:
    step = _round_step(reach)
    up = np.arange(-int(reach / step), int(reach / step) + 1) * step
    set_up_axes(ax, years, up, (-reach, reach), left=left, bottom=bottom)
    first, last = ax.get_xlim()
    ax.set_xlim(first, last + (last - first) * MARGIN)
    if bottom:
        ax.set_xticks(
            [*year_ticks(years), last + (last - first) * MARGIN / 2],
            [*map(str, year_ticks(years)), "at the end"],
        )
    ax.axhline(0, color=text_colour(), linewidth=0.7, zorder=1.5)
    if first < HISTORY_ENDS < last:
        ax.axvline(HISTORY_ENDS, color=muted_colour(), linewidth=0.9, zorder=1.6, gid="boundary")
    if left:
        ax.set_yticks(
            up,
            [f"{value:+.{2 if step < 0.1 else 1}f}" if abs(value) > 1e-12 else "0" for value in up],
        )


def _round_step(reach: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that gives two or three lines on each side."""
    power = 10.0 ** np.floor(np.log10(reach))
    return float(
        next(
            (power * factor for factor in (0.1, 0.2, 0.5, 1) if reach / (power * factor) <= 3),
            power,
        )
    )


def _draw_end(ax: Axes, values: np.ndarray, agree: np.ndarray, holders: list[str]) -> None:
    """Intervals at the last time, side by side; a filled dot where nine in ten members agree on the sign."""
    start, stop = ax.get_xlim()
    room = (stop - start) * MARGIN / (1 + MARGIN)
    across = stop - room + room * np.arange(1, len(holders) + 1) / (len(holders) + 1)
    tints = [holder_colour(holder) for holder in holders]
    ax.vlines(across, values[0], values[4], color=tints, linewidth=1.0, gid="end 90")
    ax.vlines(across, values[1], values[3], color=tints, linewidth=3.0, gid="end 50")
    for place, holder in enumerate(holders):
        ax.plot(
            across[place],
            values[2, place],
            "o",
            color=tints[place],
            markersize=4.5,
            zorder=4,
            gid=f"end:{holder}",
            markerfacecolor=tints[place] if agree[place] >= SAME_SIGN else ax.get_facecolor(),
        )


def _write_largest(ax: Axes, values: np.ndarray, agree: np.ndarray, holders: list[str]) -> None:
    """The largest shift at the end in words; it stands where every difference is still small."""
    place = int(np.argmax(np.abs(values[2])))
    low, median, high = (_signed(values[row, place]) for row in (0, 2, 4))
    words = f"{holders[place]} {median} ({low} to {high}), {agree[place]:.0%} agree".replace(
        "%", " %"
    )
    if abs(values[2, place]) < NOTHING:
        words = "nothing moves by 0.001"
    ax.text(
        0.015,
        0.97,
        words,
        transform=ax.transAxes,
        size=6.5,
        va="top",
        gid="largest",
        bbox={"facecolor": background(), "edgecolor": "none", "pad": 0.5},
        zorder=1,
    )


def _signed(value: float) -> str:
    text = f"{value:+.2f}" if abs(value) >= 0.0095 else f"{value:+.3f}"
    return "0" if float(text) == 0 else text


def make_page(dataset: xr.Dataset) -> Figure:
    """The whole page."""
    names = compared_scenarios(dataset)
    rows = len(names)
    end = str(until_last_time(dataset.sel(scenario=names), "change")["quarter"].values[-1])
    legend = band_legend(events=False, boundary=False) + [
        (
            Line2D([], [], color=text_colour(), marker="o", markersize=4.5),
            "end of run: 90 % of members agree on the sign",
        ),
        (
            Line2D([], [], color=text_colour(), marker="o", markersize=4.5, markerfacecolor="none"),
            "fewer agree",
        ),
    ]
    figure, axes = PageLayout(
        rows,
        dataset.sizes["channel"],
        "Difference from the baseline, member by member",
        f"Each scenario minus the baseline, {region_label(dataset)}, over time and at the end of the run ({end[:4]})",
        "Each member has the same parameters and noise in every scenario; the difference is taken in each member "
        "before anything is summed up. "
        f"{BAND_SENTENCE} Beside them the same for the end of the run. "
        "In words: the largest shift at the end, its 90 % interval, and how many members agree on its sign. "
        f"{provenance_sentence(dataset.sel(scenario=[BASELINE, *names]))}",
        panel=(3.9, 1.5 if rows <= 6 else 1.0),
        left=2.0,
        gap=0.2,
        head=0.06,
        foot=0.06,
        legends=(holder_legend(list(dataset["holder"].values)), legend),
    ).make()
    draw_difference(dataset, axes)
    return figure

"""A map for every holder and channel: the median share in each republic at the end of the run.

Borders come from `borders.yaml`: outlines simplified by hand, under the licence of this project.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr
import yaml
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from steppe.model.core.array_types import Array
from steppe.model.core.cast import default_cast
from steppe.model.core.number_text import format_fixed
from steppe.model.core.word_lists import join_words

from .bands import until_last_time
from .captions import UNIT_SENTENCE, provenance_sentence, scenario_title
from .page_layout import PageLayout, iterate_panels
from .style import colour_map, muted_colour, text_colour_on
from .text_layout import truncate

STATISTICS = ("share",)
LATITUDE = 45.0  # degrees; where a degree of longitude has its true length


@cache
def borders() -> dict[str, tuple[Array, tuple[float, float]]]:
    """Return the outline (points, 2) and the position of the label of each republic, in degrees."""
    data = yaml.safe_load((Path(__file__).parent / "borders.yaml").read_text(encoding="utf-8"))
    arcs = {name: np.array(points, dtype=float) for name, points in data["arcs"].items()}
    return {
        name: (_ring(row["ring"], arcs), tuple(row["label"]))
        for name, row in data["republics"].items()
    }


def _ring(names: list[str], arcs: dict[str, Array]) -> Array:
    """Join arcs end to end to one closed outline; a leading minus reverses an arc."""
    parts = [arcs[name[1:]][::-1] if name.startswith("-") else arcs[name] for name in names]
    for part, following in zip(parts, [*parts[1:], parts[0]], strict=True):
        if not np.allclose(part[-1], following[0]):
            raise ValueError(f"borders.yaml: arcs {names} do not meet at {part[-1]}")
    return np.concatenate([part[:-1] for part in parts])


def draw_map(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw republics coloured by the median share of a holder in a channel, with the share.

    Parameters
    ----------
    dataset : statistics of one scenario, with `share`.
    axes : (holders, channels) of Axes.
    """
    final = until_last_time(dataset, "share").isel(time=-1)
    values = final["share"].sel(quantile=0.5).transpose("holder", "channel", "republic").values
    top = float(values.max())
    for row, column, ax in iterate_panels(axes):
        holder = str(final["holder"].values[row])
        _draw_one_map(
            ax, values[row, column], list(final["republic"].values), colour_map(holder), top
        )
        if row == 0:
            ax.set_title(str(final["channel"].values[column]), pad=5)
        if column == 0:
            ax.text(
                -0.03,
                0.5,
                truncate(holder, 110, 8),
                transform=ax.transAxes,
                rotation=90,
                ha="right",
                va="center",
                gid="holder",
            )
    return axes


def _draw_one_map(
    ax: Axes, values: Array, republics: list[str], colours: Colormap, top: float
) -> None:
    """Draw one map; republics that are filtered out stay blank."""
    cast = default_cast()  # all that have an outline
    for name, (outline, label) in borders().items():
        known = name in republics
        share = values[republics.index(name)] if known else 0.0
        fill = colours(share / top)
        ax.add_patch(
            Polygon(
                outline,
                facecolor=fill if known else "none",
                edgecolor=muted_colour(),
                linewidth=0.6,
                gid=f"republic:{name}",
            )
        )
        if known:
            code = cast.republics[cast.index("republic", name)].code
            ax.text(
                *label,
                f"{code}\n{format_fixed(share)}",
                ha="center",
                va="center",
                size=6,
                linespacing=1.05,
                color=text_colour_on(fill[:3]),
                gid="share",
            )
    points = np.concatenate([outline for outline, _ in borders().values()])
    ax.set_xlim(points[:, 0].min() - 0.5, points[:, 0].max() + 0.5)
    ax.set_ylim(points[:, 1].min() - 0.5, points[:, 1].max() + 0.5)
    ax.set_aspect(1 / np.cos(np.radians(LATITUDE)))
    ax.set_axis_off()


def _without_outline(dataset: xr.Dataset) -> str:
    """Return a sentence on the republics that are not on the map; empty if all are."""
    missing = [name for name in map(str, dataset["republic"].values) if name not in borders()]
    verb = "is" if len(missing) == 1 else "are"
    return f" Without an outline, {join_words(missing)} {verb} not on the map." if missing else ""


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    end = str(until_last_time(dataset, "share")["quarter"].values[-1])
    figure, axes = PageLayout(
        dataset.sizes["holder"],
        dataset.sizes["channel"],
        f"{scenario_title(dataset)}: the region at the end of {end[:4]}",
        "Median share of each holder in each republic, by channel",
        "The stronger the colour, the larger the share, on one scale for all maps. "
        f"Intervals are in the heat map. {UNIT_SENTENCE} {provenance_sentence(dataset)} "
        "Borders are simplified by hand and take no side in any dispute."
        + _without_outline(dataset),
        panel=(3.6, 2.42),
        left=0.5,
        gap=0.1,
        head=0.04,
        foot=0.04,
        bottom=0.12,
    ).make()
    draw_map(dataset, axes)
    return figure

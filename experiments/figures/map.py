"""A map of the region for every power and channel: the median share of each republic at the end of the run.

Borders come from `borders.yaml` beside this file: outlines simplified by hand, ours to give away.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr
import yaml
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from steppe.model.core.cast import default_cast

from .bands import until_last_time
from .captions import UNIT_SENTENCE, provenance_sentence, scenario_title
from .page_layout import PageLayout
from .style import colour_map, muted_colour, text_colour_on
from .text_layout import truncate

STATISTICS = ("share",)
LATITUDE = (
    45.0  # of true scale: a degree of longitude is as long here as this cosine of one of latitude
)


@cache
def borders() -> dict[str, tuple[np.ndarray, tuple[float, float]]]:
    """Outline (points, 2) and place of the label of each republic, in degrees."""
    data = yaml.safe_load((Path(__file__).parent / "borders.yaml").read_text(encoding="utf-8"))
    arcs = {name: np.array(points, dtype=float) for name, points in data["arcs"].items()}
    return {
        name: (_ring(row["ring"], arcs), tuple(row["label"]))
        for name, row in data["republics"].items()
    }


def _ring(names: list[str], arcs: dict[str, np.ndarray]) -> np.ndarray:
    """One closed outline from arcs laid end to end."""
    parts = [arcs[name[1:]][::-1] if name.startswith("-") else arcs[name] for name in names]
    for part, following in zip(parts, [*parts[1:], parts[0]], strict=True):
        if not np.allclose(part[-1], following[0]):
            raise ValueError(f"borders.yaml: arcs {names} do not meet at {part[-1]}")
    return np.concatenate([part[:-1] for part in parts])


def draw_map(dataset: xr.Dataset, axes: np.ndarray) -> np.ndarray:
    """Republics tinted by the median share of a power in a channel, and the share in figures.

    Parameters
    ----------
    dataset : statistics of one scenario, with `share`.
    axes : (holders, channels) of Axes.
    """
    final = until_last_time(dataset, "share").isel(time=-1)
    values = final["share"].sel(quantile=0.5).transpose("holder", "channel", "republic").values
    top = float(values.max())
    for row, column in np.ndindex(axes.shape):
        ax, holder = axes[row, column], str(final["holder"].values[row])
        _draw(ax, values[row, column], list(final["republic"].values), colour_map(holder), top)
        if row == 0:
            ax.set_title(final["channel"].values[column], pad=5)
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


def _draw(ax: Axes, values: np.ndarray, republics: list[str], tint, top: float) -> None:
    """One map; a republic that is filtered away is left blank."""
    cast = default_cast()
    for name, (outline, label) in borders().items():
        known = name in republics
        share = values[republics.index(name)] if known else 0.0
        fill = tint(share / top)
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
                f"{code}\n{share:.2f}",
                ha="center",
                va="center",
                size=6,
                linespacing=1.05,
                color=text_colour_on(fill[:3]),
                gid="share",
            )
    everything = np.concatenate([outline for outline, _ in borders().values()])
    ax.set_xlim(everything[:, 0].min() - 0.5, everything[:, 0].max() + 0.5)
    ax.set_ylim(everything[:, 1].min() - 0.5, everything[:, 1].max() + 0.5)
    ax.set_aspect(1 / np.cos(np.radians(LATITUDE)))
    ax.set_axis_off()


def make_page(dataset: xr.Dataset) -> Figure:
    """The whole page."""
    end = str(until_last_time(dataset, "share")["quarter"].values[-1])
    figure, axes = PageLayout(
        dataset.sizes["holder"],
        dataset.sizes["channel"],
        f"{scenario_title(dataset)}: the region at the end of {end[:4]}",
        "Median share of each holder in each republic, by channel",
        f"The stronger the colour, the larger the share, on one scale for all maps. Intervals are in the heat map. {UNIT_SENTENCE} {provenance_sentence(dataset)} "
        "Borders are simplified by hand and take no side in any dispute.",
        panel=(3.6, 2.42),
        left=0.5,
        gap=0.1,
        head=0.04,
        foot=0.04,
        bottom=0.12,
    ).make()
    draw_map(dataset, axes)
    return figure

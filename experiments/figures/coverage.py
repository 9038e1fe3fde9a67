"""What rests on evidence: needs, ties and interests in every cell, coded from claims or assumed."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from steppe.model.core.cast import AUTONOMY
from steppe.model.evidence.coded_inputs import Inputs, default_inputs
from steppe.model.evidence.fingerprint import shipped_evidence_fingerprint

from .page_layout import PageLayout
from .style import (
    SMALL_SIZE,
    background,
    colour_map,
    grid_colour,
    label_columns,
    muted_colour,
    text_colour,
    text_colour_on,
)
from .text_layout import fit_names, truncate

STATISTICS = ()
NAMES = 130  # points that names of republics take at most
KINDS = {"need": "needs of the republic", "tie": "ties", "interest": "interests"}


def inputs_dataset(inputs: Inputs) -> xr.Dataset:
    """Value, number of claims and status of each need, tie and interest; needs have the power "" since they have none."""
    cast = inputs.cast
    powers = ("", *cast.power_names)
    shape = (len(KINDS), len(powers), len(cast.republics), len(cast.channels))
    values, claims = np.full(shape, np.nan), np.zeros(shape, dtype=int)
    for kind_place, kind in enumerate(KINDS):
        for place in np.ndindex(shape[1:]):
            names = (powers[place[0]], cast.republic_names[place[1]], cast.channel_names[place[2]])
            coded = inputs.trail.get((kind, *(name for name in names if name)))
            if coded and (kind == "need") == (not names[0]):
                values[kind_place, *place] = coded[0].value
                claims[kind_place, *place] = (
                    len(coded[0].claims) if coded[0].status == "coded" else 0
                )
    dimensions = ("kind", "power", "republic", "channel")
    coordinates = {
        "kind": list(KINDS),
        "power": list(powers),
        "republic": list(cast.republic_names),
        "channel": list(cast.channel_names),
    }
    return xr.Dataset(
        {"value": (dimensions, values), "claims": (dimensions, claims)}, coords=coordinates
    )


def draw_coverage(dataset: xr.Dataset, axes: np.ndarray) -> np.ndarray:
    """Cells of one kind per row of panels and of one power per panel.

    Parameters
    ----------
    dataset : `value` and `claims` by kind, power, republic and channel, as `inputs_dataset` gives them.
    axes : (2, powers + 1) of Axes: ties beside the needs, interests below.
    """
    powers = [name for name in dataset["power"].values if name]
    _cells(
        axes[0, 0],
        dataset.sel(kind="need", power=""),
        "needs of the republics",
        named=True,
        bottom=True,
    )
    axes[1, 0].set_axis_off()
    for row, kind in enumerate(("tie", "interest")):
        for column, power in enumerate(powers, start=1):
            _cells(
                axes[row, column],
                dataset.sel(kind=kind, power=power),
                f"{KINDS[kind]}, {power}",
                named=row == 1 and column == 1,
                bottom=row == 1,
            )
    return axes


def _cells(ax: Axes, cells: xr.Dataset, title: str, *, named: bool, bottom: bool) -> None:
    """One panel: value as tint, number of claims in words, hatching where nothing speaks."""
    values, claims = (
        cells["value"].transpose("republic", "channel").values,
        cells["claims"].transpose("republic", "channel").values,
    )
    tint = colour_map(AUTONOMY)
    for row, column in np.ndindex(values.shape):
        known = claims[row, column] > 0
        fill = tint(0.12 + 0.88 * values[row, column]) if known else background()
        ax.add_patch(
            Rectangle(
                (column - 0.47, row - 0.46),
                0.94,
                0.92,
                facecolor=fill,
                edgecolor=muted_colour() if known else grid_colour(),
                linewidth=0.4,
                hatch="" if known else "////",
                gid="coded" if known else "assumption",
            )
        )
        text = text_colour_on(fill[:3]) if known else text_colour()
        ax.text(
            column,
            row,
            f"{values[row, column]:.2f}" + (f"\n{claims[row, column]}" if known else ""),
            ha="center",
            va="center",
            size=6.5,
            color=text,
            linespacing=1.05,
            style="normal" if known else "italic",
            gid="value",
            bbox=None if known else {"facecolor": background(), "edgecolor": "none", "pad": 0.6},
        )
    rows, columns = values.shape
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    label_columns(
        ax, [truncate(name, 44, SMALL_SIZE) for name in cells["channel"].values] if bottom else []
    )
    ax.set_title(truncate(title, 140, 8), pad=4, size=8)
    ax.set_yticks(
        range(rows) if named else [],
        fit_names(cells["republic"].values, NAMES, SMALL_SIZE)[0] if named else None,
    )


def make_page(dataset: xr.Dataset) -> Figure:
    """The whole page, for the republics, channels and powers of a dataset of statistics."""
    cells = inputs_dataset(default_inputs())
    known = {
        name: [word for word in dataset[name].values if word in cells[name].values]
        for name in ("republic", "channel", "power")
    }
    dataset = dataset.sel(known)  # what a scenario added to the cast rests on no claim
    cells = cells.sel(
        republic=known["republic"], channel=known["channel"], power=["", *known["power"]]
    )
    counted = cells["claims"].where(cells["value"].notnull())
    coded, total = int((counted > 0).sum()), int(counted.notnull().sum())
    then = dataset.attrs["request"]["evidence"]
    changed = (
        ""
        if then == shipped_evidence_fingerprint()
        else " The evidence has changed since the batch was run; this shows it as it is now."
    )
    figure, axes = PageLayout(
        2,
        1 + dataset.sizes["power"],
        "What rests on evidence",
        f"{coded} of {total} needs, ties and interests are coded from claims; the others are assumptions",
        "Upper number: the coded value, 0 to 1; lower number: claims that speak for the cell, whether about this republic or "
        "about the region. Hatched: no claim speaks, and the value is an assumption made from the other cells by the rules of "
        f"the codebook. The same in every member and scenario.{changed}",
        panel=(1.95, 0.36 * dataset.sizes["republic"]),
        left=fit_names(dataset["republic"].values, NAMES, SMALL_SIZE)[1] + 0.3,
        gap=0.2,
        head=0.14,
        foot=0.16,
        top=0.2,
        legends=(
            [
                (
                    Patch(
                        facecolor=colour_map(AUTONOMY)(0.6), edgecolor=muted_colour(), linewidth=0.4
                    ),
                    "coded from claims; the stronger the tint, the higher",
                ),
                (
                    Patch(
                        facecolor=background(), edgecolor=grid_colour(), hatch="////", linewidth=0.4
                    ),
                    "assumption",
                ),
            ],
        ),
    ).make()
    draw_coverage(cells, axes)
    return figure

"""Which needs, ties and interests are coded from claims, and which are assumptions."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from steppe.experiments.results.findings import Finding
from steppe.experiments.runs.rebuild_request import reload_added_inputs
from steppe.experiments.storage.manifest import Manifest
from steppe.model.core.array_types import Array
from steppe.model.core.cast import AUTONOMY
from steppe.model.core.number_text import format_fixed
from steppe.model.core.word_lists import channel_in_words
from steppe.model.evidence.coded_inputs import Inputs, default_inputs
from steppe.model.evidence.fingerprint import shipped_evidence_fingerprint

from .headline import headline
from .language import translate, translate_names
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
    title_panel,
)
from .text_layout import fit_names

STATISTICS: tuple[str, ...] = ()
INPUTS = "coded inputs"  # the attribute of the statistics that holds them
NAME_WIDTH = 130  # points of the longest name of a republic
KINDS = ("need", "tie", "interest")


def inputs_dataset(inputs: Inputs) -> xr.Dataset:
    """Return the last `value` and the number of `claims` (0 for an assumption) of coded inputs.

    The dimensions are kind, power, republic and channel; needs have the power "", and the value
    for the power that can meet most of them.
    """
    cast = inputs.cast
    powers = ("", *cast.power_names)
    shape = (len(KINDS), len(powers), len(cast.republics), len(cast.channels))
    values, claims = np.full(shape, np.nan), np.zeros(shape, dtype=int)
    for index in np.ndindex(shape):
        kind = KINDS[index[0]]
        power, republic = powers[index[1]], cast.republic_names[index[2]]
        if (kind == "need") != (not power):
            continue
        names = [power] if power else cast.power_names
        places = [(kind, name, republic, cast.channel_names[index[3]]) for name in names]
        found = [inputs.trail[place] for place in places if place in inputs.trail]
        if found:
            values[index] = max(coded[-1].value for coded in found)
            claims[index] = len(
                {
                    claim
                    for coded in found
                    for value in coded
                    if value.status == "coded"
                    for claim in value.claims
                }
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


def batch_inputs(manifest: Manifest) -> xr.Dataset:
    """Return `inputs_dataset` for the cast of a batch, with what its scenarios say of added actors.

    A scenario that can no longer be loaded adds nothing.
    """
    inputs = default_inputs()
    cells = inputs_dataset(inputs)
    for larger in reload_added_inputs(manifest, inputs):
        cells = cells.combine_first(inputs_dataset(larger))
    return cells


def shown_inputs(dataset: xr.Dataset, manifest: Manifest | None = None) -> xr.Dataset:
    """What `inputs_dataset` returns, of the republics, channels and powers of statistics.

    The first power is "", for needs. Without `manifest`, the inputs are those in the attributes
    of the statistics, or those that ship.
    """
    if manifest is not None:
        cells = batch_inputs(manifest)
    elif INPUTS in dataset.attrs:
        cells = dataset.attrs[INPUTS]
    else:
        cells = inputs_dataset(default_inputs())
    names = {
        axis: [word for word in dataset[axis].values if word in cells[axis].values]
        for axis in ("republic", "channel", "power")
    }
    return cells.sel(names | {"power": ["", *names["power"]]})


def draw_coverage(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw the cells of one kind in each row of panels and of one power in each panel.

    Parameters
    ----------
    dataset : what `inputs_dataset` returns.
    axes : (2, powers + 1) of Axes; ties to the right of needs, interests below.
    """
    powers = [name for name in dataset["power"].values if name]
    _draw_cells(
        axes[0, 0],
        dataset.sel(kind="need", power=""),
        translate("needs of the republics"),
        named=True,
        bottom=True,
    )
    axes[1, 0].set_axis_off()
    titles = translate("ties, {power}"), translate("interests, {power}")
    for row, kind in enumerate(("tie", "interest")):
        for column, power in enumerate(powers, start=1):
            _draw_cells(
                axes[row, column],
                dataset.sel(kind=kind, power=power),
                titles[row].format(power=translate(power)),
                named=row == 1 and column == 1,
                bottom=row == 1,
            )
    return axes


def _draw_cells(ax: Axes, cells: xr.Dataset, title: str, *, named: bool, bottom: bool) -> None:
    """Draw one panel: values as colours and numbers, assumptions hatched.

    `named` and `bottom` say whether republics and channels are labelled.
    """
    values = cells["value"].transpose("republic", "channel").values
    claims = cells["claims"].transpose("republic", "channel").values
    for row, column in np.argwhere(~np.isnan(values)):  # no scenario has both of the others
        _draw_cell(ax, (row, column), float(values[row, column]), int(claims[row, column]))
    rows, columns = values.shape
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    label_columns(ax, translate_names(cells, "channel") if bottom else [])
    title_panel(ax, title, 8, pad=4)
    ax.set_yticks(
        range(rows) if named else [],
        fit_names(translate_names(cells, "republic"), NAME_WIDTH, SMALL_SIZE)[0] if named else None,
    )


def _draw_cell(ax: Axes, position: tuple[int, int], value: float, claims: int) -> None:
    """Draw the cell at (row, column)."""
    row, column = position
    coded = claims > 0
    fill = colour_map(AUTONOMY)(0.12 + 0.88 * value)
    ax.add_patch(
        Rectangle(
            (column - 0.47, row - 0.46),
            0.94,
            0.92,
            facecolor=fill if coded else background(),
            edgecolor=muted_colour() if coded else grid_colour(),
            linewidth=0.4,
            hatch="" if coded else "////",
            gid="coded" if coded else "assumption",
        )
    )
    ax.text(
        column,
        row,
        format_fixed(value) + (f"\n{claims}" if coded else ""),
        ha="center",
        va="center",
        size=6.5,
        color=text_colour_on(fill[:3]) if coded else text_colour(),
        linespacing=1.05,
        style="normal" if coded else "italic",
        gid="value",
        bbox=None if coded else {"facecolor": background(), "edgecolor": "none", "pad": 0.6},
    )


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page, for the republics, channels and powers of a dataset of statistics."""
    cells = shown_inputs(dataset)
    dataset = dataset.sel(
        republic=cells["republic"].values,
        channel=cells["channel"].values,
        power=cells["power"].values[1:],
    )
    counted = cells["claims"].where(cells["value"].notnull())
    text = headline(
        dataset,
        state_coverage(counted),
        translate(
            "What rests on evidence: coded needs, ties and interests, and claims that speak for "
            "each"
        ),
        _caption(dataset),
    )
    figure, axes = PageLayout(
        2,
        1 + dataset.sizes["power"],
        *text,
        panel=(1.95, 0.36 * dataset.sizes["republic"]),
        left=fit_names(translate_names(dataset, "republic"), NAME_WIDTH, SMALL_SIZE)[1] + 0.3,
        gap=0.2,
        head=0.14,
        foot=0.16,
        top=0.2,
        legends=(_legend(),),
    ).make()
    draw_coverage(cells, axes)
    return figure


def state_coverage(counted: xr.DataArray) -> Finding:
    """Return how many values rest on claims, and in which channel most assumptions are."""
    coded, total = int((counted > 0).sum()), int(counted.notnull().sum())
    sentence = f"{coded} of {total} needs, ties and interests rest on claims"
    assumed = (counted == 0).sum([name for name in counted.dims if name != "channel"])
    most = int(np.argmax(assumed.values))
    if total > coded:
        channel = channel_in_words(str(counted["channel"].values[most]))
        part = f"{int(assumed[most])} of the {total - coded} assumptions are"
        every = int(assumed[most]) == total - coded
        sentence += f"; {'every assumption is' if every else part} in {channel}"
    return Finding(sentence)


def _caption(dataset: xr.Dataset) -> str:
    changed = (
        ""
        if dataset.attrs["request"]["evidence"] == shipped_evidence_fingerprint()
        else translate(
            " The evidence has changed since the batch was run; this shows it as it is now."
        )
    )
    added = (
        translate(", or is given by the scenario that adds the actor")
        if dataset.attrs["request"].get("spellings")
        else ""
    )
    text = translate(
        "Need: what a republic lacks and any power could supply. Tie: what binds a republic to a "
        "power. Interest: how much a power cares about influence there. Claim: a statement of a "
        "document. Upper number: the value in the model, 0 to 1; lower number: claims that speak "
        "for the cell, "
        "whether about this republic or about the region. Hatched: no claim speaks, and the value "
        "is an assumption made from the other cells by fixed rules{added}. "
        "The same in every member and in every scenario that has the actors."
    )
    return text.format(added=added) + changed


def _legend() -> list[tuple[Artist, str]]:
    fill = colour_map(AUTONOMY)(0.6)
    return [
        (
            Patch(facecolor=fill, edgecolor=muted_colour(), linewidth=0.4),
            translate("coded from claims; the stronger the tint, the higher"),
        ),
        (
            Patch(facecolor=background(), edgecolor=grid_colour(), hatch="////", linewidth=0.4),
            translate("assumption"),
        ),
    ]

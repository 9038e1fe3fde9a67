"""The region by power: the mean of the republics in each channel, taken in each member first."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array

from .captions import region_label
from .channel_row import draw_channel_row, make_channel_row_page
from .language import translate

STATISTICS = ("region", FINDINGS)


def draw_region(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw the median and bands of the mean over republics, one panel per channel.

    Parameters
    ----------
    dataset : statistics of one scenario, with `region`.
    axes : (channels,) of Axes.
    """
    return draw_channel_row(dataset, "region", axes)


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    return make_channel_row_page(
        dataset,
        "region",
        translate("the region by power"),
        region_label(dataset),
        translate(
            "The mean of the republics is taken in each member; the line and bands are over "
            "members."
        ),
    )

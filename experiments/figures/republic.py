"""One republic: its shares in every channel, large."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array

from .channel_row import draw_channel_row, make_channel_row_page
from .language import translate

STATISTICS = ("share", FINDINGS)


def draw_republic(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw the median and bands of every share of one republic, one panel per channel.

    Parameters
    ----------
    dataset : statistics of one scenario and one republic, with `share`.
    axes : (channels,) of Axes.
    """
    return draw_channel_row(dataset, "share", axes)


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    name = translate(str(dataset["republic"].values))
    return make_channel_row_page(dataset, "share", name, name, "")

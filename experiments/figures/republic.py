"""One republic: its shares in every channel, large."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from .channel_row import draw_channel_row, make_channel_row_page

STATISTICS = ("share",)


def draw_republic(dataset: xr.Dataset, axes: np.ndarray) -> np.ndarray:
    """Median and bands of every share of one republic, one panel per channel.

    Parameters
    ----------
    dataset : statistics of one scenario and one republic, with `share`.
    axes : (channels,) of Axes.
    """
    return draw_channel_row(dataset, "share", axes)


def make_page(dataset: xr.Dataset) -> Figure:
    """The whole page."""
    name = str(dataset["republic"].values)
    return make_channel_row_page(dataset, "share", name, name, "")

"""One republic: its shares in every channel, large."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from .channel_row import draw_row, page_of_row

MEASURES = ("share",)


def republic(dataset: xr.Dataset, axes: np.ndarray) -> np.ndarray:
    """Median and bands of every share of one republic, one panel per channel.

    Parameters
    ----------
    dataset : measures of one scenario and one republic, with `share`.
    axes : (channels,) of Axes.
    """
    return draw_row(dataset, "share", axes)


def page(dataset: xr.Dataset) -> Figure:
    """The whole page."""
    name = str(dataset["republic"].values)
    return page_of_row(dataset, "share", name, name, "")

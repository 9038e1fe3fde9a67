"""The region by power: the mean of the republics in each channel, taken in every member first."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from .captions import places
from .channel_row import draw_row, page_of_row

MEASURES = ("region",)


def region(dataset: xr.Dataset, axes: np.ndarray) -> np.ndarray:
    """Median and bands of the mean over republics, one panel per channel.

    Parameters
    ----------
    dataset : measures of one scenario, with `region`.
    axes : (channels,) of Axes.
    """
    return draw_row(dataset, "region", axes)


def page(dataset: xr.Dataset) -> Figure:
    """The whole page."""
    return page_of_row(
        dataset,
        "region",
        "the region by power",
        places(dataset),
        "The mean is taken in each member, then summed up over members.",
    )

"""Trajectories: every share of one scenario over time, republics by channels."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from steppe.experiments.results.statistics import FINDINGS
from steppe.model.core.array_types import Array

from .channel_row import draw_share_panels, lay_out_shares
from .language import translate, translate_names
from .page_layout import name_row

STATISTICS = ("share", FINDINGS)


def draw_trajectories(dataset: xr.Dataset, axes: Array) -> Array:
    """Draw the median and bands of every holder in every cell.

    Parameters
    ----------
    dataset : statistics of one scenario, with `share`.
    axes : (republics, channels) of Axes.
    """
    draw_share_panels(dataset, "share", axes)
    for ax, name in zip(axes[:, 0], translate_names(dataset, "republic"), strict=True):
        name_row(ax, name)
    return axes


def make_page(dataset: xr.Dataset) -> Figure:
    """Return the whole page."""
    texts = translate("trajectories"), translate("by republic and channel"), ""
    layout = lay_out_shares(dataset, "share", dataset.sizes["republic"], texts, 1.35)
    figure, axes = layout.make()
    draw_trajectories(dataset, axes)
    return figure

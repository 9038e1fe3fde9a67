"""Families of scenarios in the report: outcome against each lever varied, and thresholds."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING

from steppe.experiments.figures.html_page import bullet_list
from steppe.experiments.figures.png import shrink_png
from steppe.experiments.results.families import (
    STATISTICS,
    find_responses,
    find_thresholds,
    threshold_sentences,
)
from steppe.experiments.results.statistics import compute_statistics

if TYPE_CHECKING:
    import xarray as xr


def families_entry(dataset: xr.Dataset) -> str:
    """The section's line in the list of contents; empty if there is no section."""
    return '<li><a href="#levers-title">Levers varied</a></li>' if _has_families(dataset) else ""


def families_section(dataset: xr.Dataset) -> str:
    """The figure `response` of a batch and its thresholds; empty without a family.

    Parameters
    ----------
    dataset : from `year_ends`.
    """
    if not _has_families(dataset):
        return ""
    statistics = compute_statistics(dataset, STATISTICS)
    sentences = threshold_sentences(find_thresholds(statistics))
    return (
        '<section aria-labelledby="levers-title">\n<h2 id="levers-title">Levers varied</h2>\n'
        "<p>How the outcome depends on each lever that a file varies, and from which of the "
        "values run a share surely differs from the reference (by 0.01 or more in the median, at "
        "least 90% of members agreeing on the sign), or another power leads.</p>\n"
        f'<figure><img src="{_draw(statistics)}" '
        'alt="Shares at the end of the run against each lever, with bands"></figure>\n'
        + (bullet_list(sentences) if sentences else "<p>No such value was run.</p>")
        + "</section>"
    )


def _has_families(dataset: xr.Dataset) -> bool:
    names = [str(name) for name in dataset["scenario"].values]
    return bool(find_responses(dataset.attrs["request"], names))


def _draw(statistics: xr.Dataset) -> str:
    """The figure as a data URI."""
    from steppe.experiments.figures.response import make_page  # Matplotlib is slow to import
    from steppe.experiments.figures.style import register_colours, use_theme

    register_colours(statistics.attrs["request"].get("colours", {}))
    picture = BytesIO()
    with use_theme():
        make_page(statistics, with_thresholds=False).savefig(picture, format="png")
    return f"data:image/png;base64,{b64encode(shrink_png(picture)).decode()}"

"""A comparison as a picture: every holder in every cell, with median and 90% interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from steppe.experiments.results.comparison import Comparison
from steppe.experiments.results.differences import SIGN_AGREEMENT, Difference
from steppe.experiments.results.findings import state_finding
from steppe.experiments.results.selection import match_names
from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_change, format_percent

from .bands import LegendEntry, holder_legend
from .captions import UNIT_SENTENCE
from .colours_file import read_colours
from .language import ENGLISH, language_names, translate, translate_count, use_language
from .page_layout import PageLayout, find_edges
from .page_sizes import SIZE_NAMES, use_size
from .style import (
    SMALL_SIZE,
    grid_colour,
    holder_colour,
    register_colours,
    text_colour,
    use_theme,
)
from .text_layout import text_width
from .themes import THEME_NAMES

FORMATS = (".png", ".svg", ".pdf")
ROW_HEIGHT = 0.17  # inches


class Look(TypedDict, total=False):
    """How the picture of a comparison looks, as `write_figures` takes it."""

    style: str
    title: str
    note: str
    size: str
    colours: str | Path | None
    language: str


def write_comparison(comparison: Comparison, path: str | Path, **look: Unpack[Look]) -> Path:
    """Write the picture of a comparison, as `steppe compare --figure` does.

    Parameters
    ----------
    comparison : what `steppe.compare` returned.
    path : a file that ends in `.png`, `.svg` or `.pdf`.
    look : `style`, `title`, `note`, `size`, `colours` and `language`, as for `write_figures`.

    Returns
    -------
    The path.

    Raises
    ------
    RequestError
        If the name ends in another format, the file cannot be written, or a style, a size, a
        language or a file of colours is not known.

    Examples
    --------
    >>> import steppe
    >>> results = steppe.run(["baseline", "russian-retreat"], members=9)
    >>> found = steppe.compare(results, "russian-retreat")
    >>> steppe.plot.write_comparison(found, "difference.png").name
    'difference.png'
    """
    path = Path(path)
    (style,) = match_names("style", [look.get("style", THEME_NAMES[0])], THEME_NAMES)
    (size,) = match_names("size", [look.get("size", SIZE_NAMES[0])], SIZE_NAMES)
    (language,) = match_names("language", [look.get("language", ENGLISH)], language_names())
    file, colours = look.get("colours"), dict(comparison.colours)
    if file:
        colours |= read_colours(Path(file), comparison.cast)
    if path.suffix.lower() not in FORMATS:
        raise RequestError(
            f"{path}: unknown format '{path.suffix}'; end the file's name in {', '.join(FORMATS)}"
        )
    register_colours(colours)
    with use_theme(style), use_size(size), use_language(language):
        figure = make_page(comparison, look.get("title", ""), look.get("note", ""))
        with replace_requested_file(path) as draft:
            figure.savefig(draft, format=path.suffix.lower()[1:], dpi=figure.dpi)
    return path


def make_page(comparison: Comparison, title: str = "", remark: str = "") -> Figure:
    """Return the whole page: a panel per channel, in it every republic, and its holders.

    Parameters
    ----------
    title : in place of the finding, which then follows it. remark : comes before the caption.
    """
    items = comparison.cells or comparison.differences
    republics, channels, holders = (
        list(dict.fromkeys(getattr(item, name) for item in items))
        for name in ("republic", "channel", "holder")
    )
    unfinished = translate(" The batch is unfinished, and this is what is there.")
    titles = comparison.titles
    one, other = (titles.get(name, name) for name in (comparison.scenario, comparison.against))
    absent = sorted({name for names in comparison.absent.values() for name in names})
    finding = state_finding(items, one, other, absent).sentence
    figure, axes = PageLayout(
        1,
        len(channels),
        title or finding,
        (f"{finding}. " if title else "")
        + translate(
            "{one} minus {other}, end of {year}: difference of shares in each republic and "
            "channel, taken in each member"
        ).format(one=translate(one), other=translate(other), year=comparison.year),
        f"{remark} "
        + translate_count(
            "Dot: the value of one member (a simulated history).",
            "Dot: median over {number} members (simulated histories); line: the middle 90% "
            "of them.",
            comparison.members,
        ).format(number=f"{comparison.members:,}")
        + f" {translate(UNIT_SENTENCE)}{unfinished if comparison.note else ''}",
        panel=(2.5, ROW_HEIGHT * len(republics) * (len(holders) + 1)),
        left=max(text_width(translate(name), SMALL_SIZE) for name in republics) / 72 + 0.3,
        gap=0.2,
        top=0.3,
        legends=(holder_legend(holders), _dot_legend()),
    ).make()
    limit = 1.08 * max(max(abs(item.low), abs(item.high), 0.001) for item in items)
    for ax, channel in zip(axes[0], channels, strict=True):
        here = {(item.republic, item.holder): item for item in items if item.channel == channel}
        draw_differences(here, republics, holders, ax)
        ax.set_xlim(-limit, limit)
        ax.set_title(translate(channel), pad=5)
        if not find_edges(ax, axes)[0]:
            ax.tick_params(axis="y", labelleft=False)
    return figure


def _dot_legend() -> list[LegendEntry]:
    """Return the entries of filled and open dots."""
    marker: dict[str, Any] = {"color": text_colour(), "marker": "o", "markersize": 4.5}
    agreeing = format_percent(SIGN_AGREEMENT)
    return [
        (
            Line2D([], [], **marker),
            translate("at least {agreeing} of members agree on the sign").format(agreeing=agreeing),
        ),
        (Line2D([], [], markerfacecolor="none", **marker), translate("fewer agree")),
    ]


def draw_differences(
    items: Mapping[tuple[str, str], Difference],
    republics: Sequence[str],
    holders: Sequence[str],
    ax: Axes,
) -> Axes:
    """Draw a group of rows per republic, one row for each holder that has a difference there."""
    size = len(holders) + 1
    for (republic, holder), item in items.items():
        row = republics.index(republic) * size + holders.index(holder)
        colour = holder_colour(holder)
        ax.plot([item.low, item.high], [row, row], color=colour, linewidth=1.6, gid="90")
        sure = item.same_sign >= SIGN_AGREEMENT
        ax.plot(
            item.median,
            row,
            "o",
            color=colour,
            markersize=4.5,
            markerfacecolor=colour if sure else ax.get_facecolor(),
            gid=f"median:{holder}",
        )
    groups = np.arange(len(republics)) * size
    for edge in groups[1:]:
        ax.axhline(edge - 1, color=grid_colour(), linewidth=0.6, zorder=0.5)
    ax.axvline(0, color=text_colour(), linewidth=0.7, zorder=1)
    ax.set_yticks(groups + (len(holders) - 1) / 2, list(map(translate, republics)))
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(republics) * size - 1, -1)
    ax.locator_params(axis="x", nbins=7)
    ax.xaxis.set_major_formatter(lambda value, _: format_change(value))
    ax.grid(axis="y", visible=False)
    return ax

"""The layout of a page: title, legend, panels, key and caption, placed in inches from the top."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from steppe.model.core.array_types import Array

from .page_sizes import SLIDE_PIXELS, current_size
from .style import SMALL_SIZE, TEXT_SIZE, muted_colour, size_that_fits
from .text_layout import fit_lines, text_width, truncate_middle, wrap

MARGIN = 0.15
MIN_WIDTH = 8.0
KEY_SIZE = 6.5
BOLD_FACTOR = 1.17  # bold letters are so much wider
# heights of lines
SUBTITLE, LEGEND_LINE, TEXT_LINE, KEY_LINE = 0.22, 0.22, 0.155, 0.13
TITLE_LINE = 0.0188  # for each point of the title's letters
NARROW, SHRINK = 0.7, 0.65  # of natural widths and heights, the least that panels have
MOST_PER_LINE = 3  # panels beside each other across the columns of a journal
MOST_LEFT = 1.0  # beside panels that may stand below each other
MOST_KEY_LINES = 3  # of an entry; a longer one is cut
HANDLE_WIDTH = 34.0  # points of a legend handle and the gaps around it


@dataclass(frozen=True)
class _Texts:
    """The texts of a page, broken into lines; a line of a legend has several.

    The key has columns of entries, which have lines.
    """

    title: list[str]
    subtitle: list[str]
    legends: list[list[tuple[Artist, str]]]
    key: list[list[list[str]]]
    caption: list[str]

    def key_depth(self) -> int:
        """The lines of the longest column of the key."""
        return max((sum(map(len, column)) for column in self.key), default=0)


@dataclass
class PageLayout:
    """The contents of a page, with sizes in inches.

    `head` is the space above each row of panels, `foot` that below each for tick labels, `top`
    extra space above the first row; `widths` are relative widths of columns, `heights` the heights
    of rows. `remark` says what the panels leave out, above the caption.
    """

    rows: int
    columns: int
    title: str
    subtitle: str
    caption: str
    panel: tuple[float, float] = (3.6, 1.25)
    left: float = 0.95
    right: float = 0.2
    gap: float = 0.35
    head: float = 0.08
    foot: float = 0.08
    top: float = 0.25
    bottom: float = 0.3
    widths: Sequence[float] | None = None
    heights: Sequence[float] | None = None
    remark: str = ""
    legends: Sequence[Sequence[tuple[Artist, str]]] = ()
    key: Sequence[str] = ()
    _wide: bool = False

    def make(self) -> tuple[Figure, Array]:
        """Return the figure and its panels, an array (rows, columns) of Axes."""
        width, texts, stretch = self._fit()
        above, below = self._above(texts), self._below(texts)
        heights = [stretch * tall for tall in self._row_heights()]
        height = above + sum(heights) + self._between() + below
        figure = Figure(figsize=(width, height), dpi=current_size().dpi or SLIDE_PIXELS / width)
        FigureCanvasAgg(figure)
        self._write_head(figure, width, height, texts)
        self._write_foot(figure, width, height, texts)
        return figure, self._panels(figure, heights, above)

    def _fit(self) -> tuple[float, _Texts, float]:
        """Return the width of the page, its texts, and by how much heights of rows are stretched.

        A slide becomes wider, with smaller letters, until its panels have room; a page that is
        too tall for a journal goes across all its columns, with lower panels.
        """
        size, width = current_size(), self._width()
        texts = self._texts(width)
        if not size.aspect and not size.tallest:
            return width, texts, 1.0
        while (room := self._room(size.tallest or width * size.aspect, texts)) < SHRINK * (
            natural := sum(self._row_heights())
        ):
            if size.tallest and (self._wide or not self._foldable()):
                break
            self._wide = bool(size.tallest)
            width = self._width() if size.tallest else width + 0.25
            texts = self._texts(width)
        return width, texts, min(room / natural, 1.0 if size.tallest else np.inf)

    def _texts(self, width: float) -> _Texts:
        """Break the texts of the page into lines of this width."""
        room = (width - 2 * MARGIN) * 72
        return _Texts(
            _title_lines(self.title, room),
            fit_lines(self.subtitle, room, TEXT_SIZE, current_size().subtitle_lines).split("\n"),
            [line for legend in self.legends for line in _legend_lines(legend, width)],
            _lay_out_key(self.key, width),
            [line for text in (self.remark, self.caption) for line in wrap(text, room, SMALL_SIZE)],
        )

    def _above(self, texts: _Texts) -> float:
        head = _title_line() * len(texts.title) + TEXT_LINE * (len(texts.subtitle) - 1) + SUBTITLE
        return MARGIN + head + LEGEND_LINE * len(texts.legends) + self.top

    def _below(self, texts: _Texts) -> float:
        key = KEY_LINE * texts.key_depth() + 0.08 * bool(texts.key)
        return self.bottom + key + TEXT_LINE * len(texts.caption) + MARGIN

    def _room(self, height: float, texts: _Texts) -> float:
        """The height left for panels on a page of this height."""
        return height - self._above(texts) - self._below(texts) - self._between()

    def _between(self) -> float:
        """The height of all that is between rows of panels."""
        rows = len(self._row_heights())
        return rows * (self.head + self.foot) + (rows - 1) * self._apart()

    def _apart(self) -> float:
        """The height for names and ticks between panels that stand below each other."""
        return max(self.top, 0.5) + 0.1 if self._per_line() < self.columns else 0.0

    def _width(self) -> float:
        size, (across, _) = current_size(), self.panel
        if size.widths:
            return size.widths[0 if self._foldable() and not self._wide else -1]
        if size.aspect:
            across *= NARROW
        natural = self.left + self.columns * across + (self.columns - 1) * self.gap + self.right
        return max(natural, MIN_WIDTH)

    def _foldable(self) -> bool:
        """Whether panels of the only row may stand below each other, in a column of a journal."""
        return bool(current_size().widths) and self.rows == 1 and self.left <= MOST_LEFT

    def _per_line(self) -> int:
        """How many panels of a row stand beside each other."""
        if not self._foldable():
            return self.columns
        return min(self.columns, MOST_PER_LINE) if self._wide else 1

    def panel_width(self) -> float:
        """Return the width of the narrowest panel, which limits the text above it."""
        return min(self._column_widths(self._fit()[0]))

    def panel_height(self) -> float:
        """Return the height of the lowest panel, which limits the names beside it."""
        return self._fit()[2] * min(self._row_heights())

    def _row_heights(self) -> list[float]:
        """Natural heights of the rows on the page, from the top."""
        if self._foldable():
            tall = self.panel[1] if self._wide else min(self.panel[1] * SHRINK, 1.5)
            return [tall] * -(-self.columns // self._per_line())
        return list(self.heights or [self.panel[1]] * self.rows)

    def _column_widths(self, width: float) -> list[float]:
        columns = self._per_line()
        room = width - self.left - self.right - (columns - 1) * self.gap
        shares = self.widths if self.widths and columns == self.columns else [1.0] * columns
        return [room * share / sum(shares) for share in shares]

    def _panels(self, figure: Figure, heights: list[float], above: float) -> Array:
        panels = np.empty((self.rows, self.columns), dtype=object)
        width, height = figure.get_size_inches()
        widths = self._column_widths(width)
        for row, column in np.ndindex(panels.shape):
            line, place = divmod(column, len(widths))
            line += row  # from the top; only one row is folded
            step = self.head + self.foot + self._apart()
            top = above + sum(heights[:line]) + line * step + self.head
            left = self.left + sum(widths[:place]) + place * self.gap
            bounds = left, height - top - heights[line], widths[place], heights[line]
            size = (width, height, width, height)
            panels[row, column] = figure.add_axes(tuple(np.divide(bounds, size)))
        return panels

    def _write_head(self, figure: Figure, width: float, height: float, texts: _Texts) -> None:
        down, bold = MARGIN, {"size": current_size().title, "weight": "bold"}
        lines: list[tuple[str, str, dict[str, Any], float]]
        lines = [(text, "title", bold, _title_line()) for text in texts.title]
        small = {"size": TEXT_SIZE, "color": muted_colour()}
        lines += [(text, "subtitle", small, TEXT_LINE) for text in texts.subtitle]
        for text, name, style, tall in lines:
            place = (MARGIN / width, 1 - down / height)
            figure.text(*place, text, va="top", gid=name, **style)
            down += tall
        down += SUBTITLE - TEXT_LINE
        for line in texts.legends:
            legend = figure.legend(
                [handle for handle, _ in line],
                [label for _, label in line],
                loc="upper left",
                ncols=len(line),
                bbox_to_anchor=(MARGIN / width, 1 - down / height),
                borderpad=0,
                borderaxespad=0,
                handlelength=1.9,
                handletextpad=0.5,
                columnspacing=1.4,
            )
            legend.set_gid("legend")
            down += LEGEND_LINE

    def _write_foot(self, figure: Figure, width: float, height: float, texts: _Texts) -> None:
        up = MARGIN + TEXT_LINE * len(texts.caption)
        figure.text(
            MARGIN / width,
            up / height,
            "\n".join(texts.caption),
            size=SMALL_SIZE,
            color=muted_colour(),
            va="top",
            linespacing=TEXT_LINE * 72 / SMALL_SIZE / _natural_spacing(),
            gid="caption",
        )
        up += 0.08 + KEY_LINE * texts.key_depth()
        for column, entries in enumerate(texts.key):
            across, down = MARGIN + column * (width - 2 * MARGIN) / len(texts.key), 0
            for lines in entries:
                figure.text(
                    across / width,
                    (up - down * KEY_LINE) / height,
                    "\n".join(lines),
                    size=KEY_SIZE,
                    va="top",
                    linespacing=KEY_LINE * 72 / KEY_SIZE / _natural_spacing(),
                    gid="key",
                )
                down += len(lines)


def _lay_out_key(key: Sequence[str], width: float) -> list[list[list[str]]]:
    """Lay a key out in as many columns as fit without breaking most of its entries.

    A column has entries, and these have lines.
    """
    if not key:
        return []
    room = (width - 2 * MARGIN) * 72
    if current_size().widths:  # narrow: below each other
        return [[wrap(text, room, KEY_SIZE) for text in key]]
    lengths = sorted(text_width(line, KEY_SIZE) for line in key)
    longest = lengths[int(0.8 * (len(key) - 1))] + 10
    longest = max(longest, (lengths[-1] + 100) / MOST_KEY_LINES + 10)  # 100 for words that move
    columns = max(1, min(4, int(room // longest), len(key)))
    across = room / columns - 10
    entries = [fit_lines(text, across, KEY_SIZE, MOST_KEY_LINES).split("\n") for text in key]
    depth = -(-sum(map(len, entries)) // columns)
    while len(filled := _fill_columns(entries, depth)) > columns:
        depth += 1
    return filled


def _fill_columns(entries: Sequence[list[str]], depth: int) -> list[list[list[str]]]:
    """Put entries into columns of at most `depth` lines, one after the other."""
    filled: list[list[list[str]]] = []
    for lines in entries:
        if not filled or sum(map(len, filled[-1])) + len(lines) > depth:
            filled.append([])
        filled[-1].append(lines)
    return filled


def _title_line() -> float:
    """The height of a line of the title."""
    return current_size().title * TITLE_LINE


def _title_lines(title: str, room: float) -> list[str]:
    """Break a title into lines; a longer one is cut in the middle, as variants differ last."""
    size = current_size()
    lines = wrap(title, room / BOLD_FACTOR, size.title)
    if len(lines) > size.title_lines:
        cut = truncate_middle(title, size.title_lines * 0.93 * room / BOLD_FACTOR, size.title)
        lines = wrap(cut, room / BOLD_FACTOR, size.title)[: size.title_lines]
    return lines or [""]


def iterate_panels(axes: Array) -> Iterator[tuple[int, int, Axes]]:
    """Yield row, column and Axes of each panel of an array (rows, columns)."""
    for (row, column), ax in np.ndenumerate(axes):
        yield row, column, ax


def find_edges(ax: Axes, axes: Array) -> tuple[bool, bool]:
    """Return whether a panel is the leftmost of its array, and whether it is the lowest."""
    places = [one.get_position() for one in axes.flat]
    place = ax.get_position()
    return (
        place.x0 <= min(one.x0 for one in places) + 1e-6,
        place.y0 <= min(one.y0 for one in places) + 1e-6,
    )


def panel_width(ax: Axes) -> float:
    """Return the width of a panel in inches."""
    return float(ax.get_window_extent().width / ax.figure.dpi)


def panel_height(ax: Axes) -> float:
    """Return the height of a panel in inches."""
    return float(ax.get_window_extent().height / ax.figure.dpi)


def name_row(ax: Axes, name: str) -> None:
    """Write the name of a row beside its leftmost panel, smaller where that is low."""
    room = panel_height(ax) * 72
    lines = fit_lines(name, max(room, 85.0), TEXT_SIZE)
    size = size_that_fits(max(lines.split("\n"), key=len), room, TEXT_SIZE)
    ax.set_ylabel(lines, labelpad=4, size=size)


def _natural_spacing() -> float:
    """Return the height of a line of the font at size 1 and line spacing 1."""
    return 1.17


def _legend_lines(
    legend: Sequence[tuple[Artist, str]], width: float
) -> list[list[tuple[Artist, str]]]:
    """Break entries into lines that fit the page."""
    room = (width - 2 * MARGIN) * 72
    lines: list[list[tuple[Artist, str]]] = []
    used = room
    for handle, label in legend:
        needed = text_width(label, TEXT_SIZE) + HANDLE_WIDTH
        if not lines or used + needed > room:
            lines.append([])
            used = 0.0
        lines[-1].append((handle, label))
        used += needed
    return lines

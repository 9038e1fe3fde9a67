"""The layout of a page: title, legend, panels, key and caption, placed in inches from the top."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from steppe.model.core.array_types import Array

from .style import SMALL_SIZE, TEXT_SIZE, TITLE_SIZE, muted_colour
from .text_layout import text_width, truncate, truncate_middle, wrap

MARGIN = 0.15
MIN_WIDTH = 8.0
KEY_SIZE = 6.5
BOLD_FACTOR = 1.17  # bold letters are so much wider
# heights of lines
TITLE, SUBTITLE, LEGEND_LINE, TEXT_LINE, KEY_LINE = 0.27, 0.22, 0.22, 0.155, 0.13
HANDLE_WIDTH = 34.0  # points of a legend handle and the gaps around it


@dataclass
class PageLayout:
    """The contents of a page, with sizes in inches.

    `head` is the space above each row of panels, `foot` that below each for tick labels, `top`
    extra space above the first row; `widths` are relative widths of columns.
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
    legends: Sequence[Sequence[tuple[Artist, str]]] = ()
    key: Sequence[str] = ()
    entries: list[list[tuple[Artist, str]]] = field(default_factory=list)

    def make(self) -> tuple[Figure, Array]:
        """Return the figure and its panels, an array (rows, columns) of Axes."""
        width = self._width()
        self.entries = [line for legend in self.legends for line in _legend_lines(legend, width)]
        key, key_columns = self._key_lines(width)
        caption = wrap(self.caption, (width - 2 * MARGIN) * 72, SMALL_SIZE)
        above = MARGIN + TITLE + SUBTITLE + LEGEND_LINE * len(self.entries) + self.top
        body = self.rows * (self.panel[1] + self.head + self.foot)
        below = (
            self.bottom
            + KEY_LINE * len(key)
            + (0.08 if key else 0)
            + TEXT_LINE * len(caption)
            + MARGIN
        )
        height = above + body + below
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        self._write_head(figure, width, height)
        self._write_foot(figure, width, height, key, key_columns, caption)
        return figure, self._panels(figure, width, height, above)

    def _width(self) -> float:
        natural = (
            self.left + self.columns * self.panel[0] + (self.columns - 1) * self.gap + self.right
        )
        return max(natural, MIN_WIDTH)

    def panel_width(self) -> float:
        """Return the width of the narrowest panel, which limits the text above it."""
        return min(self._column_widths(self._width()))

    def _column_widths(self, width: float) -> list[float]:
        room = width - self.left - self.right - (self.columns - 1) * self.gap
        shares = self.widths or [1.0] * self.columns
        return [room * share / sum(shares) for share in shares]

    def _panels(self, figure: Figure, width: float, height: float, above: float) -> Array:
        panels = np.empty((self.rows, self.columns), dtype=object)
        widths = self._column_widths(width)
        for row in range(self.rows):
            top = above + row * (self.panel[1] + self.head + self.foot) + self.head
            for column in range(self.columns):
                left = self.left + sum(widths[:column]) + column * self.gap
                panels[row, column] = figure.add_axes(
                    (
                        left / width,
                        1 - (top + self.panel[1]) / height,
                        widths[column] / width,
                        self.panel[1] / height,
                    )
                )
        return panels

    def _write_head(self, figure: Figure, width: float, height: float) -> None:
        room = (width - 2 * MARGIN) * 72
        down = MARGIN
        figure.text(
            MARGIN / width,
            1 - down / height,
            truncate_middle(self.title, room / BOLD_FACTOR, TITLE_SIZE),
            size=TITLE_SIZE,
            weight="bold",
            va="top",
            gid="title",
        )
        down += TITLE
        figure.text(
            MARGIN / width,
            1 - down / height,
            truncate(self.subtitle, room, TEXT_SIZE),
            size=TEXT_SIZE,
            color=muted_colour(),
            va="top",
            gid="subtitle",
        )
        down += SUBTITLE
        for line in self.entries:
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

    def _key_lines(self, width: float) -> tuple[list[list[str]], int]:
        """Lay the key out in as many columns as fit without truncating most of its lines."""
        if not self.key:
            return [], 1
        room = (width - 2 * MARGIN) * 72
        longest = (
            sorted(text_width(line, KEY_SIZE) for line in self.key)[int(0.8 * (len(self.key) - 1))]
            + 10
        )
        columns = max(1, min(4, int(room // longest), len(self.key)))
        depth = -(-len(self.key) // columns)
        texts = [truncate(line, room / columns - 10, KEY_SIZE) for line in self.key]
        return [texts[row::depth] for row in range(depth)], columns

    def _write_foot(
        self,
        figure: Figure,
        width: float,
        height: float,
        key: list[list[str]],
        columns: int,
        caption: list[str],
    ) -> None:
        up = MARGIN + TEXT_LINE * len(caption)
        figure.text(
            MARGIN / width,
            up / height,
            "\n".join(caption),
            size=SMALL_SIZE,
            color=muted_colour(),
            va="top",
            linespacing=TEXT_LINE * 72 / SMALL_SIZE / _natural_spacing(),
            gid="caption",
        )
        up += 0.08 + KEY_LINE * len(key)
        for row, texts in enumerate(key):
            for column, text in enumerate(texts):
                across = MARGIN + column * (width - 2 * MARGIN) / columns
                figure.text(
                    across / width,
                    (up - row * KEY_LINE) / height,
                    text,
                    size=KEY_SIZE,
                    va="top",
                    gid="key",
                )


def iterate_panels(axes: Array) -> Iterator[tuple[int, int, Axes]]:
    """Yield row, column and Axes of each panel of an array (rows, columns)."""
    for (row, column), ax in np.ndenumerate(axes):
        yield row, column, ax


def panel_width(ax: Axes) -> float:
    """Return the width of a panel in inches."""
    return float(ax.get_window_extent().width / ax.figure.dpi)


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

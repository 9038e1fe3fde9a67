"""The figure: rates, the lower bound, and the cost of more members, scenarios and actors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import SMALL_SIZE, grid_colour, muted_colour, text_colour

from .measure import Band, Part, Record, over
from .table import NAMES, least_seconds, number, sizes

OURS, THEIRS = "#0072B2", "#D55E00"  # Okabe and Ito's palette, safe for colour-blind readers
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#999999")
LABELS = {"ensemble": "steppe", "plain": "without Numba"} | NAMES
COLUMNS = 3


def draw_page(records: Sequence[Record], caption: str) -> Figure:
    """All panels whose parts were measured."""
    parts = [(draw, Part(records, name)) for name, draw in PANELS]
    panels = [(draw, part) for draw, part in parts if part.labels]
    figure, axes = PageLayout(
        -(-len(panels) // COLUMNS),
        COLUMNS,
        "What a member costs",
        "One machine, one run; lines across points are the least and the most of the rounds",
        caption,
        panel=(2.9, 2.1),
        left=1.25,
        gap=1.2,
        head=0.3,
        foot=0.5,
        right=0.3,
    ).make()
    for ax, (draw, part) in zip(axes.flat, panels, strict=False):
        draw(ax, part)
    for ax in axes.flat[len(panels) :]:
        ax.set_visible(False)
    return figure


def _draw_rates(ax: Axes, part: Part) -> None:
    ax.set_title("Members per second and core", loc="left")
    for row, label in enumerate(part.labels):
        band, colour = Band.of(part.rates(label)), THEIRS if label in NAMES else OURS
        ax.hlines(row, band.low, band.high, color=text_colour(), linewidth=0.9)
        ax.plot(band.median, row, "o", color=colour, markersize=5)
        _annotate(ax, number(band.median), (band.median, row), (0, 6), ha="center")
    ax.set_xscale("log")
    _format_plainly(ax.xaxis)
    ax.margins(x=0.25)
    _name_rows(ax, [LABELS[label].strip("`") for label in part.labels])


def _draw_lower_bound(ax: Axes, part: Part) -> None:
    ax.set_title("Microseconds per member-quarter of results", loc="left")
    bounds, left = part.values("alone", "parts"), 0.0
    for name, colour in zip(bounds[0], COLOURS, strict=True):
        width = 1e6 * Band.of([parts[name] for parts in bounds]).median
        ax.barh(0, width, left=left, height=0.55, color=colour, label=name)
        left += width
    for row, label in enumerate(("alone", "together"), start=1):
        quarters, taken = part.rounds(f"quarters {label}")[0], part.per_member(label)
        band = Band.of([1e6 * seconds / quarters["held"] for seconds in taken])
        ax.barh(row, band.median, height=0.55, color=OURS)
        ax.hlines(row, band.low, band.high, color=text_colour(), linewidth=0.9)
        least = [least_seconds(parts, quarters) for parts in part.values(label, "parts")]
        ratios = [
            Band.of(over(taken, [bound[reading] for bound in least])).median
            for reading in ("results", "work")
        ]
        text = " to ".join(map(number, sorted(ratios)))
        _annotate(ax, text, (band.high, row), (4, 0), va="center")
    ax.margins(x=0.25)
    _label(ax, "at the bars: times the lower bound, by its two readings")
    ax.legend(fontsize=5.5, loc="upper right", handlelength=1.0, labelspacing=0.3)
    _name_rows(ax, ["lower bound", "one scenario", "all scenarios"])


def _annotate(
    ax: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], **keys: str
) -> None:
    ax.annotate(text, at, offset, textcoords="offset points", fontsize=SMALL_SIZE, **keys)  # type: ignore[arg-type]


def _label(ax: Axes, text: str) -> None:
    ax.set_xlabel(text, color=muted_colour(), fontsize=SMALL_SIZE)


def _format_plainly(axis: Axis) -> None:
    """Show plain numbers along a logarithmic axis."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


def _name_rows(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)


def _draw_series(ax: Axes, x: Sequence[float], bands: Sequence[Band]) -> None:
    ax.plot(x, [band.median for band in bands], "o-", color=OURS, markersize=4)
    low, high = [band.low for band in bands], [band.high for band in bands]
    ax.vlines(x, low, high, color=text_colour(), linewidth=0.9)


def _draw_members(ax: Axes, part: Part) -> None:
    ax.set_title("Seconds by number of members", loc="left")
    bands = [Band.of(part.values(size, "seconds")) for size in sizes(part)]
    _draw_series(ax, [int(size) for size in sizes(part)], bands)
    ax.set(xscale="log", yscale="log")
    _format_plainly(ax.xaxis)
    _format_plainly(ax.yaxis)
    _label(ax, "members of the baseline, two processes")


def _draw_memory(ax: Axes, part: Part) -> None:
    ax.set_title("Peak memory in MB", loc="left")
    peaks = [part.peak(size) for size in sizes(part)]
    ax.axhspan(peaks[-2] / 1.2, peaks[-2] * 1.2, color=grid_colour(), alpha=0.5, linewidth=0)
    _draw_series(ax, [int(size) for size in sizes(part)], [Band.of([peak]) for peak in peaks])
    ax.set(xscale="log", ylim=(0, 1.3 * max(peaks)))
    _format_plainly(ax.xaxis)
    _label(ax, f"members; shaded: within 20% of {int(sizes(part)[-2]):,}")


def _draw_scenarios(ax: Axes, part: Part) -> None:
    ax.set_title("Seconds by number of scenarios", loc="left")
    bands = [Band.of(part.values(label, "seconds")) for label in part.labels]
    counts = [int(label) for label in part.labels]
    unshared = [0, bands[0].median / counts[0] * counts[-1]]
    ax.plot([0, counts[-1]], unshared, linestyle=(0, (4, 1.6)), color=muted_colour(), linewidth=1.0)
    _draw_series(ax, counts, bands)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    members = part.rounds(part.labels[0])[0]["members"]
    _label(ax, f"scenarios, {members:,} members of each; dashed: nothing shared")


def _draw_actors(ax: Axes, part: Part) -> None:
    ax.set_title("Milliseconds per member", loc="left")
    bands = [
        Band.of([1000 * seconds for seconds in part.per_member(label)]) for label in part.labels
    ]
    counts = [part.rounds(label)[0]["actors"] for label in part.labels]
    _draw_series(ax, counts, bands)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlim(0, max(counts) + 2)
    ax.set_ylim(0, 1.15 * max(band.high for band in bands))
    _label(ax, "actors in the cast")


PANELS: list[tuple[str, Callable[[Axes, Part], None]]] = [
    ("rivals", _draw_rates),
    ("lower-bound", _draw_lower_bound),
    ("members", _draw_members),
    ("members", _draw_memory),
    ("scenarios", _draw_scenarios),
    ("actors", _draw_actors),
]

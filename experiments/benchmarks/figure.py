"""The figure of the benchmarks: rates, the roof, and what more members, scenarios and actors cost."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import SMALL_SIZE, grid_colour, muted_colour, text_colour

from .measure import Band, Records
from .table import NAMES, least, number, over, sizes_of

OURS, THEIRS = "#0072B2", "#D55E00"  # of the Okabe and Ito palette, safe for colour-blind eyes
PARTS = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#999999")
OUR_NAMES = {"ensemble": "steppe", "plain": "without Numba"}
COLUMNS = 3


def page(records: Records, caption: str) -> Figure:
    """All panels whose parts were measured."""
    wanted = [draw for part, draws in PANELS.items() if records.labels(part) for draw in draws]
    rows = -(-len(wanted) // COLUMNS)
    figure, axes = PageLayout(
        rows,
        COLUMNS,
        "What a member costs",
        "One machine, one run of the benchmarks; lines across points are the least and the most of the rounds",
        caption,
        panel=(2.9, 2.1),
        left=1.25,
        gap=1.2,
        head=0.3,
        foot=0.5,
        right=0.3,
    ).make()
    for ax, draw in zip(axes.flat, wanted, strict=False):
        draw(ax, records)
    for ax in axes.flat[len(wanted) :]:
        ax.set_visible(False)
    return figure


def _rates(ax: Axes, records: Records) -> None:
    labels = records.labels("rivals")
    ax.set_title("Members per second and core", loc="left")
    for up, label in enumerate(labels):
        band, tint = Band.of(records.rates("rivals", label)), THEIRS if label in NAMES else OURS
        ax.hlines(up, band.low, band.high, color=text_colour(), linewidth=0.9)
        ax.plot(band.middle, up, "o", color=tint, markersize=5)
        ax.annotate(
            number(band.middle),
            (band.middle, up),
            (0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=SMALL_SIZE,
        )
    ax.set_xscale("log")
    _plain(ax.xaxis)
    ax.margins(x=0.25)
    _name_rows(ax, [(OUR_NAMES | NAMES)[label].strip("`") for label in labels])


def _roof(ax: Axes, records: Records) -> None:
    ax.set_title("Microseconds per member-quarter of results", loc="left")
    roofs = records.values("roof", "alone", "parts")
    start = 0.0
    for name, tint in zip(roofs[0], PARTS, strict=True):
        width = 1e6 * Band.of([parts[name] for parts in roofs]).middle
        ax.barh(0, width, left=start, height=0.55, color=tint, label=name)
        start += width
    for up, (label, words) in enumerate(
        (("alone", "one scenario"), ("together", "all scenarios")), start=1
    ):
        quarters = records.rounds("roof", f"quarters {label}")[0]
        taken = over(
            records.values("roof", label, "seconds"), records.values("roof", label, "members")
        )
        band = Band.of([1e6 * seconds / quarters["held"] for seconds in taken])
        ax.barh(up, band.middle, height=0.55, color=OURS)
        ax.hlines(up, band.low, band.high, color=text_colour(), linewidth=0.9)
        times = [
            Band.of(
                over(
                    taken,
                    [
                        least(parts, quarters)[reading]
                        for parts in records.values("roof", label, "parts")
                    ],
                )
            ).middle
            for reading in ("results", "work")
        ]
        ax.annotate(
            " to ".join(map(number, sorted(times))),
            (band.high, up),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL_SIZE,
        )
    ax.margins(x=0.25)
    ax.set_xlabel(
        "at the bars: times the roof, by its two readings",
        color=muted_colour(),
        fontsize=SMALL_SIZE,
    )
    ax.legend(fontsize=5.5, loc="upper right", handlelength=1.0, labelspacing=0.3)
    _name_rows(ax, ["the roof", "one scenario", "all scenarios"])


def _plain(axis: Axis) -> None:
    """Plain numbers along a logarithmic axis."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


def _name_rows(ax: Axes, names: list[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)


def _series(ax: Axes, places: list[float], bands: list[Band]) -> None:
    ax.plot(places, [band.middle for band in bands], "o-", color=OURS, markersize=4)
    ax.vlines(
        places,
        [band.low for band in bands],
        [band.high for band in bands],
        color=text_colour(),
        linewidth=0.9,
    )


def _members(ax: Axes, records: Records) -> None:
    labels = sizes_of(records)
    ax.set_title("Seconds for so many members", loc="left")
    _series(
        ax,
        [int(label) for label in labels],
        [Band.of(records.values("members", label, "seconds")) for label in labels],
    )
    ax.set_xscale("log")
    ax.set_yscale("log")
    _plain(ax.xaxis)
    _plain(ax.yaxis)
    ax.set_xlabel(
        "members of the baseline, two processes", color=muted_colour(), fontsize=SMALL_SIZE
    )


def _memory(ax: Axes, records: Records) -> None:
    labels = sizes_of(records)
    ax.set_title("Peak memory in MB", loc="left")
    peaks = [records.peak("members", label) for label in labels]
    before = peaks[-2]
    ax.axhspan(before / 1.2, before * 1.2, color=grid_colour(), alpha=0.5, linewidth=0)
    _series(ax, [int(label) for label in labels], [Band.of([peak]) for peak in peaks])
    ax.set_xscale("log")
    _plain(ax.xaxis)
    ax.set_ylim(0, 1.3 * max(peaks))
    ax.set_xlabel(
        f"members; shaded: within 20 % of {int(labels[-2]):,}",
        color=muted_colour(),
        fontsize=SMALL_SIZE,
    )


def _scenarios(ax: Axes, records: Records) -> None:
    labels = records.labels("scenarios")
    bands = [Band.of(records.values("scenarios", label, "seconds")) for label in labels]
    counts = [int(label) for label in labels]
    ax.set_title("Seconds for so many scenarios", loc="left")
    ax.plot(
        [0, counts[-1]],
        [0, bands[0].middle / counts[0] * counts[-1]],
        linestyle=(0, (4, 1.6)),
        color=muted_colour(),
        linewidth=1.0,
    )
    _series(ax, counts, bands)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.set_xlabel(
        f"scenarios, {records.rounds('scenarios', labels[0])[0]['members']:,} members of each; dashed: nothing shared",
        color=muted_colour(),
        fontsize=SMALL_SIZE,
    )


def _actors(ax: Axes, records: Records) -> None:
    labels = records.labels("actors")
    ax.set_title("Milliseconds per member", loc="left")
    each = [
        [1000 * row["seconds"] / row["members"] for row in records.rounds("actors", label)]
        for label in labels
    ]
    counts = [records.rounds("actors", label)[0]["actors"] for label in labels]
    _series(ax, counts, [Band.of(values) for values in each])
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlim(0, max(counts) + 2)
    ax.set_ylim(0, 1.15 * max(value for values in each for value in values))
    ax.set_xlabel("actors in the cast", color=muted_colour(), fontsize=SMALL_SIZE)


PANELS: dict[str, list[Callable[[Axes, Records], None]]] = {
    "rivals": [_rates],
    "roof": [_roof],
    "members": [_members, _memory],
    "scenarios": [_scenarios],
    "actors": [_actors],
}

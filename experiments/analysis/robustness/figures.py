"""The figure of moves: the outcome in the worst tenth of futures, and how much is lost against the best move."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import SMALL_SIZE, grid_colour, muted_colour
from steppe.experiments.figures.text_layout import text_width, truncate

from .analysis import NO_MOVE, RobustnessRequest

WORST, MEAN, REGRET = "#0072B2", "#009E73", "#D55E00"
MOST = 24


def moves_page(rows: list[dict], request: RobustnessRequest) -> Figure:
    """The whole page."""
    shown = _shown(rows)
    names = [truncate(row["move"], 190, SMALL_SIZE) for row in shown]
    legend = [
        (Line2D([], [], color=WORST, marker="o"), "gain in the worst tenth, 90 % interval"),
        (Line2D([], [], color=MEAN, marker="D", linestyle=""), "gain on average"),
        (Line2D([], [], color=muted_colour(), linestyle=(0, (4, 2))), "no move"),
        (Patch(facecolor=REGRET), "regret, nine futures of ten"),
    ]
    left = max(text_width(name, SMALL_SIZE) for name in names) / 72 + 0.35
    figure, axes = PageLayout(
        1,
        2,
        f"What {request.republic} can do in {request.year}",
        f"{request.expression.text}, by move, best in the worst tenth first; without a move that tenth has {_stay(rows):.3f}",
        f"{', '.join(scenario.title for scenario in request.scenarios)}; {request.members} members each, the same for every move; weights: {request.parameter_source.label}; seed {request.seed}. "
        "Regret: how much better the best move does in the same future; nine futures of ten have less."
        + (
            f" {len(rows) - len(shown)} moves in the middle are left out; the table has all."
            if len(shown) < len(rows)
            else ""
        ),
        panel=(3.4, max(0.2 * len(shown), 1.2)),
        left=left,
        gap=0.3,
        foot=0.35,
        legends=(legend,),
        widths=(1.5, 1.0),
    ).make()
    _gains(axes[0, 0], shown, names)
    _regret(axes[0, 1], shown)
    return figure


def _stay(rows: list[dict]) -> float:
    return next(row["worst_tenth"] for row in rows if row["move"] == NO_MOVE)


def _shown(rows: list[dict]) -> list[dict]:
    """All moves, or the best and the worst of them with doing nothing."""
    if len(rows) <= MOST:
        return rows
    half = MOST // 2
    return [
        row
        for place, row in enumerate(rows)
        if place < half or place >= len(rows) - half or row["move"] == NO_MOVE
    ]


def _gains(ax, rows: list[dict], names: list[str]) -> None:
    for up, row in enumerate(rows):
        ax.hlines(
            up,
            row["gain_low"],
            row["gain_high"],
            color=WORST,
            linewidth=2.4,
            alpha=0.55,
            gid="interval",
        )
        ax.plot(row["gain"], up, "o", color=WORST, markersize=4.6, gid="worst")
        ax.plot(row["mean_gain"], up, "D", color=MEAN, markersize=3.6, gid="mean")
    ax.axvline(0, color=muted_colour(), linestyle=(0, (4, 2)), linewidth=0.9, zorder=0.8)
    ax.set_yticks(range(len(names)), names)
    _rows(ax, len(rows))
    ax.set_xlabel("outcome, against making no move", color=muted_colour(), labelpad=3)


def _regret(ax, rows: list[dict]) -> None:
    for up, row in enumerate(rows):
        ax.barh(up, row["regret_90"], height=0.6, color=REGRET, gid="regret")
    ax.set_yticks(range(len(rows)), [""] * len(rows))
    _rows(ax, len(rows))
    ax.set_xlim(left=0)
    ax.set_xlabel("regret", color=muted_colour(), labelpad=3)
    ax.axvline(0, color=grid_colour(), linewidth=0.6)


def _rows(ax, count: int) -> None:
    ax.set_ylim(count - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)

"""The figure of moves: the outcome in the worst tenth of futures, and regret."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from steppe.experiments.analysis.expressions.plain_names import describe_expression
from steppe.experiments.analysis.folder import Row
from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import SMALL_SIZE, grid_colour, muted_colour
from steppe.experiments.figures.text_layout import text_width, truncate
from steppe.model.core.number_text import format_band, format_fixed, format_signed
from steppe.model.core.word_lists import join_words

from .moves import NO_MOVE, RobustnessRequest

WORST, MEAN, REGRET = "#0072B2", "#009E73", "#D55E00"
DASHED = (0, (4, 2))
MAX_ROWS = 24


def moves_page(rows: list[Row], request: RobustnessRequest) -> Figure:
    """Gains and regret by move; `rows` are those of the table of moves."""
    chosen = _choose_rows(rows)
    names = [truncate(row["move"], 190, SMALL_SIZE) for row in chosen]
    no_move = next(row for row in rows if row["move"] == NO_MOVE)
    figure, axes = PageLayout(
        1,
        2,
        _finding(chosen, request),
        f"What {request.republic} can do in {request.year}: {_outcome(request)}, by move, best in "
        "the worst tenth first; "
        f"without a move that tenth has {format_fixed(no_move['worst_tenth'], 3)}",
        _caption(request, len(rows) - len(chosen)),
        panel=(3.4, max(0.2 * len(chosen), 1.2)),
        left=max(text_width(name, SMALL_SIZE) for name in names) / 72 + 0.35,
        gap=0.3,
        foot=0.35,
        legends=(_legend(),),
        widths=(1.5, 1.0),
    ).make()
    _draw_gains(axes[0, 0], chosen, names)
    _draw_regret(axes[0, 1], chosen)
    return figure


def _outcome(request: RobustnessRequest) -> str:
    """The outcome in words, with the expression as it was asked for."""
    plain = describe_expression(request.expression.root, request.scenarios[0].cast)
    return f"{plain} [{request.expression.text}]"


def _finding(rows: list[Row], request: RobustnessRequest) -> str:
    """The best moves in the worst tenth: one, and those whose intervals reach into its own."""
    best = max(rows, key=lambda row: row["gain"])
    if best["move"] == NO_MOVE or best["gain_low"] <= 0:
        return f"No move surely helps {request.republic} in the worst tenth of futures"
    band = format_band(best["gain_low"], best["gain_high"], 3, signed=True)
    alike = [row["move"] for row in rows if row["gain_high"] >= best["gain_low"] and row != best]
    others = f"; not clearly better than {join_words(alike)}" if alike else ""
    return (
        f"{request.republic} gains most in the worst tenth of futures with: {best['move']}, "
        f"{format_signed(best['gain'], 3)} ({band}){others}"
    )


def _legend() -> list[tuple[Any, str]]:
    return [
        (Line2D([], [], color=WORST, marker="o"), "gain in the worst tenth, 90% interval"),
        (Line2D([], [], color=MEAN, marker="D", linestyle=""), "gain on average"),
        (Line2D([], [], color=muted_colour(), linestyle=DASHED), "no move"),
        (Patch(facecolor=REGRET), "regret, nine of ten futures"),
    ]


def _caption(request: RobustnessRequest, left_out: int) -> str:
    caption = (
        f"{', '.join(scenario.title for scenario in request.scenarios)}; {request.members} members "
        f"each, the same for every move; parameters: {request.parameter_source.label}; "
        f"seed {request.seed}. Regret: how much better the best move does in the same future; "
        "nine of ten futures have less."
    )
    if left_out:
        caption += f" {left_out} moves in the middle are left out; the table has all."
    return caption


def _choose_rows(rows: list[Row]) -> list[Row]:
    """All moves; or the best, the worst and no move, if there are many."""
    if len(rows) <= MAX_ROWS:
        return rows
    half = MAX_ROWS // 2
    return [
        row
        for index, row in enumerate(rows)
        if index < half or index >= len(rows) - half or row["move"] == NO_MOVE
    ]


def _draw_gains(ax: Axes, rows: list[Row], names: list[str]) -> None:
    for y, row in enumerate(rows):
        ax.hlines(
            y,
            row["gain_low"],
            row["gain_high"],
            color=WORST,
            linewidth=2.4,
            alpha=0.55,
            gid="interval",
        )
        ax.plot(row["gain"], y, "o", color=WORST, markersize=4.6, gid="worst")
        ax.plot(row["mean_gain"], y, "D", color=MEAN, markersize=3.6, gid="mean")
    ax.axvline(0, color=muted_colour(), linestyle=DASHED, linewidth=0.9, zorder=0.8)
    ax.set_yticks(range(len(names)), names)
    _set_rows(ax, len(rows))
    ax.set_xlabel("outcome, compared with no move", color=muted_colour(), labelpad=3)


def _draw_regret(ax: Axes, rows: list[Row]) -> None:
    for y, row in enumerate(rows):
        ax.barh(y, row["regret_90"], height=0.6, color=REGRET, gid="regret")
    ax.set_yticks(range(len(rows)), [""] * len(rows))
    _set_rows(ax, len(rows))
    ax.set_xlim(left=0)
    ax.set_xlabel("regret", color=muted_colour(), labelpad=3)
    ax.axvline(0, color=grid_colour(), linewidth=0.6)


def _set_rows(ax: Axes, count: int) -> None:
    ax.set_ylim(count - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)

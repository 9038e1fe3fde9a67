"""The figure of a classification tree, from left to right, with the density of each leaf."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import background, grid_colour, muted_colour, text_colour
from steppe.experiments.figures.text_layout import truncate_middle
from steppe.model.core.number_text import format_fixed

from .analysis import DiscoveryResult
from .cart import Leaf, TreeNode, depth_of, iterate_leaves
from .design import DiscoveryRequest
from .prim import format_value

CASE = "#D55E00"
TEXT_SIZE = 6.5  # points, of labels on branches
LEVEL_WIDTH, LEAF_HEIGHT = 1.05, 0.3  # inches
MAX_WIDTH = 8.4  # inches, of all levels
BAR_WIDTH = 2.0


def tree_page(result: DiscoveryResult, request: DiscoveryRequest) -> Figure:
    """The tree of one scenario."""
    tree, best = result.tree, result.tree.leaves[0]
    depth, leaves = max(depth_of(tree.root), 1), list(iterate_leaves(tree.root))
    width = min(LEVEL_WIDTH * (depth + 1), MAX_WIDTH)
    figure, axes = PageLayout(
        1,
        2,
        f"A classification tree: densest leaf {format_fixed(best.density)}, "
        f"coverage {format_fixed(best.coverage)}",
        f"{request.expression.text}; read from the left, leaves are numbered as in tree.csv",
        _caption(result, request),
        panel=(max((width + BAR_WIDTH) / 2, 3.6), LEAF_HEIGHT * len(leaves)),
        left=0.25,
        gap=0.45,
        right=0.9,
        foot=0.35,
        legends=(
            [
                (
                    Patch(facecolor=CASE),
                    "share of the leaf's futures with the outcome; "
                    "next to it, how many futures the leaf holds",
                )
            ],
        ),
        widths=(width, BAR_WIDTH),
    ).make()
    branches, bars = axes[0]
    room = branches.get_position().width * figure.get_size_inches()[0] / depth * 72
    rows = {leaf: row for row, leaf in enumerate(leaves)}
    _draw_branches(branches, tree.root, rows, depth, room)
    _draw_bars(bars, result, leaves)
    return figure


def _caption(result: DiscoveryResult, request: DiscoveryRequest) -> str:
    cases = result.sampled.cases
    return (
        f"{request.scenario.title}; {len(cases)} futures, spread evenly, in which boxes were "
        f"searched for; the outcome occurs in {format_fixed(cases.mean())} of them (dashed); "
        "every leaf holds at least a twentieth of them; "
        f"parameters: {request.parameter_source.label}; "
        f"seed {request.seed}."
    )


def _draw_branches(ax: Axes, root: TreeNode, rows: dict[int, int], depth: int, room: float) -> None:
    ax.set_xlim(0, depth)
    _set_rows(ax, len(rows))
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    _draw_branch(ax, root, 0, rows, depth, room)


def _draw_branch(
    ax: Axes, node: TreeNode, level: int, rows: dict[int, int], depth: int, room: float
) -> float:
    """Draw everything under a node and return its height; a level is `room` points wide."""
    if isinstance(node, Leaf):
        return float(rows[node.index])
    heights = []
    for child, sign in ((node.below, "\N{LESS-THAN OR EQUAL TO}"), (node.above, ">")):
        height = _draw_branch(ax, child, level + 1, rows, depth, room)
        heights.append(height)
        levels = depth - level if isinstance(child, Leaf) else 1
        ax.hlines(height, level, level + levels, color=muted_colour(), linewidth=0.9)
        label = f"{node.factor} {sign} {format_value(node.threshold)}"
        ax.text(
            level + 0.06,
            height - 0.1,
            truncate_middle(label, room * levels * 0.9, TEXT_SIZE),
            size=TEXT_SIZE,
            va="bottom",
            color=text_colour(),
            gid="branch",
        )
    ax.vlines(level, heights[0], heights[1], color=muted_colour(), linewidth=0.9)
    return sum(heights) / 2


def _draw_bars(ax: Axes, result: DiscoveryResult, leaves: list[int]) -> None:
    for row, index in enumerate(leaves):
        leaf = result.tree.leaves[index]
        ax.barh(row, leaf.density, height=0.56, color=CASE, gid="leaf")
        ax.text(
            leaf.density + 0.02,
            row,
            f"{format_fixed(leaf.density)} of {leaf.futures:,}",
            size=TEXT_SIZE,
            va="center",
            color=text_colour(),
            bbox={"facecolor": background(), "edgecolor": "none", "pad": 0.8},
            gid="density",
        )
    ax.axvline(
        float(result.sampled.cases.mean()),
        color=muted_colour(),
        linestyle=(0, (4, 2)),
        linewidth=0.9,
        zorder=0.8,
    )
    ax.set_yticks(range(len(leaves)), [str(index + 1) for index in leaves])
    _set_rows(ax, len(leaves))
    ax.set_xlim(0, 1)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.axvline(0, color=grid_colour(), linewidth=0.6)
    ax.set_xlabel("share of futures with the outcome", color=muted_colour(), labelpad=3)


def _set_rows(ax: Axes, count: int) -> None:
    ax.set_ylim(count - 0.4, -0.6)

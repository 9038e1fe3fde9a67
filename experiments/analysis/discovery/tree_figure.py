"""A classification tree drawn from left to right: how futures are parted, and how often the outcome comes about in each leaf."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import background, grid_colour, muted_colour, text_colour
from steppe.experiments.figures.text_layout import truncate_middle

from .analysis import DiscoveryResult
from .cart import TreeNode, depth_of, iterate_leaves
from .design import DiscoveryRequest
from .prim import format_value

CASE = "#D55E00"
SIZE = 6.5  # points of the words on branches
COLUMN, ROW = 1.05, 0.3  # inches that a level and a leaf take
WIDEST = 8.4  # inches for all levels
BAR = 2.0


def tree_page(found: DiscoveryResult, request: DiscoveryRequest) -> Figure:
    """The whole page."""
    tree, best = found.tree, found.tree.leaves[0]
    depth, leaves = max(depth_of(tree.root), 1), list(iterate_leaves(tree.root))
    width = min(COLUMN * (depth + 1), WIDEST)
    figure, axes = PageLayout(
        1,
        2,
        f"A classification tree: densest leaf {best.density:.2f}, coverage {best.coverage:.2f}",
        f"{request.expression.text}; read from the left, leaves are numbered as in tree.csv",
        f"{request.scenario.title}; {len(found.sampled.cases)} futures, spread evenly, in which boxes were looked for; the outcome comes about in {found.sampled.cases.mean():.2f} of them "
        f"(dashed); every leaf holds a twentieth of them or more; weights: {request.parameter_source.label}; seed {request.seed}.",
        panel=(max((width + BAR) / 2, 3.6), ROW * len(leaves)),
        left=0.25,
        gap=0.45,
        right=0.9,
        foot=0.35,
        legends=(
            [
                (
                    Patch(facecolor=CASE),
                    "share of the leaf's futures with the outcome; behind it how many futures the leaf holds",
                )
            ],
        ),
        widths=(width, BAR),
    ).make()
    branches, bars = axes[0]
    _branches(branches, tree.root, {leaf: row for row, leaf in enumerate(leaves)}, depth)
    _bars(bars, found, leaves)
    return figure


def _branches(ax, root: TreeNode, rows: dict[int, int], depth: int) -> None:
    ax.set_xlim(0, depth)
    _rows(ax, len(rows))
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    inches = ax.get_position().width * ax.figure.get_size_inches()[0]
    _branch(ax, root, 0, rows, depth, inches / depth * 72)


def _branch(ax, node: TreeNode, level: int, rows: dict[int, int], depth: int, room: float) -> float:
    """Draw everything under a node and return its height; `room` is what a level takes, in points."""
    if node.leaf is not None:
        return float(rows[node.leaf])
    heights = []
    for child, sign in ((node.below, "\N{LESS-THAN OR EQUAL TO}"), (node.above, ">")):
        height = _branch(ax, child, level + 1, rows, depth, room)
        heights.append(height)
        levels = depth - level if child.leaf is not None else 1
        ax.hlines(height, level, level + levels, color=muted_colour(), linewidth=0.9)
        ax.text(
            level + 0.06,
            height - 0.1,
            truncate_middle(
                f"{node.factor} {sign} {format_value(node.threshold)}", room * levels * 0.9, SIZE
            ),
            size=SIZE,
            va="bottom",
            color=text_colour(),
            gid="branch",
        )
    ax.vlines(level, *heights, color=muted_colour(), linewidth=0.9)
    return sum(heights) / 2


def _bars(ax, found: DiscoveryResult, leaves: list[int]) -> None:
    for row, place in enumerate(leaves):
        leaf = found.tree.leaves[place]
        ax.barh(row, leaf.density, height=0.56, color=CASE, gid="leaf")
        ax.text(
            leaf.density + 0.02,
            row,
            f"{leaf.density:.2f} of {leaf.futures:,}",
            size=SIZE,
            va="center",
            color=text_colour(),
            bbox={"facecolor": background(), "edgecolor": "none", "pad": 0.8},
            gid="density",
        )
    ax.axvline(
        found.sampled.cases.mean(),
        color=muted_colour(),
        linestyle=(0, (4, 2)),
        linewidth=0.9,
        zorder=0.8,
    )
    ax.set_yticks(range(len(leaves)), [str(place + 1) for place in leaves])
    _rows(ax, len(leaves))
    ax.set_xlim(0, 1)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.axvline(0, color=grid_colour(), linewidth=0.6)
    ax.set_xlabel("share of futures with the outcome", color=muted_colour(), labelpad=3)


def _rows(ax, count: int) -> None:
    ax.set_ylim(count - 0.4, -0.6)

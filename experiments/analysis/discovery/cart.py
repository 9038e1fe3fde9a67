"""A classification tree (CART of the EMA workbench): its leaves as boxes, its branches as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from steppe.experiments.analysis.optional_packages import needed, quiet, seeded

from .prim import Box, describe_box

LEAST_MASS = 0.05  # of the futures, in a leaf


@dataclass(frozen=True)
class TreeNode:
    """Some futures and how they are parted: at most `threshold` of a factor `below`, more of it `above`.

    `leaf` is the place of a leaf among the leaves of its tree, None where futures are parted further.
    """

    factor: str = ""
    threshold: float = 0.0
    below: TreeNode | None = None
    above: TreeNode | None = None
    leaf: int | None = None


@dataclass(frozen=True)
class Tree:
    """The root, and the leaves, densest first."""

    root: TreeNode
    leaves: list[Box]


def grow_tree(columns: dict[str, np.ndarray], cases: np.ndarray, seed: int) -> Tree:
    """A tree whose leaves hold at least a twentieth of the futures each."""
    pandas, cart = needed("pandas"), needed("ema_workbench.analysis.cart")
    with quiet(), seeded(seed):
        grown = cart.CART(pandas.DataFrame(columns), cases.astype(int), mass_min=LEAST_MASS)
        grown.build_tree()
        frames = list(grown.boxes)
    found = [describe_box(_limits(frame, columns), columns, cases) for frame in frames]
    order = sorted(
        range(len(found)), key=lambda place: (-found[place].density, -found[place].coverage)
    )
    raw = grown.clf.tree_
    numbers = np.flatnonzero(raw.children_left == -1)  # in the order of the workbench's boxes
    leaf_of = {int(numbers[place]): rank for rank, place in enumerate(order)}
    return Tree(_node(raw, 0, list(columns), leaf_of), [found[place] for place in order])


def _limits(frame, columns: dict[str, np.ndarray]) -> dict[str, tuple[float, float]]:
    return {
        name: tuple(float(value) for value in frame[name])
        for name in columns
        if frame[name].iloc[0] > columns[name].min() or frame[name].iloc[1] < columns[name].max()
    }


def _node(raw, number: int, names: list[str], leaf_of: dict[int, int]) -> TreeNode:
    if number in leaf_of:
        return TreeNode(leaf=leaf_of[number])
    return TreeNode(
        names[raw.feature[number]],
        float(raw.threshold[number]),
        _node(raw, int(raw.children_left[number]), names, leaf_of),
        _node(raw, int(raw.children_right[number]), names, leaf_of),
    )


def iterate_leaves(node: TreeNode) -> Iterator[int]:
    """Places of the leaves under a node, from the lowest branch to the highest."""
    if node.leaf is not None:
        yield node.leaf
        return
    yield from iterate_leaves(node.below)
    yield from iterate_leaves(node.above)


def depth_of(node: TreeNode) -> int:
    """How many times futures are parted on the longest way to a leaf."""
    return 0 if node.leaf is not None else 1 + max(depth_of(node.below), depth_of(node.above))

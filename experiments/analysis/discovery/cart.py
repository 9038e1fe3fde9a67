"""A classification tree (CART of the EMA workbench), with its leaves as boxes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from steppe.experiments.analysis.ensembles.optional_packages import (
    import_optional,
    seed_numpy,
    silence,
)
from steppe.experiments.analysis.ensembles.simulate import Columns
from steppe.model.core.array_types import BoolArray

from .prim import Box, Limits, describe_box

MIN_MASS = 0.05  # of the futures, in a leaf


@dataclass(frozen=True)
class Leaf:
    """An end of the tree; `index` is its position in `Tree.leaves`."""

    index: int


@dataclass(frozen=True)
class Split:
    """Futures with at most `threshold` of a factor go `below`, the others `above`."""

    factor: str
    threshold: float
    below: TreeNode
    above: TreeNode


TreeNode = Split | Leaf


@dataclass(frozen=True)
class Tree:
    """The root, and the leaves, densest first."""

    root: TreeNode
    leaves: list[Box]


def grow_tree(columns: Columns, cases: BoolArray, seed: int) -> Tree:
    """Grow a tree whose leaves each hold at least a twentieth of the futures."""
    pandas, cart = import_optional("pandas"), import_optional("ema_workbench.analysis.cart")
    with silence(), seed_numpy(seed):
        grown = cart.CART(pandas.DataFrame(columns), cases.astype(int), mass_min=MIN_MASS)
        grown.build_tree()
        frames = list(grown.boxes)
    boxes = [describe_box(_limits(frame, columns), columns, cases) for frame in frames]
    order = sorted(
        range(len(boxes)), key=lambda index: (-boxes[index].density, -boxes[index].coverage)
    )
    raw = grown.clf.tree_
    numbers = np.flatnonzero(raw.children_left == -1)  # in the order of the workbench's boxes
    leaf_of = {int(numbers[index]): rank for rank, index in enumerate(order)}
    return Tree(_build_node(raw, 0, list(columns), leaf_of), [boxes[index] for index in order])


def _limits(frame: Any, columns: Columns) -> Limits:
    limits = {}
    for name, values in columns.items():
        low, high = (float(value) for value in frame[name])
        if low > values.min() or high < values.max():
            limits[name] = (low, high)
    return limits


def _build_node(raw: Any, number: int, names: list[str], leaf_of: dict[int, int]) -> TreeNode:
    """A node of scikit-learn's tree, with everything below it."""
    if number in leaf_of:
        return Leaf(leaf_of[number])
    return Split(
        names[raw.feature[number]],
        float(raw.threshold[number]),
        _build_node(raw, int(raw.children_left[number]), names, leaf_of),
        _build_node(raw, int(raw.children_right[number]), names, leaf_of),
    )


def iterate_leaves(node: TreeNode) -> Iterator[int]:
    """Positions of the leaves under a node, from the lowest branch to the highest."""
    if isinstance(node, Leaf):
        yield node.index
        return
    yield from iterate_leaves(node.below)
    yield from iterate_leaves(node.above)


def depth_of(node: TreeNode) -> int:
    """The largest number of splits on the way to a leaf."""
    if isinstance(node, Leaf):
        return 0
    return 1 + max(depth_of(node.below), depth_of(node.above))

"""Conditions for an outcome: boxes among many futures, their stability, and a tree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steppe.experiments.analysis.ensembles.simulate import Columns, select_rows
from steppe.experiments.analysis.expressions.syntax_tree import Expression
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.model.core.array_types import Array
from steppe.model.core.errors import RequestError

from .cart import Tree, grow_tree
from .design import DiscoveryRequest, SampledFutures, estimate_simulations, sample
from .prim import (
    RESAMPLES,
    Box,
    HalfSample,
    find_boxes,
    find_limits_in_half,
    most_informative_factors,
    points_inside,
)

FACTORS_SEARCHED = 12  # factors given to PRIM


@dataclass(frozen=True)
class DiscoveryResult:
    """Boxes and a tree, with the futures they were found in and judged by.

    sampled : futures in which boxes were searched for; holdout : those held out.
    factors_searched : factors given to PRIM.
    halves : for each box, results of `find_limits_in_half`.
    """

    sampled: SampledFutures
    holdout: SampledFutures
    factors_searched: list[str]
    boxes: list[Box]
    halves: list[list[dict[str, Array]]]
    tree: Tree


def check_expression(expression: Expression) -> None:
    """Refuse an outcome that is not a condition on each member."""
    if not expression.is_condition or expression.is_aggregate:
        raise RequestError(
            "--outcome must be a condition on each member, such as "
            '"leads(China, 3 of 5, security)" or "autonomy(region) < 0.3"'
        )


def count_tasks(request: DiscoveryRequest) -> int:
    """Tasks of an analysis, roughly, for a progress bar."""
    return estimate_simulations(request) + request.boxes * RESAMPLES


def analyse(request: DiscoveryRequest, checkpoints: Checkpoints) -> DiscoveryResult:
    """Simulate, find boxes, search again in halves of the futures, and grow a tree."""
    sampled, holdout = sample(request, checkpoints).split_holdout()
    factors = most_informative_factors(
        sampled.columns, sampled.cases, FACTORS_SEARCHED, request.seed
    )
    columns = {name: sampled.columns[name] for name in factors}
    boxes = find_boxes(columns, sampled.cases, request.boxes, request.density)
    if not boxes:
        raise RequestError(
            f"no limits on any factor separate the futures of {request.scenario.name} in which "
            f"{request.expression.text}; try another outcome, or more --futures"
        )
    halves = _search_in_halves(request, checkpoints, boxes, columns, sampled)
    tree = grow_tree(columns, sampled.cases, request.seed)
    return DiscoveryResult(sampled, holdout, factors, boxes, halves, tree)


def _search_in_halves(
    request: DiscoveryRequest,
    checkpoints: Checkpoints,
    boxes: list[Box],
    columns: Columns,
    sampled: SampledFutures,
) -> list[list[dict[str, Array]]]:
    """Search for each box again in random halves of the futures outside the boxes before it."""
    found = []
    left = np.ones(len(sampled.cases), dtype=bool)
    for index, box in enumerate(boxes):
        halves = [
            HalfSample(
                select_rows(columns, left),
                sampled.cases[left],
                request.density,
                request.seed * 1000 + index * 100 + number,
            )
            for number in range(RESAMPLES)
        ]
        names = [
            f"{request.scenario.name}-box{index + 1}-half{number}" for number in range(RESAMPLES)
        ]
        found.append(checkpoints.run(find_limits_in_half, halves, names))
        left &= ~points_inside(box.limits, columns)
    return found

"""Under which conditions an outcome comes about: boxes among many futures, a tree, and how both hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steppe.experiments.analysis.ensembles.correlation import strongest_correlations
from steppe.experiments.analysis.ensembles.simulate import select_rows
from steppe.experiments.analysis.expressions.syntax_tree import Expression
from steppe.experiments.errors import RequestError
from steppe.experiments.runs.checkpoints import Checkpoints

from .cart import Tree, grow_tree
from .design import DiscoveryRequest, SampledFutures, sample
from .prim import (
    RESAMPLES,
    Box,
    HalfSample,
    describe_box,
    find_boxes,
    find_limits_in_half,
    most_informative_factors,
    points_inside,
)

FACTORS_SEARCHED = 12  # factors that PRIM looks at
MIN_SHARE_OF_HALVES = 0.8  # of the halves of the futures; a limit found in fewer is called out


@dataclass(frozen=True)
class DiscoveryResult:
    """The futures, the factors looked at, boxes, how they hold in halves of the futures, and a tree.

    `sampled` are those in which boxes were looked for, `back` those kept back.
    """

    sampled: SampledFutures
    holdout: SampledFutures
    factors_searched: list[str]
    boxes: list[Box]
    again: list[list[dict[str, np.ndarray]]]
    tree: Tree


def check_expression(expression: Expression) -> None:
    if not expression.is_condition or expression.is_aggregate:
        raise RequestError(
            '--outcome must be a condition on each member, such as "leads(China, 3 of 5, security)" or "autonomy(region) < 0.3"'
        )


def analyse(request: DiscoveryRequest, checkpoints: Checkpoints) -> DiscoveryResult:
    """Simulate, find boxes, look for each again in halves of the futures, and grow a tree."""
    sampled, holdout = sample(request, checkpoints).split_holdout()
    factors_searched = most_informative_factors(
        sampled.columns, sampled.cases, FACTORS_SEARCHED, request.seed
    )
    columns = {name: sampled.columns[name] for name in factors_searched}
    boxes = find_boxes(columns, sampled.cases, request.boxes, request.density)
    if not boxes:
        raise RequestError(
            f"no limits on any factor tell apart when {request.expression.text} happens in {request.scenario.name}: it looks like chance; ask something else, or more --futures"
        )
    again, left = [], np.ones(len(sampled.cases), dtype=bool)
    for place, box in enumerate(boxes):
        halves = [
            HalfSample(
                select_rows(columns, left),
                sampled.cases[left],
                request.density,
                request.seed * 1000 + place * 100 + number,
            )
            for number in range(RESAMPLES)
        ]
        again.append(
            checkpoints.run(
                find_limits_in_half,
                halves,
                [
                    f"{request.scenario.name}-box{place + 1}-half{number}"
                    for number in range(RESAMPLES)
                ],
            )
        )
        left &= ~points_inside(box.limits, columns)
    return DiscoveryResult(
        sampled,
        holdout,
        factors_searched,
        boxes,
        again,
        grow_tree(columns, sampled.cases, request.seed),
    )


def limit_rows(found: DiscoveryResult, request: DiscoveryRequest) -> list[dict]:
    """Limits of the boxes as a tidy table, with how often halves of the futures find them too."""
    factors = {
        factor.name: factor
        for factor in (*request.factor_space().factors, *request.lever_factor_space().factors)
    }
    rows = []
    for number, (box, again) in enumerate(zip(found.boxes, found.again, strict=True), start=1):
        limits = np.stack([piece["limits"] for piece in again])
        for name, (low, high) in box.limits.items():
            ends = limits[:, found.factors_searched.index(name)]
            seen = ~np.isnan(ends[:, 0])
            rows.append(
                {
                    "scenario": request.scenario.name,
                    "box": number,
                    "factor": name,
                    "low": low,
                    "high": high,
                    "range_low": factors[name].low,
                    "range_high": factors[name].high,
                    "found_in_halves": float(seen.mean()),
                    "low_in_halves": float(np.median(ends[seen, 0])) if seen.any() else "",
                    "high_in_halves": float(np.median(ends[seen, 1])) if seen.any() else "",
                    "unit": factors[name].unit,
                }
            )
    return rows


def box_rows(found: DiscoveryResult, request: DiscoveryRequest, checks: list[dict]) -> list[dict]:
    """Each box with what it covers, how dense it is, how that holds, and what its scenario file gives."""
    rows = []
    for number, (box, again, check) in enumerate(
        zip(found.boxes, found.again, checks, strict=True), start=1
    ):
        kept = describe_box(box.limits, found.holdout.columns, found.holdout.cases)
        rows.append(
            {
                "scenario": request.scenario.name,
                "box": number,
                "limits": box.label(),
                "coverage": box.coverage,
                "density": box.density,
                "mass": box.mass,
                "futures": box.futures,
                "density_kept_back": kept.density,
                "coverage_kept_back": kept.coverage,
                "density_in_halves": float(np.mean([piece["density"] for piece in again])),
                "coverage_in_halves": float(np.mean([piece["coverage"] for piece in again])),
                **check,
                "unit": "share of futures",
            }
        )
    return rows


def leaf_rows(found: DiscoveryResult, request: DiscoveryRequest) -> list[dict]:
    return [
        {
            "scenario": request.scenario.name,
            "leaf": number,
            "limits": leaf.label(),
            "coverage": leaf.coverage,
            "density": leaf.density,
            "mass": leaf.mass,
            "futures": leaf.futures,
            "unit": "share of futures",
        }
        for number, leaf in enumerate(found.tree.leaves, start=1)
    ]


def summary_sentences(
    found: DiscoveryResult, request: DiscoveryRequest, rows: list[dict]
) -> list[str]:
    """The answer in words."""
    cases = np.concatenate([found.sampled.cases, found.holdout.cases])
    said = [
        f"{request.scenario.name}: {request.expression.text} in {cases.mean():.0%} of {cases.size:,} futures ({found.sampled.left_out:,} that break a guard left out)"
    ]
    for row, box, again in zip(rows, found.boxes, found.again, strict=True):
        limits = np.stack([piece["limits"] for piece in again])
        seen = {
            name: (~np.isnan(limits[:, found.factors_searched.index(name), 0])).mean()
            for name in box.limits
        }
        shaky = [
            f"{name} {share:.0%}" for name, share in seen.items() if share < MIN_SHARE_OF_HALVES
        ]
        said.append(
            f"box {row['box']}: {row['limits']}; density {row['density']:.2f}, coverage {row['coverage']:.2f}; in futures kept back "
            f"{row['density_kept_back']:.2f} and {row['coverage_kept_back']:.2f}"
            + (
                f"; not to be relied on, being found in so few halves of the futures: {', '.join(shaky)}"
                if shaky
                else ""
            )
        )
        said.append(
            f"box {row['box']} as {row['file']}: promises {row['promised']:.2f} (90 %: {row['promised_low']:.2f} to {row['promised_high']:.2f}), "
            f"gives {row['given']:.2f} (90 %: {row['given_low']:.2f} to {row['given_high']:.2f}) in {row['members']} new members"
        )
    said += _hanging_words(request)
    best = found.tree.leaves[0]
    said.append(
        f"a classification tree's densest leaf: {best.label()}; density {best.density:.2f}, coverage {best.coverage:.2f}"
    )
    return said


def _hanging_words(request: DiscoveryRequest) -> list[str]:
    posterior = request.parameter_source.posterior
    names = [
        name
        for name in request.factor_space().names
        if posterior is not None and name in posterior.table
    ]
    if len(names) < 2:
        return []
    pairs, chance = strongest_correlations(posterior.table, names)
    return [
        f"parameters hang together in these futures as in the posterior, where the strongest rank correlation is {pairs[0].correlation:+.2f} "
        f"({pairs[0].first} with {pairs[0].second}; chance reaches {chance:.2f})"
    ]

"""Under which conditions an outcome comes about: boxes among many futures, a tree, and how both hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steppe.experiments.analysis.checkpoints import Pieces
from steppe.experiments.analysis.ensembles.correlation import strongest
from steppe.experiments.analysis.ensembles.simulate import sliced_by
from steppe.experiments.analysis.expressions.syntax_tree import Expression
from steppe.experiments.errors import RequestError

from .cart import Tree, grown_tree
from .design import Discovery, Sampled, sample
from .prim import RESAMPLES, Box, Half, described, find_boxes, inside, look_again, most_telling

LOOKED_AT = 12  # factors that PRIM looks at
STEADY = 0.8  # of the halves of the futures; a limit found in fewer is called out


@dataclass(frozen=True)
class Found:
    """The futures, the factors looked at, boxes, how they hold in halves of the futures, and a tree.

    `sampled` are those in which boxes were looked for, `back` those kept back.
    """

    sampled: Sampled
    back: Sampled
    looked_at: list[str]
    boxes: list[Box]
    again: list[list[dict[str, np.ndarray]]]
    tree: Tree


def check_question(expression: Expression) -> None:
    if not expression.condition or expression.over_members:
        raise RequestError(
            '--outcome must be a condition on each member, such as "leads(China, 3 of 5, security)" or "autonomy(region) < 0.3"'
        )


def answer(question: Discovery, pieces: Pieces) -> Found:
    """Simulate, find boxes, look for each again in halves of the futures, and grow a tree."""
    sampled, back = sample(question, pieces).parted()
    looked_at = most_telling(sampled.columns, sampled.cases, LOOKED_AT, question.seed)
    columns = {name: sampled.columns[name] for name in looked_at}
    boxes = find_boxes(columns, sampled.cases, question.boxes, question.density)
    if not boxes:
        raise RequestError(
            f"no limits on any factor tell apart when {question.expression.text} happens in {question.scenario.name}: it looks like chance; ask something else, or more --futures"
        )
    again, left = [], np.ones(len(sampled.cases), dtype=bool)
    for place, box in enumerate(boxes):
        halves = [
            Half(
                sliced_by(columns, left),
                sampled.cases[left],
                question.density,
                question.seed * 1000 + place * 100 + number,
            )
            for number in range(RESAMPLES)
        ]
        again.append(
            pieces.done(
                look_again,
                halves,
                [
                    f"{question.scenario.name}-box{place + 1}-half{number}"
                    for number in range(RESAMPLES)
                ],
            )
        )
        left &= ~inside(box.limits, columns)
    return Found(
        sampled, back, looked_at, boxes, again, grown_tree(columns, sampled.cases, question.seed)
    )


def rows_of(found: Found, question: Discovery) -> list[dict]:
    """Limits of the boxes as a tidy table, with how often halves of the futures find them too."""
    factors = {
        factor.name: factor
        for factor in (*question.space().factors, *question.lever_space().factors)
    }
    rows = []
    for number, (box, again) in enumerate(zip(found.boxes, found.again, strict=True), start=1):
        limits = np.stack([piece["limits"] for piece in again])
        for name, (low, high) in box.limits.items():
            ends = limits[:, found.looked_at.index(name)]
            seen = ~np.isnan(ends[:, 0])
            rows.append(
                {
                    "scenario": question.scenario.name,
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


def box_rows(found: Found, question: Discovery, checks: list[dict]) -> list[dict]:
    """Each box with what it covers, how dense it is, how that holds, and what its scenario file gives."""
    rows = []
    for number, (box, again, check) in enumerate(
        zip(found.boxes, found.again, checks, strict=True), start=1
    ):
        kept = described(box.limits, found.back.columns, found.back.cases)
        rows.append(
            {
                "scenario": question.scenario.name,
                "box": number,
                "limits": box.words(),
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


def leaf_rows(found: Found, question: Discovery) -> list[dict]:
    return [
        {
            "scenario": question.scenario.name,
            "leaf": number,
            "limits": leaf.words(),
            "coverage": leaf.coverage,
            "density": leaf.density,
            "mass": leaf.mass,
            "futures": leaf.futures,
            "unit": "share of futures",
        }
        for number, leaf in enumerate(found.tree.leaves, start=1)
    ]


def sentences(found: Found, question: Discovery, rows: list[dict]) -> list[str]:
    """The answer in words."""
    cases = np.concatenate([found.sampled.cases, found.back.cases])
    said = [
        f"{question.scenario.name}: {question.expression.text} in {cases.mean():.0%} of {cases.size:,} futures ({found.sampled.left_out:,} that break a guard left out)"
    ]
    for row, box, again in zip(rows, found.boxes, found.again, strict=True):
        limits = np.stack([piece["limits"] for piece in again])
        seen = {
            name: (~np.isnan(limits[:, found.looked_at.index(name), 0])).mean()
            for name in box.limits
        }
        shaky = [f"{name} {share:.0%}" for name, share in seen.items() if share < STEADY]
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
    said += _hanging_words(question)
    best = found.tree.leaves[0]
    said.append(
        f"a classification tree's densest leaf: {best.words()}; density {best.density:.2f}, coverage {best.coverage:.2f}"
    )
    return said


def _hanging_words(question: Discovery) -> list[str]:
    posterior = question.parameter_source.posterior
    names = [
        name for name in question.space().names if posterior is not None and name in posterior.table
    ]
    if len(names) < 2:
        return []
    pairs, chance = strongest(posterior.table, names)
    return [
        f"parameters hang together in these futures as in the posterior, where the strongest rank correlation is {pairs[0].correlation:+.2f} "
        f"({pairs[0].first} with {pairs[0].second}; chance reaches {chance:.2f})"
    ]

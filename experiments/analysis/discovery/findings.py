"""Tables and sentences on the conditions for an outcome."""

from __future__ import annotations

import numpy as np

from steppe.experiments.analysis.ensembles.correlation import strongest_correlations
from steppe.experiments.analysis.folder import Row
from steppe.model.core.array_types import Array
from steppe.model.core.number_text import format_band, format_fixed, format_percent, format_signed

from .analysis import DiscoveryResult
from .design import DiscoveryRequest
from .prim import Box, describe_box

MIN_SHARE_OF_HALVES = 0.8  # limits found in fewer halves of the futures are unreliable
SHORT_COLUMNS = (
    "scenario",
    "box",
    "limits",
    "density",
    "coverage",
    "density_kept_back",
    "promised",
    "given",
    "file",
)  # on the page
LIMITS = (
    "Futures are spread evenly over what is uncertain, so a density is not a probability: it shows "
    "where the outcome is common among the futures of the model, not how likely those futures are. "
    "Limits that are not found again in halves of the futures are unreliable."
)


def limit_rows(result: DiscoveryResult, request: DiscoveryRequest) -> list[Row]:
    """Limits of the boxes as a tidy table, with how often halves of the futures have them too."""
    factors = {
        factor.name: factor
        for factor in (*request.factor_space().factors, *request.lever_factor_space().factors)
    }
    rows = []
    for number, (box, halves) in enumerate(zip(result.boxes, result.halves, strict=True), start=1):
        limits = np.stack([half["limits"] for half in halves])
        for name, (low, high) in box.limits.items():
            ends = limits[:, result.factors_searched.index(name)]
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


def box_rows(result: DiscoveryResult, request: DiscoveryRequest, checks: list[Row]) -> list[Row]:
    """Coverage and density of each box; `checks` are the results of `write_box`."""
    rows = []
    for number, (box, halves, check) in enumerate(
        zip(result.boxes, result.halves, checks, strict=True), start=1
    ):
        held_out = describe_box(box.limits, result.holdout.columns, result.holdout.cases)
        rows.append(
            {
                "scenario": request.scenario.name,
                "box": number,
                "limits": box.label(),
                "coverage": box.coverage,
                "density": box.density,
                "mass": box.mass,
                "futures": box.futures,
                "density_kept_back": held_out.density,
                "coverage_kept_back": held_out.coverage,
                "density_in_halves": float(np.mean([half["density"] for half in halves])),
                "coverage_in_halves": float(np.mean([half["coverage"] for half in halves])),
                **check,
                "unit": "share of futures",
            }
        )
    return rows


def short_rows(rows: list[Row]) -> list[Row]:
    """The columns of the table of boxes that the page shows."""
    return [{key: row[key] for key in SHORT_COLUMNS} for row in rows]


def leaf_rows(result: DiscoveryResult, request: DiscoveryRequest) -> list[Row]:
    """Leaves of the tree, densest first."""
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
        for number, leaf in enumerate(result.tree.leaves, start=1)
    ]


def summary_sentences(
    result: DiscoveryResult, request: DiscoveryRequest, rows: list[Row]
) -> list[str]:
    """What the analysis found, in sentences; `rows` are those of the table of boxes."""
    cases = np.concatenate([result.sampled.cases, result.holdout.cases])
    sentences = [
        f"{request.scenario.name}: {request.expression.text} in {format_percent(cases.mean())} of "
        f"{cases.size:,} futures ({result.sampled.left_out:,} that break a guard left out)"
    ]
    for row, box, halves in zip(rows, result.boxes, result.halves, strict=True):
        sentences.append(_box_sentence(row, _unreliable_limits(result, box, halves)))
        sentences.append(_check_sentence(row))
    sentences += _correlation_sentences(request)
    best = result.tree.leaves[0]
    sentences.append(
        f"densest leaf of a classification tree: {best.label()}; "
        f"density {format_fixed(best.density)}, coverage {format_fixed(best.coverage)}"
    )
    return sentences


def _unreliable_limits(
    result: DiscoveryResult, box: Box, halves: list[dict[str, Array]]
) -> list[str]:
    limits = np.stack([half["limits"] for half in halves])
    shares = {
        name: (~np.isnan(limits[:, result.factors_searched.index(name), 0])).mean()
        for name in box.limits
    }
    return [
        f"{name} {format_percent(share)}"
        for name, share in shares.items()
        if share < MIN_SHARE_OF_HALVES
    ]


def _box_sentence(row: Row, unreliable: list[str]) -> str:
    sentence = (
        f"box {row['box']}: {row['limits']}; density {format_fixed(row['density'])}, "
        f"coverage {format_fixed(row['coverage'])}; in held-out futures "
        f"{format_fixed(row['density_kept_back'])} and {format_fixed(row['coverage_kept_back'])}"
    )
    if unreliable:
        sentence += f"; unreliable, found in few halves of the futures: {', '.join(unreliable)}"
    return sentence


def _check_sentence(row: Row) -> str:
    return (
        f"box {row['box']} as {row['file']}: expected {format_fixed(row['promised'])} "
        f"({format_band(row['promised_low'], row['promised_high'])}), "
        f"observed {format_fixed(row['given'])} "
        f"({format_band(row['given_low'], row['given_high'])}) "
        f"in {row['members']} new members"
    )


def _correlation_sentences(request: DiscoveryRequest) -> list[str]:
    posterior = request.parameter_source.posterior
    if posterior is None:
        return []
    names = [name for name in request.factor_space().names if name in posterior.table]
    if len(names) < 2:
        return []
    pairs, chance = strongest_correlations(posterior.table, names)
    return [
        "parameters are correlated in these futures as in the posterior, where the strongest rank "
        f"correlation is {format_signed(pairs[0].correlation)} "
        f"({pairs[0].first} and {pairs[0].second}; {format_fixed(chance)} is the bound for chance)"
    ]

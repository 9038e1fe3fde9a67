"""Tables and sentences of a sensitivity analysis."""

from __future__ import annotations

import numpy as np

from steppe.experiments.analysis.ensembles.sampling import CONFIDENCE, SensitivityIndex
from steppe.experiments.analysis.folder import Row
from steppe.model.core.array_types import FloatArray
from steppe.model.core.number_text import (
    format_band,
    format_fixed,
    format_general,
    format_percent,
    format_signed,
)

from .analysis import JointSampling, SensitivityRequest, SensitivityResult

RESAMPLES = 400  # of the members, for intervals of the effect of a rule
LIMITS = (
    "Indices are of the model without process noise. Sobol indices assume independent factors, "
    "so correlations of the posterior are left out; how much that matters for the spread of the "
    "output is given above. Coded inputs vary only between two codings, which understates how "
    "far other readers would disagree. A factor that matters here matters in this model."
)


def index_rows(result: SensitivityResult, request: SensitivityRequest) -> list[Row]:
    """All indices as a tidy table."""
    factors = {factor.name: factor for factor in request.factor_space().factors}
    return [
        {
            "factor": row.factor,
            "group": factors[row.factor].group,
            "index": row.index,
            "value": row.value,
            "low": row.value - row.half_width,
            "high": row.value + row.half_width,
            "converged": _convergence(row),
            "unit": "share of variance"
            if row.index in ("S1", "ST")
            else "output from 5th to 95th percentile of the factor",
            "factor_low": factors[row.factor].low,
            "factor_high": factors[row.factor].high,
            "factor_unit": factors[row.factor].unit,
            "meaning": factors[row.factor].meaning,
        }
        for row in (*result.morris, *result.sobol)
    ]


def _convergence(row: SensitivityIndex) -> str:
    if np.isnan(row.half_width):
        return ""
    return "yes" if row.converged else "not converged"


def short_rows(rows: list[Row]) -> list[Row]:
    """The rows and columns that the page shows."""
    columns = ("factor", "index", "value", "low", "high", "converged")
    chosen = [row for row in rows if row["index"] in ("mu_star", "ST")]
    chosen.sort(key=lambda row: (row["index"], -row["value"]))
    return [{key: row[key] for key in columns} for row in chosen[:20]]


def correlation_rows(result: SensitivityResult) -> list[Row]:
    """Pairs of parameters by rank correlation, strongest first, as a tidy table."""
    return [
        {
            "first": pair.first,
            "second": pair.second,
            "rank_correlation": pair.correlation,
            "chance": result.joint.chance,
            "beyond_chance": "yes" if abs(pair.correlation) > result.joint.chance else "no",
            "unit": "1",
        }
        for pair in result.joint.pairs
    ]


def switch_rows(result: SensitivityResult, request: SensitivityRequest) -> list[Row]:
    """The output under each rule switched off, as a tidy table; the first row has none."""
    baseline = next(iter(result.switched.values()))
    unit = "true or false" if request.expression.is_condition else "as the output"
    return [
        {**switch_row(name, output, baseline, request), "unit": unit}
        for name, output in result.switched.items()
    ]


def switch_row(
    name: str, output: FloatArray, baseline: FloatArray, request: SensitivityRequest
) -> Row:
    """The effect of switching a rule off, in the same members; the interval resamples members."""
    change = output - baseline
    draws = np.random.default_rng(request.seed).integers(0, len(change), (RESAMPLES, len(change)))
    tails = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
    low, high = np.quantile(change[draws].mean(axis=1), tails)
    return {
        "rules": name,
        "mean": float(output.mean()),
        "low_5": float(np.quantile(output, 0.05)),
        "high_95": float(np.quantile(output, 0.95)),
        "mean_change": float(change.mean()),
        "mean_change_low": float(low),
        "mean_change_high": float(high),
        "lower": float((change < 0).mean()),
        "higher": float((change > 0).mean()),
        "members": len(change),
    }


def summary_sentences(
    result: SensitivityResult, request: SensitivityRequest, switches: list[Row]
) -> list[str]:
    """What the analysis found, in sentences; `switches` are the rows of `switch_rows`."""
    total, screened = result.ranked("ST"), result.ranked()
    sentences = _sobol_sentences(result, request) if total else []
    effects = ", ".join(
        f"{row.factor} ({format_fixed(row.value, 3)}{_convergence_note(row)})"
        for row in screened[:5]
    )
    sentences.append(f"largest effects in the screening: {effects}")
    sentences += _convergence_sentences(screened, [*result.ranked("S1"), *total])
    sentences.append(_independence_sentence(result.joint))
    sentences += [switch_sentence(row) for row in switches[1:]]
    sentences.append(
        f"{result.inside} of {result.samples} samples use a narrower range of lambda_ or rho, "
        "to stay inside the guards"
    )
    sentences.append(
        f"coded inputs vary between the two codings of {request.codings.twice} of "
        f"{request.codings.claims} claims with a level; the others stay as they are, since fewer "
        "than two coders gave them a level"
    )
    return sentences


def _convergence_sentences(
    screened: list[SensitivityIndex], sobol: list[SensitivityIndex]
) -> list[str]:
    """How many indices have wide intervals, and the option that narrows each kind."""
    sentences = []
    for rows, what, option in (
        (screened, "effects in the screening", "--trajectories"),
        (sobol, "Sobol indices", "--samples"),
    ):
        unsure = sum(not row.converged for row in rows)
        if unsure:
            sentences.append(
                f"not converged: {unsure} of {len(rows)} {what}; more {option} narrow them"
            )
    return sentences or ["all indices have converged"]


def _sobol_sentences(result: SensitivityResult, request: SensitivityRequest) -> list[str]:
    total = result.ranked("ST")
    shares = ", ".join(
        f"{row.factor} {format_fixed(row.value)} "
        f"({format_band(row.value - row.half_width, row.value + row.half_width)}"
        f"{_convergence_note(row)})"
        for row in total[:3]
    )
    first_order = sum(row.value for row in result.ranked("S1"))
    return [
        f"{request.expression.text}: largest shares of variance, including interactions: {shares}",
        f"the first-order effects of {len(total)} factors explain {format_fixed(first_order)} of "
        "the variance; the rest is interactions and estimation error",
    ]


def _convergence_note(row: SensitivityIndex) -> str:
    return "" if row.converged else ", not converged"


def switch_sentence(row: Row) -> str:
    """The effect of switching one rule off."""
    return (
        f"{row['rules']}: {format_signed(row['mean_change'], 3)} on average "
        f"({format_band(row['mean_change_low'], row['mean_change_high'], 3, signed=True)}), "
        f"lower in {format_percent(row['lower'])} and higher in {format_percent(row['higher'])} "
        "of members"
    )


def _independence_sentence(joint: JointSampling) -> str:
    """How much it matters that factors are sampled independently."""
    pair = joint.pairs[0]
    beyond = sum(abs(pair.correlation) > joint.chance for pair in joint.pairs)
    before, after = float(joint.independent_output.std()), float(joint.joint_output.std())
    chance = 2 * np.sqrt(0.5 / len(joint.independent_output) + 0.5 / len(joint.joint_output))
    change = after / before - 1 if before > 0 else 0.0
    return (
        "factors are sampled independently; the strongest rank correlation between parameters is "
        f"{format_signed(pair.correlation)} ({pair.first} and {pair.second}; {beyond} of "
        f"{len(joint.pairs)} pairs exceed {format_fixed(joint.chance)}, the bound for chance); "
        "with parameters drawn jointly the standard deviation of the output is "
        f"{format_general(after, 3)} instead of {format_general(before, 3)} "
        f"({format_signed(100 * change, 0)}%; up to {format_percent(chance)} may be chance)"
    )

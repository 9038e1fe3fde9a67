"""What an output of one scenario hangs on: Morris screening, Sobol indices, and rules switched off.

Screening and indices are of the model without process noise, so that all that varies is
what is varied on purpose; disputed dates and chances are those of member 0 in every
sample. Rules are switched off in ordinary members, with their noise.

Sobol indices share out the variance among factors that are independent, so factors are
sampled one by one. In the posterior parameters hang together; what that leaves out is
measured by a sample in which they are drawn together, beside one in which they are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from steppe.experiments.analysis.ensembles.correlation import CorrelatedPair, strongest_correlations
from steppe.experiments.analysis.ensembles.factors import (
    NOISE_PARAMETERS,
    FactorSpace,
    coding_factors,
    event_factors,
    parameter_factors,
    parameter_table_at,
    variation_at,
)
from steppe.experiments.analysis.ensembles.input_uncertainty import Codings
from steppe.experiments.analysis.ensembles.sampling import (
    CONFIDENCE,
    SensitivityIndex,
    latin_hypercube,
    morris_indices,
    morris_points,
    morris_positions,
    sobol_indices,
    sobol_points,
)
from steppe.experiments.analysis.ensembles.simulate import (
    AnalysisRequest,
    Ensemble,
    chunk_ranges,
    draw_parameter_table,
    evaluate_ensemble,
    evaluate_members,
)
from steppe.experiments.analysis.expressions.syntax_tree import Expression
from steppe.experiments.errors import RequestError
from steppe.experiments.runs.checkpoints import Checkpoints

SOBOL_FACTORS = 10  # factors that go from the screening to Sobol
SWITCH_RESAMPLES = 400
DRAWS = 1000  # from priors, by which correlations are judged
SWITCHES: dict[str, dict] = {
    "as it is": {},
    "no reaction": {"fixed": {"lambda_": 0.0, "phi": 0.0, "chi": 0.0}},
    "no hedging": {"fixed": {"rho": 0.0}},
    "no institutions": {"fixed": {"gamma": 0.0}},
    "no events": {"without_events": True},
}


@dataclass(frozen=True)
class SensitivityRequest(AnalysisRequest):
    """A question about what matters.

    codings : those of the evidence that the parameter source holds. trajectories : of Morris.
    size : base samples for Sobol, and samples with parameters drawn together and one by
    one. members : in which rules are switched off.
    """

    codings: Codings
    trajectories: int = 100
    size: int = 1024
    members: int = 500

    def factor_space(self) -> FactorSpace:
        return FactorSpace(
            (
                *parameter_factors(self.parameter_source, self.scenario, without=NOISE_PARAMETERS),
                *coding_factors(),
                *event_factors(self.scenario),
            )
        )


@dataclass(frozen=True)
class PointChunk:
    """Some points of some factors' unit cube, to be simulated.

    Where `draws` holds numbers of draws, parameters are those of the draws, together.
    """

    request: SensitivityRequest
    names: tuple[str, ...]
    points: np.ndarray
    draws: np.ndarray | None = None


def simulate_points(piece: PointChunk) -> dict[str, np.ndarray]:
    """The output at each point, and how many points were brought inside a guard."""
    request = piece.request
    found = request.factor_space().select(piece.names).values_at(piece.points)
    if piece.draws is None:
        table, inside = parameter_table_at(found, request.parameter_source, request.scenario)
    else:
        table, inside = (
            draw_parameter_table(
                request.scenario, request.parameter_source, request.seed, piece.draws
            ),
            0,
        )
    futures = Ensemble(
        request.scenario,
        np.zeros(len(piece.points), dtype=int),
        request.seed,
        request.parameter_source,
        table,
        variation_at(found, request.scenario, request.codings),
        noise=False,
    )
    return {"output": evaluate_ensemble(futures, request.expression), "inside": np.array(inside)}


@dataclass(frozen=True)
class Switch:
    """Members under one rule switched off."""

    request: SensitivityRequest
    name: str


def simulate_switch(switch: Switch) -> dict[str, np.ndarray]:
    request = switch.request
    return {
        "output": evaluate_members(
            request.members,
            request.scenario,
            request.expression,
            request.seed,
            request.parameter_source,
            **SWITCHES[switch.name],
        )
    }


@dataclass(frozen=True)
class JointSampling:
    """What drawing factors one by one leaves out: pairs of parameters by their correlation, and the output both ways."""

    pairs: list[CorrelatedPair]
    chance: float
    joint_output: np.ndarray
    independent_output: np.ndarray


@dataclass(frozen=True)
class SensitivityResult:
    """Indices by Morris and Sobol, rows on switched-off rules, how many samples were brought inside a guard."""

    morris: list[SensitivityIndex]
    sobol: list[SensitivityIndex]
    switches: list[dict]
    inside: int
    samples: int
    joint: JointSampling

    def ranked(self, index: str = "mu_star") -> list[SensitivityIndex]:
        rows = [row for row in (*self.morris, *self.sobol) if row.index == index]
        return sorted(rows, key=lambda row: -row.value)


def check_expression(expression: Expression) -> None:
    """An output is a value of each member."""
    if expression.is_aggregate:
        raise RequestError(
            "P, mean and median are about all members together; for --output write what is inside the brackets, a value of each member"
        )


def analyse(
    request: SensitivityRequest, checkpoints: Checkpoints, method: str = "both"
) -> SensitivityResult:
    """Screen everything, then share out the variance among what matters most."""
    factor_space = request.factor_space()
    names = tuple(factor_space.names)
    points = morris_points(list(names), request.trajectories, request.seed)
    output, inside = _simulate_points(
        request, names, morris_positions(points), checkpoints, "morris"
    )
    morris = morris_indices(list(names), points, output, request.seed)
    sobol: list[SensitivityIndex] = []
    samples = len(points)
    if method == "both":
        chosen = tuple(most_influential(morris))
        points = sobol_points(list(chosen), request.size, request.seed)
        output, more = _simulate_points(request, chosen, points, checkpoints, "sobol")
        sobol = sobol_indices(list(chosen), output, request.seed)
        inside, samples = inside + more, samples + len(points)
    return SensitivityResult(
        morris,
        sobol,
        _switch_rules_off(request, checkpoints),
        inside,
        samples,
        _sample_jointly(request, names, checkpoints),
    )


def most_influential(morris: Sequence[SensitivityIndex], most: int = SOBOL_FACTORS) -> list[str]:
    """Factors with the largest mean absolute effects; those without any effect are left out."""
    rows = sorted(
        (row for row in morris if row.index == "mu_star" and row.value > 0),
        key=lambda row: -row.value,
    )
    return [row.factor for row in rows[:most]]


def _simulate_points(
    request: SensitivityRequest,
    names: tuple[str, ...],
    points: np.ndarray,
    checkpoints: Checkpoints,
    word: str,
    joint: bool = False,
) -> tuple[np.ndarray, int]:
    tasks = [
        PointChunk(request, names, points[first:last], np.arange(first, last) if joint else None)
        for first, last in chunk_ranges(len(points))
    ]
    labels = [f"{word}-{first:08d}" for first, _ in chunk_ranges(len(points))]
    done = checkpoints.run(simulate_points, tasks, labels)
    return np.concatenate([piece["output"] for piece in done]), int(
        sum(piece["inside"] for piece in done)
    )


def _sample_jointly(
    request: SensitivityRequest, names: tuple[str, ...], checkpoints: Checkpoints
) -> JointSampling:
    """The same points with parameters drawn together, as the weights have them, and one by one."""
    parameters = [
        factor.name for factor in request.factor_space().factors if factor.group == "parameter"
    ]
    numbers = np.arange(
        DRAWS
        if request.parameter_source.posterior is None
        else request.parameter_source.posterior.size
    )
    pairs, chance = strongest_correlations(
        draw_parameter_table(request.scenario, request.parameter_source, request.seed, numbers),
        parameters,
    )
    points = latin_hypercube(request.size, len(names), request.seed)
    joint, independent = (
        _simulate_points(request, names, points, checkpoints, word, word == "together")[0]
        for word in ("together", "apart")
    )
    return JointSampling(pairs, chance, joint, independent)


def _switch_rules_off(request: SensitivityRequest, checkpoints: Checkpoints) -> list[dict]:
    """The output under each rule switched off, and how it differs from the same members as they are."""
    switches = [Switch(request, name) for name in SWITCHES]
    labels = [f"switch-{name.replace(' ', '-')}" for name in SWITCHES]
    outputs = [piece["output"] for piece in checkpoints.run(simulate_switch, switches, labels)]
    return [
        switch_row(name, output, outputs[0], request)
        for name, output in zip(SWITCHES, outputs, strict=True)
    ]


def switch_row(
    name: str, output: np.ndarray, as_it_is: np.ndarray, request: SensitivityRequest
) -> dict:
    """What a rule is worth, from the output with it switched off and as it is, in the same members; the interval resamples members."""
    change = output - as_it_is
    draws = np.random.default_rng(request.seed).integers(
        0, len(change), (SWITCH_RESAMPLES, len(change))
    )
    low, high = np.quantile(
        change[draws].mean(axis=1), ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
    )
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


def index_rows(found: SensitivityResult, request: SensitivityRequest) -> list[dict]:
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
            "converged": ""
            if np.isnan(row.half_width)
            else "yes"
            if row.converged
            else "not converged",
            "unit": "share of variance"
            if row.index in ("S1", "ST")
            else "output from 5th to 95th percentile of the factor",
            "factor_low": factors[row.factor].low,
            "factor_high": factors[row.factor].high,
            "factor_unit": factors[row.factor].unit,
            "meaning": factors[row.factor].meaning,
        }
        for row in (*found.morris, *found.sobol)
    ]


def correlation_rows(found: SensitivityResult) -> list[dict]:
    """Pairs of parameters, the most strongly correlated in the weights first, as a tidy table."""
    return [
        {
            "first": pair.first,
            "second": pair.second,
            "rank_correlation": pair.correlation,
            "chance": found.joint.chance,
            "beyond_chance": "yes" if abs(pair.correlation) > found.joint.chance else "no",
            "unit": "1",
        }
        for pair in found.joint.pairs
    ]


def summary_sentences(found: SensitivityResult, request: SensitivityRequest) -> list[str]:
    """The answer in words."""
    said = []
    total = found.ranked("ST")
    if total:
        named = ", ".join(
            f"{row.factor} {row.value:.2f} (90 %: {row.value - row.half_width:.2f} to {row.value + row.half_width:.2f}{_convergence_note(row)})"
            for row in total[:3]
        )
        alone = sum(row.value for row in found.sobol if row.index == "S1")
        said.append(
            f"{request.expression.text}: the largest shares of variance, interactions included, go to {named}"
        )
        said.append(
            f"what the ten do alone adds up to {alone:.2f} of the variance; the rest is interaction and error of estimation"
        )
    screened = found.ranked()
    said.append(
        "screening puts first: "
        + ", ".join(
            f"{row.factor} ({row.value:.3f}{_convergence_note(row)})" for row in screened[:5]
        )
    )
    unsure = [row for row in (*screened, *found.ranked("S1"), *total) if not row.converged]
    said.append(
        f"not converged: {len(unsure)} of {len(screened) + 2 * len(total)} indices; more --samples narrow them"
        if unsure
        else "all indices have converged"
    )
    said.append(_independence_sentence(found.joint))
    said += [switch_sentence(row) for row in found.switches[1:]]
    return said


def _convergence_note(row: SensitivityIndex) -> str:
    return "" if row.converged else ", not converged"


def switch_sentence(row: dict) -> str:
    return (
        f"{row['rules']}: {row['mean_change']:+.3f} on average (90 %: {row['mean_change_low']:+.3f} to {row['mean_change_high']:+.3f}), "
        f"lower in {row['lower']:.0%} and higher in {row['higher']:.0%} of members"
    )


def _independence_sentence(joint: JointSampling) -> str:
    """How far it is safe to vary parameters one by one."""
    pair, sure = joint.pairs[0], sum(abs(pair.correlation) > joint.chance for pair in joint.pairs)
    spreads = [float(sample.std()) for sample in (joint.independent_output, joint.joint_output)]
    chance = 2 * np.sqrt(0.5 / len(joint.independent_output) + 0.5 / len(joint.joint_output))
    change = spreads[1] / spreads[0] - 1 if spreads[0] > 0 else 0.0
    return (
        f"factors are varied one by one; in the weights the strongest rank correlation among parameters is {pair.correlation:+.2f} "
        f"({pair.first} with {pair.second}; {sure} of {len(joint.pairs)} pairs pass what chance reaches, {joint.chance:.2f}); with parameters drawn "
        f"together the output has a standard deviation of {spreads[1]:.3g} rather than {spreads[0]:.3g} ({change:+.0%}; within {chance:.0%} it may be chance)"
    )

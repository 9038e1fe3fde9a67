"""What an output depends on: Morris screening, Sobol indices, and rules switched off.

Screening and indices use the model without process noise, so that only the factors vary;
uncertain dates and occurrences are those of member 0 in every sample. Rules are switched off
in ordinary members, with noise.

Sobol indices assume independent factors, so factors are sampled independently, although
parameters are correlated in the posterior. To measure what this leaves out, the output is
also sampled with parameters drawn jointly from the posterior.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from steppe.experiments.analysis.ensembles.correlation import (
    CorrelatedPair,
    strongest_correlations,
)
from steppe.experiments.analysis.ensembles.factors import (
    NOISE_PARAMETERS,
    FactorSpace,
    coding_factors,
    event_factors,
    offsets_not_read,
    parameter_factors,
    parameter_table_at,
    variation_at,
)
from steppe.experiments.analysis.ensembles.input_uncertainty import Codings
from steppe.experiments.analysis.ensembles.sampling import (
    SensitivityIndex,
    latin_hypercube,
    morris_indices,
    morris_points,
    morris_positions,
    sobol_indices,
    sobol_points,
)
from steppe.experiments.analysis.ensembles.simulate import (
    CHUNK_SIZE,
    AnalysisRequest,
    Ensemble,
    chunk_ranges,
    draw_parameter_table,
    evaluate_ensemble,
    evaluate_members,
)
from steppe.experiments.analysis.expressions.syntax_tree import Expression
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.model.core.array_types import Array, FloatArray, IntArray
from steppe.model.core.errors import RequestError

SOBOL_FACTORS = 10  # factors that go from the screening to Sobol
PRIOR_DRAWS = 1000  # for correlations, if parameters come from the priors
SWITCHES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "no reaction": {"fixed": {"lambda_": 0.0, "phi": 0.0, "chi": 0.0}},
    "no hedging": {"fixed": {"rho": 0.0}},
    "no institutions": {"fixed": {"gamma": 0.0}},
    "no events": {"without_events": True},
}


@dataclass(frozen=True)
class SensitivityRequest(AnalysisRequest):
    """A sensitivity analysis.

    codings : the two codings of the evidence that `parameter_source` uses.
    trajectories : Morris trajectories.
    size : base samples for Sobol, and samples with parameters drawn jointly and independently.
    members : members in which rules are switched off.
    """

    codings: Codings
    trajectories: int = 100
    size: int = 1024
    members: int = 500

    def factor_space(self) -> FactorSpace:
        without = (*NOISE_PARAMETERS, *offsets_not_read(self.expression))
        return FactorSpace(
            (
                *parameter_factors(self.parameter_source, self.scenario, without=without),
                *coding_factors(),
                *event_factors(self.scenario),
            )
        )


@dataclass(frozen=True)
class PointChunk:
    """Points of the unit cube of some factors, to be simulated together.

    If `draws` is given, parameters are those of these draws, jointly, instead.
    """

    request: SensitivityRequest
    names: tuple[str, ...]
    points: FloatArray
    draws: IntArray | None = None


def simulate_points(chunk: PointChunk) -> dict[str, Array]:
    """Return the output at each point, and how many points were moved inside a guard."""
    request = chunk.request
    values = request.factor_space().select(chunk.names).values_at(chunk.points)
    if chunk.draws is None:
        table, inside = parameter_table_at(values, request.parameter_source, request.scenario)
    else:
        table, inside = (
            draw_parameter_table(
                request.scenario, request.parameter_source, request.seed, chunk.draws
            ),
            0,
        )
    ensemble = Ensemble(
        request.scenario,
        np.zeros(len(chunk.points), dtype=int),
        request.seed,
        request.parameter_source,
        table,
        variation_at(values, request.scenario, request.codings),
        noise=False,
    )
    return {"output": evaluate_ensemble(ensemble, request.expression), "inside": np.array(inside)}


@dataclass(frozen=True)
class Switch:
    """Members with one rule switched off."""

    request: SensitivityRequest
    name: str


def simulate_switch(switch: Switch) -> dict[str, Array]:
    """Return the output in each member."""
    request = switch.request
    output = evaluate_members(
        request.members,
        request.scenario,
        request.expression,
        request.seed,
        request.parameter_source,
        **SWITCHES[switch.name],
    )
    return {"output": output}


@dataclass(frozen=True)
class JointSampling:
    """What sampling factors independently leaves out.

    `pairs` are pairs of parameters by rank correlation, strongest first; `chance` is what the
    strongest would reach by chance.
    """

    pairs: list[CorrelatedPair]
    chance: float
    joint_output: FloatArray
    independent_output: FloatArray


@dataclass(frozen=True)
class SensitivityResult:
    """Indices, the output under each rule switched off, and samples moved inside a guard."""

    morris: list[SensitivityIndex]
    sobol: list[SensitivityIndex]
    switched: Mapping[str, FloatArray]
    inside: int
    samples: int
    joint: JointSampling

    def ranked(self, index: str = "mu_star") -> list[SensitivityIndex]:
        """One kind of index, largest first."""
        rows = [row for row in (*self.morris, *self.sobol) if row.index == index]
        return sorted(rows, key=lambda row: -row.value)


def check_expression(expression: Expression) -> None:
    """Refuse an output that is not a value of each member."""
    if expression.is_aggregate:
        raise RequestError(
            "P, mean and median are about all members together; for --output write what is inside "
            "the brackets, a value of each member"
        )


def analyse(
    request: SensitivityRequest, checkpoints: Checkpoints, method: str = "both"
) -> SensitivityResult:
    """Screen all factors, then split the variance among the most influential."""
    names = tuple(request.factor_space().names)
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
    switched = _switch_rules_off(request, checkpoints)
    joint = _sample_jointly(request, names, checkpoints)
    return SensitivityResult(morris, sobol, switched, inside, samples, joint)


def count_tasks(request: SensitivityRequest, method: str) -> int:
    """Tasks of an analysis, for a progress bar."""
    screened = request.trajectories * (len(request.factor_space().factors) + 1)
    sobol = request.size * (SOBOL_FACTORS + 2) if method == "both" else 0
    sizes = (screened, sobol, request.size, request.size)
    return sum(-(-size // CHUNK_SIZE) for size in sizes) + len(SWITCHES)


def most_influential(morris: Sequence[SensitivityIndex], most: int = SOBOL_FACTORS) -> list[str]:
    """Factors with the largest mean absolute effects, without those that have none."""
    rows = sorted(
        (row for row in morris if row.index == "mu_star" and row.value > 0),
        key=lambda row: -row.value,
    )
    return [row.factor for row in rows[:most]]


def _simulate_points(
    request: SensitivityRequest,
    names: tuple[str, ...],
    points: FloatArray,
    checkpoints: Checkpoints,
    label: str,
    joint: bool = False,
) -> tuple[FloatArray, int]:
    ranges = chunk_ranges(len(points))
    tasks = [
        PointChunk(request, names, points[first:last], np.arange(first, last) if joint else None)
        for first, last in ranges
    ]
    done = checkpoints.run(simulate_points, tasks, [f"{label}-{first:08d}" for first, _ in ranges])
    output = np.concatenate([piece["output"] for piece in done])
    return output, int(sum(piece["inside"] for piece in done))


def _sample_jointly(
    request: SensitivityRequest, names: tuple[str, ...], checkpoints: Checkpoints
) -> JointSampling:
    """Sample the output with parameters drawn jointly, and at the same points independently."""
    parameters = [
        factor.name for factor in request.factor_space().factors if factor.group == "parameter"
    ]
    posterior = request.parameter_source.posterior
    numbers = np.arange(PRIOR_DRAWS if posterior is None else posterior.size)
    table = draw_parameter_table(request.scenario, request.parameter_source, request.seed, numbers)
    pairs, chance = strongest_correlations(table, parameters)
    points = latin_hypercube(request.size, len(names), request.seed)
    joint, _ = _simulate_points(request, names, points, checkpoints, "together", joint=True)
    independent, _ = _simulate_points(request, names, points, checkpoints, "apart")
    return JointSampling(pairs, chance, joint, independent)


def _switch_rules_off(
    request: SensitivityRequest, checkpoints: Checkpoints
) -> dict[str, FloatArray]:
    """The output in the same members under each rule switched off."""
    switches = [Switch(request, name) for name in SWITCHES]
    labels = [f"switch-{name.replace(' ', '-')}" for name in SWITCHES]
    done = checkpoints.run(simulate_switch, switches, labels)
    return {name: piece["output"] for name, piece in zip(SWITCHES, done, strict=True)}

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

from steppe.experiments.analysis.checkpoints import Pieces
from steppe.experiments.analysis.ensembles.correlation import Pair, strongest
from steppe.experiments.analysis.ensembles.factors import (
    NOISELESS,
    Space,
    coding_factors,
    event_factors,
    parameter_factors,
    parameters_at,
    variation_at,
)
from steppe.experiments.analysis.ensembles.input_uncertainty import Codings
from steppe.experiments.analysis.ensembles.sampling import (
    CONFIDENCE,
    Index,
    latin_hypercube,
    morris_indices,
    morris_places,
    morris_points,
    sobol_indices,
    sobol_points,
)
from steppe.experiments.analysis.ensembles.simulate import (
    Futures,
    Question,
    drawn_table,
    spans,
    values_in,
    values_in_members,
)
from steppe.experiments.analysis.expressions.syntax_tree import Expression
from steppe.experiments.errors import RequestError

MATTER = 10  # factors that go from the screening to Sobol
SWITCH_RESAMPLES = 400
DRAWS = 1000  # from priors, by which correlations are judged
SWITCHES: dict[str, dict] = {
    "as it is": {},
    "no reaction": {"fixed": {"lambda_": 0.0, "phi": 0.0, "chi": 0.0}},
    "no hedging": {"fixed": {"rho": 0.0}},
    "no institutions": {"fixed": {"gamma": 0.0}},
    "no events": {"eventless": True},
}


@dataclass(frozen=True)
class Sensitivity(Question):
    """A question about what matters.

    codings : those of the evidence that the parameter source holds. trajectories : of Morris.
    size : base samples for Sobol, and samples with parameters drawn together and one by
    one. members : in which rules are switched off.
    """

    codings: Codings
    trajectories: int = 100
    size: int = 1024
    members: int = 500

    def space(self) -> Space:
        return Space(
            (
                *parameter_factors(self.parameter_source, self.scenario, without=NOISELESS),
                *coding_factors(),
                *event_factors(self.scenario),
            )
        )


@dataclass(frozen=True)
class Piece:
    """Some points of some factors' unit cube, to be simulated.

    Where `drawn` holds numbers of draws, parameters are those of the draws, together.
    """

    question: Sensitivity
    names: tuple[str, ...]
    points: np.ndarray
    drawn: np.ndarray | None = None


def simulate_piece(piece: Piece) -> dict[str, np.ndarray]:
    """The output at each point, and how many points were brought inside a guard."""
    question = piece.question
    found = question.space().only(piece.names).values(piece.points)
    if piece.drawn is None:
        table, inside = parameters_at(found, question.parameter_source, question.scenario)
    else:
        table, inside = (
            drawn_table(question.scenario, question.parameter_source, question.seed, piece.drawn),
            0,
        )
    futures = Futures(
        question.scenario,
        np.zeros(len(piece.points), dtype=int),
        question.seed,
        question.parameter_source,
        table,
        variation_at(found, question.scenario, question.codings),
        noise=False,
    )
    return {"output": values_in(futures, question.expression), "inside": np.array(inside)}


@dataclass(frozen=True)
class Switch:
    """Members under one rule switched off."""

    question: Sensitivity
    name: str


def simulate_switch(switch: Switch) -> dict[str, np.ndarray]:
    question = switch.question
    return {
        "output": values_in_members(
            question.members,
            question.scenario,
            question.expression,
            question.seed,
            question.parameter_source,
            **SWITCHES[switch.name],
        )
    }


@dataclass(frozen=True)
class Joint:
    """What drawing factors one by one leaves out: pairs of parameters by their correlation, and the output both ways."""

    pairs: list[Pair]
    chance: float
    together: np.ndarray
    apart: np.ndarray


@dataclass(frozen=True)
class Found:
    """Indices by Morris and Sobol, rows on switched-off rules, how many samples were brought inside a guard."""

    morris: list[Index]
    sobol: list[Index]
    switches: list[dict]
    inside: int
    samples: int
    joint: Joint

    def ranked(self, index: str = "mu_star") -> list[Index]:
        rows = [row for row in (*self.morris, *self.sobol) if row.index == index]
        return sorted(rows, key=lambda row: -row.value)


def check_question(expression: Expression) -> None:
    """An output is a value of each member."""
    if expression.over_members:
        raise RequestError(
            "P, mean and median are about all members together; for --output write what is inside the brackets, a value of each member"
        )


def answer(question: Sensitivity, pieces: Pieces, method: str = "both") -> Found:
    """Screen everything, then share out the variance among what matters most."""
    space = question.space()
    names = tuple(space.names)
    points = morris_points(list(names), question.trajectories, question.seed)
    output, inside = _simulated(question, names, morris_places(points), pieces, "morris")
    morris = morris_indices(list(names), points, output, question.seed)
    sobol: list[Index] = []
    samples = len(points)
    if method == "both":
        chosen = tuple(mattering(morris))
        points = sobol_points(list(chosen), question.size, question.seed)
        output, more = _simulated(question, chosen, points, pieces, "sobol")
        sobol = sobol_indices(list(chosen), output, question.seed)
        inside, samples = inside + more, samples + len(points)
    return Found(
        morris, sobol, _switched(question, pieces), inside, samples, _joint(question, names, pieces)
    )


def mattering(morris: Sequence[Index], most: int = MATTER) -> list[str]:
    """Factors with the largest mean absolute effects; those without any effect are left out."""
    rows = sorted(
        (row for row in morris if row.index == "mu_star" and row.value > 0),
        key=lambda row: -row.value,
    )
    return [row.factor for row in rows[:most]]


def _simulated(
    question: Sensitivity,
    names: tuple[str, ...],
    points: np.ndarray,
    pieces: Pieces,
    word: str,
    together: bool = False,
) -> tuple[np.ndarray, int]:
    tasks = [
        Piece(question, names, points[first:last], np.arange(first, last) if together else None)
        for first, last in spans(len(points))
    ]
    labels = [f"{word}-{first:08d}" for first, _ in spans(len(points))]
    done = pieces.done(simulate_piece, tasks, labels)
    return np.concatenate([piece["output"] for piece in done]), int(
        sum(piece["inside"] for piece in done)
    )


def _joint(question: Sensitivity, names: tuple[str, ...], pieces: Pieces) -> Joint:
    """The same points with parameters drawn together, as the weights have them, and one by one."""
    parameters = [factor.name for factor in question.space().factors if factor.group == "parameter"]
    numbers = np.arange(
        DRAWS
        if question.parameter_source.posterior is None
        else question.parameter_source.posterior.size
    )
    pairs, chance = strongest(
        drawn_table(question.scenario, question.parameter_source, question.seed, numbers),
        parameters,
    )
    points = latin_hypercube(question.size, len(names), question.seed)
    together, apart = (
        _simulated(question, names, points, pieces, word, word == "together")[0]
        for word in ("together", "apart")
    )
    return Joint(pairs, chance, together, apart)


def _switched(question: Sensitivity, pieces: Pieces) -> list[dict]:
    """The output under each rule switched off, and how it differs from the same members as they are."""
    switches = [Switch(question, name) for name in SWITCHES]
    labels = [f"switch-{name.replace(' ', '-')}" for name in SWITCHES]
    outputs = [piece["output"] for piece in pieces.done(simulate_switch, switches, labels)]
    return [
        switch_row(name, output, outputs[0], question)
        for name, output in zip(SWITCHES, outputs, strict=True)
    ]


def switch_row(name: str, output: np.ndarray, as_it_is: np.ndarray, question: Sensitivity) -> dict:
    """What a rule is worth, from the output with it switched off and as it is, in the same members; the interval resamples members."""
    change = output - as_it_is
    draws = np.random.default_rng(question.seed).integers(
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


def rows_of(found: Found, question: Sensitivity) -> list[dict]:
    """All indices as a tidy table."""
    factors = {factor.name: factor for factor in question.space().factors}
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


def joint_rows(found: Found) -> list[dict]:
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


def sentences(found: Found, question: Sensitivity) -> list[str]:
    """The answer in words."""
    said = []
    total = found.ranked("ST")
    if total:
        named = ", ".join(
            f"{row.factor} {row.value:.2f} (90 %: {row.value - row.half_width:.2f} to {row.value + row.half_width:.2f}{_doubt(row)})"
            for row in total[:3]
        )
        alone = sum(row.value for row in found.sobol if row.index == "S1")
        said.append(
            f"{question.expression.text}: the largest shares of variance, interactions included, go to {named}"
        )
        said.append(
            f"what the ten do alone adds up to {alone:.2f} of the variance; the rest is interaction and error of estimation"
        )
    screened = found.ranked()
    said.append(
        "screening puts first: "
        + ", ".join(f"{row.factor} ({row.value:.3f}{_doubt(row)})" for row in screened[:5])
    )
    unsure = [row for row in (*screened, *found.ranked("S1"), *total) if not row.converged]
    said.append(
        f"not converged: {len(unsure)} of {len(screened) + 2 * len(total)} indices; more --samples narrow them"
        if unsure
        else "all indices have converged"
    )
    said.append(_apart_words(found.joint))
    said += [switch_words(row) for row in found.switches[1:]]
    return said


def _doubt(row: Index) -> str:
    return "" if row.converged else ", not converged"


def switch_words(row: dict) -> str:
    return (
        f"{row['rules']}: {row['mean_change']:+.3f} on average (90 %: {row['mean_change_low']:+.3f} to {row['mean_change_high']:+.3f}), "
        f"lower in {row['lower']:.0%} and higher in {row['higher']:.0%} of members"
    )


def _apart_words(joint: Joint) -> str:
    """How far it is safe to vary parameters one by one."""
    pair, sure = joint.pairs[0], sum(abs(pair.correlation) > joint.chance for pair in joint.pairs)
    spreads = [float(sample.std()) for sample in (joint.apart, joint.together)]
    chance = 2 * np.sqrt(0.5 / len(joint.apart) + 0.5 / len(joint.together))
    change = spreads[1] / spreads[0] - 1 if spreads[0] > 0 else 0.0
    return (
        f"factors are varied one by one; in the weights the strongest rank correlation among parameters is {pair.correlation:+.2f} "
        f"({pair.first} with {pair.second}; {sure} of {len(joint.pairs)} pairs pass what chance reaches, {joint.chance:.2f}); with parameters drawn "
        f"together the output has a standard deviation of {spreads[1]:.3g} rather than {spreads[0]:.3g} ({change:+.0%}; within {chance:.0%} it may be chance)"
    )

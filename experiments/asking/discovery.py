"""Under which conditions an outcome comes about: many futures, boxes among them, and each box as a scenario file.

Futures are spread evenly by a Latin hypercube over the middle 90 % of every parameter's
range and over the whole range of every lever: no future is taken to be likelier than
another. Futures that break a guard of the model are left out. Levers take a number of
combinations, each shared by some futures, since every combination is a scenario to read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...model import Scenario, load_scenario
from ...model.ensemble import changed
from ...model.faults import FaultsFound
from ...model.parameters import broken_guards
from ..problems import Refused
from ..weighting import Weighting
from .boxes import RESAMPLES, Box, Half, described, find_boxes, inside, look_again, most_telling, tree_leaves
from .chunks import Pieces
from .futures import Futures, Table, shares_of, spans
from .measuring import values
from .sampling import latin_hypercube
from .space import GRID, Factor, Space, parameter_factors
from .vocabulary import Expression

COMBINATIONS = 200
PER_COMBINATION = 25  # futures at least
TOGETHER = 8  # combinations simulated in one piece
LOOKED_AT = 12  # factors that PRIM looks at
FEWEST = 20  # cases, and others
KEPT_BACK = 0.3  # futures in which no box is looked for, and by which boxes are judged


@dataclass(frozen=True)
class Discovery:
    """A question about conditions."""

    scenario: Scenario
    word: str
    expression: Expression
    weighting: Weighting
    seed: int
    futures: int = 10_000
    boxes: int = 2
    density: float = 0.8

    def space(self) -> Space:
        """The parameters that the scenario leaves open, each evenly over its middle 90 %."""
        taken = {label.partition("[")[0] if "[" not in label else label for label in self.scenario.parameters}
        factors = [factor for factor in parameter_factors(self.weighting, even=True)
                   if factor.name not in taken and factor.name.partition("[")[0] not in taken]
        return Space(tuple(factors))

    def lever_space(self) -> Space:
        return Space(tuple(Factor(name, "lever", "as the lever", lever.meaning, lever.range[0] + (lever.range[1] - lever.range[0]) * GRID)
                           for name, lever in self.scenario.levers.items()))


@dataclass(frozen=True)
class Batch:
    """Futures that share a value of every lever."""

    question: Discovery
    levers: dict[str, float]
    numbers: np.ndarray
    table: Table


@dataclass(frozen=True)
class Load:
    """Some batches, simulated one after the other and kept together."""

    batches: tuple[Batch, ...]


def simulate_load(load: Load) -> dict[str, np.ndarray]:
    return {"outcome": np.concatenate([_outcome(batch) for batch in load.batches])}


def _outcome(batch: Batch) -> np.ndarray:
    question = batch.question
    scenario = load_scenario(question.word, levers=batch.levers) if batch.levers else question.scenario
    futures = Futures(scenario, batch.numbers, question.seed, question.weighting, batch.table)
    return values(question.expression, shares_of(futures, question.expression))


@dataclass(frozen=True)
class Sampled:
    """Futures: the value of every factor and lever, by name, and whether the outcome came about."""

    columns: Table
    cases: np.ndarray
    left_out: int

    def only(self, chosen: np.ndarray) -> Sampled:
        return Sampled({name: column[chosen] for name, column in self.columns.items()}, self.cases[chosen], self.left_out)

    def parted(self) -> tuple[Sampled, Sampled]:
        """Those in which boxes are looked for, and those kept back: a Latin hypercube's rows have no order."""
        back = np.arange(len(self.cases)) >= round((1 - KEPT_BACK) * len(self.cases))
        return self.only(~back), self.only(back)


@dataclass(frozen=True)
class Found:
    """The futures, the factors looked at, boxes, how they hold in halves of the futures, and the leaves of a tree.

    `sampled` are those in which boxes were looked for, `back` those kept back.
    """

    sampled: Sampled
    back: Sampled
    looked_at: list[str]
    boxes: list[Box]
    again: list[list[dict[str, np.ndarray]]]
    leaves: list[Box]


def check_question(expression: Expression) -> None:
    if not expression.condition or expression.over_members:
        raise Refused("--outcome must be a condition on each member, such as \"leads(China, 3 of 5, security)\" or \"autonomy(region) < 0.3\"")


def sample(question: Discovery, pieces: Pieces) -> Sampled:
    """Simulate the futures.

    Raises
    ------
    Refused
        If no future is left by the guards, or the outcome always or never happens.
    """
    columns, levers, group = _drawn(question)
    kept = ~_broken(columns, question)
    if not kept.any():
        raise Refused(f"every one of {kept.size:,} futures breaks a guard of the model: no sample is left; loosen the parameters that {question.scenario.name} sets")
    columns = {name: column[kept] for name, column in columns.items()}
    group = group[kept]
    loads, labels, order = _loads(question, columns, levers, group)
    done = pieces.done(simulate_load, loads, labels)
    cases = np.empty(len(group), dtype=bool)
    cases[order] = np.concatenate([piece["outcome"] for piece in done]) > 0.5
    _check_cases(cases, question)
    full = columns | {name: column[group] for name, column in levers.items()}
    return Sampled(full, cases, int((~kept).sum()))


def _drawn(question: Discovery) -> tuple[Table, Table, np.ndarray]:
    """Parameters of every future, levers of every combination, and which combination each future has."""
    space, turned = question.space(), question.lever_space()
    columns = space.values(latin_hypercube(question.futures, len(space.factors), question.seed))
    count = min(COMBINATIONS, max(1, question.futures // PER_COMBINATION)) if turned.factors else 1
    levers = turned.values(latin_hypercube(count, len(turned.factors), question.seed + 1)) if turned.factors else {}
    whole = whole_levers(question.scenario, question.word)
    levers = {name: np.round(column) if name in whole else column for name, column in levers.items()}
    # Neighbours share a combination: noise comes in chunks of neighbouring members.
    return columns, levers, np.arange(question.futures) * count // question.futures


def _broken(columns: Table, question: Discovery) -> np.ndarray:
    numbers = np.arange(question.futures)
    table = changed(_completed(columns, question, numbers), question.scenario, question.scenario.cast, question.seed, numbers)
    halves = np.stack([column for label, column in table.items() if label.startswith("h[")])
    return broken_guards(table["lambda_"], table["theta"], table["chi"], halves, table["rho"])


def _completed(columns: Table, question: Discovery, numbers: np.ndarray) -> Table:
    """All parameters; medians for those that the scenario sets itself, whatever it makes of them."""
    medians = {factor.name: np.full(len(numbers), float(factor.at(np.array(0.5)))) for factor in parameter_factors(question.weighting)}
    return {label: columns.get(label, median) for label, median in medians.items()}


def _loads(question: Discovery, columns: Table, levers: Table, group: np.ndarray) -> tuple[list[Load], list[str], np.ndarray]:
    """Pieces of work, their names, and the places of their futures in turn."""
    if not levers:
        batches = [(np.arange(first, last), {}) for first, last in spans(len(group))]
        together = [batches[place:place + 1] for place in range(len(batches))]
    else:
        batches = [(np.flatnonzero(group == place), {name: float(column[place]) for name, column in levers.items()}) for place in np.unique(group)]
        together = [batches[place:place + TOGETHER] for place in range(0, len(batches), TOGETHER)]
    loads = []
    for some in together:
        loads.append(Load(tuple(
            Batch(question, settings, places, _completed({name: column[places] for name, column in columns.items()}, question, places))
            for places, settings in some)))
    order = np.concatenate([places for some in together for places, _ in some])
    return loads, [f"{question.scenario.name}-{place:05d}" for place in range(len(loads))], order


def _check_cases(cases: np.ndarray, question: Discovery) -> None:
    count, text = int(cases.sum()), question.expression.text
    if count == 0:
        raise Refused(f"{text} happens in none of {cases.size:,} futures of {question.scenario.name}; ask for less")
    if count == cases.size:
        raise Refused(f"{text} happens in every one of {cases.size:,} futures of {question.scenario.name}; ask for more")
    if min(count, cases.size - count) < FEWEST:
        raise Refused(f"{text} happens in {count} of {cases.size:,} futures of {question.scenario.name}: too few or too many to tell apart; "
                      "ask for something less rare, or more --futures")


def whole_levers(scenario: Scenario, word: str) -> set[str]:
    """Levers that only take whole numbers, such as years: the scenario refuses a fraction."""
    found = set()
    for name, lever in scenario.levers.items():
        low, high = lever.range
        fraction = np.floor(low) + 0.37 if np.floor(low) + 0.37 > low else low + 0.37
        if fraction >= high:
            continue
        try:
            load_scenario(word, levers={name: float(fraction)})
        except FaultsFound:
            found.add(name)
    return found


def answer(question: Discovery, pieces: Pieces) -> Found:
    """Simulate, find boxes, look for each again in halves of the futures, and grow a tree."""
    sampled, back = sample(question, pieces).parted()
    looked_at = most_telling(sampled.columns, sampled.cases, LOOKED_AT, question.seed)
    columns = {name: sampled.columns[name] for name in looked_at}
    boxes = find_boxes(columns, sampled.cases, question.boxes, question.density)
    if not boxes:
        raise Refused(f"no limits on any factor tell apart when {question.expression.text} happens in {question.scenario.name}: it looks like chance; ask something else, or more --futures")
    again, left = [], np.ones(len(sampled.cases), dtype=bool)
    for place, box in enumerate(boxes):
        halves = [Half(sliced_by(columns, left), sampled.cases[left], question.density, question.seed * 1000 + place * 100 + number) for number in range(RESAMPLES)]
        again.append(pieces.done(look_again, halves, [f"{question.scenario.name}-box{place + 1}-half{number}" for number in range(RESAMPLES)]))
        left &= ~inside(box.limits, columns)
    return Found(sampled, back, looked_at, boxes, again, tree_leaves(columns, sampled.cases))


def sliced_by(columns: Table, chosen: np.ndarray) -> Table:
    return {name: column[chosen] for name, column in columns.items()}


def rows_of(found: Found, question: Discovery) -> list[dict]:
    """Limits of the boxes as a tidy table, with how often halves of the futures find them too."""
    factors = {factor.name: factor for factor in (*question.space().factors, *question.lever_space().factors)}
    rows = []
    for number, (box, again) in enumerate(zip(found.boxes, found.again, strict=True), start=1):
        limits = np.stack([piece["limits"] for piece in again])
        for name, (low, high) in box.limits.items():
            ends = limits[:, found.looked_at.index(name)]
            seen = ~np.isnan(ends[:, 0])
            rows.append({"scenario": question.scenario.name, "box": number, "factor": name, "low": low, "high": high, "range_low": factors[name].low, "range_high": factors[name].high,
                         "found_in_halves": float(seen.mean()), "low_in_halves": float(np.median(ends[seen, 0])) if seen.any() else "",
                         "high_in_halves": float(np.median(ends[seen, 1])) if seen.any() else "", "unit": factors[name].unit})
    return rows


def box_rows(found: Found, question: Discovery, checks: list[dict]) -> list[dict]:
    """Each box with what it covers, how dense it is, how that holds, and what its scenario file gives."""
    rows = []
    for number, (box, again, check) in enumerate(zip(found.boxes, found.again, checks, strict=True), start=1):
        kept = described(box.limits, found.back.columns, found.back.cases)
        rows.append({"scenario": question.scenario.name, "box": number, "limits": box.words(), "coverage": box.coverage, "density": box.density, "mass": box.mass,
                     "futures": box.futures, "density_kept_back": kept.density, "coverage_kept_back": kept.coverage, "density_in_halves": float(np.mean([piece["density"] for piece in again])),
                     "coverage_in_halves": float(np.mean([piece["coverage"] for piece in again])), **check, "unit": "share of futures"})
    return rows


def leaf_rows(found: Found, question: Discovery) -> list[dict]:
    return [{"scenario": question.scenario.name, "leaf": number, "limits": leaf.words(), "coverage": leaf.coverage, "density": leaf.density, "mass": leaf.mass,
             "futures": leaf.futures, "unit": "share of futures"} for number, leaf in enumerate(found.leaves, start=1)]


def sentences(found: Found, question: Discovery, rows: list[dict]) -> list[str]:
    """The answer in words."""
    cases = np.concatenate([found.sampled.cases, found.back.cases])
    said = [f"{question.scenario.name}: {question.expression.text} in {cases.mean():.0%} of {cases.size:,} futures ({found.sampled.left_out:,} that break a guard left out)"]
    for row, box, again in zip(rows, found.boxes, found.again, strict=True):
        limits = np.stack([piece["limits"] for piece in again])
        seen = {name: (~np.isnan(limits[:, found.looked_at.index(name), 0])).mean() for name in box.limits}
        shaky = [f"{name} in {share:.0%}" for name, share in seen.items() if share < 0.8]
        said.append(f"box {row['box']}: {row['limits']}; density {row['density']:.2f}, coverage {row['coverage']:.2f}; in futures kept back "
                    f"{row['density_kept_back']:.2f} and {row['coverage_kept_back']:.2f}" + (f"; unstable: {', '.join(shaky)} of halves" if shaky else ""))
        said.append(f"box {row['box']} as {row['file']}: promises {row['promised']:.2f} (90 %: {row['promised_low']:.2f} to {row['promised_high']:.2f}), "
                    f"gives {row['given']:.2f} (90 %: {row['given_low']:.2f} to {row['given_high']:.2f}) in {row['members']} new members")
    best = found.leaves[0]
    said.append(f"a classification tree's densest leaf: {best.words()}; density {best.density:.2f}, coverage {best.coverage:.2f}")
    return said


def pieces_of(question: Discovery) -> int:
    """How many pieces of work there will be, for showing how far it has come."""
    combinations = min(COMBINATIONS, max(1, question.futures // PER_COMBINATION))
    return -(-combinations // TOGETHER) if question.scenario.levers else len(spans(question.futures))

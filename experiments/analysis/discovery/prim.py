"""Boxes in which an outcome occurs (PRIM of the EMA workbench), and how they hold in resamples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from steppe.experiments.analysis.ensembles.optional_packages import (
    import_optional,
    seed_numpy,
    silence,
)
from steppe.experiments.analysis.ensembles.simulate import Columns, select_rows
from steppe.model.core.array_types import Array, BoolArray, FloatArray
from steppe.model.core.number_text import format_fixed, format_general
from steppe.model.core.word_lists import join_words

Limits = dict[str, tuple[float, float]]
DENSITY = 0.8
MIN_MASS = 0.02
SIGNIFICANCE = 0.05
MIN_EXTRA_COVERAGE = 0.05  # of the remaining cases, for a further box
MIN_CASES_LEFT, MIN_FUTURES_LEFT = 20, 100  # for a further box
RESAMPLES = 10
Z_90 = 1.645  # standard errors to either side of a 90% interval


@dataclass(frozen=True)
class Box:
    """Limits on some factors, and the futures within them.

    coverage : share of all cases that lie in the box; density : share of its futures that are
    cases; mass : share of all futures that lie in it; futures : how many these are.
    """

    limits: Limits
    coverage: float
    density: float
    mass: float
    futures: int

    def label(self) -> str:
        """The limits as text."""
        limits = [
            f"{name} {format_value(low)} to {format_value(high)}"
            for name, (low, high) in self.limits.items()
        ]
        return join_words(limits) or "no limits"


def format_value(value: float) -> str:
    """Three digits, and years in full."""
    return format_fixed(value, 0) if abs(value) >= 1000 else format_general(value, 3)


def points_inside(limits: Limits, columns: Columns) -> BoolArray:
    """Futures within the limits, (n,)."""
    size = len(next(iter(columns.values())))
    within = np.ones(size, dtype=bool)
    for name, (low, high) in limits.items():
        within &= (columns[name] >= low) & (columns[name] <= high)
    return within


def describe_box(limits: Limits, columns: Columns, cases: BoolArray) -> Box:
    """A box with what lies in it among all futures."""
    within = points_inside(limits, columns)
    count = int(within.sum())
    density = float(cases[within].mean()) if count else 0.0
    coverage = float(cases[within].sum() / max(cases.sum(), 1))
    return Box(limits, coverage, density, count / len(cases), count)


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 90% interval of a proportion (Wilson 1927)."""
    if count == 0:
        return 0.0, 1.0
    spread = Z_90**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = Z_90 / (1 + spread) * np.sqrt(share * (1 - share) / count + spread / (4 * count))
    return float(middle - half), float(middle + half)


def find_boxes(
    columns: Columns, cases: BoolArray, most: int, density: float = DENSITY
) -> list[Box]:
    """Find boxes one by one, each in the futures outside those before it.

    Coverage and density are those among all futures.
    """
    boxes: list[Box] = []
    left = np.ones(len(cases), dtype=bool)
    while (
        len(boxes) < most and cases[left].sum() >= MIN_CASES_LEFT and left.sum() >= MIN_FUTURES_LEFT
    ):
        remaining = select_rows(columns, left)
        limits = find_limits(remaining, cases[left], density)
        box = describe_box(limits, remaining, cases[left])
        is_poor = box.density < density * 0.75 or box.coverage < MIN_EXTRA_COVERAGE
        if not limits or (boxes and is_poor):
            break
        boxes.append(describe_box(limits, columns, cases))
        left &= ~points_inside(limits, columns)
    return boxes


def find_limits(columns: Columns, cases: BoolArray, density: float = DENSITY) -> Limits:
    """The box with the largest coverage among those of PRIM's peeling that reach the density.

    Limits that may be due to chance are dropped.
    """
    prim, pandas = import_optional("ema_workbench.analysis.prim"), import_optional("pandas")
    with silence():
        box = prim.Prim(
            pandas.DataFrame(columns), cases.astype(int), threshold=density, mass_min=MIN_MASS
        ).find_box()
        if box is None:
            return {}
        chosen = _choose_box(box.peeling_trajectory, density)
        box.select(chosen)
        frame, chance = box.box_lims[chosen], box.qp[chosen]
    limits = {}
    for name, values in columns.items():
        low, high = (float(value) for value in frame[name])
        restricted = low > values.min() or high < values.max()
        sure = [value for value in np.atleast_1d(chance.get(name, [])) if value >= 0]
        if restricted and sure and min(sure) < SIGNIFICANCE:
            limits[name] = (max(low, float(values.min())), min(high, float(values.max())))
    return limits


def _choose_box(path: Any, density: float) -> int:
    """Which step of the peeling to stop at, from its data frame."""
    reached = path.index[path["density"] >= density]
    if len(reached):
        return int(path.loc[reached, "coverage"].idxmax())
    return int(path["density"].idxmax())


@dataclass(frozen=True)
class HalfSample:
    """Futures of which a random half, by `seed`, is searched and the other half judges."""

    columns: Columns
    cases: BoolArray
    density: float
    seed: int


def find_limits_in_half(half: HalfSample) -> dict[str, Array]:
    """Find limits in one half, and judge them in the other.

    Returns
    -------
    Limits (factors, 2), nan where there are none; density and coverage in the other half.
    """
    generator = np.random.default_rng(half.seed)
    chosen = generator.permutation(len(half.cases)) < len(half.cases) // 2
    found = find_limits(select_rows(half.columns, chosen), half.cases[chosen], half.density)
    judged = describe_box(found, select_rows(half.columns, ~chosen), half.cases[~chosen])
    limits: FloatArray = np.array([found.get(name, (np.nan, np.nan)) for name in half.columns])
    return {
        "limits": limits,
        "density": np.array(judged.density),
        "coverage": np.array(judged.coverage),
    }


def most_informative_factors(columns: Columns, cases: BoolArray, most: int, seed: int) -> list[str]:
    """Factors with the highest extra-trees scores of the EMA workbench; PRIM uses only these."""
    scoring = import_optional("ema_workbench.analysis.feature_scoring")
    rules = import_optional("ema_workbench.analysis.scenario_discovery_util")
    pandas = import_optional("pandas")
    with silence(), seed_numpy(seed):
        scores, _ = scoring.get_ex_feature_scores(
            pandas.DataFrame(columns),
            cases.astype(int),
            mode=rules.RuleInductionType.CLASSIFICATION,
        )
    return [str(name) for name in scores.iloc[:, 0].sort_values(ascending=False).index[:most]]

"""Boxes in which an outcome comes about, by PRIM of the EMA workbench, and how they hold in resamples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steppe.experiments.analysis.optional_packages import needed, quiet, seeded

Limits = dict[str, tuple[float, float]]
DENSITY = 0.8
MIN_MASS = 0.02
SIGNIFICANCE = 0.05
MIN_EXTRA_COVERAGE = 0.05  # a further box covers at least so much of what is left to cover
RESAMPLES = 10
Z_90 = 1.645  # standard errors to either side of a 90 % interval


@dataclass(frozen=True)
class Box:
    """Limits on some factors, and what lies within: the share of all cases, and the share that are cases."""

    limits: Limits
    coverage: float
    density: float
    mass: float
    futures: int

    def label(self) -> str:
        return (
            " and ".join(
                f"{name} {format_value(low)} to {format_value(high)}"
                for name, (low, high) in self.limits.items()
            )
            or "no limit at all"
        )


def format_value(value: float) -> str:
    """Three digits, and years whole."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def points_inside(limits: Limits, columns: dict[str, np.ndarray]) -> np.ndarray:
    """Futures within the limits, (n,)."""
    size = len(next(iter(columns.values())))
    within = np.ones(size, dtype=bool)
    for name, (low, high) in limits.items():
        within &= (columns[name] >= low) & (columns[name] <= high)
    return within


def describe_box(limits: Limits, columns: dict[str, np.ndarray], cases: np.ndarray) -> Box:
    """A box with what lies in it among all futures."""
    within = points_inside(limits, columns)
    count = int(within.sum())
    found = float(cases[within].mean()) if count else 0.0
    return Box(
        limits, float(cases[within].sum() / max(cases.sum(), 1)), found, count / len(cases), count
    )


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 90 % interval of a proportion (Wilson 1927)."""
    if count == 0:
        return 0.0, 1.0
    spread = Z_90**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = Z_90 / (1 + spread) * np.sqrt(share * (1 - share) / count + spread / (4 * count))
    return float(middle - half), float(middle + half)


def find_boxes(
    columns: dict[str, np.ndarray], cases: np.ndarray, most: int, density: float = DENSITY
) -> list[Box]:
    """Boxes one after the other, each in what the ones before left over; described among all futures."""
    boxes: list[Box] = []
    left = np.ones(len(cases), dtype=bool)
    while len(boxes) < most and cases[left].sum() >= 20 and left.sum() >= 100:
        limits = find_limits(
            {name: values[left] for name, values in columns.items()}, cases[left], density
        )
        fresh = describe_box(
            limits, {name: values[left] for name, values in columns.items()}, cases[left]
        )
        if (
            not limits
            or boxes
            and (fresh.density < density * 0.75 or fresh.coverage < MIN_EXTRA_COVERAGE)
        ):
            break
        boxes.append(describe_box(limits, columns, cases))
        left &= ~points_inside(limits, columns)
    return boxes


def find_limits(
    columns: dict[str, np.ndarray], cases: np.ndarray, density: float = DENSITY
) -> Limits:
    """PRIM's peeling, stopped at the largest coverage that reaches the density; limits that may be chance are dropped."""
    prim, pandas = needed("ema_workbench.analysis.prim"), needed("pandas")
    with quiet():
        box = prim.Prim(
            pandas.DataFrame(columns), cases.astype(int), threshold=density, mass_min=MIN_MASS
        ).find_box()
        if box is None:
            return {}
        path = box.peeling_trajectory
        reached = path.index[path["density"] >= density]
        chosen = (
            int(path.loc[reached, "coverage"].idxmax())
            if len(reached)
            else int(path["density"].idxmax())
        )
        box.select(chosen)
        frame, chance = box.box_lims[chosen], box.qp[chosen]
    limits = {}
    for name, values in columns.items():
        low, high = (float(value) for value in frame[name])
        restricted = low > values.min() or high < values.max()
        sure = [value for value in np.atleast_1d(chance.get(name, [])) if value >= 0]
        if restricted and sure and min(sure) < SIGNIFICANCE:
            limits[name] = (
                low if low > values.min() else float(values.min()),
                high if high < values.max() else float(values.max()),
            )
    return limits


@dataclass(frozen=True)
class HalfSample:
    """A random half of the futures, in which to look again; the other half judges."""

    columns: dict[str, np.ndarray]
    cases: np.ndarray
    density: float
    seed: int


def find_limits_in_half(half: HalfSample) -> dict[str, np.ndarray]:
    """Limits found in one half, (factors, 2), nan where there are none, and their density in the other half."""
    generator = np.random.default_rng(half.seed)
    chosen = generator.permutation(len(half.cases)) < len(half.cases) // 2
    found = find_limits(
        {name: values[chosen] for name, values in half.columns.items()},
        half.cases[chosen],
        half.density,
    )
    judged = describe_box(
        found, {name: values[~chosen] for name, values in half.columns.items()}, half.cases[~chosen]
    )
    limits = np.array([found.get(name, (np.nan, np.nan)) for name in half.columns])
    return {
        "limits": limits,
        "density": np.array(judged.density),
        "coverage": np.array(judged.coverage),
    }


def most_informative_factors(
    columns: dict[str, np.ndarray], cases: np.ndarray, most: int, seed: int
) -> list[str]:
    """Factors that tell cases apart best, by the EMA workbench's extra-trees scores; PRIM looks at no others."""
    scoring, rules = (
        needed(f"ema_workbench.analysis.{name}")
        for name in ("feature_scoring", "scenario_discovery_util")
    )
    pandas = needed("pandas")
    with quiet(), seeded(seed):
        scores, _ = scoring.get_ex_feature_scores(
            pandas.DataFrame(columns),
            cases.astype(int),
            mode=rules.RuleInductionType.CLASSIFICATION,
        )
    return [str(name) for name in scores.iloc[:, 0].sort_values(ascending=False).index[:most]]

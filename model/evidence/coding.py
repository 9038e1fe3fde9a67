"""From claims to coded values, by the rules of CODEBOOK.md ("From claims to a coded value")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import parse_quarter
from steppe.model.core.number_text import format_fixed

from .claim_schema import Claim
from .claims import Evidence

TOP_LEVEL = 3.0
HISTORY_QUARTERS = parse_quarter(2019, last=True) + 1
BUDGET_STEP = 0.2  # logarithm of means per level
STANCE_ALPHA = (1.3, 2.2)  # prior mean of alpha at levels 0 and 3
STANCE_TOLERANCE = 0.08  # tolerance offset at level 0; its negative at level 3
MAX_SPECIFIC_NAMES = (
    2  # a claim that names at most so many republics (or powers) outranks one about the region
)
UNEVIDENCED_TIE, UNEVIDENCED = 0.15, 1 / 3


@dataclass(frozen=True)
class CodedValue:
    """One coded value: the number, the claims it is based on, and how it was computed.

    `status` is `coded` or `assumption`.
    """

    value: float
    claims: tuple[str, ...]
    status: str
    how: str


class Coder:
    """Codes values from evidence; every method returns `CodedValue` values or arrays of numbers."""

    def __init__(self, evidence: Evidence, level_of: Callable[[Claim], float]):
        self.evidence = evidence
        self._level_of = level_of

    def ordinal(self, kind: str, *, balance: bool = False, **names: str) -> CodedValue | None:
        """The value of a cell in [0, 1] (or [-1, 1] for a balance), None without a claim."""
        claims = most_specific(claims_about(self.evidence.inputs(kind), **names))
        return self._combine(claims, balance) if claims else None

    def _combine(self, claims: list[Claim], balance: bool) -> CodedValue:
        averages = self.cluster_averages(claims)
        best = sum(averages.values()) / len(averages) if balance else max(averages.values())
        how = "mean of" if balance else "largest of"
        plural = "s" if len(averages) > 1 else ""
        text = f"{how} {len(averages)} cluster{plural}, level {format_fixed(best)} of {TOP_LEVEL:g}"
        value = round(best / TOP_LEVEL, 9)  # the mean of several 3s must not exceed 3
        return CodedValue(value, tuple(claim.id for claim in claims), "coded", text)

    def cluster_averages(self, claims: Iterable[Claim]) -> dict[str, float]:
        """Mean level of each cluster, weighted by confidence; a lone claim is its own cluster."""
        groups: dict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            groups[claim.cluster or claim.id].append(claim)
        return {
            name: sum(self._level_of(claim) * claim.probability for claim in group)
            / sum(claim.probability for claim in group)
            for name, group in groups.items()
        }

    def over_time(
        self, kind: str, *, balance: bool = False, **names: str
    ) -> tuple[FloatArray, list[CodedValue]] | None:
        """A dated value for every quarter of history, (quarters,), and its successive codings."""
        claims = claims_about(self.evidence.inputs(kind), **names)
        if not claims:
            return None
        series = np.empty(HISTORY_QUARTERS)
        spells: list[CodedValue] = []
        for quarter in range(HISTORY_QUARTERS):
            coded = self._combine(
                most_specific(active_or_nearest(claims, quarter), "powers"), balance
            )
            series[quarter] = coded.value
            if not spells or spells[-1] != coded:
                spells.append(coded)
        return series, spells

    def budget(self, power: str) -> tuple[FloatArray, tuple[str, ...]]:
        """Logarithm of a power's means relative to 2000, (quarters,), and the claims used.

        The step of each claim is spread evenly over its period.
        """
        claims = claims_about(self.evidence.inputs("budget"), powers=power)
        rate = np.zeros(HISTORY_QUARTERS)
        for quarter in range(HISTORY_QUARTERS):
            active = [
                claim for claim in claims if claim.quarters()[0] <= quarter <= claim.quarters()[1]
            ]
            if active:
                active = most_specific(active, "powers")
                paces = self.cluster_averages(active)
                lengths = {
                    claim.cluster or claim.id: claim.quarters()[1] - claim.quarters()[0] + 1
                    for claim in active
                }
                rate[quarter] = np.mean(
                    [BUDGET_STEP * paces[name] / lengths[name] for name in paces]
                )
        return np.cumsum(rate), tuple(claim.id for claim in claims)

    def threat(self, republic: str) -> tuple[FloatArray, tuple[str, ...]]:
        """Threat to a republic, (quarters,), and the claims used; zero outside their periods."""
        claims = claims_about(self.evidence.inputs("threat"), republics=republic)
        series = np.zeros(HISTORY_QUARTERS)
        for quarter in range(HISTORY_QUARTERS):
            active = [
                claim for claim in claims if claim.quarters()[0] <= quarter <= claim.quarters()[1]
            ]
            if active:
                series[quarter] = self._combine(most_specific(active), balance=False).value
        within = [
            claim.id
            for claim in claims
            if claim.quarters()[0] < HISTORY_QUARTERS and claim.quarters()[1] >= 0
        ]
        return series, tuple(within)


def claims_about(claims: Iterable[Claim], **names: str) -> list[Claim]:
    """Claims that name all of these actors, such as `powers="Russia", channels="security"`."""
    return [
        claim
        for claim in claims
        if all(name in _named(claim, field) for field, name in names.items())
    ]


def _named(claim: Claim, field: str) -> Iterable[str]:
    value = getattr(claim, field)
    return (value,) if isinstance(value, str) else value


def most_specific(claims: list[Claim], field: str = "republics") -> list[Claim]:
    """Claims that name few republics (or powers), if there are any; otherwise all of them."""
    return [claim for claim in claims if len(getattr(claim, field)) <= MAX_SPECIFIC_NAMES] or claims


def active_or_nearest(claims: list[Claim], quarter: int) -> list[Claim]:
    """Claims whose period covers the quarter, or else those nearest to it in time."""

    def distance(claim: Claim) -> int:
        first, last = claim.quarters()
        return max(first - quarter, quarter - last, 0)

    nearest = min(distance(claim) for claim in claims)
    return [claim for claim in claims if distance(claim) == nearest]


def stance_to_alpha(level: FloatArray) -> FloatArray:
    """Prior mean of alpha for a stance in [0, 1]."""
    low, high = STANCE_ALPHA
    return low + (high - low) * level


def stance_to_tolerance(level: FloatArray) -> FloatArray:
    """Tolerance offset for a stance in [0, 1]."""
    return STANCE_TOLERANCE * (1 - 2 * level)

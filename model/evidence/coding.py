"""From claims to coded values, by the rules of CODEBOOK.md ("Seven rules")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import parse_quarter
from steppe.model.core.cast import default_cast
from steppe.model.core.number_text import format_fixed

from .claim_schema import TOP_LEVEL, Claim
from .claims import Evidence
from .falls import falls_told_with, level_before, taken_by, undo_falls, without_partial_losses

HISTORY_QUARTERS = parse_quarter(2019, last=True) + 1
BUDGET_STEP = 0.2  # logarithm of means per level
STANCE_ALPHA = (1.3, 2.2)  # prior mean of alpha at levels 0 and 3
STANCE_TOLERANCE = 0.08  # tolerance offset at level 0; its negative at level 3
UNEVIDENCED_TIE, UNEVIDENCED, UNEVIDENCED_SUPPLY = 0.15, 1 / 3, 0.15
NAMING_FIELD = {"supply": "powers", "relation": "powers", "budget": "powers"}
OF_ANY_POWER = ("need", "stance")  # without powers they are about all of them
AS_FIRST_CODED = "as first coded, since no claim speaks of these years"
AS_LAST_CODED = "as last coded, since what claims say of it is over"
STRUCTURES = ("tie", "institution", "need")  # they outlast the document that reports them


@dataclass(frozen=True)
class CodedValue:
    """One coded value: the number, the claims it is based on, and how it was computed.

    `status` is `coded` or `assumption`; `since` is the first quarter in which it holds.
    """

    value: float
    claims: tuple[str, ...]
    status: str
    how: str
    since: int = 0


def level_in_use(claim: Claim) -> float:
    """The level of a claim, which is what remained after reconciling two codings."""
    if claim.level is None:
        raise ValueError(f"claim {claim.id} has no level")
    return claim.level


class Coder:
    """Codes values from evidence; every method returns `CodedValue` values or arrays of numbers."""

    def __init__(self, evidence: Evidence, level_of: Callable[[Claim], float] = level_in_use):
        self.evidence = evidence
        self._level_of = level_of

    def ordinal(self, kind: str, **names: str) -> CodedValue | None:
        """The value of an undated cell from all its claims; None without a claim."""
        matters = {
            name: particular(wholes(_structures_first(claims)), kind, names)
            for name, claims in self._matters(kind, names).items()
        }
        coded = self.average(matters, HISTORY_QUARTERS)
        if coded is None:
            return None
        return replace(coded, since=0, how=f"{coded.how}, whatever their dates")

    def over_time(
        self, kind: str, until: int = HISTORY_QUARTERS, /, **names: str
    ) -> list[CodedValue]:
        """The successive values of a cell, each from its quarter on; empty without a claim.

        The first begins with the first claim, which may be later than 2000Q1. Where every claim
        is over, the last value is assumed to stay.
        """
        spells: list[CodedValue] = []
        matters = self._matters(kind, names)
        for quarter in change_quarters(chain(*matters.values()), until):
            spell = self.average(self._in_force(matters, kind, quarter, names), quarter)
            if spell is None and spells:
                spell = replace(spells[-1], status="assumption", how=AS_LAST_CODED, since=quarter)
            if spell is not None and not (spells and _same(spells[-1], spell)):
                spells.append(spell)
        return spells

    def in_force(self, kind: str, quarter: int, names: Mapping[str, str]) -> dict[str, list[Claim]]:
        """The claims on a cell that count in a quarter, by matter; empty if none is in force.

        Of a matter those in force, of these those on the whole, and of these those that name the
        actor in particular. A tie whose beginning is told counts before it at level 0, beside
        others that are in force.
        """
        return self._in_force(self._matters(kind, names), kind, quarter, names)

    def _in_force(
        self,
        matters: Mapping[str, list[Claim]],
        kind: str,
        quarter: int,
        names: Mapping[str, str],
    ) -> dict[str, list[Claim]]:
        found, ahead = {}, {}
        for name, claims in matters.items():
            in_force = claims_in_force(claims, quarter, self.evidence.document_stops)
            if in_force:
                found[name] = particular(wholes(in_force), kind, names)
            elif to_begin := [claim for claim in claims if _is_ahead(claim, quarter)]:
                ahead[name] = particular(wholes(to_begin), kind, names)
        return found | ahead if found else {}

    def _matters(self, kind: str, names: Mapping[str, str]) -> dict[str, list[Claim]]:
        """Claims on a cell by matter; for ties also the first event on each matter.

        The loss of a part does not tell how much there was, so it makes no matter.
        """
        claims = claims_about(self.evidence.inputs(kind), **names)
        if kind == "tie":
            events = claims_about(self._tie_events, **names)
            claims += first_events(without_partial_losses(events))
        return by_matter(claims)

    @cached_property
    def _tie_events(self) -> list[Claim]:
        return events_on_ties(self.evidence)

    def average(self, matters: Mapping[str, Sequence[Claim]], since: int = 0) -> CodedValue | None:
        """The mean over matters in a quarter, weighted by confidence; None if there are none."""
        groups = [group for group in matters.values() if group]
        if not groups:
            return None
        level = mean_over_matters(groups, lambda claim: self.level(claim, since))
        plural = "s" if len(groups) > 1 else ""
        text = f"mean of {len(groups)} matter{plural}, level {format_fixed(level)} of {TOP_LEVEL:g}"
        value = round(level / TOP_LEVEL, 9)  # the mean of several 3s must not exceed 3
        claims = [claim for group in groups for claim in group if not _is_ahead(claim, since)]
        return CodedValue(value, tuple(claim.id for claim in claims), "coded", text, since)

    def matter_level(self, claims: Iterable[Claim], quarter: int) -> float:
        """Mean level of the claims on a matter in a quarter, weighted by their confidence."""
        return mean_over_claims(claims, lambda claim: self.level(claim, quarter))

    def told_fall(self, claims: Sequence[Claim], event: Claim) -> float | None:
        """How much an event takes of a matter whose claims say what is left; None if none does."""
        name = event.event_name
        if not any(name in self._told(claim) for claim in claims):
            return None
        return mean_over_claims(
            claims, lambda claim: taken_by(name, self._level_of(claim), self._told(claim))
        )

    def level(self, claim: Claim, quarter: int) -> float:
        """The level of a claim before events change its matter, 0 of a tie yet to begin."""
        if claim.kind == "event":
            return level_before(claim)
        if _is_ahead(claim, quarter):
            return 0.0
        return undo_falls(self._level_of(claim), self._told(claim).values())

    def _told(self, claim: Claim) -> dict[str, Claim]:
        if claim.kind != "tie":
            return {}
        return falls_told_with(claim, self._falls.get(claim.matter, ()), self.evidence)

    @cached_property
    def _falls(self) -> dict[str, list[Claim]]:
        """Events that lower the tie of a matter that standing claims are on, by matter."""
        return by_matter(event for event in self._tie_events if event.of and level_before(event))

    def budget(self, power: str) -> tuple[FloatArray, tuple[str, ...]]:
        """Logarithm of a power's means relative to 2000, (quarters,), and the claims used.

        The step of each claim is spread evenly over its period.
        """
        claims = claims_about(self.evidence.inputs("budget"), powers=power)
        rate = np.zeros(HISTORY_QUARTERS)
        for quarter in range(HISTORY_QUARTERS):
            active = [claim for claim in claims if claim.overlaps(quarter, quarter)]
            matters = particular_by_matter(active, "budget", {"powers": power})
            if matters:
                rate[quarter] = BUDGET_STEP * mean_over_matters(matters.values(), self._pace)
        return np.cumsum(rate), tuple(claim.id for claim in claims)

    def _pace(self, claim: Claim) -> float:
        """Levels a quarter of a claim on a budget."""
        return self._level_of(claim) / claim.length

    def threat(self, republic: str) -> tuple[FloatArray, tuple[str, ...]]:
        """Threat to a republic, (quarters,), and the claims used; zero outside their periods."""
        claims = claims_about(self.evidence.inputs("threat"), republics=republic)
        series = np.zeros(HISTORY_QUARTERS)
        for quarter in range(HISTORY_QUARTERS):
            active = [claim for claim in claims if claim.overlaps(quarter, quarter)]
            coded = self.average(particular_by_matter(active, "threat", {"republics": republic}))
            series[quarter] = coded.value if coded else 0.0
        within = [claim.id for claim in claims if claim.overlaps(0, HISTORY_QUARTERS - 1)]
        return series, tuple(within)


def claims_about(claims: Iterable[Claim], **names: str) -> list[Claim]:
    """Claims that name all of these actors, such as `powers="Russia", channels="security"`.

    A need that names no power is met by any, a stance that names none is towards all.
    """
    return [
        claim
        for claim in claims
        if all(_names(claim, field, name) for field, name in names.items())
    ]


def _names(claim: Claim, field: str, name: str) -> bool:
    value = getattr(claim, field)
    if claim.kind in OF_ANY_POWER and field == "powers" and not value:
        return True
    return name == value if isinstance(value, str) else name in value


def by_matter(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    """Claims by the matter they speak about: their cluster, or the claim alone."""
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.matter].append(claim)
    return dict(groups)


def events_on_ties(evidence: Evidence) -> list[Claim]:
    """Input claims on events of history that change ties, in order of their first quarter."""
    events = [
        claim
        for claim in evidence.inputs("event")
        if claim.moves == "ties" and begins_in_history(claim)
    ]
    return sorted(events, key=lambda claim: claim.quarters()[0])


def begins_in_history(claim: Claim) -> bool:
    """Whether an event begins in the simulated years of history."""
    return 0 <= claim.quarters()[0] < HISTORY_QUARTERS


def first_events(events: Iterable[Claim]) -> list[Claim]:
    """Of each matter the claims on its first event; the events come in order of time."""
    first: dict[str, str] = {}
    return [
        claim
        for claim in events
        if first.setdefault(claim.matter, claim.event_name) == claim.event_name
    ]


def wholes(claims: list[Claim]) -> list[Claim]:
    """Of the claims on one matter those on the whole, or else those on its parts (rule 3)."""
    return [claim for claim in claims if not claim.part] or claims


def particular(claims: list[Claim], kind: str, names: Mapping[str, str]) -> list[Claim]:
    """Of the claims on one matter those that name the actor in particular, or else all.

    A claim names a republic if it names fewer than all; it names a power (of supply, relation
    or budget) if it names it alone.
    """
    field = NAMING_FIELD.get(kind, "republics")
    if field not in names:
        return claims
    most = 1 if field == "powers" else len(default_cast().republics) - 1
    return [claim for claim in claims if len(getattr(claim, field)) <= most] or claims


def particular_by_matter(
    claims: Iterable[Claim], kind: str, names: Mapping[str, str]
) -> dict[str, list[Claim]]:
    """Claims by matter; of each matter those that name the actor in particular, or else all."""
    return {name: particular(group, kind, names) for name, group in by_matter(claims).items()}


def claims_in_force(
    claims: Sequence[Claim], quarter: int, stops: Callable[[Claim], int]
) -> list[Claim]:
    """The claims on one matter in force in a quarter (rule 2); its first event if there are none.

    stops : the last quarter that the document of a claim can speak of; a claim that ends before
    is ended by its text.
    """
    events = [claim for claim in claims if claim.kind == "event"]
    begun = [claim for claim in claims if claim not in events and claim.quarters()[0] <= quarter]
    holding = [claim for claim in begun if _holds(claim, quarter, stops(claim))]
    if holding and holding[0].kind in STRUCTURES:
        newest = max(claim.quarters()[0] for claim in begun)
        return [claim for claim in holding if newest <= stops(claim)]
    last = max((claim.quarters()[1] for claim in holding), default=quarter)
    return [claim for claim in holding if claim.quarters()[1] >= min(quarter, last)] or events


def _is_ahead(claim: Claim, quarter: int) -> bool:
    """Whether a claim tells of a tie that begins after a quarter."""
    return claim.begins and claim.quarters()[0] > quarter


def _holds(claim: Claim, quarter: int, stop: int) -> bool:
    """Whether the text of a claim does not end it before a quarter."""
    last = claim.quarters()[1]
    return quarter <= last or last >= stop


def _structures_first(claims: list[Claim]) -> list[Claim]:
    """Claims without events, if there are others."""
    return [claim for claim in claims if claim.kind != "event"] or claims


def change_quarters(claims: Iterable[Claim], until: int) -> list[int]:
    """The quarters before `until` in which claims begin or have just ended, in order."""
    quarters = set()
    for claim in claims:
        first, last = (0, until) if claim.kind == "event" else claim.quarters()
        quarters |= {max(first, 0), max(last + 1, 0)}
    return sorted(quarter for quarter in quarters if quarter < until)


def _same(one: CodedValue, other: CodedValue) -> bool:
    return (one.value, one.claims, one.status) == (other.value, other.claims, other.status)


def mean_over_matters(
    matters: Iterable[Sequence[Claim]], number_of: Callable[[Claim], float]
) -> float:
    """The mean over matters of a number of each claim, weighted by the mean confidence of each."""
    weighted = [(mean_over_claims(group, number_of), confidence(group)) for group in matters]
    return sum(mean * weight for mean, weight in weighted) / sum(weight for _, weight in weighted)


def mean_over_claims(claims: Iterable[Claim], number_of: Callable[[Claim], float]) -> float:
    """The mean of a number of each claim, weighted by confidence."""
    pairs = [(number_of(claim), claim.probability) for claim in claims]
    return sum(number * weight for number, weight in pairs) / sum(weight for _, weight in pairs)


def confidence(claims: Sequence[Claim]) -> float:
    """The weight of a matter: the mean confidence of its claims."""
    return sum(claim.probability for claim in claims) / len(claims)


def from_the_start(spells: list[CodedValue]) -> list[CodedValue]:
    """Spells that begin in 2000Q1: before the first claim the value is as first coded."""
    first = spells[0]
    if first.since == 0:
        return spells
    return [replace(first, status="assumption", how=AS_FIRST_CODED, since=0), *spells]


def spells_to_series(spells: Sequence[CodedValue], quarters: int = HISTORY_QUARTERS) -> FloatArray:
    """The value in every quarter, (quarters,); NaN before the first spell."""
    series = np.full(quarters, np.nan)
    for spell in spells:
        series[spell.since :] = spell.value
    return series


def stance_to_alpha(level: FloatArray) -> FloatArray:
    """Prior mean of alpha for a stance in [0, 1]."""
    low, high = STANCE_ALPHA
    return low + (high - low) * level


def stance_to_wariness(level: FloatArray) -> FloatArray:
    """How much more a republic keeps out each power than the mean of them, (p, r), log-ratios.

    level : (p, r), stances in [0, 1].
    """
    low, high = STANCE_ALPHA
    wariness: FloatArray = (high - low) * (level - level.mean(axis=0))
    return wariness


def stance_to_tolerance(level: FloatArray) -> FloatArray:
    """Tolerance offset for a stance in [0, 1]."""
    return STANCE_TOLERANCE * (1 - 2 * level)

"""scenarios/history.yaml, made from the claims of kind `event`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from steppe.model.core.calendar import QUARTERS_PER_YEAR, format_quarter
from steppe.model.core.cast import Cast

from .claim_schema import Claim
from .claims import Evidence
from .coding import HISTORY_QUARTERS, begins_in_history, level_in_use, mean_over_claims
from .tie_events import Cell, TieChange, changes_of_ties, is_lasting

HEADER = """\
# yaml-language-server: $schema=schema.json
# Made from the claims of kind `event` in model/evidence/claims by `make generated`.
# To change it, change a claim; to change a future, write a file that extends baseline.
title: History
narrative: >-
  What the five documents say happened from 2000 to 2019, each event with the claims it
  rests on. Claims that begin with record- are dates from the public record that no document
  gives. A year without a quarter is drawn over its four quarters; a span of time is spread
  over; the most precise date wins, and where equally precise dates differ, each member
  draws one with odds by the claims' confidence.
sources: [thesis-2020, essay-2010, eprs-2016, ispi-2019, public-record]
from: 2000Q1
to: 2019Q4
"""
SHOCK_FIELDS = {
    "effort": ("power", "republic", "channel"),
    "supply": ("power", "channel"),
    "threat": ("republic",),
}
CLAIM_FIELD = {"power": "powers", "republic": "republics", "channel": "channels"}


def render_history(evidence: Evidence, cast: Cast) -> str:
    """The text of history.yaml: one event per claim, or per cluster of claims."""
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in evidence.inputs("event"):
        if begins_in_history(claim) and not _leaves_nothing(claim, evidence):
            groups[claim.event_name].append(claim)
    changes = changes_of_ties(evidence)
    for name in [name for name, cells in changes.items() if not cells]:
        del groups[name]
    ordered = sorted(
        groups.items(),
        key=lambda item: (min(claim.quarters()[0] for claim in most_precise(item[1])), item[0]),
    )
    events = "".join(
        _event(name, claims, changes.get(name, {}), evidence, cast) for name, claims in ordered
    )
    return HEADER + (f"events:\n{events}" if events else "events: {}\n")


def _leaves_nothing(claim: Claim, evidence: Evidence) -> bool:
    """Whether republics leave what no claim has them join; happens if a document is left out."""
    if claim.change not in ("leave", "suspend"):
        return False
    joined = {
        name
        for other in evidence.inputs("event")
        if other.institution == claim.institution
        and other.change in ("found", "join")
        and 0 <= other.quarters()[0] <= claim.quarters()[0]
        for name in other.republics
    }
    return not set(claim.republics) <= joined


def _event(
    name: str,
    claims: list[Claim],
    changes: Mapping[Cell, TieChange],
    evidence: Evidence,
    cast: Cast,
) -> str:
    dated = most_precise(claims)
    dates = _dated_by(claims, evidence)
    lines = [
        f"  {name}:",
        f"    what: {_quoted(_what_happened(claims, dates))}",
        *_dates(dated),
        f"    claims: [{', '.join(claim.id for claim in [*claims, *dates])}]",
        "    effects:",
    ]
    return "\n".join(lines + _effects(claims, dated, changes, cast)) + "\n"


def _dated_by(claims: list[Claim], evidence: Evidence) -> list[Claim]:
    """The claims of the public record that date an event, and tell what happened then."""
    dates = [evidence.date_of(claim) for claim in claims]
    return list({date.id: date for date in dates if date}.values())


def _what_happened(claims: list[Claim], dates: list[Claim]) -> str:
    """The words of the claim that dates the event, if it names this event first; else its own."""
    names = {name for claim in claims for name in (claim.id, claim.cluster)}
    return next((date for date in dates if date.of[0] in names), claims[0]).says


def _quoted(text: str) -> str:
    return '"' + text.rstrip(".").replace('"', "'") + '"'


def most_precise(claims: list[Claim]) -> list[Claim]:
    """The claims on one event whose dates are the most precise."""
    shortest = min(claim.length for claim in claims)
    return [claim for claim in claims if claim.length == shortest]


def _is_year(claim: Claim) -> bool:
    """Whether a claim gives a year without a quarter."""
    first = claim.quarters()[0]
    return claim.length == QUARTERS_PER_YEAR and first % QUARTERS_PER_YEAR == 0


def _span(claims: list[Claim]) -> int:
    """Over how many quarters an event is spread; 1 if it has one date."""
    first = claims[0]
    if first.moves == "membership" or _is_year(first):
        return 1
    return min(first.length, HISTORY_QUARTERS - first.quarters()[0])


def _dates(claims: list[Claim]) -> list[str]:
    """When an event happens: a quarter, one of a year, or disputed ones with odds."""
    spread = _is_year(claims[0])
    weights: dict[int, float] = defaultdict(float)
    for claim in claims:
        first = claim.quarters()[0]
        for quarter in range(first, first + (QUARTERS_PER_YEAR if spread else 1)):
            weights[quarter] += claim.probability
    if len(weights) == 1:
        return [f"    when: {format_quarter(next(iter(weights)))}"]
    if spread and len(weights) == QUARTERS_PER_YEAR:
        return [f"    between: [{format_quarter(min(weights))}, {format_quarter(max(weights))}]"]
    total = sum(weights.values())
    odds = {quarter: round(weight / total, 4) for quarter, weight in sorted(weights.items())}
    last = max(odds)
    odds[last] = round(1 - sum(value for quarter, value in odds.items() if quarter != last), 4)
    return [
        "    either: {"
        + ", ".join(f"{format_quarter(quarter)}: {value}" for quarter, value in odds.items())
        + "}"
    ]


def _effects(
    claims: list[Claim], dated: list[Claim], changes: Mapping[Cell, TieChange], cast: Cast
) -> list[str]:
    first = claims[0]
    if first.moves == "membership":
        return _membership_effect(claims, cast)
    if first.moves == "ties":
        return _tie_effects(changes, dated, is_lasting(claims), cast)
    shock = str(first.moves)
    lines = [f"      - shock: {shock}"]
    for field in SHOCK_FIELDS[shock]:
        lines.append(f"        {field}: {_names(_union(claims, CLAIM_FIELD[field]), field, cast)}")
    intensity = round(mean_over_claims(claims, level_in_use), 2)
    return lines + _size(intensity, dated, first.permanent)


def _membership_effect(claims: list[Claim], cast: Cast) -> list[str]:
    first = claims[0]
    lines = [f"      - institution: {first.institution}"]
    if first.change == "dissolve":
        return [*lines, "        dissolve: true"]
    verb = "leave" if first.change in ("leave", "suspend") else "join"
    return [*lines, f"        {verb}: {_names(_union(claims, 'republics'), 'republic', cast)}"]


def _tie_effects(
    changes: Mapping[Cell, TieChange], dated: list[Claim], lasting: bool, cast: Cast
) -> list[str]:
    """By how much an event changes ties; republics with the same change stand together."""
    rows: dict[tuple[str, str, float], list[str]] = defaultdict(list)
    for (power, republic, channel), change in changes.items():
        rows[power, channel, round(change.of_cell, 3)].append(republic)
    lines = []
    for (power, channel, intensity), republics in rows.items():
        lines += [
            "      - shock: ties",
            f"        power: {power}",
            f"        republic: {_names(republics, 'republic', cast)}",
            f"        channel: {channel}",
            *_size(intensity, dated, lasting),
        ]
    return lines


def _size(intensity: float, dated: list[Claim], lasting: bool) -> list[str]:
    span = _span(dated)
    return [
        f"        intensity: {intensity:g}",
        *([f"        over: {span}"] if span > 1 else []),
        *(["        permanent: true"] if lasting else []),
    ]


def _union(claims: list[Claim], field: str) -> list[str]:
    return list(dict.fromkeys(name for claim in claims for name in getattr(claim, field)))


def _names(names: list[str], kind: str, cast: Cast) -> str:
    if len(names) == len(cast.actors(kind)):
        return "all"
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"

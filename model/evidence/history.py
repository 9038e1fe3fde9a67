"""scenarios/history.yaml, made from the claims of kind `event`."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

from steppe.model.core.calendar import QUARTERS_PER_YEAR, format_quarter
from steppe.model.core.cast import Cast

from .claim_schema import Claim
from .claims import Evidence
from .coding import HISTORY_QUARTERS, TOP_LEVEL, Coder, level_in_use, mean_over_claims

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
    "ties": ("power", "republic", "channel"),
    "supply": ("power", "channel"),
    "threat": ("republic",),
}
CLAIM_FIELD = {"power": "powers", "republic": "republics", "channel": "channels"}


def render_history(evidence: Evidence, cast: Cast) -> str:
    """The text of history.yaml: one event per claim, or per cluster of claims."""
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in evidence.inputs("event"):
        if begins_in_history(claim) and not _leaves_nothing(claim, evidence):
            groups[claim.cluster or claim.id].append(claim)
    ordered = sorted(
        groups.items(),
        key=lambda item: (min(claim.quarters()[0] for claim in most_precise(item[1])), item[0]),
    )
    events = "".join(_event(name, claims, evidence, cast) for name, claims in ordered)
    return HEADER + (f"events:\n{events}" if events else "events: {}\n")


def begins_in_history(claim: Claim) -> bool:
    """Whether an event begins in the simulated years of history."""
    return 0 <= claim.quarters()[0] < HISTORY_QUARTERS


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


def _event(name: str, claims: list[Claim], evidence: Evidence, cast: Cast) -> str:
    dated = most_precise(claims)
    lines = [
        f"  {name}:",
        f"    what: {_quoted(claims[0].says)}",
        *_dates(dated),
        f"    claims: [{', '.join(_resting_on(claims, evidence))}]",
        "    effects:",
    ]
    return "\n".join(lines + _effects(claims, dated, evidence, cast)) + "\n"


def _resting_on(claims: list[Claim], evidence: Evidence) -> list[str]:
    """The claims behind an event, and those that date it."""
    dates = [evidence.date_of(claim) for claim in claims]
    return [*(claim.id for claim in claims), *dict.fromkeys(date.id for date in dates if date)]


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


def _effects(claims: list[Claim], dated: list[Claim], evidence: Evidence, cast: Cast) -> list[str]:
    first = claims[0]
    if first.moves == "membership":
        return _membership_effect(claims, cast)
    if any(claim.ends for claim in claims):
        return _ending_effects(claims, evidence, cast)
    shock = str(first.moves)
    intensity = mean_over_claims(claims, level_in_use)
    lines = [f"      - shock: {shock}"]
    for field in SHOCK_FIELDS[shock]:
        lines.append(f"        {field}: {_names(_union(claims, CLAIM_FIELD[field]), field, cast)}")
    lines.append(f"        intensity: {round(intensity, 2):g}")
    span = _span(dated)
    lines += [f"        over: {span}"] if span > 1 else []
    return lines + (["        permanent: true"] if first.permanent else [])


def _membership_effect(claims: list[Claim], cast: Cast) -> list[str]:
    first = claims[0]
    lines = [f"      - institution: {first.institution}"]
    if first.change == "dissolve":
        return [*lines, "        dissolve: true"]
    verb = "leave" if first.change in ("leave", "suspend") else "join"
    return [*lines, f"        {verb}: {_names(_union(claims, 'republics'), 'republic', cast)}"]


def _ending_effects(claims: list[Claim], evidence: Evidence, cast: Cast) -> list[str]:
    """What is lost where an event ends a matter: that by which the matter raises the tie."""
    losses: dict[float, list[tuple[str, str, str]]] = defaultdict(list)
    for cell, loss in losses_of(claims, evidence).items():
        losses[loss].append(cell)
    lines = []
    for loss, cells in losses.items():
        for power, channel in dict.fromkeys((power, channel) for power, _, channel in cells):
            republics = [row for p, row, c in cells if (p, c) == (power, channel)]
            lines += [
                "      - shock: ties",
                f"        power: {power}",
                f"        republic: {_names(republics, 'republic', cast)}",
                f"        channel: {channel}",
                f"        intensity: {-loss:g}",
                "        permanent: true",
            ]
    return lines


def losses_of(claims: list[Claim], evidence: Evidence) -> dict[tuple[str, str, str], float]:
    """Levels that each cell loses by an event that ends a matter; cells that lose none left out."""
    quarter = most_precise(claims)[0].quarters()[0]
    matter = next(claim.ends for claim in claims if claim.ends)
    powers, republics, channels = (
        _union(claims, CLAIM_FIELD[field]) for field in SHOCK_FIELDS["ties"]
    )
    losses = {
        cell: round(TOP_LEVEL * matter_share(matter, cell, quarter, evidence), 2)
        for cell in product(powers, republics, channels)
    }
    return {cell: loss for cell, loss in losses.items() if loss > 0}


def matter_share(
    matter: str, cell: tuple[str, str, str], quarter: int, evidence: Evidence
) -> float:
    """How much lower a tie would be in a quarter if one matter were at level 0, in [0, 1]."""

    def without(claim: Claim) -> float:
        return 0.0 if matter in (claim.cluster, claim.id) else level_in_use(claim)

    names = dict(zip(("powers", "republics", "channels"), cell, strict=True))
    values = []
    for lookup in (level_in_use, without):
        spells = Coder(evidence, lookup).over_time("tie", quarter + 1, **names)
        values.append(spells[-1].value if spells else 0.0)
    return max(values[0] - values[1], 0.0)


def _union(claims: list[Claim], field: str) -> list[str]:
    return list(dict.fromkeys(name for claim in claims for name in getattr(claim, field)))


def _names(names: list[str], kind: str, cast: Cast) -> str:
    if len(names) == len(cast.actors(kind)):
        return "all"
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"

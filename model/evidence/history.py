"""scenarios/history.yaml, made from the claims of kind `event`."""

from __future__ import annotations

from collections import defaultdict

from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Cast

from .claim_schema import Claim
from .claims import Evidence
from .coding import HISTORY_QUARTERS
from .levels import level_lookup

HEADER = """\
# yaml-language-server: $schema=schema.json
# Made from the claims of kind `event` in model/evidence/claims by `make generated`.
# To change it, change a claim; to change a future, write a file that extends baseline.
title: History
narrative: >-
  What the five documents say happened from 2000 to 2019, each event with the claims it
  rests on. An event is dated at the first quarter of its claim's period. Where documents
  give different dates, each member draws one, with odds by the claims' confidence.
sources: [thesis-2020, essay-2010, eprs-2016, ispi-2019]
from: 2000Q1
to: 2019Q4
events:
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
        groups.items(), key=lambda item: (min(claim.quarters()[0] for claim in item[1]), item[0])
    )
    return HEADER + "".join(_event(name, claims, evidence, cast) for name, claims in ordered)


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
    lines = [
        f"  {name}:",
        f"    what: {_quoted(claims[0].says)}",
        *_dates(claims),
        f"    claims: [{', '.join(claim.id for claim in claims)}]",
        "    effects:",
    ]
    return "\n".join(lines + _effect(claims, evidence, cast)) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.rstrip(".").replace('"', "'") + '"'


def _dates(claims: list[Claim]) -> list[str]:
    weights: dict[int, float] = defaultdict(float)
    for claim in claims:
        weights[claim.quarters()[0]] += claim.probability
    if len(weights) == 1:
        return [f"    when: {format_quarter(next(iter(weights)))}"]
    total = sum(weights.values())
    odds = {quarter: round(weight / total, 4) for quarter, weight in sorted(weights.items())}
    last = max(odds)
    odds[last] = round(1 - sum(value for quarter, value in odds.items() if quarter != last), 4)
    return [
        "    either: {"
        + ", ".join(f"{format_quarter(quarter)}: {value}" for quarter, value in odds.items())
        + "}"
    ]


def _effect(claims: list[Claim], evidence: Evidence, cast: Cast) -> list[str]:
    first = claims[0]
    if first.moves == "membership":
        verb = "leave" if first.change in ("leave", "suspend") else "join"
        return [
            f"      - institution: {first.institution}",
            f"        {verb}: {_names(_union(claims, 'republics'), 'republic', cast)}",
        ]
    level_of = level_lookup(evidence)
    shock = str(first.moves)
    weight = sum(claim.probability for claim in claims)
    intensity = sum(level_of(claim) * claim.probability for claim in claims) / weight
    lines = [f"      - shock: {shock}"]
    for field in SHOCK_FIELDS[shock]:
        lines.append(f"        {field}: {_names(_union(claims, CLAIM_FIELD[field]), field, cast)}")
    lines.append(f"        intensity: {round(intensity, 2):g}")
    return lines + (["        permanent: true"] if first.permanent else [])


def _union(claims: list[Claim], field: str) -> list[str]:
    return list(dict.fromkeys(name for claim in claims for name in getattr(claim, field)))


def _names(names: list[str], kind: str, cast: Cast) -> str:
    if len(names) == len(cast.actors(kind)):
        return "all"
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"

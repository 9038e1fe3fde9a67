"""Explain one cell: its coded values over time, the claims and events behind them, and targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from steppe.model.core.calendar import format_quarter
from steppe.model.evidence.claim_schema import Claim
from steppe.model.evidence.claims import Evidence
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.evidence.coding import CodedValue, wholes
from steppe.model.evidence.codings import load_codings
from steppe.model.evidence.falls import level_before
from steppe.model.evidence.tie_events import Cell

from .cell_events import Sources, events_on


def explain_cell(cell: Cell, sources: Sources) -> dict[str, Any]:
    """Everything behind one cell: values, events, contradictions, targets and assumptions."""
    power, republic, channel = cell
    inputs, evidence = sources.inputs, sources.evidence
    keys = {
        "tie": ("tie", power, republic, channel),
        "interest": ("interest", power, republic, channel),
        "need": ("need", power, republic, channel),
        "supply": ("supply", power, channel),
        "budget": ("budget", power),
        "stance": ("stance", power, republic),
        "threat": ("threat", republic),
    }
    coded = {name: inputs.trail[key] for name, key in keys.items()}
    coded |= _institutions_in(power, channel, inputs)
    values = [describe_value(name, spells, evidence) for name, spells in coded.items()]
    return {
        "about": [power, republic, channel],
        "values": values,
        "events": events_on(cell, sources),
        "contradictions": contradictions(values, evidence),
        "targets": [
            describe_claim(claim, evidence)
            for claim in evidence.targets()
            if _concerns(claim, power, republic, channel)
        ],
        "assumptions": [
            text for name, spells in coded.items() for text in _assumptions(name, spells)
        ],
    }


def describe_value(what: str, coded: list[CodedValue], evidence: Evidence) -> dict[str, Any]:
    """A coded value and its course over history."""
    claims = list(dict.fromkeys(identifier for value in coded for identifier in value.claims))
    return {
        "what": what,
        "value": round(coded[-1].value, 3),
        "over_time": [round(value.value, 3) for value in coded],
        "changes": _changes(coded),
        "status": coded[-1].status,
        "how": coded[-1].how,
        "claims": [
            _describe_claim_in_value(evidence.claim(name), evidence)
            | {"in_force": _in_force(name, coded)}
            for name in claims
        ],
    }


def _describe_claim_in_value(claim: Claim, evidence: Evidence) -> dict[str, Any]:
    """A claim on which a value rests; of an event on ties, what was there before it."""
    found = describe_claim(claim, evidence)
    if claim.kind != "event":
        return found
    before = {"says": f"The tie before this event: {claim.says}", "level": level_before(claim)}
    return found | before | {"codings": [None, None], "matter": claim.matter}


def _changes(coded: list[CodedValue]) -> list[dict[str, Any]]:
    """The quarters in which a value or its status changes, including the first."""
    changes = []
    last: tuple[float, str] | None = None
    for value in coded:
        if last != (value.value, value.status):
            last = (value.value, value.status)
            changes.append(
                {
                    "from": format_quarter(value.since),
                    "value": round(value.value, 3),
                    "assumed": value.status == "assumption",
                }
            )
    return changes


def _in_force(name: str, coded: Sequence[CodedValue]) -> list[str | None]:
    """The first and the last quarter in which a claim counts; None where it always did or does."""
    counts = [value.status == "coded" and name in value.claims for value in coded]
    if True not in counts:
        return [None, None]
    first = coded[counts.index(True)].since
    after_last = len(counts) - counts[::-1].index(True)
    last = format_quarter(coded[after_last].since - 1) if after_last < len(coded) else None
    return [format_quarter(first) if first > 0 else None, last]


def _assumptions(what: str, coded: Sequence[CodedValue]) -> list[str]:
    """What is assumed of a value, and until when."""
    ends = [value.since - 1 for value in coded[1:]]
    until = [f" until {format_quarter(end)}" for end in ends] + [""]
    texts: dict[str, str] = {}  # the end of each assumption
    for value, end in zip(coded, until, strict=True):
        if value.status == "assumption":
            texts[value.how] = end
    return [f"{what}{end}: {how}" for how, end in texts.items()]


def _institutions_in(power: str, channel: str, inputs: Inputs) -> dict[str, list[CodedValue]]:
    """How much the organisations that a power sponsors bind in a channel."""
    row, column = inputs.cast.index("power", power), inputs.cast.index("channel", channel)
    return {
        f"institution {institution.name}": inputs.trail["institution", institution.name, channel]
        for institution in inputs.institutions
        if institution.sponsors[row] > 0 and column in institution.channels
    }


def describe_claim(claim: Claim, evidence: Evidence) -> dict[str, Any]:
    """A claim: what it says, where, its levels, its matter, and what dates it."""
    first, second = load_codings().levels(claim)
    date = evidence.date_of(claim)
    return {
        "id": claim.id,
        "says": claim.says,
        "document": evidence.document_of[claim.id],
        "lines": list(claim.lines) if claim.lines else None,
        "references": [reference.model_dump() for reference in claim.references],
        "kind": claim.kind,
        "period": list(claim.period) if claim.period else None,
        "dated_by": date.id if date else None,
        "confidence": claim.confidence,
        "level": claim.level,
        "codings": [first, second],
        "matter": claim.cluster,
        "want": claim.want,
    }


def contradictions(values: list[dict[str, Any]], evidence: Evidence) -> list[str]:
    """Claims on one matter that give different levels for the same time."""
    found = []
    for value in values:
        clusters: dict[str, list[Claim]] = {}
        for item in value["claims"]:
            claim = evidence.claim(item["id"])
            if claim.cluster and claim.kind != "event":
                clusters.setdefault(claim.cluster, []).append(claim)
        for name, claims in clusters.items():
            claims = wholes(claims)  # a part is no other view of the whole
            disagreeing = [claim for claim in claims if _disagrees(claim, claims)]
            if disagreeing:
                sides = ", ".join(f"{claim.id} says {claim.level:g}" for claim in disagreeing)
                found.append(f"{value['what']}, matter {name}: {sides}; averaged by confidence")
    return found


def _disagrees(claim: Claim, others: list[Claim]) -> bool:
    """Whether another claim gives another level for a time that both are about."""
    return any(other.level != claim.level and other.overlaps(*claim.quarters()) for other in others)


def _concerns(claim: Claim, power: str, republic: str, channel: str) -> bool:
    return power in claim.powers and republic in claim.republics and channel in claim.channels

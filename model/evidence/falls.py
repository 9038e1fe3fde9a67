"""Falls of ties that a document tells beside what is left of them (rule 1 of CODEBOOK.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import dropwhile

from .claim_schema import AXES, TOP_LEVEL, Claim
from .claims import Evidence


def level_before(event: Claim) -> float:
    """The level of a matter before its first event on ties: 0, or as much as was lost."""
    return max(-(event.level or 0.0), 0.0)


def takes_a_part(event: Claim) -> bool:
    """Whether a text tells of a loss by how many per cent, so that something is left."""
    return event.part_lost is not None and event.part_lost < 1


def without_partial_losses(events: Iterable[Claim]) -> list[Claim]:
    """Events that tell what was there before them: nothing, or what they took."""
    events = list(events)
    partial = {event.event_name for event in events if takes_a_part(event)}
    return [event for event in events if event.event_name not in partial]


def undo_falls(left: float, falls: Iterable[Claim]) -> float:
    """The level of a matter before falls, in order of time, that left this much; at most 3."""
    for fall in reversed(list(falls)):
        part = fall.part_lost
        before = left + level_before(fall) if part is None else left / max(1.0 - part, 1e-9)
        left = min(before, TOP_LEVEL)
    return left


def taken_by(name: str, left: float, falls: Mapping[str, Claim]) -> float:
    """How much one of some falls took of a matter, of which they left so much in the end."""
    if name not in falls:
        return 0.0
    first, *later = dropwhile(lambda fall: fall.event_name != name, falls.values())
    return undo_falls(left, [first, *later]) - undo_falls(left, later)


def falls_told_with(claim: Claim, falls: Iterable[Claim], evidence: Evidence) -> dict[str, Claim]:
    """The falls after which a claim says what is left, by event; `falls` come in order of time.

    They are told by the document of the claim, which holds at their end and for no other cells.
    """
    document_of, found = evidence.document_of, dict[str, Claim]()
    for fall in falls:
        within = all(set(getattr(claim, axis)) <= set(getattr(fall, axis)) for axis in AXES)
        later = claim.quarters()[1] >= fall.quarters()[1]
        if within and later and document_of[fall.id] == document_of[claim.id]:
            found.setdefault(fall.event_name, fall)
    return found

"""Claims that cannot both stand: wrong endings, mixed events, second dates, lines used twice."""

from __future__ import annotations

from collections.abc import Iterator

from steppe.model.core.calendar import format_quarter
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.suggestions import suggest

from .claim_schema import AXES, WITH_PARTS, Claim
from .claims import Evidence
from .coding import events_on_ties
from .tie_events import changes_of_ties


def check_conflicts(evidence: Evidence) -> list[Diagnostic]:
    """Report changes and parts of nothing, mixed events, second dates, lines used twice."""
    return [
        *_wrong_matters(evidence),
        *_parts_of_nothing(evidence),
        *_mixed_events(evidence),
        *_second_dates(evidence),
        *_lines_used_twice(evidence),
    ]


def _wrong_matters(evidence: Evidence) -> Iterator[Diagnostic]:
    """Events that change or end what is not there, and ties that begin after such an event."""
    ties, events = evidence.inputs("tie"), events_on_ties(evidence)
    matters = {claim.matter for claim in (*ties, *events) if not claim.of and not claim.ends}
    changes = changes_of_ties(evidence)
    for event in events:
        key = "ends" if event.ends else "of"
        if (event.ends or event.of) and event.matter not in matters:
            yield Diagnostic(
                *evidence.place(event.id, key),
                f"no tie and no event on ties is called '{event.matter}'; "
                f"{suggest(event.matter, sorted(matters))}",
            )
        elif event.ends and not changes[event.event_name]:
            yield Diagnostic(
                *evidence.place(event.id, key),
                f"'{event.ends}' holds nothing by then in any cell of the event; name its powers, "
                "republics and channels, or the matter that ends",
            )
        for tie in ties:
            if tie.matter == event.matter and _share_cells(tie, event):
                yield from _begins_after(tie, event, evidence)


def _begins_after(tie: Claim, event: Claim, evidence: Evidence) -> Iterator[Diagnostic]:
    begins, changed = tie.quarters()[0], event.quarters()[0]
    if begins > changed:
        verb = "ended" if event.ends else "changed"
        yield Diagnostic(
            *evidence.place(tie.id, "period"),
            f"the period begins in {format_quarter(begins)}, after '{event.id}' has {verb} "
            f"'{tie.matter}' in {format_quarter(changed)}; date one of them anew, or make one "
            "of them context",
        )


def _parts_of_nothing(evidence: Evidence) -> Iterator[Diagnostic]:
    """Parts of a matter of which no claim of their kind tells the whole."""
    inputs = [claim for kind in WITH_PARTS for claim in evidence.inputs(kind)]
    whole = {(claim.kind, claim.matter) for claim in inputs if not claim.part}
    for claim in inputs:
        if claim.part and (claim.kind, claim.matter) not in whole:
            yield Diagnostic(
                *evidence.place(claim.id, "part"),
                f"no {claim.kind} of '{claim.matter}' is on the whole; leave 'part' out of the "
                "one that tells most",
            )


def _mixed_events(evidence: Evidence) -> Iterator[Diagnostic]:
    """Claims of one matter make one event, so they must agree on what it does."""
    first: dict[str, Claim] = {}
    for claim in evidence.inputs("event"):
        if claim.cluster is None:
            continue
        other = first.setdefault(claim.cluster, claim)
        for key in ("moves", "institution", "change", "permanent", "of", "ends"):
            if getattr(claim, key) != getattr(other, key):
                yield Diagnostic(
                    *evidence.place(claim.id, key),
                    f"'{key}' differs from that of '{other.id}' in the same matter; claims of one "
                    "matter make one event, so give this one a matter of its own",
                )


def _second_dates(evidence: Evidence) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for date in evidence.inputs("date"):
        for name in date.of:
            known = first.setdefault(name, date.id)
            if known != date.id:
                yield Diagnostic(
                    *evidence.place(date.id, "of"),
                    f"'{name}' is dated by '{known}' already; leave one of the two out",
                )


def _lines_used_twice(evidence: Evidence) -> Iterator[Diagnostic]:
    events = evidence.inputs("event")
    for target in evidence.targets():
        for event in events:
            if _share_lines(target, event, evidence) and _share_cells(target, event):
                yield Diagnostic(
                    *evidence.place(target.id, "lines"),
                    f"the target rests on lines that give the event '{event.id}' in the same cell; "
                    "one sentence has one use (rule 10), so make one of them context",
                )


def _share_lines(one: Claim, other: Claim, evidence: Evidence) -> bool:
    if one.lines is None or other.lines is None:
        return False
    same = evidence.document_of[one.id] == evidence.document_of[other.id]
    return same and one.lines[0] <= other.lines[1] and other.lines[0] <= one.lines[1]


def _share_cells(one: Claim, other: Claim) -> bool:
    return all(set(getattr(one, axis)) & set(getattr(other, axis)) for axis in AXES)

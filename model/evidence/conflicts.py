"""Claims that cannot both stand: wrong endings, mixed events, second dates, lines used twice."""

from __future__ import annotations

from collections.abc import Iterator

from steppe.model.core.calendar import format_quarter
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.suggestions import suggest

from .claim_schema import Claim
from .claims import Evidence
from .history import losses_of


def check_conflicts(evidence: Evidence) -> list[Diagnostic]:
    """Report endings of nothing, mixed events of one matter, second dates, lines used twice."""
    return [
        *_wrong_endings(evidence),
        *_mixed_events(evidence),
        *_second_dates(evidence),
        *_lines_used_twice(evidence),
    ]


def _wrong_endings(evidence: Evidence) -> Iterator[Diagnostic]:
    ties = evidence.inputs("tie")
    matters = {name for claim in ties for name in (claim.cluster, claim.id) if name}
    for event in evidence.inputs("event"):
        if event.ends is None:
            continue
        if event.ends not in matters:
            yield Diagnostic(
                *evidence.place(event.id, "ends"),
                f"no tie is called '{event.ends}'; {suggest(event.ends, sorted(matters))}",
            )
        elif not losses_of([event], evidence):
            yield Diagnostic(
                *evidence.place(event.id, "ends"),
                f"'{event.ends}' holds nothing by then in any cell of the event; name its powers, "
                "republics and channels, or the matter that ends",
            )
        end = event.quarters()[0]
        for claim in ties:
            if event.ends in (claim.cluster, claim.id) and claim.quarters()[0] > end:
                yield Diagnostic(
                    *evidence.place(claim.id, "period"),
                    f"the period begins in {format_quarter(claim.quarters()[0])}, after "
                    f"'{event.id}' has ended it in {format_quarter(end)}; date one of them anew",
                )


def _mixed_events(evidence: Evidence) -> Iterator[Diagnostic]:
    """Claims of one matter make one event, so they must agree on what it does."""
    first: dict[str, Claim] = {}
    for claim in evidence.inputs("event"):
        if claim.cluster is None:
            continue
        other = first.setdefault(claim.cluster, claim)
        for key in ("moves", "institution", "change", "permanent"):
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
    return all(
        set(getattr(one, field)) & set(getattr(other, field))
        for field in ("powers", "republics", "channels")
    )

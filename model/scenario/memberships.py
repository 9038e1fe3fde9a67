"""Who is in which organisation when, as far as the dates are sure: joining twice or leaving what was never joined is a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Cast
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.suggestions import suggest
from steppe.model.core.yaml_source import Source, read_yaml

from .effect_models import Membership
from .file_models import Event

IN, OUT, MAYBE = "in", "out", "maybe"


@cache
def shipped_institutions() -> Mapping[str, tuple[str, ...]]:
    """Founding members by name of the organisations that the claims code."""
    from steppe.model.evidence.claims import FOLDER

    rows = read_yaml(FOLDER / "institutions.yaml", "model/evidence/institutions.yaml").data[
        "institutions"
    ]
    return {name: tuple(row.get("members") or ()) for name, row in rows.items()}


@dataclass(frozen=True)
class _Change:
    """One effect on an organisation, from its first possible quarter to its last."""

    first: int
    last: int
    order: int
    sure: bool
    name: str
    number: int
    effect: Membership


def check_memberships(
    events: Mapping[str, Event], merged: Source, cast: Cast, known: Mapping[str, tuple[str, ...]]
) -> list[Diagnostic]:
    """Organisations that nobody founded, founded twice, joined twice, or left by who never joined."""
    changes = list(_changes(events))
    if not changes:
        return []
    problems = _unknown_names(changes, merged, known)
    state = {
        (name, cast.index("republic", member)): IN
        for name, members in known.items()
        for member in members
        if any(actor.matches(member) for actor in cast.republics)
    }
    since: dict[tuple[str, int], str] = {}
    for quarter, change, settled in _in_time(changes):
        for verb, new in (("join", IN), ("leave", OUT)):
            for place, republic in enumerate(getattr(change.effect, verb) or ()):
                cell = change.effect.institution, republic
                if change.sure and change.first == change.last and state.get(cell, OUT) == new:
                    problems.append(
                        _diagnostic(
                            merged,
                            change,
                            verb,
                            cast.republics[republic].name,
                            since.get(cell),
                            place,
                        )
                    )
                state[cell] = new if settled else MAYBE
                since[cell] = f"{change.name}, {format_quarter(quarter)}"
        if change.effect.dissolve:
            for cell in [cell for cell in state if cell[0] == change.effect.institution]:
                state[cell] = OUT if settled else MAYBE
    return problems


def _changes(events: Mapping[str, Event]) -> Iterator[_Change]:
    for order, (name, event) in enumerate(events.items()):
        dates = event.dates() or (0,)
        sure = event.probability == 1 and event.if_ is None
        for number, effect in enumerate(event.effects):
            if isinstance(effect, Membership):
                yield _Change(dates[0], dates[-1], order, sure, name, number, effect)


def _in_time(changes: list[_Change]) -> Iterator[tuple[int, _Change, bool]]:
    """Each change at its first quarter, and once more at its last if that is another; whether it is settled by then."""
    moments = [
        (change.first, change.order, change, change.sure and change.first == change.last)
        for change in changes
    ]
    moments += [
        (change.last, change.order, change, True)
        for change in changes
        if change.sure and change.last > change.first
    ]
    for quarter, _, change, settled in sorted(moments, key=lambda moment: moment[:2]):
        yield quarter, change, settled


def _unknown_names(
    changes: list[_Change], merged: Source, known: Mapping[str, tuple[str, ...]]
) -> list[Diagnostic]:
    founded: dict[str, _Change] = {}
    problems = []
    for change in sorted(changes, key=lambda item: (item.first, item.order)):
        name = change.effect.institution
        if change.effect.found is not None:
            if name in known or name in founded:
                problems.append(
                    _at(
                        merged,
                        change,
                        "institution",
                        f"'{name}' is founded already; let republics join it, or choose another name",
                    )
                )
            founded.setdefault(name, change)
    for change in changes:
        name = change.effect.institution
        if name in known:
            continue
        if name not in founded:
            problems.append(
                _at(
                    merged,
                    change,
                    "institution",
                    f"unknown institution '{name}'; {suggest(name, [*known, *founded], listed=14)}; "
                    "a new one needs `found`",
                )
            )
        elif change.sure and change.last < founded[name].first:
            problems.append(
                _at(
                    merged,
                    change,
                    "institution",
                    f"'{name}' is founded only in {format_quarter(founded[name].first)}; date this later",
                )
            )
    return problems


def _at(merged: Source, change: _Change, key: str, message: str) -> Diagnostic:
    return merged.diagnostic(("events", change.name, "effects", change.number, key), message)


def _diagnostic(
    merged: Source, change: _Change, verb: str, republic: str, since: str | None, place: int
) -> Diagnostic:
    name = change.effect.institution
    if verb == "join":
        message = f"{republic} is in {name} already ({since or 'from the start'}); take this out, or let it leave first"
    else:
        message = (
            f"{republic} is not in {name}"
            + (f" since {since}" if since else ", and never joined it")
            + "; take this out, or let it join first"
        )
    path = ("events", change.name, "effects", change.number, verb)
    return merged.diagnostic((*path, place) if (*path, place) in merged.values else path, message)

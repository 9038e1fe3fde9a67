"""Which republics are in which organisation when, as far as dates are certain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.suggestions import suggest
from steppe.model.core.yaml_source import KeyPath, Source

from .effect_schema import Membership
from .event_schema import Event

if TYPE_CHECKING:
    from steppe.model.evidence.institutions import InstitutionRow

IN, OUT, UNCERTAIN = "in", "out", "uncertain"
_Cell = tuple[str, int]  # an organisation and the position of a republic


@cache
def shipped_institutions() -> Mapping[str, tuple[str, ...]]:
    """Return the founding members, by name, of the organisations that the claims code."""
    return {name: row.members for name, row in _shipped_rows().items()}


@cache
def shipped_successors() -> Mapping[str, str]:
    """Return the organisation that goes on with another's body, by the name of the other."""
    return {row.succeeds: name for name, row in _shipped_rows().items() if row.succeeds}


def _shipped_rows() -> Mapping[str, InstitutionRow]:
    from steppe.model.evidence.institutions import load_institutions  # not before it is needed

    return load_institutions(default_cast())


def has_begun(institution: str, events: Mapping[str, Event], quarter: int) -> bool:
    """Return whether an event that founds or fills an organisation may come by this quarter."""
    return any(
        change.first <= quarter
        and change.effect.institution == institution
        and (change.effect.found is not None or bool(change.effect.join))
        for change in _find_changes(events)
    )


def members_after(events: Mapping[str, Event], cast: Cast) -> dict[str, list[str]]:
    """Return who is in each shipped organisation for certain once all these events have come."""
    members = {name: set(founders) for name, founders in shipped_institutions().items()}
    for _, change, settled in _in_time(list(_find_changes(events))):
        effect = change.effect
        inside = members.get(effect.institution)
        if inside is not None and settled:
            inside |= {cast.republics[one].name for one in effect.join or ()}
            inside -= {cast.republics[one].name for one in effect.leave or ()}
            if effect.dissolve:
                inside.clear()
    return {name: sorted(inside) for name, inside in members.items()}


@dataclass(frozen=True)
class _Change:
    """One effect on an organisation, from its first possible quarter to its last.

    certain : whether the event happens in every member.
    """

    first: int
    last: int
    order: int
    certain: bool
    name: str
    number: int
    effect: Membership


def check_memberships(
    events: Mapping[str, Event], merged: Source, cast: Cast, known: Mapping[str, tuple[str, ...]]
) -> list[Diagnostic]:
    """Report organisations that nobody founded, or founded twice, and memberships that cannot be.

    A republic cannot join what it is in or what was dissolved, or leave what it is not in.
    """
    changes = list(_find_changes(events))
    if not changes:
        return []
    members: dict[_Cell, str] = {
        (name, cast.index("republic", member)): IN
        for name, founders in known.items()
        for member in founders
        if any(actor.matches(member) for actor in cast.republics)
    }
    return [
        *_check_names(changes, merged, known),
        *_check_members(changes, merged, cast, members),
    ]


def _check_members(
    changes: list[_Change], merged: Source, cast: Cast, members: dict[_Cell, str]
) -> Iterator[Diagnostic]:
    """Follow the changes in time; `members` is brought up to date."""
    since: dict[_Cell, str] = {}
    ended: dict[str, str] = {}
    for quarter, change, settled in _in_time(changes):
        effect, moment = change.effect, f"{change.name}, {format_quarter(quarter)}"
        for verb, republics, new in (("join", effect.join, IN), ("leave", effect.leave, OUT)):
            for position, republic in enumerate(republics or ()):
                cell = effect.institution, republic
                name, message = cast.republics[republic].name, None
                if verb == "join" and effect.institution in ended:
                    message = _ended_message(effect.institution, ended[effect.institution])
                elif members.get(cell, OUT) == new:
                    message = _member_message(verb, name, effect.institution, since.get(cell))
                if message and change.certain and change.first == change.last:
                    path = (*_path(change, verb), position)
                    yield merged.diagnostic(path if path in merged.values else path[:-1], message)
                members[cell] = new if settled else UNCERTAIN
                since[cell] = moment
        if effect.dissolve:
            if settled:
                ended[effect.institution] = moment
            for cell in [cell for cell in members if cell[0] == effect.institution]:
                members[cell] = OUT if settled else UNCERTAIN


def _member_message(verb: str, republic: str, institution: str, since: str | None) -> str:
    if verb == "join":
        return (
            f"{republic} is in {institution} already ({since or 'from the start'}); "
            "take this out, or let it leave first"
        )
    when = f" since {since}" if since else ", and never joined it"
    return f"{republic} is not in {institution}{when}; take this out, or let it join first"


def _ended_message(institution: str, when: str) -> str:
    return (
        f"{institution} was dissolved ({when}), and nobody can join it; take this out, or `found` "
        "another under a new name"
    )


def _find_changes(events: Mapping[str, Event]) -> Iterator[_Change]:
    for order, (name, event) in enumerate(events.items()):
        dates = event.dates() or (0,)
        certain = event.probability == 1 and bool(event.dates())
        for number, effect in enumerate(event.effects):
            if isinstance(effect, Membership):
                yield _Change(dates[0], dates[-1], order, certain, name, number, effect)
                if event.lasts:
                    yield _end_of(event, dates[0], order, name, number, effect)


def _end_of(
    event: Event, first: int, order: int, name: str, number: int, effect: Membership
) -> _Change:
    """Return the change that the end of an event makes, after which nothing is certain."""
    quarter = first + event.for_ if event.for_ is not None else (event.until or first)
    opposite = effect.model_copy(update={"join": effect.leave, "leave": effect.join, "found": None})
    return _Change(quarter, quarter, order, False, name, number, opposite)


def _in_time(changes: list[_Change]) -> Iterator[tuple[int, _Change, bool]]:
    """Yield each change at its first quarter, and at its last if that is another.

    The third value is whether the change is certain to have happened by then.
    """
    moments = [
        (change.first, change.order, change, change.certain and change.first == change.last)
        for change in changes
    ]
    moments += [
        (change.last, change.order, change, True)
        for change in changes
        if change.certain and change.last > change.first
    ]
    for quarter, _, change, settled in sorted(moments, key=lambda moment: moment[:2]):
        yield quarter, change, settled


def _check_names(
    changes: list[_Change], merged: Source, known: Mapping[str, tuple[str, ...]]
) -> Iterator[Diagnostic]:
    """Report organisations that are unknown, founded twice, or changed before their founding."""
    founded: dict[str, _Change] = {}
    for change in sorted(changes, key=lambda item: (item.first, item.order)):
        name = change.effect.institution
        if change.effect.found is not None:
            if name in known or name in founded:
                yield merged.diagnostic(
                    _path(change, "institution"),
                    f"'{name}' is founded already; let republics join it, or choose another name",
                )
            founded.setdefault(name, change)
    for change in changes:
        name = change.effect.institution
        if name in known:
            continue
        if name not in founded:
            hint = suggest(name, [*known, *founded], listed=14)
            yield merged.diagnostic(
                _path(change, "institution"),
                f"unknown institution '{name}'; {hint}; a new one needs `found`",
            )
        elif change.certain and change.last < founded[name].first:
            first = format_quarter(founded[name].first)
            yield merged.diagnostic(
                _path(change, "institution"),
                f"'{name}' is founded only in {first}; date this later",
            )


def _path(change: _Change, key: str) -> KeyPath:
    return ("events", change.name, "effects", change.number, key)

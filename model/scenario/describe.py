"""Events, effects and differences between scenarios, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Cast
from steppe.model.core.field_types import StrictModel
from steppe.model.core.number_text import format_percent
from steppe.model.core.word_lists import join_words, with_article

from . import composed_effects, effect_schema
from .durations import describe_duration
from .event_schema import After, Event
from .load import Scenario
from .schema import Change


def describe_actors(places: Sequence[int] | None, kind: str, cast: Cast) -> str:
    """Return `Kazakhstan and Tajikistan`, or `all republics`."""
    actors = cast.actors(kind)
    if places is None or len(places) == len(actors):
        return f"all {kind}s"
    return join_words([with_article(actors[place].name) for place in places])


def describe_dates(event: Event) -> str:
    """Say when an event happens, how long it lasts, and how likely it is."""
    text = _start(event) + describe_end(event)
    if event.chance is not None:
        text += f", with the chance '{event.chance}' of {format_percent(event.probability)}"
    elif event.probability < 1:
        text += f", with a chance of {format_percent(event.probability)}"
    return text


def describe_end(event: Event) -> str:
    """Say how long an event lasts, as the end of a sentence; empty if for good."""
    if event.for_ is not None:
        return f", for {describe_duration(event.for_)}"
    return f", until {format_quarter(event.until)}" if event.until is not None else ""


def _start(event: Event) -> str:
    if event.if_ is not None:
        return f"when a share is {event.if_.share} for the first time{_window(event)}"
    if event.after is not None:
        return describe_after(event.after)
    dates = [format_quarter(date) for date in event.dates()]
    if event.when is not None:
        return dates[0]
    return (
        f"between {dates[0]} and {dates[-1]}" if event.between else f"in {join_words(dates, 'or')}"
    )


def _window(event: Event) -> str:
    """Say when a condition counts."""
    if event.between is not None:
        first, last = map(format_quarter, event.between)
        return f" between {first} and {last}"
    if event.after is not None:
        return f", {describe_after(event.after)}"
    return f" from {format_quarter(event.when)} on" if event.when is not None else ""


def describe_after(after: After) -> str:
    """Say what another event is followed by: `a year after sanctions ends`."""
    what = f"after {after.event}" + (" ends" if after.end else "")
    return f"{describe_duration(after.delay)} {what}" if after.delay else what


def describe_effect(effect: StrictModel, cast: Cast) -> str:
    """Say what an effect does."""
    return _DESCRIPTIONS[type(effect)](effect, cast)


def _over(effect: Any) -> str:
    return f" over {effect.over} quarters" if effect.over > 1 else ""


def _shock(effect: effect_schema.Shock, cast: Cast) -> str:
    where = [
        describe_actors(getattr(effect, kind), kind, cast)
        for kind in ("power", "republic", "channel")
        if getattr(effect, kind) is not None
    ]
    return (
        f"{effect.shock} {effect.intensity:+g} ({'; '.join(where)}){_over(effect)}, "
        f"{'permanent' if effect.permanent else 'fading'}"
    )


def _membership(effect: effect_schema.Membership, cast: Cast) -> str:
    parts = (
        [f"founded by {describe_actors(effect.found.sponsors, 'power', cast)}"]
        if effect.found
        else []
    )
    parts += [
        f"{describe_actors(rows, 'republic', cast)} {verb}"
        for verb, rows in (("join", effect.join), ("leave", effect.leave))
        if rows is not None
    ]
    return (
        f"{effect.institution}: {', '.join([*parts, *(['dissolved'] if effect.dissolve else [])])}"
    )


def _relation(effect: effect_schema.Relation, cast: Cast) -> str:
    one, other = (with_article(cast.powers[place].name) for place in effect.relation)
    view = (
        f"{one} and {other} regard each other as" if effect.mutual else f"{one} regards {other} as"
    )
    return f"{view} {effect.becomes:+g} (-3 act as one, +3 rivals){_over(effect)}"


_DESCRIPTIONS: dict[type[StrictModel], Callable[[Any, Cast], str]] = {
    effect_schema.Shock: _shock,
    effect_schema.Budget: lambda effect, cast: (
        f"resources of {describe_actors(effect.budget, 'power', cast)} times "
        f"{effect.scale:g}{_over(effect)}"
    ),
    effect_schema.Reroute: lambda effect, cast: (
        f"{format_percent(effect.share)} of the effort of "
        f"{describe_actors(effect.reroute, 'power', cast)} moves elsewhere{_over(effect)}"
    ),
    effect_schema.Membership: _membership,
    effect_schema.Base: lambda effect, cast: (
        f"base of {describe_actors(effect.power, 'power', cast)} {effect.base} in "
        f"{describe_actors(effect.republic, 'republic', cast)}"
    ),
    effect_schema.Relation: _relation,
    effect_schema.Interest: lambda effect, cast: (
        f"interest of {describe_actors(effect.power, 'power', cast)} becomes {effect.interest:g} "
        f"({describe_actors(effect.republic, 'republic', cast)}; "
        f"{describe_actors(effect.channel, 'channel', cast)})"
    ),
    effect_schema.Need: lambda effect, cast: (
        f"need of {describe_actors(effect.republic, 'republic', cast)} becomes "
        f"{effect.need:g} ({describe_actors(effect.channel, 'channel', cast)})"
    ),
    composed_effects.Quarrel: lambda effect, cast: (
        f"quarrel of {describe_actors(effect.quarrel[:1], 'power', cast)} and "
        f"{describe_actors(effect.quarrel[1:], 'republic', cast)}: ties "
        f"{-effect.levels:+g} ({describe_actors(effect.channel, 'channel', cast)}), stance "
        f"towards it {effect.levels:+g}"
    ),
    composed_effects.Succession: lambda effect, cast: (
        f"succession in {describe_actors(effect.succession, 'republic', cast)}: threat "
        f"{effect.levels:+g}, fading; stance {effect.stance:+g}"
    ),
    composed_effects.Blockade: lambda effect, cast: (
        f"{format_percent(effect.levels / 3)} of the supply of "
        f"{describe_actors(effect.blockade, 'power', cast)} does not reach "
        f"{describe_actors(effect.republic, 'republic', cast)} "
        f"({describe_actors(effect.channel, 'channel', cast)})"
    ),
    effect_schema.Tolerance: lambda effect, cast: (
        f"tolerance of {describe_actors(effect.republic, 'republic', cast)} {effect.tolerance:+g}"
    ),
}


def describe_change(change: float | Change | None) -> str:
    """Say how a parameter is set."""
    if change is None:
        return "as calibrated"
    if isinstance(change, float):
        return f"{change:g}"
    if change.times is not None:
        return f"times {change.times:g}"
    kind, values = ("uniform", change.uniform) if change.uniform else ("normal", change.normal)
    return f"drawn: {kind} {', '.join(f'{value:g}' for value in values or ())}"


def describe_differences(one: Scenario, other: Scenario) -> list[str]:
    """Return what differs between two scenarios, a line each."""
    return [
        *_heads(one, other),
        *_levers(one, other),
        *_parameters(one, other),
        *_casts(one, other),
        *_events(one, other),
    ]


def _heads(one: Scenario, other: Scenario) -> Iterator[str]:
    if one.last != other.last:
        yield (
            f"{one.name} ends {format_quarter(one.last)}, {other.name} ends "
            f"{format_quarter(other.last)}"
        )


def _levers(one: Scenario, other: Scenario) -> Iterator[str]:
    for name in dict.fromkeys((*one.levers, *other.levers)):
        here, there = one.lever_values.get(name), other.lever_values.get(name)
        if here is None or there is None:
            owner, value = (one.name, here) if there is None else (other.name, there)
            yield f"lever {name} ({value:g}) is in {owner} only"
        elif here != there:
            digits = next(
                size for size in range(6, 18) if f"{here:.{size}g}" != f"{there:.{size}g}"
            )
            yield (
                f"lever {name} is {here:.{digits}g} in {one.name}, "
                f"{there:.{digits}g} in {other.name}"
            )


def _parameters(one: Scenario, other: Scenario) -> Iterator[str]:
    for label in dict.fromkeys((*one.parameters, *other.parameters)):
        here, there = one.parameters.get(label), other.parameters.get(label)
        if here != there:
            yield (
                f"parameter {label} is {describe_change(here)} in {one.name}, "
                f"{describe_change(there)} in {other.name}"
            )


def _casts(one: Scenario, other: Scenario) -> Iterator[str]:
    for name in dict.fromkeys((*one.added, *other.added)):
        if name not in one.added or name not in other.added:
            yield f"{name} is in the cast of {one.name if name in one.added else other.name} only"
        elif one.source.data["cast"][name] != other.source.data["cast"][name]:
            yield f"{name} has other rows in the two casts"


def _events(one: Scenario, other: Scenario) -> Iterator[str]:
    for name in dict.fromkeys((*one.events, *other.events)):
        here, there = one.events.get(name), other.events.get(name)
        if here is not None and there is not None:
            yield from _changes(name, (one, here), (other, there))
            continue
        scenario = one if there is None else other
        event = scenario.events[name]
        yield (
            f"event {name} is in {scenario.name} only: {describe_dates(event)}, "
            f"{event.what} ({_effects(event, scenario.cast)})"
        )


def _changes(
    name: str, first: tuple[Scenario, Event], second: tuple[Scenario, Event]
) -> Iterator[str]:
    """Say how an event differs between two scenarios that both have it."""
    (one, here), (other, there) = first, second
    dates = describe_dates(here), describe_dates(there)
    if dates[0] != dates[1]:
        yield f"event {name} happens {dates[0]} in {one.name}, {dates[1]} in {other.name}"
    effects = _effects(here, one.cast), _effects(there, other.cast)
    if effects[0] != effects[1]:
        yield f"event {name} has in {one.name}: {effects[0]}; in {other.name}: {effects[1]}"


def _effects(event: Event, cast: Cast) -> str:
    return "; ".join(describe_effect(effect, cast) for effect in event.effects)

"""Events of the history that act on a cell, and what they move there."""

from __future__ import annotations

from typing import Any

from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Cast
from steppe.model.core.word_lists import join_words
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.scenario.load import Scenario


def events_on(
    power: str, republic: str, channel: str, cast: Cast, history: Scenario
) -> list[dict[str, Any]]:
    """Events of the history that act on the cell."""
    places = (
        cast.index("power", power),
        cast.index("republic", republic),
        cast.index("channel", channel),
    )
    return [
        {
            "name": name,
            "what": event.what,
            "when": join_words([*map(format_quarter, event.dates())], "or"),
            "claims": list(event.claims),
            "moves": [
                _describe_effect(effect)
                for effect in event.effects
                if _acts_on(effect, places, cast)
            ],
        }
        for name, event in history.events.items()
        if any(_acts_on(effect, places, cast) for effect in event.effects)
    ]


def _describe_effect(effect: Any) -> str:
    """What an effect of the history moves, and by how much."""
    if not hasattr(effect, "shock"):
        return f"membership of {effect.institution}"
    over = f" over {effect.over} quarters" if effect.over > 1 else ""
    return f"{effect.shock} {effect.intensity:+g}{over}{'' if effect.permanent else ', fading'}"


def _acts_on(effect: Any, cell: tuple[int, int, int], cast: Cast) -> bool:
    """Whether an effect of a scenario, of whichever kind, changes a cell of the history."""
    power, republic, channel = cell
    if hasattr(effect, "shock"):
        named = (effect.power, effect.republic, effect.channel)
        return all(
            indices is None or index in indices for indices, index in zip(named, cell, strict=True)
        )
    if not hasattr(effect, "institution"):
        return False
    row = next(
        (item for item in default_inputs().institutions if item.name == effect.institution), None
    )
    named = effect.dissolve or republic in {*(effect.join or ()), *(effect.leave or ())}
    return row is not None and bool(row.sponsors[power] > 0) and named and channel in row.channels

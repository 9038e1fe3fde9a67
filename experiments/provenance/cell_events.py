"""Events of the history that act on a cell, and what they move there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from steppe.model.core.calendar import QUARTERS_PER_YEAR, format_quarter
from steppe.model.core.number_text import format_fixed
from steppe.model.core.word_lists import join_words
from steppe.model.evidence.claims import Evidence
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.evidence.tie_events import Cell, TieChange, TieChanges, changes_of_ties
from steppe.model.scenario.effect_schema import Effect, Membership, Shock
from steppe.model.scenario.event_schema import Event
from steppe.model.scenario.load import Scenario


@dataclass(frozen=True)
class Sources:
    """What cells are explained from: coded inputs, and the evidence and history behind them."""

    inputs: Inputs
    evidence: Evidence
    history: Scenario

    @cached_property
    def tie_changes(self) -> TieChanges:
        """What each event on ties changes, by its name and by cell."""
        return changes_of_ties(self.evidence)


def events_on(cell: Cell, sources: Sources) -> list[dict[str, Any]]:
    """Events of the history that act on the cell."""
    power, republic, channel = cell
    inputs, evidence = sources.inputs, sources.evidence
    cast = inputs.cast
    places = (
        cast.index("power", power),
        cast.index("republic", republic),
        cast.index("channel", channel),
    )
    return [
        {
            "name": name,
            "what": event.what,
            "when": _format_dates(event),
            "claims": list(event.claims),
            "public_record": [claim for claim in event.claims if _is_public(claim, evidence)],
            "moves": [
                _describe_effect(effect, places[1], sources.tie_changes.get(name, {}).get(cell))
                for effect in event.effects
                if _acts_on(effect, places, inputs)
            ],
        }
        for name, event in sources.history.events.items()
        if any(_acts_on(effect, places, inputs) for effect in event.effects)
    ]


def _is_public(name: str, evidence: Evidence) -> bool:
    claim = evidence.by_id(name)
    return claim is not None and bool(claim.references)


def _format_dates(event: Event) -> str:
    """When an event happens: a quarter, a year, or one of several dates."""
    dates = event.dates()
    first, last = dates[0], dates[-1]
    if event.between is None:
        return join_words([*map(format_quarter, dates)], "or")
    if first % QUARTERS_PER_YEAR == 0 and last == first + QUARTERS_PER_YEAR - 1:
        return format_quarter(first)[:4]
    return f"{format_quarter(first)} to {format_quarter(last)}"


def _describe_effect(effect: Effect, republic: int, change: TieChange | None) -> str:
    """What an effect of the history moves in a republic, and by how much."""
    if isinstance(effect, Shock):
        over = f" over {effect.over} quarters" if effect.over > 1 else ""
        size = f"{effect.shock} {effect.intensity:+g}{over}{'' if effect.permanent else ', fading'}"
        return size if change is None else f"{_describe_change(change)}: {size}"
    assert isinstance(effect, Membership)  # `_acts_on` lets no other pass
    if effect.dissolve:
        return f"{effect.institution} ends"
    verb = "joins" if republic in (effect.join or ()) else "leaves"
    return f"{verb} {effect.institution}"


def _describe_change(change: TieChange) -> str:
    """How an event on ties changes its matter, and how many matters the cell has."""
    before, after = format_fixed(change.before), format_fixed(change.after)
    among = f", one of {change.matters}," if change.matters > 1 else ""
    return f"matter {change.matter}{among} from level {before} to {after}"


def _acts_on(effect: Effect, cell: tuple[int, int, int], inputs: Inputs) -> bool:
    """Whether an effect of the history, a shock or a membership, changes a cell."""
    power, republic, channel = cell
    if isinstance(effect, Shock):
        places = (effect.power, effect.republic, effect.channel)
        return all(
            indices is None or index in indices for indices, index in zip(places, cell, strict=True)
        )
    if not isinstance(effect, Membership):
        return False
    named = effect.dissolve or republic in {*(effect.join or ()), *(effect.leave or ())}
    return named and any(
        row.name == effect.institution and row.sponsors[power] > 0 and channel in row.channels
        for row in inputs.institutions
    )

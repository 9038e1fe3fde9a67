"""What `cast` of a scenario file may add: powers and republics, their keys, types and bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, field_validator

from steppe.model.core.cast import AUTONOMY, Actor, Cast
from steppe.model.core.field_types import StrictModel

from .value_types import Between, Channels, Date, Powers, Republics, Texts, at_most

MAX_ADDED = 8
ENTRY = -3.0  # log-ratio at which an added power enters, an assumption
# each the farthest for colour-blind eyes from those before it; tests/test_colours.py has distances
COLOURS = ("#AA0000", "#88AAEE", "#EEAA00", "#4400EE", "#886644", "#AA66EE", "#AA4488", "#00D090")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
Level = Annotated[float, Between(0, 3)]


class CellOfPower(StrictModel):
    """What an added power has in some republics and channels."""

    republic: Republics = Field(description="where")
    channel: Channels = Field(description="in which channel")
    level: Level = Field(description="0 to 3")


class CellOfRepublic(StrictModel):
    """What powers have in an added republic."""

    power: Powers = Field(description="whose")
    channel: Channels = Field(description="in which channel")
    level: Level = Field(description="0 to 3")


class InChannel(StrictModel):
    """A level in some channels."""

    channel: Channels = Field(description="in which channel")
    level: Level = Field(description="0 to 3")


class Regard(StrictModel):
    """How an added power and another regard each other."""

    power: Powers = Field(description="the other power")
    level: Annotated[float, Between(-3, 3)] = Field(
        description="-3 act as one, 0 indifferent, 3 rivals"
    )
    mutual: StrictBool = Field(True, description="false: only the added power has this view")


class Added(StrictModel):
    """What an added power and an added republic have in common."""

    code: Annotated[str, Field(min_length=1, max_length=8)] | None = Field(
        None, description="short name for plots"
    )
    colour: str | None = Field(None, description='such as "#E69F00"')
    aliases: Texts = Field((), description="other names that files may use")

    @field_validator("colour")
    @classmethod
    def _hexadecimal(cls, text: str | None) -> str | None:
        if text is not None and not _COLOUR.fullmatch(text):
            raise ValueError(f"'{text}' is not a colour; write for example \"#E69F00\", in quotes")
        return text


class AddedPower(Added):
    """A power that the cast lacks; what is left out is assumed: see `steppe check --explain`."""

    kind: Literal["power"] = Field(description="power or republic")
    ties: Annotated[tuple[CellOfPower, ...], at_most(100, "rows")] = Field(
        (), description="standing ties, 0 to 3; assumed 0.45 where left out"
    )
    interests: Annotated[tuple[CellOfPower, ...], at_most(100, "rows")] = Field(
        (), description="what it wants, 0 to 3; assumed 1 where left out"
    )
    supply: Annotated[tuple[InChannel, ...], at_most(100, "rows")] = Field(
        (),
        description="what it has to offer, 0 to 3; assumed half the mean of what is given where "
        "left out, 0.45 if nothing is",
    )
    relations: Annotated[tuple[Regard, ...], at_most(100, "rows")] = Field(
        (), description="to other powers, -3 to 3; assumed 0 where left out"
    )
    budget: Annotated[float, Between(0, 100)] = Field(
        1.0,
        description="its resources, as a multiple of Russia's in 2000; assumed 1 where left out; "
        "0 leaves the power out of everything",
    )
    from_: Annotated[
        Date | None,
        Field(
            alias="from", description="when it appears; before, it is in no sum; left out, in 2000"
        ),
    ] = None
    enters_at: Annotated[float, Between(-10, 3)] = Field(
        ENTRY,
        description="with `from`: its log-ratio to autonomy in every cell when it appears; "
        "assumed -3 where left out, a twentieth of what a republic keeps to itself",
    )

    @property
    def joins(self) -> int | None:
        """The quarter from which it takes part; -1 from before the run, None never."""
        if self.budget == 0:
            return None
        return -1 if self.from_ is None else self.from_


class AddedRepublic(Added):
    """A republic, or a neighbour like one, that the cast lacks; what is left out is assumed."""

    kind: Literal["republic"] = Field(description="power or republic")
    ties: Annotated[tuple[CellOfRepublic, ...], at_most(100, "rows")] = Field(
        (),
        description="standing ties to powers, 0 to 3; assumed half each power's mean elsewhere "
        "where left out",
    )
    interests: Annotated[tuple[CellOfRepublic, ...], at_most(100, "rows")] = Field(
        (),
        description="what powers want there, 0 to 3; assumed each power's mean elsewhere where "
        "left out",
    )
    needs: Annotated[tuple[InChannel, ...], at_most(100, "rows")] = Field(
        (), description="what it lacks, 0 to 3; assumed the other republics' mean where left out"
    )
    stance: Level | None = Field(
        None,
        description="how guarded it is towards all patrons, 0 to 3; "
        "assumed the other republics' mean where left out",
    )


def new_actor_messages(name: str, data: Any, cast: Cast) -> list[str]:
    """Say why an entry under `cast` cannot be a new actor."""
    if not isinstance(data, dict) or data.get("kind") not in ("power", "republic"):
        return []  # parsing reports what is wrong with it
    if name.casefold() in ("all", AUTONOMY):
        return [f"'{name}' has a meaning of its own and cannot name an actor; choose another name"]
    if (
        not name.strip()
        or len(name) > 40
        or any(sign in name for sign in "[]/\\,;:=")
        or not name.isprintable()
    ):
        return [
            f"'{name[:40]}' cannot name an actor; "
            "use a short name without brackets, commas and slashes"
        ]
    taken = [
        actor.name
        for kind in cast.kinds
        for actor in cast.actors(kind)
        if any(actor.matches(word) for word in _spellings(name, data))
    ]
    if taken:
        return [
            f"'{name}' is in the cast already, as {taken[0]}; "
            "events and parameters change what it has, `cast` only adds"
        ]
    return []


def _spellings(name: str, data: Mapping[str, Any]) -> list[str]:
    aliases = data.get("aliases") or []
    words = [name, data.get("code"), *(aliases if isinstance(aliases, list) else [aliases])]
    return [word for word in words if isinstance(word, str)]


def add_actor(cast: Cast, name: str, data: Mapping[str, Any], number_added: int) -> Cast:
    """Return the cast with one more power or republic at its end."""
    code, *aliases = (
        _spellings(name, data)[1:]
        if isinstance(data.get("code"), str)
        else (name[:3].upper(), *_spellings(name, data)[1:])
    )
    colour = data.get("colour")
    chosen = (
        colour
        if isinstance(colour, str) and _COLOUR.fullmatch(colour)
        else COLOURS[number_added % len(COLOURS)]
    )
    actor = Actor(name, code, chosen, tuple(aliases))
    if data["kind"] == "power":
        return Cast((*cast.powers, actor), cast.republics, cast.channels)
    return Cast(cast.powers, (*cast.republics, actor), cast.channels)

"""What an event may do: the effects of scenario files, their keys, types and bounds."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    PlainValidator,
    StrictBool,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from steppe.model.core.cast import Cast
from steppe.model.core.field_types import ActorIndices, StrictModel, context_of, require_names
from steppe.model.core.suggestions import suggest
from steppe.model.core.type_errors import keys_of
from steppe.model.core.word_lists import join_words

from .composed_effects import Blockade, Quarrel, Succession
from .durations import Span, is_length
from .value_types import Between, Channels, Powers, Republics

OptionalRepublics = Annotated[tuple[int, ...] | None, ActorIndices("republic")]
OptionalChannels = Annotated[tuple[int, ...] | None, ActorIndices("channel")]
LEFT_OUT: Any = None  # validation requires the actors that a shock of its kind names
SHOCK_CELLS = {
    "effort": ("power", "republic", "channel"),
    "ties": ("power", "republic", "channel"),
    "supply": ("power", "channel"),
    "threat": ("republic",),
}


class Shock(StrictModel):
    """Adds `intensity` to effort, ties, supply or threat over `over` quarters; fades unless
    permanent. Ties, supply and threat end at 0 and 1: what would go beyond is lost."""

    shock: Literal["effort", "ties", "supply", "threat"] = Field(description="what is moved")
    power: Powers = Field(
        LEFT_OUT, description="whose effort, ties or supply: a power, a list, or all"
    )
    republic: Republics = Field(LEFT_OUT, description="where: a republic, a list, or all")
    channel: Channels = Field(LEFT_OUT, description="a channel, a list, or all")
    intensity: Annotated[float, Between(-3, 3)] = Field(
        description="-3 to 3; on effort a step moves what the parameter delta says, on ties, "
        "supply and threat it is a level, a third of the scale"
    )
    permanent: StrictBool = Field(
        False, description="true: it stays; false: it fades by half every six quarters"
    )
    over: Span = Field(
        1,
        description="time over which it builds up, in equal parts: 2 years, or so many quarters",
    )

    @field_validator("permanent", mode="before")
    @classmethod
    def _refuse_length(cls, given: Any) -> Any:
        if isinstance(given, str) and is_length(given):
            raise ValueError(f"how long it lasts is said beside 'when', as in for: {given}")
        return given

    @model_validator(mode="after")
    def _check_cells(self) -> Self:
        problems = shock_cell_messages(
            self.shock,
            {name for name in ("power", "republic", "channel") if getattr(self, name) is not None},
        )
        if problems:
            raise ValueError(problems[0])
        return self


def shock_cell_messages(kind: object, given: set[str]) -> list[str]:
    """Say which cells a shock names that it does not have, or has and does not name."""
    wanted = SHOCK_CELLS.get(kind) if isinstance(kind, str) else None
    if wanted is None:
        return []
    names = join_words(wanted)
    problems = [
        f"a shock on {kind} has no '{name}'; it has {names}"
        for name in ("power", "republic", "channel")
        if name in given and name not in wanted
    ]
    return problems + [
        f"the key '{name}' is missing: a shock on {kind} names its {names}"
        for name in wanted
        if name not in given
    ]


class Budget(StrictModel):
    """Multiplies the resources of a power by `scale`, evenly in logarithm over `over` quarters."""

    budget: Powers = Field(description="whose resources")
    scale: Annotated[float, Between(0.01, 100)] = Field(
        description="factor on the resources: 0.5 halves them, 2 doubles them"
    )
    over: Span = Field(1, description="time that the change takes: 2 years, or so many quarters")
    misplaced_keys: ClassVar = {
        "power": "a budget names its powers after 'budget:' itself, as in budget: China"
    }


class Place(StrictModel):
    """Republics and channels."""

    republic: OptionalRepublics = Field(None, description="where; left out, everywhere")
    channel: OptionalChannels = Field(None, description="in which channel; left out, in all")


class Reroute(StrictModel):
    """Moves a share of a power's effort from some cells to others, over `over` quarters."""

    reroute: Powers = Field(description="whose effort")
    out_of: Place = Field(description="the cells that it leaves")
    into: Place = Field(description="the cells that it goes to")
    share: Annotated[float, Between(0, 1)] = Field(
        description="part of the effort that moves, 0 to 1"
    )
    over: Span = Field(1, description="time that the change takes: 2 years, or so many quarters")
    misplaced_keys: ClassVar = {
        "power": "a reroute names its powers after 'reroute:' itself, as in reroute: China",
        "from": "what it leaves is 'out_of', as in out_of: {republic: Kazakhstan}",
        "to": "where it goes is 'into', as in into: {republic: Uzbekistan}",
        **dict.fromkeys(
            ("republic", "channel"),
            "a reroute names the cells in 'out_of' and 'into', as in into: {republic: Uzbekistan}",
        ),
    }


class Founding(StrictModel):
    """A new organisation."""

    sponsors: Powers = Field(description="the powers behind it")
    channels: Channels = Field(description="where it binds")
    weight: Annotated[float, Between(0, 1)] = Field(description="how much it binds, 0 to 1")


class Membership(StrictModel):
    """Republics join or leave an organisation, or it is founded or dissolved."""

    institution: str = Field(min_length=1, max_length=80, description="name of the organisation")
    found: Founding | None = Field(
        None, description="the organisation is new: who sponsors it, where it binds, how much"
    )
    join: OptionalRepublics = Field(None, description="republics that become members")
    leave: OptionalRepublics = Field(None, description="republics that cease to be members")
    dissolve: StrictBool = Field(False, description="true: it ends for all its members")

    @model_validator(mode="after")
    def _require_change(self) -> Self:
        if not (self.found or self.join or self.leave or self.dissolve):
            raise ValueError("says nothing of the institution; give found, join, leave or dissolve")
        return self


class Base(StrictModel):
    """A military base opened or closed: two levels more or less of security tie. Lasts until the
    event ends."""

    base: Literal["opened", "closed"] = Field(description="opened or closed")
    power: Powers = Field(description="whose base")
    republic: Republics = Field(description="where")


def _parse_pair(words: Any, info: ValidationInfo) -> tuple[int, int]:
    if not isinstance(words, list) or len(words) != 2:
        raise ValueError("a relation is between two powers: [China, Russia]")
    cast: Cast = context_of(info)["cast"]
    for name in require_names(words):
        if cast.kind_of(name) == "republic":
            raise ValueError(
                f"'{name}' is a republic, and a relation is between two powers; a power and a "
                f"republic quarrel, as in quarrel: [{', '.join(map(str, words))}], intensity: 1"
            )
    pair = cast.indices("power", require_names(words))
    if len(pair) != 2 or "all" in words:
        raise ValueError("a relation is between two different powers: [China, Russia]")
    return pair[0], pair[1]


class Relation(StrictModel):
    """Sets how two powers regard each other, from -3 (act as one) to 3 (rivals)."""

    relation: Annotated[
        tuple[int, int],
        PlainValidator(_parse_pair),
        WithJsonSchema(
            {"type": "array", "minItems": 2, "maxItems": 2, "items": {"steppe:actor": "power"}}
        ),
    ] = Field(description="the two powers")
    becomes: Annotated[float, Between(-3, 3)] = Field(
        description="-3 act as one, 0 indifferent, 3 rivals"
    )
    over: Span = Field(1, description="time that the change takes: 2 years, or so many quarters")
    mutual: StrictBool = Field(
        True, description="false: only the first power changes its view of the second"
    )
    misplaced_keys: ClassVar = {
        "power": "a relation names its two powers after 'relation:' itself, as in relation: "
        "[China, Russia]"
    }


class Interest(StrictModel):
    """Sets the interest of a power in cells, from 0 to 3."""

    interest: Annotated[float, Between(0, 3)] = Field(
        description="0 none, 1 slight, 2 substantial, 3 vital"
    )
    power: Powers = Field(description="whose interest")
    republic: Republics = Field(description="where")
    channel: Channels = Field(description="in which channel")


class Need(StrictModel):
    """Sets the need of republics in channels, from 0 to 3."""

    need: Annotated[float, Between(0, 3)] = Field(
        description="0 none to 3 vital: what the republic lacks and seeks from outside"
    )
    republic: Republics = Field(description="whose need")
    channel: Channels = Field(description="in which channel")
    misplaced_keys: ClassVar = {
        "power": "a need is of a republic and counts for every power; take it out"
    }


class Tolerance(StrictModel):
    """Adds to the dependence that a republic tolerates, as a share."""

    tolerance: Annotated[float, Between(-0.5, 0.5)] = Field(
        description="added to the share of dependence on one power that is accepted"
    )
    republic: Republics = Field(description="whose tolerance")


EFFECTS: dict[str, type[StrictModel]] = {
    "shock": Shock,
    "budget": Budget,
    "reroute": Reroute,
    "institution": Membership,
    "base": Base,
    "relation": Relation,
    "interest": Interest,
    "need": Need,
    "tolerance": Tolerance,
    "quarrel": Quarrel,
    "succession": Succession,
    "blockade": Blockade,
}
EFFECT_KEYS = frozenset(key for kind in EFFECTS.values() for key in keys_of(kind))


def _effect_name(data: Any) -> str:
    if isinstance(data, StrictModel):
        return type(data).__name__
    kinds = [key for key in EFFECTS if isinstance(data, dict) and key in data]
    return EFFECTS[kinds[0]].__name__ if kinds else "UnknownEffect"


# What people have looked for among the effects, and the effect that says it.
LOOKED_FOR = {
    **dict.fromkeys(
        ("sanctions", "sanction", "aid", "investment", "means", "resources"),
        "what a power can spend is its budget, as in {budget: Russia, scale: 0.8}",
    ),
    **dict.fromkeys(
        ("election", "elections", "coup", "transition"),
        "what it does to a regime is a succession, as in {succession: Kyrgyzstan, intensity: 1}",
    ),
    **dict.fromkeys(
        ("embargo", "closure", "reach"),
        "what reaches a republic is cut by a blockade, as in {blockade: Russia, republic: "
        "Kazakhstan, percent: 40}",
    ),
    **dict.fromkeys(
        ("corridor", "route", "pipeline", "trade"),
        "a route that opens adds ties where it passes, as in {shock: ties, power: China, "
        "republic: Kazakhstan, channel: economic, intensity: 1, permanent: true}",
    ),
    **dict.fromkeys(
        ("dispute", "conflict", "tension"),
        "a power and a republic have a quarrel, as in {quarrel: [Russia, Kazakhstan], "
        "intensity: 1}",
    ),
    **dict.fromkeys(
        ("effort", "ties", "tie", "supply", "threat"),
        "it is moved by a shock, as in {shock: ties, power: China, republic: Tajikistan, "
        "channel: economic, intensity: 1}",
    ),
    **dict.fromkeys(
        ("share", "shares", "influence", "lead", "autonomy"),
        "shares follow from what moves them: ties, means, effort, stance; as in {shock: ties, "
        "power: China, republic: Tajikistan, channel: economic, intensity: 1}",
    ),
    **dict.fromkeys(
        ("join", "leave", "found", "dissolve", "alliance", "union"),
        "it belongs to an institution, as in {institution: EAEU, join: Tajikistan}",
    ),
}


class UnknownEffect(StrictModel):
    """Placeholder for an effect of unknown kind, to report it."""

    @model_validator(mode="before")
    @classmethod
    def _refuse(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not data:
            raise ValueError(
                f"an effect is a mapping that begins with one of: {', '.join(EFFECTS)}"
            )
        first = str(next(iter(data)))
        hint = LOOKED_FOR.get(first.casefold()) or suggest(
            first, list(EFFECTS), listed=len(EFFECTS)
        )
        raise ValueError(f"unknown effect '{first}'; {hint}")


Effect = Annotated[
    Annotated[Shock, Tag("Shock")]
    | Annotated[Budget, Tag("Budget")]
    | Annotated[Reroute, Tag("Reroute")]
    | Annotated[Membership, Tag("Membership")]
    | Annotated[Base, Tag("Base")]
    | Annotated[Relation, Tag("Relation")]
    | Annotated[Interest, Tag("Interest")]
    | Annotated[Need, Tag("Need")]
    | Annotated[Tolerance, Tag("Tolerance")]
    | Annotated[Quarrel, Tag("Quarrel")]
    | Annotated[Succession, Tag("Succession")]
    | Annotated[Blockade, Tag("Blockade")]
    | Annotated[UnknownEffect, Tag("UnknownEffect")],
    Discriminator(_effect_name),
]

"""What a scenario file may say. The schema, the checks and the help are made from these classes."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ..calendar import format_quarter, parse_quarter
from ..cast import nearest
from ..fields import Strict, actor_places, words_only
from .amounts import amount

MAX_EVENTS = 20_000
MAX_EFFECTS = 200


def _evaluated(value: Any, info: ValidationInfo) -> Any:
    return amount(value, (info.context or {}).get("levers", {}))


def _number(low: float, high: float):
    """A number, or arithmetic over levers, within bounds."""
    return Annotated[float, Field(ge=low, le=high, allow_inf_nan=False), BeforeValidator(_evaluated)]


Powers, Republics, Channels = actor_places("power"), actor_places("republic"), actor_places("channel")


def _date(value: Any, info: ValidationInfo) -> int:
    try:
        return parse_quarter(value)
    except ValueError as error:
        if isinstance(value, str) and not value[:1].isdigit():
            return parse_quarter(int(amount(value, (info.context or {}).get("levers", {}))))
        raise error


Date = Annotated[int, BeforeValidator(_date)]
Span = Annotated[int, Field(ge=1, le=160), BeforeValidator(_evaluated)]


class Shock(Strict):
    """Adds `intensity` to efforts, ties, supply or threat; it fades with a half-life of six quarters unless permanent."""

    shock: Literal["effort", "ties", "supply", "threat"]
    power: Powers = None
    republic: Republics = None
    channel: Channels = None
    intensity: _number(-3, 3)
    permanent: bool = False

    @model_validator(mode="after")
    def _cells(self):
        wanted = {"effort": ("power", "republic", "channel"), "ties": ("power", "republic", "channel"),
                  "supply": ("power", "channel"), "threat": ("republic",)}[self.shock]
        for name in ("power", "republic", "channel"):
            given = getattr(self, name) is not None
            if given and name not in wanted:
                raise ValueError(f"a shock on {self.shock} has no '{name}'; it has {' and '.join(wanted)}")
            if not given and name in wanted:
                raise ValueError(f"the key '{name}' is missing: a shock on {self.shock} names its {', '.join(wanted)}")
        return self


class Budget(Strict):
    """Multiplies the means of a power by `scale`, evenly in logarithm over `over` quarters."""

    budget: Powers
    scale: _number(0.01, 100)
    over: Span = 1


class Place(Strict):
    """Republics and channels."""

    republic: Republics = None
    channel: Channels = None


class Reroute(Strict):
    """Moves a share of the effort that a power makes in some cells into others, over `over` quarters."""

    reroute: Powers
    out_of: Place
    into: Place
    share: _number(0, 1)
    over: Span = 1


class Founding(Strict):
    """A new organisation."""

    sponsors: Powers
    channels: Channels
    weight: _number(0, 1)


class Membership(Strict):
    """Republics join or leave an organisation, or it is founded or dissolved."""

    institution: str
    found: Founding | None = None
    join: Republics = None
    leave: Republics = None
    dissolve: bool = False

    @model_validator(mode="after")
    def _something(self):
        if not (self.found or self.join or self.leave or self.dissolve):
            raise ValueError("says nothing of the institution; give found, join, leave or dissolve")
        return self


class Base(Strict):
    """A military base opened or closed: a permanent step of two on the security tie."""

    base: Literal["opened", "closed"]
    power: Powers
    republic: Republics


class Relation(Strict):
    """Sets how two powers regard each other, from -3 (act as one) to 3 (rivals), over `over` quarters."""

    relation: Annotated[Any, AfterValidator(lambda words, info: _pair(words, info))]
    becomes: _number(-3, 3)
    over: Span = 1
    mutual: bool = True


class Interest(Strict):
    """Sets the interest of a power in cells, from 0 to 3."""

    interest: _number(0, 3)
    power: Powers
    republic: Republics
    channel: Channels


class Need(Strict):
    """Sets the need of republics in channels, from 0 to 3."""

    need: _number(0, 3)
    republic: Republics
    channel: Channels


class Tolerance(Strict):
    """Adds to the dependence that a republic tolerates, as a share."""

    tolerance: _number(-0.5, 0.5)
    republic: Republics


EFFECTS: dict[str, type[Strict]] = {
    "shock": Shock, "budget": Budget, "reroute": Reroute, "institution": Membership, "base": Base,
    "relation": Relation, "interest": Interest, "need": Need, "tolerance": Tolerance,
}


def _pair(words: Any, info: ValidationInfo) -> tuple[int, int]:
    if not isinstance(words, list) or len(words) != 2:
        raise ValueError("a relation is between two powers: [China, Russia]")
    pair = info.context["cast"].indices("power", words_only(words))
    if len(pair) != 2:
        raise ValueError("a relation is between two different powers")
    return pair


def _which_effect(data: Any) -> str:
    if isinstance(data, Strict):
        return type(data).__name__
    kinds = [key for key in EFFECTS if isinstance(data, dict) and key in data]
    return EFFECTS[kinds[0]].__name__ if kinds else "Unknown"


class Unknown(Strict):
    """Stands in for an effect of no known kind, to say so in words."""

    @model_validator(mode="before")
    @classmethod
    def _say_so(cls, data: Any):
        if not isinstance(data, dict) or not data:
            raise ValueError(f"an effect is a mapping that begins with one of: {', '.join(EFFECTS)}")
        first = str(next(iter(data)))
        raise ValueError(f"unknown effect '{first}'; {nearest(first, list(EFFECTS), listed=9)}")


Effect = Annotated[
    Union[tuple(Annotated[kind, Tag(kind.__name__)] for kind in (*EFFECTS.values(), Unknown))],
    Discriminator(_which_effect),
]


class Condition(Strict):
    """Holds in a quarter in which the share, or every one of the shares named, passes the bound."""

    republic: Republics
    channel: Channels
    power: Powers
    share: str

    @field_validator("share")
    @classmethod
    def _comparison(cls, text: str) -> str:
        parts = text.split()
        if len(parts) != 2 or parts[0] not in (">", "<", ">=", "<="):
            raise ValueError(f"'{text}' is no comparison; write for example \"> 0.4\"")
        try:
            bound = float(parts[1])
        except ValueError:
            raise ValueError(f"'{parts[1]}' is no number; write for example \"> 0.4\"") from None
        if not 0 <= bound <= 1:
            raise ValueError(f"a share lies between 0 and 1, not {bound:g}")
        return text


class Event(Strict):
    """Something that happens at a date, or when a condition first holds, and what it changes."""

    what: Annotated[str, Field(min_length=3, max_length=200)]
    when: Date | None = None
    between: tuple[Date, Date] | None = None
    either: dict[str, Annotated[float, Field(gt=0, le=1)]] | None = None
    if_: Annotated[Condition | None, Field(alias="if")] = None
    probability: _number(0, 1) = 1.0
    claims: tuple[str, ...] = ()
    effects: Annotated[tuple[Effect, ...], Field(min_length=1, max_length=MAX_EFFECTS)]

    @field_validator("either")
    @classmethod
    def _odds(cls, either):
        if either is None:
            return None
        for date in either:
            parse_quarter(date)
        if len(either) < 2 or abs(sum(either.values()) - 1) > 1e-6:
            raise ValueError("'either' gives two or more dates with odds that sum to 1")
        return either

    @model_validator(mode="after")
    def _one_date(self):
        given = [name for name in ("when", "between", "either", "if_") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(name.rstrip("_") for name in given) or "none"
            raise ValueError(f"an event has one of when, between, either, if; found {found}")
        if self.between and self.between[0] > self.between[1]:
            raise ValueError(f"'between' ends ({format_quarter(self.between[1])}) before it begins ({format_quarter(self.between[0])})")
        return self

    def dates(self) -> tuple[int, ...]:
        """Every quarter at which it can happen, the first and the last for a span; empty for a condition."""
        if self.when is not None:
            return (self.when,)
        if self.between is not None:
            return self.between
        return tuple(parse_quarter(date) for date in self.either or ())


class Lever(Strict):
    """A named number that effects refer to."""

    meaning: str
    default: Annotated[float, Field(allow_inf_nan=False)]
    range: tuple[float, float]

    @model_validator(mode="after")
    def _within(self):
        low, high = self.range
        if not low < high:
            raise ValueError(f"the range runs from {low:g} to {high:g}; its first number must be the smaller")
        if not low <= self.default <= high:
            raise ValueError(f"the default {self.default:g} is outside the range {low:g} to {high:g}")
        return self


class Change(Strict):
    """A factor on the calibrated value, or a distribution in its place."""

    times: _number(0, 100) | None = None
    uniform: tuple[_number(-1e6, 1e6), _number(-1e6, 1e6)] | None = None
    normal: tuple[_number(-1e6, 1e6), _number(0, 1e6)] | None = None

    @model_validator(mode="after")
    def _one(self):
        given = [name for name in ("times", "uniform", "normal") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a parameter is a number, or one of times, uniform, normal")
        if self.uniform and self.uniform[0] >= self.uniform[1]:
            raise ValueError(f"uniform runs from {self.uniform[0]:g} to {self.uniform[1]:g}; its first bound must be the smaller")
        return self


class ScenarioFile(Strict):
    """A future, as what differs from the one it extends."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    narrative: str = ""
    sources: tuple[str, ...] | str = ()
    extends: str | None = None
    from_: Annotated[Date | None, Field(alias="from")] = None
    to: Annotated[Any, BeforeValidator(lambda value: parse_quarter(value, last=True))] = None
    tags: tuple[str, ...] = ()
    levers: dict[str, Lever] = {}
    parameters: dict[str, Change | _number(-1e6, 1e6)] = {}
    events: Annotated[dict[str, Event], Field(max_length=MAX_EVENTS)] = {}

"""What a scenario file may contain: keys, types and bounds; JSON schema and help come from it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from steppe.model.core.calendar import format_quarter, parse_quarter
from steppe.model.core.cast import AUTONOMY, Cast
from steppe.model.core.field_types import StrictModel, context_of
from steppe.model.core.type_errors import keys_of
from steppe.model.core.word_lists import join_words

from .cast_schema import MAX_ADDED, AddedPower, AddedRepublic
from .effect_schema import (
    EFFECT_KEYS,
    Channels,
    Effect,
    Powers,
    Republics,
)
from .value_types import Between, Date, EndDate, Texts, at_most

_Plain = Annotated[float, Field(allow_inf_nan=False, strict=True)]
MAX_EVENTS = 12_000
MAX_EFFECTS = 200
MAX_FAMILY = 200
MAX_LEVERS = 200
DATES = ("when", "between", "either", "if")
INDENTED = "look at its indentation"


class Condition(StrictModel):
    """Holds in a quarter in which the share, or every one of the shares named, passes the bound."""

    republic: Republics = Field(description="where")
    channel: Channels = Field(description="in which channel")
    power: Powers = Field(description="whose share")
    share: str = Field(description='a comparison in quotes, such as "> 0.4"')

    @field_validator("share")
    @classmethod
    def _check_comparison(cls, text: str) -> str:
        parts = text.split()
        if len(parts) != 2 or parts[0] not in (">", "<", ">=", "<="):
            raise ValueError(f"'{text}' is not a comparison; write for example \"> 0.4\"")
        try:
            bound = float(parts[1])
        except ValueError:
            raise ValueError(f"'{parts[1]}' is not a number; write for example \"> 0.4\"") from None
        if not 0 <= bound <= 1:
            raise ValueError(f"a share lies between 0 and 1, not {bound:g}")
        return text


def conflicting_dates_message(given: list[str]) -> str | None:
    """Say that an event has none or several of these keys; None if it has one."""
    if len(given) == 1:
        return None
    found = join_words(given) or "none"
    return f"an event has one of when, between, either, if; found {found}"


class Event(StrictModel):
    """Something that happens at a date, or when a condition first holds, and what it changes."""

    what: Annotated[str, Field(min_length=3, max_length=200)] = Field(
        description="in words, as plots show it"
    )
    when: Date | None = Field(None, description="a year or a quarter such as 2024Q3")
    between: tuple[Date, Date] | None = Field(
        None, description="two dates; each member draws a quarter between them"
    )
    either: dict[str, Annotated[float, Field(gt=0, le=1, strict=True)]] | None = Field(
        None, description="disputed dates with odds that sum to 1"
    )
    if_: Annotated[
        Condition | None,
        Field(
            alias="if", description="the first quarter in which a condition holds, for each member"
        ),
    ] = None
    probability: Annotated[float, Between(0, 1)] = Field(
        1.0, description="chance that it happens at all, drawn for each member"
    )
    claims: tuple[str, ...] = Field((), description="claims that it rests on")
    effects: Annotated[tuple[Effect, ...], at_most(MAX_EFFECTS, "effects", at_least=1)] = Field(
        description="what it changes, one or more"
    )
    misplaced_keys: ClassVar = {
        key: "it belongs inside "
        f"{'an effect or the condition' if key in keys_of(Condition) else 'an effect'}: {INDENTED}"
        for key in EFFECT_KEYS
    }

    @field_validator("either")
    @classmethod
    def _check_odds(cls, either: dict[str, float] | None) -> dict[str, float] | None:
        if either is None:
            return None
        for date in either:
            parse_quarter(date)
        if len(either) < 2 or abs(sum(either.values()) - 1) > 1e-6:
            raise ValueError(
                f"the odds sum to {sum(either.values()):g}; "
                "'either' gives two or more dates with odds that sum to 1"
            )
        return either

    @field_validator("between")
    @classmethod
    def _check_order(cls, between: tuple[int, int] | None) -> tuple[int, int] | None:
        if between and between[0] > between[1]:
            raise ValueError(
                f"'between' ends ({format_quarter(between[1])}) before it begins "
                f"({format_quarter(between[0])}); give the earlier date first"
            )
        return between

    @model_validator(mode="after")
    def _require_one_date(self) -> Self:
        diagnostic = conflicting_dates_message(
            [name for name in DATES if getattr(self, "if_" if name == "if" else name) is not None]
        )
        if diagnostic:
            raise ValueError(diagnostic)
        return self

    def dates(self) -> tuple[int, ...]:
        """Return the quarters when it can happen: both ends of a span, none for a condition."""
        if self.when is not None:
            return (self.when,)
        if self.between is not None:
            return self.between
        return tuple(sorted(parse_quarter(date) for date in self.either or ()))

    @property
    def dated_by(self) -> str:
        """The key that gives its date."""
        return next(
            name for name in DATES if getattr(self, "if_" if name == "if" else name) is not None
        )


class Lever(StrictModel):
    """A named number that effects refer to."""

    meaning: Annotated[str, Field(max_length=300)] = Field(
        description="what the number stands for, in words"
    )
    default: _Plain = Field(description="its value unless --set says otherwise")
    range: tuple[_Plain, _Plain] = Field(description="[lowest, highest]")

    @field_validator("range")
    @classmethod
    def _check_order(cls, span: tuple[float, float]) -> tuple[float, float]:
        if not span[0] < span[1]:
            raise ValueError(
                f"the range runs from {span[0]:g} to {span[1]:g}; "
                "its first number must be the smaller"
            )
        return span

    @model_validator(mode="after")
    def _check_default(self) -> Self:
        low, high = self.range
        if not low <= self.default <= high:
            raise ValueError(
                f"the default {self.default:g} is outside the range {low:g} to {high:g}"
            )
        return self


class Change(StrictModel):
    """A factor on the calibrated value, or a distribution in its place."""

    times: Annotated[float, Between(0, 100)] | None = Field(
        None, description="factor on the calibrated value"
    )
    uniform: (
        tuple[Annotated[float, Between(-1e6, 1e6)], Annotated[float, Between(-1e6, 1e6)]] | None
    ) = Field(None, description="[lowest, highest], drawn for each member")
    normal: (
        tuple[Annotated[float, Between(-1e6, 1e6)], Annotated[float, Between(0, 1e6, above=True)]]
        | None
    ) = Field(None, description="[mean, standard deviation], drawn for each member")

    @field_validator("uniform")
    @classmethod
    def _check_order(cls, span: tuple[float, float] | None) -> tuple[float, float] | None:
        if span and span[0] >= span[1]:
            raise ValueError(
                f"uniform runs from {span[0]:g} to {span[1]:g}; its first bound must be the smaller"
            )
        return span

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        given = [name for name in ("times", "uniform", "normal") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a parameter is a number, or one of times, uniform, normal")
        return self


ParameterChange = Annotated[
    Annotated[Change, Tag("change")]
    | Annotated[Annotated[float, Between(-1e6, 1e6)], Tag("number")],
    Discriminator(lambda data: "change" if isinstance(data, (dict, Change)) else "number"),
]


def _parse_holder(word: Any, info: ValidationInfo) -> str:
    cast: Cast = context_of(info)["cast"]
    if not isinstance(word, str):
        raise ValueError("name one power, or autonomy")
    return AUTONOMY if word == AUTONOMY else cast.powers[cast.index("power", word)].name


class Expectation(StrictModel):
    """What the author expects: a share above or below the baseline's, in the same member."""

    power: Annotated[
        str,
        PlainValidator(_parse_holder),
        WithJsonSchema({"anyOf": [{"steppe:actor": "power"}, {"const": AUTONOMY}]}),
    ] = Field(description="a power, or autonomy")
    republic: Republics = Field(description="where; the mean, if several")
    channel: Channels = Field(description="in which channel; the mean, if several")
    direction: Literal["higher", "lower"] = Field(
        description="than in the baseline, or than at `since`"
    )
    at: EndDate = Field(description="when; a year means its end")
    since: EndDate = Field(
        None, description="compare with this date of the same scenario instead of with the baseline"
    )


_Rows = dict[str, tuple[float, ...]]
_Values = Annotated[tuple[_Plain, ...], Field(min_length=1, max_length=MAX_FAMILY)]
_Variation = Annotated[dict[str, _Values], at_most(20, "levers and parameters")]


class Vary(StrictModel):
    """Values of levers and parameters that unfold one file into a family of scenarios."""

    grid: _Variation | None = Field(None, description="every combination of the values")
    paired: _Variation | None = Field(
        None, description="first values together, then second ones, and so on"
    )

    @property
    def rows(self) -> _Rows:
        """The values of each lever and parameter, of a grid or of paired lists."""
        return self.grid or self.paired or {}

    @field_validator("paired")
    @classmethod
    def _check_lengths(cls, paired: _Rows | None) -> _Rows | None:
        lengths = {name: len(values) for name, values in (paired or {}).items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(
                "paired lists are equally long; found "
                + ", ".join(f"{name}: {length}" for name, length in lengths.items())
            )
        return paired

    @field_validator("grid")
    @classmethod
    def _check_size(cls, grid: _Rows | None) -> _Rows | None:
        size = 1
        for values in (grid or {}).values():
            size *= len(values)
        if size > MAX_FAMILY:
            raise ValueError(f"unfolds into {size:,} scenarios; at most {MAX_FAMILY}")
        return grid

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if bool(self.grid) == bool(self.paired):
            raise ValueError("give either grid or paired, with at least one lever or parameter")
        return self


class ScenarioFile(StrictModel):
    """A future, as what differs from the one it extends."""

    title: Annotated[str, Field(min_length=1, max_length=120)] = Field(
        description="shown above plots"
    )
    narrative: str = Field("", description="what happens and why, in a few sentences")
    sources: Texts = Field((), description="documents and lines, or: outside the documents")
    extends: str | None = Field(
        None, description="name of the scenario that this one changes, such as baseline"
    )
    from_: Annotated[
        Date | None, Field(alias="from", description="first quarter; runs start at 2000Q1")
    ] = None
    to: EndDate = Field(None, description="last quarter; a year means its end")
    tags: Texts = Field((), description="words to find it by")
    levers: Annotated[dict[str, Lever], at_most(MAX_LEVERS, "levers")] = Field(
        {}, description="named numbers that effects refer to and --set turns"
    )
    parameters: Annotated[dict[str, ParameterChange], at_most(MAX_LEVERS, "parameters")] = Field(
        {}, description="a fixed value, a factor, or a distribution for parameters of the model"
    )
    cast: Annotated[
        dict[str, Annotated[AddedPower | AddedRepublic, Discriminator("kind")]],
        at_most(MAX_ADDED, "actors"),
    ] = Field({}, description="powers or republics that the shipped cast lacks")
    events: Annotated[dict[str, Event], at_most(MAX_EVENTS, "events")] = Field(
        {}, description="what happens, by name"
    )
    expects: Annotated[tuple[Expectation, ...], at_most(MAX_LEVERS, "expectations")] = Field(
        (), description="the direction in which this is expected to move things"
    )
    vary: Vary | None = Field(
        None, description="values that unfold this file into a family of scenarios"
    )
    misplaced_keys: ClassVar = {
        **dict.fromkeys(EFFECT_KEYS, f"it belongs inside an effect of an event: {INDENTED}"),
        **dict.fromkeys(keys_of(Lever), f"it belongs inside a lever: {INDENTED}"),
        **dict.fromkeys(keys_of(Event), f"it belongs inside an event: {INDENTED}"),
    }

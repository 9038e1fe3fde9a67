"""What a scenario file may contain: keys, types and bounds; JSON schema and help come from it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from steppe.model.core.cast import AUTONOMY, Cast
from steppe.model.core.field_types import StrictModel, context_of
from steppe.model.core.type_errors import keys_of

from .cast_schema import MAX_ADDED, AddedPower, AddedRepublic
from .effect_schema import EFFECT_KEYS
from .event_schema import INDENTED, Event
from .value_types import Between, Channels, Date, EndDate, Republics, Texts, at_most

_Plain = Annotated[float, Field(allow_inf_nan=False, strict=True)]
LANGUAGE_VERSION = 2
MAX_EVENTS = 12_000
MAX_FAMILY = 200
MAX_LEVERS = 200


class Lever(StrictModel):
    """A named number that effects refer to."""

    meaning: Annotated[str, Field(max_length=300)] = Field(
        description="what the number stands for, in words"
    )
    range: tuple[_Plain, _Plain] = Field(description="[lowest, highest]")
    default: _Plain = Field(description="its value unless --set says otherwise")

    @field_validator("range")
    @classmethod
    def _check_order(cls, span: tuple[float, float]) -> tuple[float, float]:
        if not span[0] < span[1]:
            raise ValueError(
                f"the range runs from {span[0]:g} to {span[1]:g}; "
                "its first number must be the smaller"
            )
        return span

    @field_validator("default")
    @classmethod
    def _check_default(cls, default: float, info: ValidationInfo) -> float:
        low, high = info.data.get("range", (default, default))  # which may be wrong itself
        if not low <= default <= high:
            raise ValueError(
                f"the default {default:g} is outside the range {low:g} to {high:g}; "
                "change one of them"
            )
        return default


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

    @model_validator(mode="before")
    @classmethod
    def _explain_form(cls, data: Any) -> Any:
        if isinstance(data, dict) and data and not {"grid", "paired"} & data.keys():
            shown = ", ".join(f"{name}: {values}" for name, values in data.items())
            raise ValueError(f"values stand under 'grid' or 'paired'; write grid: {{{shown}}}")
        return data

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


def _refuse_list(events: Any) -> Any:
    if isinstance(events, list):
        names = [row.get("name") for row in events if isinstance(row, dict)]
        name = next((name for name in names if isinstance(name, str)), "my-event")
        raise ValueError(
            f"events stand by name, not in a list; write {name}: {{what: ..., when: ..., "
            "effects: [...]}"
        )
    return events


def _refuse_bare_actors(cast: Any) -> Any:
    names = [cast] if isinstance(cast, str) else cast
    if isinstance(names, list):
        shown = ", ".join(f"{name}: {{kind: power}}" for name in names if isinstance(name, str))
        raise ValueError(
            f"an added actor says what it is; write cast: {{{shown or 'Iran: {kind: power}'}}}"
        )
    return cast


class ScenarioFile(StrictModel):
    """A future, as what differs from the one it extends."""

    version: Annotated[int, Field(ge=1, le=LANGUAGE_VERSION, strict=True)] = Field(
        LANGUAGE_VERSION,
        description="the version of the language that the file is written in: in 1, conditions "
        "counted from 2000 on; in 2 they count from 2020 on unless the file says otherwise",
    )
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
        BeforeValidator(_refuse_bare_actors),
    ] = Field({}, description="powers or republics that the shipped cast lacks")
    events: Annotated[
        dict[str, Event], at_most(MAX_EVENTS, "events"), BeforeValidator(_refuse_list)
    ] = Field({}, description="what happens, by name")
    chances: Annotated[
        dict[str, Annotated[float, Between(0, 1)]], at_most(MAX_LEVERS, "chances")
    ] = Field({}, description="chances that events share: one draw in each member for all of them")
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

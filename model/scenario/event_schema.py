"""What an event of a scenario file may contain: its dates, its end, its chance and its effects."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
    model_validator,
)

from steppe.model.core.calendar import format_quarter, parse_quarter
from steppe.model.core.field_types import StrictModel, context_of
from steppe.model.core.type_errors import keys_of
from steppe.model.core.word_lists import join_words
from steppe.model.evidence.coding import HISTORY_QUARTERS

from .durations import Delay, Duration
from .effect_schema import EFFECT_KEYS, Effect
from .value_types import Between, Channels, Date, Powers, Republics, at_most

MAX_EFFECTS = 200
DATES = ("when", "between", "either", "after", "if")
WINDOWS = ("when", "between", "after")  # with `if`: when the condition counts
INDENTED = "look at its indentation"
OTHER_NAMES = {
    **dict.fromkeys(
        ("duration", "length", "lasts"), "how long an event lasts is 'for', as in for: 2 years"
    ),
    **dict.fromkeys(("end", "ends", "to"), "the end of an event is 'until', as in until: 2029"),
    **dict.fromkeys(
        ("date", "start", "begin", "from", "year"),
        "the date of an event is 'when', as in when: 2027",
    ),
    **dict.fromkeys(("description", "text", "title"), "the text of an event is 'what'"),
    "delay": "it belongs to 'after', as in after: {event: NAME, delay: 1 year}",
}


class Condition(StrictModel):
    """Holds in a quarter in which the share, or every one of the shares named, passes the bound."""

    republic: Republics = Field(description="where")
    channel: Channels = Field(description="in which channel")
    power: Powers = Field(description="whose share")
    share: str = Field(description='a comparison in quotes, such as "> 0.4"')

    @field_validator("share", mode="before")
    @classmethod
    def _require_text(cls, share: Any) -> Any:
        if isinstance(share, (int, float)) and not isinstance(share, bool):
            raise ValueError(f'a comparison was expected; write share: "> {share:g}", in quotes')
        return share

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


_EXPRESSION = re.compile(r"share\(([^,]+),([^,]+),([^,)]+)[^)]*\)\s*([<>]=?)\s*([0-9.]+)")


def _condition_message(text: str) -> str:
    """Say how a condition that is written as text is written with keys."""
    found = _EXPRESSION.fullmatch(text.strip())
    power, republic, channel, relation, bound = (
        (part.strip() for part in found.groups())
        if found
        else ("China", "Tajikistan", "economic", ">", "0.4")
    )
    return (
        f"a condition is written with keys, as in if: {{power: {power}, republic: {republic}, "
        f'channel: {channel}, share: "{relation} {bound}"}}'
    )


class After(StrictModel):
    """The start or the end of another event, in the members in which that happens."""

    event: str = Field(min_length=1, description="the name of the other event")
    end: StrictBool = Field(False, description="true: count from its end rather than its start")
    delay: Delay = Field(0, description="how much later, such as 1 year")


def _parse_after(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"'after' names another event; for a date write when: {value}")
    if isinstance(value, list):
        names = [name for name in value if isinstance(name, str)] or ["NAME"]
        raise ValueError(f"an event comes after one other; write after: {names[0]}")
    return {"event": value} if isinstance(value, str) else value


def conflicting_dates_message(given: list[str]) -> str | None:
    """Say that an event has none or several of these keys; None if one dates it.

    A condition may come with the window in which it counts.
    """
    others = [key for key in given if key != "if"]
    if len(given) == 1 or (len(given) == 2 and len(others) == 1 and others[0] in WINDOWS):
        return None
    if not given:
        return f"the event has no date; give one of {join_words(DATES, 'or')}"
    return f"an event has one of {join_words(DATES, 'or')}, not {join_words(given)}; keep one"


def conflicting_keys_message(one: str, other: str) -> str:
    """Say that two keys exclude each other."""
    return f"an event has '{one}' or '{other}', not both; take one out"


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
    after: Annotated[After | None, BeforeValidator(_parse_after)] = Field(
        None,
        description="another event, by name: counts from its start, or from its end or later with "
        "{event: name, end: true, delay: 1 year}; what never happened starts nothing",
    )
    for_: Annotated[
        Duration | None,
        Field(alias="for", description="how long its effects last, such as 2 years"),
    ] = None
    until: Date | None = Field(
        None, description="the date from which its effects no longer act; a year means its start"
    )
    probability: Annotated[float, Between(0, 1)] = Field(
        1.0, description="chance that it happens at all, drawn for each member"
    )
    chance: str | None = Field(
        None, description="a name under `chances`: the draw that several events share"
    )
    claims: tuple[str, ...] = Field((), description="claims that it rests on")
    effects: Annotated[tuple[Effect, ...], at_most(MAX_EFFECTS, "effects", at_least=1)] = Field(
        description="what it changes, one or more"
    )
    misplaced_keys: ClassVar = dict(OTHER_NAMES) | {
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

    @field_validator("if_", mode="before")
    @classmethod
    def _explain_condition(cls, condition: Any) -> Any:
        if isinstance(condition, dict) and isinstance(condition.get("event"), str):
            raise ValueError(
                "a condition is about shares; what follows another event says "
                f"after: {condition['event']}, in place of 'if'"
            )
        if isinstance(condition, str):
            raise ValueError(_condition_message(condition))
        return condition

    @model_validator(mode="before")
    @classmethod
    def _set_window(cls, data: Any, info: ValidationInfo) -> Any:
        """Let a condition without a window count from the first quarter after history.

        In files of version 1 of the language it counts from the first quarter of the run.
        """
        if not isinstance(data, dict) or data.get("if") is None:
            return data
        if any(data.get(key) is not None for key in DATES if key != "if"):
            return data
        first = 0 if context_of(info).get("version") == 1 else HISTORY_QUARTERS
        return {**data, "when": format_quarter(first)}

    @model_validator(mode="before")
    @classmethod
    def _read_chance(cls, data: Any, info: ValidationInfo) -> Any:
        """Give an event with a shared chance the probability that is declared for it."""
        name = data.get("chance") if isinstance(data, dict) else None
        if name is None:
            return data
        if isinstance(name, (int, float)):
            raise ValueError(
                f"'chance' names an entry under `chances`; for this event alone write "
                f"probability: {name:g}"
            )
        if data.get("probability") is not None:
            raise ValueError(conflicting_keys_message("probability", "chance"))
        return {**data, "probability": context_of(info).get("chances", {}).get(name, 1.0)}

    @model_validator(mode="after")
    def _check_end(self) -> Self:
        if self.for_ is not None and self.until is not None:
            raise ValueError(conflicting_keys_message("for", "until"))
        if self.lasts and any(getattr(effect, "dissolve", False) for effect in self.effects):
            raise ValueError(
                "what is dissolved does not come back; take 'for' or 'until' out, or write 'leave'"
            )
        first = min(self.dates(), default=None)
        if self.until is not None and first is not None and self.until <= first:
            raise ValueError(
                f"it ends ({format_quarter(self.until)}) before it begins "
                f"({format_quarter(first)}); give a later 'until'"
            )
        return self

    @model_validator(mode="after")
    def _require_one_date(self) -> Self:
        diagnostic = conflicting_dates_message(
            [name for name in DATES if getattr(self, "if_" if name == "if" else name) is not None]
        )
        if diagnostic:
            raise ValueError(diagnostic)
        return self

    def dates(self) -> tuple[int, ...]:
        """Return the quarters when it can happen: both ends of a span.

        There are none for a condition, and for what hangs on another event.
        """
        if self.if_ is not None:
            return ()
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

    @property
    def lasts(self) -> bool:
        """Whether its effects end."""
        return self.for_ is not None or self.until is not None

"""Types of values in scenario files: numbers with arithmetic over levers, dates, texts."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import core_schema

from steppe.model.core.calendar import parse_quarter, quarter_at
from steppe.model.core.field_types import ActorIndices, context_of
from steppe.model.core.suggestions import suggest

from .durations import is_length
from .lever_arithmetic import evaluate_arithmetic, lever_names

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler


def at_most(bound: int, what: str, at_least: int = 0) -> BeforeValidator:
    """Annotation of a field: refuse too many entries, or too few, before reading any of them."""

    def count(value: Any) -> Any:
        if isinstance(value, (dict, list)) and len(value) > bound:
            raise ValueError(f"{len(value):,} {what}; at most {bound:,} are read")
        if isinstance(value, (dict, list)) and len(value) < at_least:
            raise ValueError(f"the list of {what} is empty; give at least {at_least}")
        return value

    return BeforeValidator(count)


def _lever_values(info: ValidationInfo) -> dict[str, float]:
    values: dict[str, float] = context_of(info).get("levers", {})
    return values


def _evaluate(value: Any, info: ValidationInfo) -> Any:
    return evaluate_arithmetic(value, _lever_values(info))


class Between:
    """Annotation of a field: a number, or arithmetic over levers, within bounds.

    `above` excludes the lower bound.
    """

    def __init__(self, low: float, high: float, *, above: bool = False):
        self.low, self.high, self.above = low, high, above

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        number = core_schema.float_schema(
            allow_inf_nan=False,
            ge=None if self.above else self.low,
            gt=self.low if self.above else None,
            le=self.high,
        )
        return core_schema.with_info_before_validator_function(_evaluate, number)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "number", "minimum": self.low, "maximum": self.high},
                {"type": "string", "description": "arithmetic over levers, such as 1 - depth"},
            ]
        }


Powers = Annotated[tuple[int, ...], ActorIndices("power")]
Republics = Annotated[tuple[int, ...], ActorIndices("republic")]
Channels = Annotated[tuple[int, ...], ActorIndices("channel")]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SEASONS = {"ear": 1, "spr": 2, "mid": 2, "sum": 3, "aut": 4, "fal": 4, "lat": 4}
_QUARTER_OF = _SEASONS | {month: number // 3 + 1 for number, month in enumerate(_MONTHS)}
_OF_NAME = re.compile(r"(?:in |the )*([a-z]{3})[a-z]*\.?(?: of)?[\s-]+(\d{4})", re.IGNORECASE)
_OF_NUMBER = re.compile(r"q([1-4])[ /]?(\d{4})|(\d{4})[-/](\d\d?)(?:[-/]\d\d?)?", re.IGNORECASE)
_AROUND = re.compile(r"(?:the )?(end of|after|from|since|until|by)\s+(\d{4})", re.IGNORECASE)
_TWO_YEARS = re.compile(r"\[?(\d{4})\s*(?:-|–|,|to)\s*(\d{4})\]?")
_AFTER_EVENT = re.compile(r"(.+?)\s*\+\s*(\d+)(?:\s*years?)?")


def _date_hint(value: Any, events: Collection[str], key: str = "") -> str | None:
    """Say what to write instead of a month, a season, two years, or the name of an event."""
    text = str(value).strip()
    if is_length(text):
        return f"it is a length of time; write for: {text}, in place of '{key}'"
    return _part_of_year_hint(text, ends=key == "until") or _other_hint(text, events)


def _part_of_year_hint(text: str, *, ends: bool) -> str | None:
    around, numbered = _AROUND.fullmatch(text), _OF_NUMBER.fullmatch(text)
    if around:
        year, word = int(around[2]), around[1].lower()
        later = word == "after" or (word == "end of" and ends)
        return f"write {year + 1 if later else f'{year}Q4' if word == 'end of' else year}"
    if numbered and (numbered[1] or 1 <= int(numbered[4]) <= 12):
        quarter = numbered[1] or (int(numbered[4]) + 2) // 3
        return f"write the quarter, {numbered[2] or numbered[3]}Q{quarter}"
    named = _OF_NAME.fullmatch(text)
    if named and named[1].lower() in _QUARTER_OF:
        return f"write the quarter, {named[2]}Q{_QUARTER_OF[named[1].lower()]}"
    return None


def _other_hint(text: str, events: Collection[str]) -> str | None:
    years = _TWO_YEARS.fullmatch(text)
    if years:
        return f"for a date between two write between: [{years[1]}, {years[2]}]"
    if text in events:
        return f"it is an event; write after: {text}"
    later = later_than_event(text, events)
    return f"it counts from an event; write {later}" if later else None


def later_than_event(text: str, events: Collection[str]) -> str:
    """What to write for `quarrel + 1` or `quarrel + 1 year`; empty for anything else."""
    later = _AFTER_EVENT.fullmatch(text)
    if later is None or later[1] not in events:
        return ""
    length = f"{later[2]} year" + ("s" if int(later[2]) != 1 else "")
    return f"after: {{event: {later[1]}, delay: {length}}}"


def _parse_date(value: Any, info: ValidationInfo) -> int:
    """Return a quarter from a date, or from arithmetic that gives a year (2024.5 is 2024Q3)."""
    try:
        return parse_quarter(value)
    except ValueError:
        events = context_of(info).get("event_names", ())
        hint = _date_hint(value, events, str(info.field_name or ""))
        if hint:
            raise ValueError(f"'{value}' is not a date; {hint}") from None
        names = lever_names(value)
        if not names:
            raise
        levers = _lever_values(info)
        unknown = sorted(names - set(levers))
        if unknown:
            hint = suggest(unknown[0], list(levers)) if levers else "this scenario has no levers"
            raise ValueError(
                f"'{value}' is neither a date nor a lever; write a year such as 2005 "
                f"or a quarter such as 2005Q2 ({hint})"
            ) from None
    year = evaluate_arithmetic(value, levers)
    if not 1700 <= year < 2200:
        raise ValueError(f"'{value}' gives {year:g}, which is not a year from 1700 to 2199")
    return quarter_at(year)


YEAR = "year"  # the form of a date that its text form also names
_DATE_SCHEMA = {
    "anyOf": [
        {"title": YEAR, "type": "integer", "minimum": 1700, "maximum": 2199},
        {
            "type": "string",
            "description": "a year, a quarter such as 2024Q3, or arithmetic over levers",
        },
    ]
}
Date = Annotated[int, BeforeValidator(_parse_date), WithJsonSchema(_DATE_SCHEMA)]
EndDate = Annotated[
    Any,
    BeforeValidator(lambda value: parse_quarter(value, last=True)),
    WithJsonSchema(_DATE_SCHEMA),
]

_TEXTS_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
MAX_TEXTS = 50
Texts = Annotated[
    tuple[str, ...],
    at_most(MAX_TEXTS, "texts"),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    WithJsonSchema(_TEXTS_SCHEMA),
]

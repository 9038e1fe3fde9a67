"""Types of values in scenario files: numbers with arithmetic over levers, dates, texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema
from pydantic_core import core_schema

from steppe.model.core.calendar import parse_quarter, quarter_at
from steppe.model.core.field_types import context_of
from steppe.model.core.suggestions import suggest

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


def _parse_date(value: Any, info: ValidationInfo) -> int:
    """Return a quarter from a date, or from arithmetic that gives a year (2024.5 is 2024Q3)."""
    try:
        return parse_quarter(value)
    except ValueError:
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


_DATE_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 1700, "maximum": 2199},
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
Span = Annotated[
    int,
    Field(ge=1, le=160),
    BeforeValidator(_evaluate),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 160}, {"type": "string"}]}
    ),
]

_TEXTS_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
MAX_TEXTS = 50
Texts = Annotated[
    tuple[str, ...],
    at_most(MAX_TEXTS, "texts"),
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    WithJsonSchema(_TEXTS_SCHEMA),
]

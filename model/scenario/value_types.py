"""Types of values in scenario files: numbers with arithmetic over levers, dates, texts."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from steppe.model.core.calendar import parse_quarter, quarter_at
from steppe.model.core.suggestions import suggest

from .lever_arithmetic import evaluate_arithmetic, lever_names


def at_most(bound: int, what: str, at_least: int = 0) -> BeforeValidator:
    """Refuses too many, or too few, before looking at any of them."""

    def counted(value: Any) -> Any:
        if isinstance(value, (dict, list)) and len(value) > bound:
            raise ValueError(f"{len(value):,} {what}; at most {bound:,} are read")
        if isinstance(value, (dict, list)) and len(value) < at_least:
            raise ValueError(f"the list of {what} is empty; give at least {at_least}")
        return value

    return BeforeValidator(counted)


def _levers(info: ValidationInfo) -> dict[str, float]:
    return (info.context or {}).get("levers", {})


def _evaluated(value: Any, info: ValidationInfo) -> Any:
    return evaluate_arithmetic(value, _levers(info))


def bounded_number(low: float, high: float, *, above: bool = False):
    """A number, or arithmetic over levers, within bounds; `above` keeps it off the lower one."""
    bound = (
        Field(gt=low, le=high, allow_inf_nan=False)
        if above
        else Field(ge=low, le=high, allow_inf_nan=False)
    )
    schema = {
        "anyOf": [
            {"type": "number", "minimum": low, "maximum": high},
            {"type": "string", "description": "arithmetic over levers, such as 1 - depth"},
        ]
    }
    return Annotated[float, bound, BeforeValidator(_evaluated), WithJsonSchema(schema)]


def _date(value: Any, info: ValidationInfo) -> int:
    """A quarter from a date, or from arithmetic over levers that gives a year (2024.5 is 2024Q3)."""
    try:
        return parse_quarter(value)
    except ValueError as error:
        names = lever_names(value)
        if not names:
            raise error
        levers = _levers(info)
        unknown = sorted(names - set(levers))
        if unknown:
            hint = suggest(unknown[0], list(levers)) if levers else "this scenario has no levers"
            raise ValueError(
                f"'{value}' is no date and no lever; write a year such as 2005 or a quarter such as 2005Q2 ({hint})"
            ) from None
    year = evaluate_arithmetic(value, levers)
    if not 1700 <= year < 2200:
        raise ValueError(f"'{value}' gives {year:g}, which is no year from 1700 to 2199")
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
Date = Annotated[int, BeforeValidator(_date), WithJsonSchema(_DATE_SCHEMA)]
EndDate = Annotated[
    Any,
    BeforeValidator(lambda value: parse_quarter(value, last=True)),
    WithJsonSchema(_DATE_SCHEMA),
]
Span = Annotated[
    int,
    Field(ge=1, le=160),
    BeforeValidator(_evaluated),
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

"""Lengths of time in scenario files: `2 years`, `6 quarters`, or arithmetic with a unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from steppe.model.core.calendar import FIRST_YEAR, QUARTERS_PER_YEAR
from steppe.model.core.field_types import context_of

from .lever_arithmetic import evaluate_arithmetic, lever_names

QUARTERS_IN = {"year": QUARTERS_PER_YEAR, "quarter": 1, "month": 1 / 3}
LONGEST = 160  # quarters
_TWO_YEARS = re.compile(r"(\d{4})\s*(?:-|–|to)\s*(\d{4})")
_WITH_UNIT = re.compile(r"(?P<amount>.+?)\s*\b(?P<unit>year|quarter|month)s?", re.IGNORECASE)


def parse_duration(value: Any, levers: Mapping[str, float]) -> int:
    """Return the quarters in a length such as `2 years`; the number may be arithmetic.

    Raises
    ------
    ValueError
        If the unit is missing or unknown, or what a number without levers gives is not a whole
        number of quarters; with levers it is rounded.
    """
    match = _WITH_UNIT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(_unit_message(value))
    amount = match["amount"].strip()
    quarters = float(evaluate_arithmetic(amount, levers)) * QUARTERS_IN[match["unit"].lower()]
    if not lever_names(amount) and abs(quarters - round(quarters)) > 1e-9:
        raise ValueError(
            f"'{value}' is {quarters:g} quarters; the model moves by whole quarters, "
            f"so write {max(round(quarters), 1)} quarters"
        )
    return round(quarters)


def is_length(text: str) -> bool:
    """Whether a text is a length of time with its unit."""
    return _WITH_UNIT.fullmatch(text.strip()) is not None


def _unit_message(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value <= 0:
            return f"{value:g} is no length of time; give one such as 2 years, or take it out"
        if FIRST_YEAR <= value < FIRST_YEAR + 1000:
            return f"{value:g} is a date; write until: {value:g}, in place of 'for'"
        return f"{value:g} of what? give a unit, such as {value:g} years or {value:g} quarters"
    years = _TWO_YEARS.fullmatch(str(value).strip())
    if years:
        return (
            f"'{value}' is no length of time; for both ends write when: {years[1]} and "
            f"until: {years[2]}"
        )
    return f"'{value}' is no length of time; write for example 2 years, 6 quarters or 18 months"


def describe_duration(quarters: int) -> str:
    """Return `2 years`, or `6 quarters` where it is not whole years."""
    size, unit = (
        (quarters // QUARTERS_PER_YEAR, "year")
        if quarters % QUARTERS_PER_YEAR == 0
        else (quarters, "quarter")
    )
    return f"{size} {unit}" + ("s" if size != 1 else "")


def _check_bounds(quarters: int, value: Any, least: int) -> int:
    if least <= quarters <= LONGEST:
        return quarters
    shown = value if isinstance(value, str) else f"{value:g} quarters"
    bounds = f"{describe_duration(least) if least else 'nothing'} to {describe_duration(LONGEST)}"
    raise ValueError(f"'{shown}' is out of range; give {bounds}")


def _levers(info: ValidationInfo) -> Mapping[str, float]:
    levers: Mapping[str, float] = context_of(info).get("levers", {})
    return levers


def _duration(value: Any, info: ValidationInfo) -> int:
    return _check_bounds(parse_duration(value, _levers(info)), value, 1)


def _delay(value: Any, info: ValidationInfo) -> int:
    if isinstance(value, int) and value == 0:
        return 0
    return _check_bounds(parse_duration(value, _levers(info)), value, 0)


def _span(value: Any, info: ValidationInfo) -> Any:
    """Return quarters from a length with a unit, or from a number, which counts quarters."""
    if isinstance(value, str) and _WITH_UNIT.fullmatch(value.strip()):
        return _duration(value, info)
    return evaluate_arithmetic(value, _levers(info))


_WITH_UNIT_SCHEMA = {
    "type": "string",
    "description": "a length with its unit, such as 2 years, 6 quarters or 18 months",
}
Duration = Annotated[int, BeforeValidator(_duration), WithJsonSchema(_WITH_UNIT_SCHEMA)]
Delay = Annotated[int, BeforeValidator(_delay), WithJsonSchema(_WITH_UNIT_SCHEMA)]
Span = Annotated[
    int,
    Field(ge=1, le=LONGEST),
    BeforeValidator(_span),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": LONGEST},
                {"type": "string", "description": "2 years, 6 quarters, or arithmetic over levers"},
            ]
        }
    ),
]

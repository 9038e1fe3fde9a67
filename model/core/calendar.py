"""Quarters as whole numbers: 2000Q1 is 0, 2000Q2 is 1, 1999Q4 is -1."""

from __future__ import annotations

import math
import re

FIRST_YEAR = 2000
QUARTERS_PER_YEAR = 4
_FORM = re.compile(r"(\d{4})(?:\s*-?\s*[Qq]([1-4]))?")


def parse_quarter(text: str | int, *, last: bool = False) -> int:
    """Return the quarter that `2005Q2` names; for a year, its first quarter, or its last.

    Raises
    ------
    ValueError
        If the text is neither a year nor a quarter, or lies outside 1700 to 2199.
    """
    match = _FORM.fullmatch(str(text).strip())
    if isinstance(text, (bool, float)) or not match:
        raise ValueError(
            f"'{text}' is not a date; write a year such as 2005 or a quarter such as 2005Q2"
        )
    year, within = int(match[1]), match[2]
    if not 1700 <= year < 2200:
        raise ValueError(f"'{text}' is out of range; dates run from 1700 to 2199")
    if within:
        return first_quarter(year) + int(within) - 1
    return last_quarter(year) if last else first_quarter(year)


def format_quarter(quarter: int) -> str:
    """Return the form `2005Q2` of a quarter."""
    return f"{year_of(quarter)}Q{quarter_of_year(quarter)}"


def year_of(quarter: int) -> int:
    """Return the calendar year that a quarter belongs to."""
    return FIRST_YEAR + int(quarter) // QUARTERS_PER_YEAR


def quarter_of_year(quarter: int) -> int:
    """Return the position of a quarter in its year, 1 to 4."""
    return int(quarter) % QUARTERS_PER_YEAR + 1


def first_quarter(year: int) -> int:
    """Return the first quarter of a year."""
    return (year - FIRST_YEAR) * QUARTERS_PER_YEAR


def last_quarter(year: int) -> int:
    """Return the fourth quarter of a year."""
    return first_quarter(year) + QUARTERS_PER_YEAR - 1


def is_year_end(quarter: int) -> bool:
    """Return whether a quarter is the last of its year."""
    return quarter_of_year(quarter) == QUARTERS_PER_YEAR


def quarter_at(decimal_year: float) -> int:
    """Return the quarter that a decimal year lies in: 2024.5 is in 2024Q3."""
    return math.floor((decimal_year - FIRST_YEAR) * QUARTERS_PER_YEAR + 1e-9)


def decimal_year(quarter: int) -> float:
    """Return the middle of a quarter as a decimal year, for axes."""
    return FIRST_YEAR + (quarter + 0.5) / QUARTERS_PER_YEAR

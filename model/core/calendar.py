"""Quarters as whole numbers: 2000Q1 is 0, 2000Q2 is 1, 1999Q4 is -1."""

from __future__ import annotations

import re

FIRST_YEAR = 2000
QUARTERS_PER_YEAR = 4
EARLIEST, LATEST = (1700 - FIRST_YEAR) * 4, (2200 - FIRST_YEAR) * 4
_FORM = re.compile(r"(\d{4})(?:\s*-?\s*[Qq]([1-4]))?")


def parse_quarter(text: str | int, *, last: bool = False) -> int:
    """A quarter from `2005Q2`, or from a year: its first quarter, or with `last` its fourth.

    Raises
    ------
    ValueError
        If the text is no year and no quarter, or lies outside 1700 to 2199.
    """
    match = _FORM.fullmatch(str(text).strip())
    if isinstance(text, (bool, float)) or not match:
        raise ValueError(
            f"'{text}' is no date; write a year such as 2005 or a quarter such as 2005Q2"
        )
    year, quarter = int(match[1]), match[2]
    within = int(quarter) - 1 if quarter else (QUARTERS_PER_YEAR - 1 if last else 0)
    number = (year - FIRST_YEAR) * QUARTERS_PER_YEAR + within
    if not EARLIEST <= number < LATEST:
        raise ValueError(f"'{text}' is out of range; dates run from 1700 to 2199")
    return number


def format_quarter(number: int) -> str:
    """The form `2005Q2` of a quarter."""
    year, within = divmod(int(number), QUARTERS_PER_YEAR)
    return f"{FIRST_YEAR + year}Q{within + 1}"


def year_of(number: int) -> int:
    return FIRST_YEAR + int(number) // QUARTERS_PER_YEAR


def decimal_year(number: int) -> float:
    """Middle of the quarter as a decimal year, for axes."""
    return FIRST_YEAR + (number + 0.5) / QUARTERS_PER_YEAR

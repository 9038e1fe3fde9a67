"""Arguments that a caller in Python gives, checked, with messages as for files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .array_types import IntArray
from .errors import RequestError
from .suggestions import suggest

MOST_MEMBERS = 100_000_000


def check_whole(name: str, value: Any, low: int, high: int | None = None) -> int:
    """The value as a whole number of Python.

    Raises
    ------
    RequestError
        If it is not one, or lies outside `low` to `high`.
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if whole and low <= value and (high is None or value <= high):
        return int(value)
    bounds = f"{low:,} or more" if high is None else f"from {low:,} to {high:,}"
    raise RequestError(f"{name} is {_show(value)}; give a whole number, {bounds}")


def check_choice(name: str, value: Any, choices: Sequence[str]) -> str:
    """The value, if it is one of the choices; otherwise RequestError with the nearest of them."""
    if isinstance(value, str) and value in choices:
        return value
    raise RequestError(f"{name} is {_show(value)}; {suggest(str(value), choices)}")


def check_member_numbers(members: Any) -> IntArray:
    """Numbers of the members, (m,): 0 to `members` - 1, or the array of numbers that is given.

    Raises
    ------
    RequestError
        If there are none, or one of them is not a whole number from 0 on.
    """
    if np.ndim(members) == 0:
        return np.arange(check_whole("members", members, 1, MOST_MEMBERS))
    numbers = np.asarray(members)
    if numbers.ndim != 1 or numbers.size == 0 or numbers.dtype.kind not in "iu":
        raise RequestError("members is an array; give a whole number, or a row of whole numbers")
    if numbers.min() < 0:
        raise RequestError(f"members holds {numbers.min()}; members count from 0")
    return numbers


def check_mapping(name: str, value: Any, example: str) -> dict[str, Any]:
    """The value as a dictionary by name; empty for None.

    Raises
    ------
    RequestError
        If it is no mapping of names. `mesa.batch_run` takes a bare mapping apart, so the
        message says how to give it one.
    """
    if value is None:
        return {}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return dict(value)
    raise RequestError(
        f"{name} is {_show(value)}; give a mapping such as {example} "
        "(to mesa.batch_run, a list of them)"
    )


def check_number(name: str, value: Any) -> float:
    """The value as a finite number, or RequestError."""
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(
        value, bool
    )
    if not number or not np.isfinite(value):
        raise RequestError(f"{name} is {_show(value)}; give a finite number")
    return float(value)


def _show(value: Any) -> str:
    return " ".join(repr(value).split())[:60]

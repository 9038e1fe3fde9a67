"""What the page asks: a scenario, and what is changed in it. Whatever else arrives is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from steppe.model.core.errors import RequestError

MOST_LEVERS = 200
MOST_OFF = 500
MOST_TEXT = 180_000  # characters of a scenario
MOST_NAME = 200
THIRDS = ("lowest", "middle", "highest")


@dataclass(frozen=True)
class Question:
    """A scenario with levers moved, parameters multiplied, events switched off.

    scenario : the name of a shipped scenario, or of the file that the page follows.
    text : the text of a scenario, in place of one with a name.
    levers : value by lever. factors : factor by parameter.
    off : names of events that do not happen.
    keep : by parameter, the third of the members that is looked at: `lowest`, `middle`, `highest`.
    """

    scenario: str = "baseline"
    text: str = ""
    levers: Mapping[str, float] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    off: tuple[str, ...] = ()
    keep: Mapping[str, str] = field(default_factory=dict)


def parse_question(data: Any) -> Question:
    """The question in the JSON that a page sent.

    Raises
    ------
    RequestError
        If it is not one, with what would be right.
    """
    if not isinstance(data, dict):
        raise RequestError("a question is an object with a scenario, levers and so on")
    unknown = sorted(map(str, data.keys() - _READERS.keys()))
    if unknown:
        raise RequestError(
            f"unknown key {unknown[0][:MOST_NAME]!r}; known are: {', '.join(_READERS)}"
        )
    return Question(**{key: _READERS[key](key, value) for key, value in data.items()})


def _read_name(key: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MOST_NAME:
        raise RequestError(f"{key} holds no name; a name has 1 to {MOST_NAME} letters")
    return value


def _read_text(key: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise RequestError(f"{key} is not text of at most {MOST_TEXT:,} characters")
    return value


def _read_numbers(key: str, value: Any) -> dict[str, float]:
    if not isinstance(value, dict) or len(value) > MOST_LEVERS:
        raise RequestError(f"{key} is an object with a number by name, at most {MOST_LEVERS}")
    for number in value.values():
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise RequestError(f"{key} holds {str(number)[:MOST_NAME]!r}; give a number")
        if not math.isfinite(number) or abs(number) > 1e9:
            raise RequestError(f"{key} holds {number!r}; give a finite number")
    return {_read_name(key, name): float(number) for name, number in value.items()}


def _read_names(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_OFF:
        raise RequestError(f"{key} is a list of at most {MOST_OFF} names")
    return tuple(sorted({_read_name(key, name) for name in value}))


def _read_thirds(key: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MOST_LEVERS:
        raise RequestError(f"{key} is an object with one of {', '.join(THIRDS)} by parameter")
    for third in value.values():
        if third not in THIRDS:
            raise RequestError(f"{key} holds {str(third)[:20]!r}; give one of {', '.join(THIRDS)}")
    return {_read_name(key, name): third for name, third in value.items()}


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "scenario": _read_name,
    "text": _read_text,
    "levers": _read_numbers,
    "factors": _read_numbers,
    "off": _read_names,
    "keep": _read_thirds,
}

"""Numbers in scenario files: plain, or arithmetic over levers such as `1 - depth`."""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from steppe.model.core.field_types import MeaninglessError
from steppe.model.core.suggestions import suggest
from steppe.model.core.word_lists import count_in_words

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
MAX_LENGTH = 200
_FACTOR = re.compile(r"(?:[*x×]|times)\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*(?:[x×]|times)", re.I)
_NUMBER_WORDS: dict[str, float] = {"none": 0, "zero": 0, "a": 1, "an": 1, "half": 0.5}
_NUMBER_WORDS |= {count_in_words(number): number for number in range(13)}


def evaluate_arithmetic(text: Any, levers: Mapping[str, float]) -> Any:
    """Evaluate a text of levers, numbers and + - * / ( ).

    Anything but text is returned as it is, for the type of the field to check.

    Raises
    ------
    ValueError
        If the text is not such arithmetic, names an unknown lever, or divides by zero.
    """
    if isinstance(text, bool):
        raise ValueError(f"a number was expected, not {str(text).lower()}")
    if not isinstance(text, str):
        return text
    if len(text) > MAX_LENGTH:
        raise ValueError(f"arithmetic longer than {MAX_LENGTH} characters")
    tree = _parse(text)
    if tree is None:
        raise MeaninglessError(_not_a_number_message(text, levers))
    try:
        value = _evaluate(tree.body, text, levers)
    except (ZeroDivisionError, OverflowError):
        raise ValueError(
            f"'{text}' divides by zero or overflows with the levers as they are"
        ) from None
    if not math.isfinite(value):
        raise ValueError(f"'{text}' is not a finite number")
    return value


def lever_names(text: object) -> set[str]:
    """Return the levers that arithmetic refers to; none for anything but arithmetic."""
    if not isinstance(text, str):
        return set()
    tree = _parse(text) if len(text) <= MAX_LENGTH else None
    if tree is None:
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@lru_cache(maxsize=4096)
def _parse(text: str) -> ast.Expression | None:
    """Return the syntax tree of arithmetic; None if the text is something else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # syntax warnings are about Python, not scenarios
            return ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _evaluate(node: ast.AST, text: str, levers: Mapping[str, float]) -> float:
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and not isinstance(node.value, bool)
    ):
        return float(node.value)
    if isinstance(node, ast.Name):
        if node.id in levers:
            return float(levers[node.id])
        raise MeaninglessError(_not_a_number_message(node.id, levers))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](
            _evaluate(node.left, text, levers), _evaluate(node.right, text, levers)
        )
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _evaluate(node.operand, text, levers)
        return -value if isinstance(node.op, ast.USub) else value
    raise ValueError(
        _misspelt_message(text)
        or f"'{text}' is not a number; write a number, a lever, or arithmetic with + - * /"
    )


def _not_a_number_message(text: str, levers: Mapping[str, float]) -> str:
    misspelt = _misspelt_message(text)
    if misspelt:
        return misspelt
    if not levers:
        return f"'{text}' is not a number, and this scenario has no levers"
    return f"'{text}' is neither a number nor a lever; {suggest(text, list(levers))}"


def _misspelt_message(text: str) -> str | None:
    """Say what to write instead of a decimal comma or a percentage; None for other text."""
    if re.fullmatch(r"-?\d+,\d+", text.strip()):
        return f"'{text}' is not a number; write it with a point, {text.strip().replace(',', '.')}"
    change = re.fullmatch(r"([-+]\d+(?:\.\d+)?)\s*%", text.strip())
    if change:
        factor = f"{1 + float(change[1]) / 100:g}"
        return (
            f"'{text}' is not a number; as a factor it is {factor}, "
            f"and for a parameter {{times: {factor}}}"
        )
    if re.fullmatch(r"\d+(\.\d+)?\s*%", text.strip()):
        share = f"{float(text.strip().rstrip('% ')) / 100:g}"
        return (
            f"'{text}' is not a number; write the share, {share}, or for a factor on a parameter "
            f"{{times: {share}}}"
        )
    times = _FACTOR.fullmatch(text.strip())
    if times:
        number = times[1] or times[2]
        return f"'{text}' is not a number; write {number}, or for a parameter {{times: {number}}}"
    word = _NUMBER_WORDS.get(text.strip().lower())
    return f"'{text}' is not a number; write {word}" if word is not None else None

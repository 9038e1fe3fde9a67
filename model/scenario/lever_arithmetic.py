"""Numbers in scenario files: plain, or arithmetic over levers such as `1 - depth`."""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Mapping
from functools import lru_cache

from steppe.model.core.suggestions import suggest

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
MAX_LENGTH = 200


def evaluate_arithmetic(text: object, levers: Mapping[str, float]) -> object:
    """The number that a text of levers, numbers and + - * / ( ) stands for.

    Anything but text is returned as it is, for the type of the field to judge.

    Raises
    ------
    ValueError
        If the text is no such arithmetic, names an unknown lever, or divides by zero.
    """
    if isinstance(text, bool):
        raise ValueError(f"a number was expected, not {str(text).lower()}")
    if not isinstance(text, str):
        return text
    if len(text) > MAX_LENGTH:
        raise ValueError(f"arithmetic longer than {MAX_LENGTH} characters")
    tree = _parsed(text)
    if tree is None:
        raise ValueError(_no_number(text, levers))
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
    """Levers that an amount refers to."""
    if not isinstance(text, str):
        return set()
    tree = _parsed(text) if len(text) <= MAX_LENGTH else None
    if tree is None:
        return set()
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.Expression | None:
    """The arithmetic as a tree, None if it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # Python's advice on its own syntax is of no use to who writes scenarios
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
        raise ValueError(_no_number(node.id, levers))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](
            _evaluate(node.left, text, levers), _evaluate(node.right, text, levers)
        )
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _evaluate(node.operand, text, levers)
        return -value if isinstance(node.op, ast.USub) else value
    raise ValueError(
        _misspelt(text)
        or f"'{text}' is no number; write a number, a lever, or arithmetic with + - * /"
    )


def _no_number(text: str, levers: Mapping[str, float]) -> str:
    if _misspelt(text):
        return _misspelt(text)
    if not levers:
        return f"'{text}' is no number, and this scenario has no levers"
    return f"'{text}' is no number and no lever; {suggest(text, list(levers))}"


def _misspelt(text: str) -> str | None:
    """What to write instead of a decimal comma or a percentage."""
    if re.fullmatch(r"-?\d+,\d+", text.strip()):
        return f"'{text}' is no number; write it with a point, {text.strip().replace(',', '.')}"
    if re.fullmatch(r"\d+(\.\d+)?\s*%", text.strip()):
        return f"'{text}' is no number; write the share, {float(text.strip().rstrip('% ')) / 100:g}"
    return None

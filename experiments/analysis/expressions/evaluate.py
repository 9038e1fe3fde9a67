"""What an expression is worth, given the shares of the quarters that it reads."""

from __future__ import annotations

import operator
from collections.abc import Mapping

import numpy as np

from steppe.model import equations

from .syntax_tree import Call, Combined, Expression, Node, Number, Over

Shares = Mapping[tuple[str, int], np.ndarray]  # (run, quarter) to (p, r, c, m)
_OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "and": np.logical_and,
    "or": np.logical_or,
}


def values(expression: Expression, shares: Shares) -> np.ndarray:
    """The expression in every member, (m,); a single number where it is about all members. A condition is 0 or 1."""
    return np.asarray(_value(expression.root, shares), dtype=float)


def aggregated(expression: Expression) -> list[Node]:
    """What P, mean and median are taken over, each once."""
    found: dict[Node, None] = {}

    def collect(node: Node) -> None:
        if isinstance(node, Over):
            found[node.part] = None
        for part in getattr(node, "parts", ()):
            collect(part)

    collect(expression.root)
    return list(found)


def member_columns(expression: Expression, shares: Shares) -> np.ndarray:
    """What an expression about all members is taken over, (parts, m)."""
    return np.stack(
        [np.asarray(_value(part, shares), dtype=float) for part in aggregated(expression)]
    )


def over_members(node: Node, expression: Expression, columns: np.ndarray) -> float:
    """A part of an expression about all members, from its `member_columns`; a condition is 0 or 1."""
    return float(_value(node, {}, dict(zip(aggregated(expression), columns, strict=True))))


def _value(node: Node, shares: Shares, known: Mapping[Node, np.ndarray] | None = None):
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Call):
        return _of_shares(node, shares[node.run, node.quarter])
    if isinstance(node, Over):
        column = known[node.part] if known else _value(node.part, shares)
        return np.median(column) if node.name == "median" else np.mean(column)
    return _combined(node, [_value(part, shares, known) for part in node.parts])


def _combined(node: Combined, parts: list):
    if node.operator == "not":
        return np.logical_not(parts[0])
    if node.operator == "negative":
        return -parts[0]
    if node.operator == "/":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.divide(parts[0], parts[1])
    return _OPERATORS[node.operator](*parts)


def _of_shares(call: Call, share: np.ndarray) -> np.ndarray:
    """One function of the shares of a quarter, (m,)."""
    here = share[:, call.republics]
    if call.name == "leads":
        return _leads(call, here[:, :, call.channels].mean(axis=2))
    if call.name in ("share", "autonomy"):
        held = equations.autonomy(here) if call.holder is None else here[call.holder]
        return held[:, call.channels].mean(axis=(0, 1))
    depends = here.mean(axis=2)  # (p, r, m): every channel weighs the same
    if call.name == "dependence":
        return depends[call.holder].mean(axis=0)
    if call.name == "leverage":
        return equations.leverage(depends[call.holder]).mean(axis=0)
    concentrated = equations.concentration(depends).mean(axis=0)
    return concentrated if call.name == "concentration" else 1.0 - concentrated


def _leads(call: Call, held: np.ndarray) -> np.ndarray:
    """Whether a power's share is the largest; `held` is (p, r, m)."""
    if not call.at_least:
        held = held.mean(axis=1, keepdims=True)
    first = (held.argmax(axis=0) == call.holder).sum(axis=0)
    return first >= max(call.at_least, 1)

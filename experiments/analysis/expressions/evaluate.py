"""What an expression is worth, given the shares of the quarters that it reads."""

from __future__ import annotations

import operator
from collections.abc import Mapping

import numpy as np

from steppe.model import equations

from .syntax_tree import Aggregate, Call, Expression, Node, Number, Operation

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


def evaluate(expression: Expression, shares: Shares) -> np.ndarray:
    """The expression in every member, (m,); a single number where it is about all members. A condition is 0 or 1."""
    return np.asarray(_evaluate(expression.root, shares), dtype=float)


def aggregate_arguments(expression: Expression) -> list[Node]:
    """What P, mean and median are taken over, each once."""
    found: dict[Node, None] = {}

    def collect(node: Node) -> None:
        if isinstance(node, Aggregate):
            found[node.part] = None
        for part in getattr(node, "parts", ()):
            collect(part)

    collect(expression.root)
    return list(found)


def member_columns(expression: Expression, shares: Shares) -> np.ndarray:
    """What an expression about all members is taken over, (parts, m)."""
    return np.stack(
        [
            np.asarray(_evaluate(part, shares), dtype=float)
            for part in aggregate_arguments(expression)
        ]
    )


def evaluate_over_members(node: Node, expression: Expression, columns: np.ndarray) -> float:
    """A part of an expression about all members, from its `member_columns`; a condition is 0 or 1."""
    return float(
        _evaluate(node, {}, dict(zip(aggregate_arguments(expression), columns, strict=True)))
    )


def _evaluate(node: Node, shares: Shares, known: Mapping[Node, np.ndarray] | None = None):
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Call):
        return _evaluate_call(node, shares[node.run, node.quarter])
    if isinstance(node, Aggregate):
        column = known[node.part] if known else _evaluate(node.part, shares)
        return np.median(column) if node.name == "median" else np.mean(column)
    return _apply_operator(node, [_evaluate(part, shares, known) for part in node.parts])


def _apply_operator(node: Operation, parts: list):
    if node.operator == "not":
        return np.logical_not(parts[0])
    if node.operator == "negative":
        return -parts[0]
    if node.operator == "/":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.divide(parts[0], parts[1])
    return _OPERATORS[node.operator](*parts)


def _evaluate_call(call: Call, share: np.ndarray) -> np.ndarray:
    """One function of the shares of a quarter, (m,)."""
    here = share[:, call.republics]
    if call.name == "leads":
        return _evaluate_leads(call, here[:, :, call.channels].mean(axis=2))
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


def _evaluate_leads(call: Call, held: np.ndarray) -> np.ndarray:
    """Whether a power's share is the largest; `held` is (p, r, m)."""
    if not call.at_least:
        held = held.mean(axis=1, keepdims=True)
    first = (held.argmax(axis=0) == call.holder).sum(axis=0)
    return first >= max(call.at_least, 1)

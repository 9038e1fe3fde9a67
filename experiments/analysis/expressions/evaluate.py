"""Evaluate an expression from the shares of the quarters that it reads."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from steppe.model import equations
from steppe.model.core.array_types import Array, BoolArray, FloatArray
from steppe.model.observables.declarations import OBSERVABLES

from .syntax_tree import Aggregate, Call, Expression, Node, Number, Operation

# (run, quarter) to shares, (p, r, c, m); (run, quarter, observable) to its values, (p, r, m)
Shares = Mapping[tuple[str, int] | tuple[str, int, str], FloatArray]
Value = float | Array  # of a node: per member, (m,), or the same for all
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
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


def evaluate(expression: Expression, shares: Shares) -> FloatArray:
    """The expression in each member, (m,), or a scalar for an aggregate; a condition is 0 or 1."""
    return np.asarray(_evaluate(expression.root, shares), dtype=float)


def aggregate_arguments(expression: Expression) -> list[Node]:
    """The arguments of P, mean and median, each once."""
    found: dict[Node, None] = {}

    def collect(node: Node) -> None:
        if isinstance(node, Aggregate):
            found[node.part] = None
        for part in getattr(node, "parts", ()):
            collect(part)

    collect(expression.root)
    return list(found)


def member_columns(expression: Expression, shares: Shares) -> FloatArray:
    """The arguments of P, mean and median in each member, (parts, m)."""
    return np.stack(
        [
            np.asarray(_evaluate(part, shares), dtype=float)
            for part in aggregate_arguments(expression)
        ]
    )


def evaluate_over_members(node: Node, expression: Expression, columns: FloatArray) -> float:
    """Part of an aggregate from its `member_columns`; a condition is 0 or 1."""
    return float(
        _evaluate(node, {}, dict(zip(aggregate_arguments(expression), columns, strict=True)))
    )


def _evaluate(node: Node, shares: Shares, known: Mapping[Node, FloatArray] | None = None) -> Value:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Call) and node.name in OBSERVABLES:
        values = shares[node.run, node.quarter, node.name]
        return np.asarray(values[node.holder, node.republics].mean(axis=0))
    if isinstance(node, Call):
        return _evaluate_call(node, shares[node.run, node.quarter])
    if isinstance(node, Aggregate):
        column = known[node.part] if known else _evaluate(node.part, shares)
        return float(np.median(column) if node.name == "median" else np.mean(column))
    return _apply_operator(node, [_evaluate(part, shares, known) for part in node.parts])


def _apply_operator(node: Operation, parts: list[Value]) -> Value:
    if node.operator == "not":
        return np.asarray(np.logical_not(parts[0]))
    if node.operator == "negative":
        return -parts[0]
    if node.operator == "/":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.divide(parts[0], parts[1]))
    value: Value = _OPERATORS[node.operator](parts[0], parts[1])
    return value


def _evaluate_call(call: Call, share: FloatArray) -> Array:
    """A function of the shares of a quarter, (p, r, c, m), in each member, (m,)."""
    here = share[:, call.republics]
    if call.name == "leads":
        return _evaluate_leads(call, here[:, :, call.channels].mean(axis=2))
    if call.name in ("share", "autonomy"):
        held = equations.autonomy(here) if call.holder is None else here[call.holder]
        return np.asarray(held[:, call.channels].mean(axis=(0, 1)))
    depends = here.mean(axis=2)  # (p, r, m): all channels have the same weight
    if call.name == "dependence":
        return np.asarray(depends[call.holder].mean(axis=0))
    if call.name == "leverage":
        return np.asarray(equations.leverage(depends[call.holder]).mean(axis=0))
    concentration = np.asarray(equations.concentration(depends).mean(axis=0))
    return concentration if call.name == "concentration" else 1.0 - concentration


def _evaluate_leads(call: Call, held: FloatArray) -> BoolArray:
    """True if a power has the largest share in enough republics; `held` is (p, r, m)."""
    if not call.at_least:
        held = held.mean(axis=1, keepdims=True)
    first = (held.argmax(axis=0) == call.holder).sum(axis=0)
    return np.asarray(first >= max(call.at_least, 1))

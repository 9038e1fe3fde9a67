"""Parameters that a caller in Python gives as a plain mapping, checked as those of a file are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from steppe.model.core.arguments import check_mapping
from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast
from steppe.model.core.errors import RequestError
from steppe.model.core.suggestions import UnknownNameError

from .table import BY_ID, TABLE, Parameter, find_parameter

ParameterValues = Mapping[str, Any]  # by symbol or name: numbers, or arrays over members

_ALIASES = {alias: row.id for row in TABLE for alias in (row.symbol, row.name)}


def check_parameters(given: Any, cast: Cast, members: int) -> dict[str, float | FloatArray]:
    """The mapping by label, such as `rho` or `beta[economic]`, in the order in which it is given.

    Parameters
    ----------
    given : by symbol (`ρ`), by the identifier of scenario files (`rho`) or by name
        (`resistance`), with the entry in brackets if only one is meant; each a number or an
        array over members, (members,). None is an empty mapping.

    Raises
    ------
    RequestError
        If a parameter is unknown (with the nearest), given twice, out of its bounds, not a
        finite number, or an array of another length.
    """
    checked: dict[str, float | FloatArray] = {}
    for label, value in check_mapping("parameters", given, "{'rho': 5}").items():
        row, entry = _find(label, cast)
        name = row.id if entry is None else f"{row.id}[{entry}]"
        if name in checked:
            raise RequestError(f"parameters: {name} is given twice; give it once")
        checked[name] = _check_values(name, row, value, members)
    return checked


def _find(label: str, cast: Cast) -> tuple[Parameter, str | None]:
    identifier, bracket, rest = label.partition("[")
    known = _ALIASES.get(identifier.strip(), identifier)
    try:
        return find_parameter(known + bracket + rest, cast)
    except UnknownNameError as error:
        if known.strip() in BY_ID:
            raise RequestError(f"parameters: {error}") from None
        names = [*BY_ID, *(row.name for row in TABLE)]
        raise RequestError(f"parameters: {UnknownNameError('parameter', label, names)}") from None


def _check_values(name: str, row: Parameter, value: Any, members: int) -> float | FloatArray:
    try:
        values = np.asarray(value)
    except ValueError:
        values = np.asarray(None)
    if values.dtype.kind not in "iuf" or values.ndim > 1:
        raise RequestError(
            f"parameters: {name} is {' '.join(repr(value).split())[:60]}; "
            "give a number, or an array with a number for each member"
        )
    if values.ndim == 1 and values.shape != (members,):
        raise RequestError(
            f"parameters: {name} has {len(values)} values for {members} "
            f"member{'s' * (members != 1)}; give one number, or one for each member"
        )
    low, high = row.bounds
    wrong = ~((values >= low) & (values <= high))  # also true for what is not a number
    if wrong.any():
        found = float(np.atleast_1d(values)[int(np.argmax(wrong))])
        where = f" (member {int(np.argmax(wrong))})" if values.ndim else ""
        raise RequestError(
            f"parameters: {name} is bounded by {low:g} and {high:g} ({row.unit}), "
            f"not {found:g}{where}"
        )
    return float(values) if values.ndim == 0 else values.astype(float)

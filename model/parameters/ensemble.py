"""The parameters of an ensemble: one array per row of the table, checked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.cast import Cast
from steppe.model.equations import adjustment_rate
from steppe.model.observables.declarations import Observable

from .guards import require_guards
from .table import TABLE, Parameter


class Parameters:
    """An ensemble: one array per parameter, (m,), or (entries, m) if it varies along an axis.

    Attributes are the ids of the table; `offsets` gives those of an observable. `b` holds all
    powers, the first row being zero. `rate`, (c, m), is the adjustment rate that belongs to the
    half-life `h`.

    Parameters
    ----------
    values : array by id; `b` without the first power. members : (m,), the numbers by which errors
    name members; by default their positions.

    Raises
    ------
    GuardError
        If a member breaks a guard; names the first such member and what to change.
    ValueError
        If a value is not finite or out of its bounds.
    """

    theta: FloatArray
    beta: FloatArray
    gamma: FloatArray
    eta: FloatArray
    iota: FloatArray
    lambda_: FloatArray
    phi: FloatArray
    chi: FloatArray
    h: FloatArray
    sigma: FloatArray
    alpha: FloatArray
    tau_0: FloatArray
    rho: FloatArray
    psi: FloatArray
    b: FloatArray
    delta: FloatArray
    zeta: FloatArray

    def __init__(
        self, values: Mapping[str, FloatArray], cast: Cast, members: IntArray | None = None
    ) -> None:
        self.cast = cast
        self._member_numbers = members
        for row in TABLE:
            array = np.asarray(values[row.id], dtype=float)
            self._check_shape(row, array)
            self._check_bounds(row, array)
            if row.skips_first:
                array = np.concatenate([np.zeros((1, array.shape[-1])), array])
            array.setflags(write=False)
            setattr(self, row.id, array)
        self.rate: FloatArray = adjustment_rate(self.h)
        require_guards(self.lambda_, self.theta, self.chi, self.h, self.rho, members)

    @property
    def size(self) -> int:
        """Number of members."""
        return int(self.theta.shape[-1])

    def offsets(self, observable: Observable) -> FloatArray:
        """The offsets of an observable, (p, m)."""
        array: FloatArray = getattr(self, observable.parameter)
        return array

    def member_number(self, position: int) -> int:
        """The number of the member at a position of the arrays."""
        return position if self._member_numbers is None else int(self._member_numbers[position])

    def _check_shape(self, row: Parameter, array: FloatArray) -> None:
        expected = len(row.entries(self.cast)) if row.per else None
        if array.ndim != (1 if row.per is None else 2) or (expected and array.shape[0] != expected):
            raise ValueError(
                f"parameter {row.id} has shape {array.shape}; expected ({expected or ''}, members)"
            )

    def _check_bounds(self, row: Parameter, array: FloatArray) -> None:
        low, high = row.bounds
        wrong = ~((array >= low) & (array <= high))  # also true for NaN
        if wrong.any():
            member = self.member_number(int(np.argwhere(wrong)[0][-1]))
            raise ValueError(
                f"parameter {row.id} is {array[wrong][0]:g} in member {member}; "
                f"bounds are {low:g} to {high:g}"
            )

    def as_table(self) -> dict[str, FloatArray]:
        """Label to (m,) values, in table order; the form in which ensembles are stored."""
        table: dict[str, FloatArray] = {}
        for row in TABLE:
            array = getattr(self, row.id)
            rows = array[None] if row.per is None else array[1:] if row.skips_first else array
            table.update(zip(row.labels(self.cast), rows, strict=True))
        return table

    @classmethod
    def from_table(
        cls, table: Mapping[str, FloatArray], cast: Cast, members: IntArray | None = None
    ) -> Parameters:
        """The inverse of `as_table`."""
        size = len(next(iter(table.values())))
        values = {}
        for row in TABLE:
            columns = [np.asarray(table[label], dtype=float) for label in row.labels(cast)]
            values[row.id] = (
                columns[0] if row.per is None else np.array(columns).reshape(len(columns), size)
            )
        return cls(values, cast, members)

"""The offsets of an observable in each republic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.cast import Cast
from steppe.model.observables.declarations import Observable
from steppe.model.random_streams import normals

from .ensemble import Parameters


def draw_offsets(
    observable: Observable, parameters: Parameters, seed: int, members: IntArray
) -> FloatArray:
    """The offset of each power, and what is particular to it in each republic: (p, r, m).

    a[p, r] = a[p] + d[p, r], with d ~ N(0, scatter) of the power, the republic and the member.

    Parameters
    ----------
    members : (m,) member numbers; a member's draw does not depend on the others.
    """
    cast = parameters.cast
    names = [
        [(observable.name, power, republic) for republic in cast.republic_names]
        for power in cast.power_names
    ]
    drawn = np.array(
        [[normals(seed, "observable", cell, members) for cell in row] for row in names]
    )
    offsets: FloatArray = parameters.offsets(observable)[:, None] + observable.scatter * drawn
    return offsets


def draw_yearly(
    observable: Observable, cast: Cast, seed: int, members: IntArray, years: Sequence[int]
) -> FloatArray:
    """Standard normals of each year and cell, for the discrepancy: (years, p, r, m)."""
    return np.array(
        [
            [
                [
                    normals(seed, "discrepancy", (observable.name, str(year), power, name), members)
                    for name in cast.republic_names
                ]
                for power in cast.power_names
            ]
            for year in years
        ]
    )

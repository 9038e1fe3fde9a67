"""The offsets of an observable in each republic."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.observables.declarations import Observable
from steppe.model.random_streams import uniforms

from .ensemble import Parameters
from .prior import TAIL


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
    probability = np.stack(
        [
            [
                uniforms(seed, "observable", (observable.name, power, republic), members)
                for republic in cast.republic_names
            ]
            for power in cast.power_names
        ]
    )
    particular = observable.scatter * ndtri(np.clip(probability, TAIL, 1.0 - TAIL))
    offsets: FloatArray = parameters.offsets(observable)[:, None] + particular
    return offsets

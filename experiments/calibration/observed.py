"""What statistics count in simulated draws: the offsets that link it to shares of influence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.parameters.table import BY_ID

Offsets = Mapping[str, FloatArray]
"""Offsets of each power (p, m) by the name of the observable."""


def offsets_in(table: Mapping[str, FloatArray], cast: Cast) -> Offsets:
    """The offsets in a table of draws."""
    return {
        row.name: np.stack([table[label] for label in BY_ID[row.parameter].labels(cast)])
        for row in OBSERVABLES.values()
    }

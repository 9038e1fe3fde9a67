"""What statistics count in simulated draws: the offsets that link it to shares of influence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.parameters.table import BY_ID

Offsets = Mapping[str, FloatArray]
"""Offsets of each power, (p, m), or of each in each republic, (p, r, m), by observable."""


def offsets_in(
    table: Mapping[str, FloatArray], cast: Cast, scatter: Mapping[str, FloatArray]
) -> Offsets:
    """The offsets in a table of draws, with what is particular to republics.

    Parameters
    ----------
    scatter : (p, r, m) of each observable by name.

    Returns
    -------
    (p, r, m) of each observable by name.
    """
    return {
        row.name: scatter[row.name]
        + np.stack([table[label] for label in BY_ID[row.parameter].labels(cast)])[:, None]
        for row in OBSERVABLES.values()
    }

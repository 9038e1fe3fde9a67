"""The parameters of an ensemble: drawn, then changed as a scenario asks."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import Protocol

import numpy as np

from steppe.model.core.cast import Cast, default_cast
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.random_streams import uniforms

from .posterior import PosteriorSample
from .table import Parameters, all_labels, draw_priors, find_parameter


class Change(Protocol):
    """A factor on drawn values, or a distribution in their place; one of the three is given."""

    times: float | None
    uniform: tuple[float, float] | None
    normal: tuple[float, float] | None


Changes = Mapping[str, float | Change]  # by label of a parameter; a number replaces what was drawn


def draw_ensemble(
    changes: Changes,
    inputs: Inputs,
    seed: int,
    members: np.ndarray,
    posterior: PosteriorSample | None = None,
) -> Parameters:
    """Parameters of these members: from calibrated weights or else from the priors, then changed.

    Raises
    ------
    GuardError
        If a change takes a member past a guard.
    """
    drawn = (
        draw_priors(seed, members, inputs.cast, inputs.alpha_means)
        if posterior is None or _added(inputs.cast)
        else {}
    )
    table = (
        {**drawn, **posterior.values_of(members)} if posterior else drawn
    )  # what a scenario's own actors need is never calibrated
    return Parameters.from_table(
        apply_changes(table, changes, inputs.cast, seed, members), inputs.cast, members
    )


def _added(cast: Cast) -> bool:
    """Whether a scenario brings actors that calibrated weights know nothing of."""
    return set(all_labels(cast)) != set(all_labels(default_cast()))


def apply_changes(
    table: Mapping[str, np.ndarray], changes: Changes, cast: Cast, seed: int, members: np.ndarray
) -> dict[str, np.ndarray]:
    """The table with the changes made; in a whole vector where no entry is named.

    What a factor or a distribution would carry past a parameter's bounds is held at them; a
    plain value out of bounds has been refused when the file was read.
    """
    table = dict(table)
    for label, change in changes.items():
        row, entry = find_parameter(label, cast)
        for name, single in zip(row.entries(cast), row.labels(cast), strict=True):
            if entry is None or name == entry:
                table[single] = np.clip(
                    _new_values(change, table[single], single, seed, members), *row.bounds
                )
    return table


def _new_values(
    change: float | Change, values: np.ndarray, label: str, seed: int, members: np.ndarray
) -> np.ndarray:
    if isinstance(change, float):
        return np.full(len(members), change)
    if change.times is not None:
        return values * change.times
    uniform = uniforms(seed, "scenario parameter", (label,), members)
    if change.uniform is not None:
        low, high = change.uniform
        return low + (high - low) * uniform
    normal = NormalDist(*change.normal)
    return np.array([normal.inv_cdf(min(max(value, 1e-12), 1 - 1e-12)) for value in uniform])

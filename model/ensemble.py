"""The parameters of a scenario's members: drawn, then changed as the scenario asks."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from .cast import Cast, default_cast
from .inputs import Inputs
from .parameters import Parameters, all_labels, draw_priors, find
from .scenario.language import Change
from .scenario.library import Scenario
from .streams import uniforms
from .weights import Weights


def ensemble_for(scenario: Scenario, inputs: Inputs, seed: int, members: np.ndarray, weights: Weights | None = None) -> Parameters:
    """Parameters for these members under a scenario, from calibrated weights or else from the priors.

    Raises
    ------
    GuardError
        If a change takes a member past a guard.
    """
    drawn = draw_priors(seed, members, inputs.cast, inputs.alpha_means) if weights is None or _added(inputs.cast) else {}
    table = {**drawn, **weights.table_of(members)} if weights else drawn  # what a scenario's own actors need is never calibrated
    return Parameters.from_table(changed(table, scenario, inputs.cast, seed, members), inputs.cast, members)


def _added(cast: Cast) -> bool:
    """Whether a scenario brings actors that calibrated weights know nothing of."""
    return set(all_labels(cast)) != set(all_labels(default_cast()))


def changed(table: dict[str, np.ndarray], scenario: Scenario, cast: Cast, seed: int, members: np.ndarray) -> dict[str, np.ndarray]:
    """The table with the scenario's `parameters` put in place; a whole vector where no entry is named.

    What a factor or a distribution would carry past a parameter's bounds is held at them; a
    plain value out of bounds has been refused when the file was read.
    """
    table = dict(table)
    for label, change in scenario.parameters.items():
        row, entry = find(label, cast)
        for name, single in zip(row.entries(cast), row.labels(cast), strict=True):
            if entry is None or name == entry:
                table[single] = np.clip(_new_values(change, table[single], single, seed, members), *row.bounds)
    return table


def _new_values(change: float | Change, values: np.ndarray, label: str, seed: int, members: np.ndarray) -> np.ndarray:
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

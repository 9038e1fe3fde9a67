"""Draw the parameters of an ensemble, then change them as a scenario asks."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import Protocol

import numpy as np

from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.errors import RequestError
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.random_streams import uniforms

from .ensemble import Parameters
from .given import ParameterValues, check_parameters
from .guards import broken_guards
from .posterior import PosteriorSample
from .prior import TAIL
from .table import BY_ID, TABLE, all_labels, find_parameter

MAX_REDRAWS = 200


class Change(Protocol):
    """A factor on drawn values, or a distribution in their place; exactly one of them is given."""

    @property
    def times(self) -> float | None: ...
    @property
    def uniform(self) -> tuple[float, float] | None: ...
    @property
    def normal(self) -> tuple[float, float] | None: ...


# By label of a parameter; a number, or an array over members, replaces what was drawn.
Changes = Mapping[str, float | Change | FloatArray]


def draw_ensemble(
    changes: Changes,
    inputs: Inputs,
    seed: int,
    members: IntArray,
    posterior: PosteriorSample | None = None,
) -> Parameters:
    """Parameters of these members, drawn from the posterior or else from the priors, then changed.

    Raises
    ------
    GuardError
        If a change takes a member past a guard.
    """
    table: dict[str, FloatArray] = {}
    if posterior is None or _has_added_actors(inputs.cast):
        table |= draw_priors(seed, members, inputs.cast, inputs.alpha_means)
    if posterior is not None:  # which knows nothing of actors that a scenario adds
        table |= posterior.values_of(members)
    changed = apply_changes(table, changes, inputs.cast, seed, members)
    return Parameters.from_table(changed, inputs.cast, members)


def choose_parameters(
    given: Parameters | ParameterValues | None,
    changes: Changes,
    inputs: Inputs,
    seed: int,
    members: IntArray,
    posterior: PosteriorSample | None,
) -> Parameters:
    """The ensemble given; or one drawn and changed, with the values given in their place."""
    if isinstance(given, Parameters):
        if given.size != len(members):
            raise RequestError(
                f"the parameters are for {given.size} members, the model for {len(members)}; "
                "give an ensemble of the same size"
            )
        return given
    changes = dict(changes)
    for label, values in check_parameters(given, inputs.cast, len(members)).items():
        changes.pop(label, None)  # what the caller gives comes last
        changes[label] = values
    return draw_ensemble(changes, inputs, seed, members, posterior)


def _has_added_actors(cast: Cast) -> bool:
    return set(all_labels(cast)) != set(all_labels(default_cast()))


def apply_changes(
    table: Mapping[str, FloatArray], changes: Changes, cast: Cast, seed: int, members: IntArray
) -> dict[str, FloatArray]:
    """The table with the changes made; in all entries of a parameter where none is named.

    Values that a factor or a distribution carries past a parameter's bounds are clipped to them. A
    plain value out of bounds never gets here: it is an error in the scenario file.
    """
    table = dict(table)
    for label, change in changes.items():
        row, entry = find_parameter(label, cast)
        for name, single in zip(row.entries(cast), row.labels(cast), strict=True):
            if entry is None or name == entry:
                values = _changed_values(change, table[single], single, seed, members)
                table[single] = np.clip(values, *row.bounds)
    return table


def _changed_values(
    change: float | Change | FloatArray,
    values: FloatArray,
    label: str,
    seed: int,
    members: IntArray,
) -> FloatArray:
    if isinstance(change, (float, np.ndarray)):
        return np.broadcast_to(change, (len(members),))
    if change.times is not None:
        return values * change.times
    probability = uniforms(seed, "scenario parameter", (label,), members)
    if change.uniform is not None:
        low, high = change.uniform
        return low + (high - low) * probability
    if change.normal is not None:
        normal = NormalDist(*change.normal)
        return np.array([normal.inv_cdf(min(max(p, TAIL), 1 - TAIL)) for p in probability])
    raise ValueError(f"the change of {label} gives neither times nor uniform nor normal")


def draw_priors(
    seed: int, members: IntArray, cast: Cast, alpha_means: Mapping[str, float]
) -> dict[str, FloatArray]:
    """Draws from the priors; a member that breaks a guard is redrawn as a whole.

    Parameters
    ----------
    members : (m,) member numbers; a member's draw does not depend on the others.
    alpha_means : coded prior mean of alpha by republic name.

    Returns
    -------
    Label to (m,) values.
    """
    members = np.asarray(members)
    table = _draw_once(seed, members, cast, alpha_means, attempt=0)
    for attempt in range(1, MAX_REDRAWS):
        half_life = np.stack([table[label] for label in BY_ID["h"].labels(cast)])
        broken = broken_guards(
            table["lambda_"], table["theta"], table["chi"], half_life, table["rho"]
        )
        if not broken.any():
            return table
        redrawn = _draw_once(seed, members[broken], cast, alpha_means, attempt)
        for label, values in redrawn.items():
            table[label][broken] = values
    raise RuntimeError(f"no admissible draw in {MAX_REDRAWS} attempts")


def _draw_once(
    seed: int, members: IntArray, cast: Cast, alpha_means: Mapping[str, float], attempt: int
) -> dict[str, FloatArray]:
    table = {}
    for row in TABLE:
        for entry, label in zip(row.entries(cast), row.labels(cast), strict=True):
            probability = uniforms(seed, "parameter", (label, str(attempt)), members)
            centre = alpha_means.get(entry) if row.id == "alpha" and entry is not None else None
            table[label] = row.prior(entry).quantiles(probability, row.bounds, centre)
    return table

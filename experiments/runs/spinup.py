"""The spin-up to the end of 1999, computed once for each draw of the posterior.

It has no noise and no events, so members with the same draw have the same state, to the
last bit. A process keeps it in memory, and that of a posterior in a file on disk.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

import numpy as np

from steppe.model.core.array_types import IntArray
from steppe.model.core.disk_cache import load_or_make
from steppe.model.core.spinup_state import SpinupState
from steppe.model.scenario.load import Scenario
from steppe.model.scenario.schema import Change

from .parameter_source import ParameterSource

MAX_STATES = 4  # that a process keeps: some four megabytes each for a thousand draws


class _DrawStates:
    """The spin-up state of each draw, as far as it is computed."""

    def __init__(self, size: int) -> None:
        self._size, self._known = size, np.zeros(size, dtype=bool)
        self._states: SpinupState | None = None

    def missing(self, draws: IntArray) -> IntArray:
        """Those of the draws that are not computed yet, each once."""
        return np.unique(draws[~self._known[draws]])

    def store(self, draws: IntArray, computed: SpinupState) -> None:
        """Store the states of draws."""
        if self._states is None:
            self._states = type(computed)(
                *(np.empty((*part.shape[:-1], self._size)) for part in vars(computed).values())
            )
        for kept, part in zip(vars(self._states).values(), vars(computed).values(), strict=True):
            kept[..., draws] = part
        self._known[draws] = True

    def select(self, draws: IntArray) -> SpinupState:
        """The states of draws, all of which are stored."""
        if self._states is None:
            raise LookupError("no draw is computed yet")
        return self._states.select(draws)


_states: OrderedDict[Hashable, _DrawStates] = OrderedDict()


def spinup_state(
    scenario: Scenario, numbers: IntArray, seed: int, parameter_source: ParameterSource
) -> SpinupState | None:
    """The spin-up state of members; None if it differs between members with the same draw."""
    posterior = parameter_source.posterior
    if (
        posterior is None
        or scenario.added
        or any(_varies_by_member(change) for change in scenario.parameters.values())
    ):
        return None
    draws = posterior.draw_indices(numbers)
    changes = tuple(sorted((label, repr(change)) for label, change in scenario.parameters.items()))
    cast = parameter_source.inputs.cast
    key = (parameter_source.label, parameter_source.evidence, cast, changes)
    states = _states_for(key, posterior.size)
    missing = states.missing(draws)
    if missing.size:
        states.store(missing, _compute_or_load(scenario, missing, seed, parameter_source, key))
    return states.select(draws)


def _compute_or_load(
    scenario: Scenario, draws: IntArray, seed: int, parameter_source: ParameterSource, key: Hashable
) -> SpinupState:
    """The states of draws, from disk if they are kept there."""

    def compute() -> SpinupState:
        # Mesa takes long to import, and a process that only hands out blocks does not need it.
        from steppe.model.model import InfluenceModel

        model = InfluenceModel(
            scenario,
            draws,
            seed,
            inputs=parameter_source.inputs,
            parameters_from=parameter_source.draws,
            collect=None,
            noise=False,
        )
        state = model.spinup
        model.release()
        return state

    if parameter_source.file is None:  # given from Python, and not likely to come again
        return compute()
    return load_or_make("spinup", [repr(key).encode(), draws.tobytes()], compute)


def _varies_by_member(change: float | Change) -> bool:
    return isinstance(change, Change) and change.times is None


def _states_for(key: Hashable, size: int) -> _DrawStates:
    states = _states.setdefault(key, _DrawStates(size))
    _states.move_to_end(key)
    while len(_states) > MAX_STATES:
        _states.popitem(last=False)
    return states

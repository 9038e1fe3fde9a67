"""The inheritance of 1999, worked out once in a process for each draw of the weights.

It has no noise and no events, so members that repeat a draw inherit the same, to the last bit.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from steppe.model.scenario.file_models import Change
from steppe.model.scenario.load import Scenario

from .parameter_source import ParameterSource

if TYPE_CHECKING:
    from steppe.model.model import SpinupState

KEPT = 4  # sets of draws that a process holds: some four megabytes each for a thousand draws


class _Draws:
    """What each draw inherits, as far as it is known."""

    def __init__(self, size: int):
        self._size, self._known = size, np.zeros(size, dtype=bool)
        self._of_all: SpinupState | None = None

    def unknown(self, draws: np.ndarray) -> np.ndarray:
        """Those that are still to be worked out, each once."""
        return np.unique(draws[~self._known[draws]])

    def learn(self, draws: np.ndarray, found: SpinupState) -> None:
        """Keep what these draws inherit."""
        if self._of_all is None:
            self._of_all = type(found)(
                *(np.empty((*part.shape[:-1], self._size)) for part in vars(found).values())
            )
        for kept, part in zip(vars(self._of_all).values(), vars(found).values(), strict=True):
            kept[..., draws] = part
        self._known[draws] = True

    def of(self, draws: np.ndarray) -> SpinupState:
        """What these draws inherit, all of them known."""
        return self._of_all.select(draws)


_sets: OrderedDict[tuple, _Draws] = OrderedDict()


def spinup_state(
    scenario: Scenario, numbers: np.ndarray, seed: int, parameter_source: ParameterSource
) -> SpinupState | None:
    """What these members inherit; None where it hangs on more than their draws, so that each must find out for itself."""
    posterior = parameter_source.posterior
    if (
        posterior is None
        or scenario.added
        or any(_drawn_per_member(change) for change in scenario.parameters.values())
    ):
        return None
    draws = posterior.draw_indices(numbers)
    changes = tuple(sorted((label, repr(change)) for label, change in scenario.parameters.items()))
    held = _held(
        (parameter_source.label, parameter_source.evidence, parameter_source.inputs.cast, changes),
        posterior.size,
    )
    unknown = held.unknown(draws)
    if unknown.size:
        from steppe.model.model import (
            InfluenceModel,
        )  # Mesa takes long to import, and what only hands out blocks needs none of it

        model = InfluenceModel(
            scenario,
            unknown,
            seed,
            inputs=parameter_source.inputs,
            posterior=posterior,
            noise=False,
        )
        held.learn(unknown, model.spinup)
        model.release()
    return held.of(draws)


def _drawn_per_member(change: float | Change) -> bool:
    return isinstance(change, Change) and change.times is None


def _held(key: tuple, size: int) -> _Draws:
    held = _sets.setdefault(key, _Draws(size))
    _sets.move_to_end(key)
    while len(_sets) > KEPT:
        _sets.popitem(last=False)
    return held

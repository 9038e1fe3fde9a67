"""The past that scenarios share, simulated once per members and process, and branched."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.scenario.common_prefix import count_shared_quarters
from steppe.model.scenario.load import Scenario

from .parameter_source import ParameterSource
from .spinup import spinup_state

if TYPE_CHECKING:
    from steppe.model.model import InfluenceModel

KEPT = 2  # pasts a process holds: some hundred and twenty megabytes each at 2,048 members, most of it noise that later scenarios read again


@dataclass(frozen=True)
class SharedHistory:
    """A model at the end of history, and what was recorded of it on the way, by quarter: (holder, r, c, m)."""

    scenario: Scenario
    model: InfluenceModel
    recorded: dict[int, np.ndarray]


_pasts: OrderedDict[tuple, SharedHistory] = OrderedDict()


def key_of(
    numbers: np.ndarray, seed: int, frequency: str, parameter_source: ParameterSource
) -> tuple:
    """What a past belongs to, beside its scenario."""
    return numbers.tobytes(), seed, frequency, parameter_source.label, parameter_source.evidence


def start_or_branch(
    scenario: Scenario,
    numbers: np.ndarray,
    seed: int,
    frequency: str,
    parameter_source: ParameterSource,
) -> tuple[InfluenceModel, dict[int, np.ndarray]]:
    """A model of the scenario, as far on as a past it shares can bring it, and what was recorded so far."""
    past = _pasts.get(key_of(numbers, seed, frequency, parameter_source))
    if past is not None and count_shared_quarters(past.scenario, scenario) >= HISTORY_QUARTERS:
        return past.model.branch(scenario), dict(past.recorded)
    from steppe.model.model import (
        InfluenceModel,
    )  # Mesa takes long to import, and what only hands out blocks needs none of it

    return InfluenceModel(
        scenario,
        numbers,
        seed,
        inputs=parameter_source.inputs,
        posterior=parameter_source.posterior,
        spinup=spinup_state(scenario, numbers, seed, parameter_source),
    ), {}


def keep_history(
    model: InfluenceModel,
    recorded: dict[int, np.ndarray],
    seed: int,
    frequency: str,
    parameter_source: ParameterSource,
) -> None:
    """Keep the model as it stands, if it has just come to the end of history."""
    if model.quarter != HISTORY_QUARTERS - 1:
        return
    key = key_of(model.member_numbers, seed, frequency, parameter_source)
    if key in _pasts:  # of a scenario with another history
        _pasts.pop(key).model.release()
    _pasts[key] = SharedHistory(model.scenario, model.branch(model.scenario), dict(recorded))
    while len(_pasts) > KEPT:
        _pasts.popitem(last=False)[1].model.release()

"""The history that scenarios share, simulated once per set of members and process."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from steppe.model.core.array_types import IntArray
from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.scenario.common_prefix import count_shared_quarters
from steppe.model.scenario.load import Scenario

from .parameter_source import ParameterSource
from .spinup import spinup_state

if TYPE_CHECKING:
    from steppe.model.model import InfluenceModel

# Histories that a process keeps: some 120 MB each at 2,048 members, most of it noise that
# later scenarios read again.
MAX_HISTORIES = 2

RecordedShares = dict[int, Any]  # by quarter, as who records them wants them
HistoryKey = tuple[bytes, int, str, str, str]


@dataclass(frozen=True)
class SharedHistory:
    """A model at the end of history, and what was recorded of it until then."""

    scenario: Scenario
    model: InfluenceModel
    recorded: RecordedShares


_histories: OrderedDict[HistoryKey, SharedHistory] = OrderedDict()


def history_key(
    numbers: IntArray, seed: int, frequency: str, parameter_source: ParameterSource
) -> HistoryKey:
    """What a history depends on beside its scenario."""
    return numbers.tobytes(), seed, frequency, parameter_source.label, parameter_source.evidence


def start_or_branch(
    scenario: Scenario,
    numbers: IntArray,
    seed: int,
    frequency: str,
    parameter_source: ParameterSource,
) -> tuple[InfluenceModel, RecordedShares]:
    """A model of the scenario and what is recorded of it so far.

    It branches from a history that is kept, if the scenario shares it; otherwise it is new.
    """
    history = _histories.get(history_key(numbers, seed, frequency, parameter_source))
    if history and count_shared_quarters(history.scenario, scenario) >= HISTORY_QUARTERS:
        return history.model.branch(scenario), dict(history.recorded)
    # Mesa takes long to import, and a process that only hands out blocks does not need it.
    from steppe.model.model import InfluenceModel

    model = InfluenceModel(
        scenario,
        numbers,
        seed,
        inputs=parameter_source.inputs,
        parameters_from=parameter_source.draws,
        collect=None,
        spinup=spinup_state(scenario, numbers, seed, parameter_source),
    )
    return model, {}


def keep_history(
    model: InfluenceModel,
    recorded: RecordedShares,
    seed: int,
    frequency: str,
    parameter_source: ParameterSource,
) -> None:
    """Keep the state of a model, if it has just reached the end of history."""
    scenario = model.scenario
    if scenario is None or model.quarter != HISTORY_QUARTERS - 1:
        return
    key = history_key(model.member_numbers, seed, frequency, parameter_source)
    if key in _histories:  # of a scenario with another history
        _histories.pop(key).model.release()
    _histories[key] = SharedHistory(scenario, model.branch(scenario), dict(recorded))
    while len(_histories) > MAX_HISTORIES:
        _histories.popitem(last=False)[1].model.release()

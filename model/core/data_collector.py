"""What Mesa's data collector records of a model: shares, autonomy, effort and dependence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from .arguments import check_choice
from .array_types import FloatArray
from .calendar import format_quarter
from .cast import Cast
from .mesa_import import mesa

MEDIANS, MEMBERS = "medians", "members"
Values = Mapping[str, Any]  # by label, such as `share[Russia, Kazakhstan, security]`


class QuarterCollector(mesa.DataCollector):  # type: ignore[misc]
    """A Mesa data collector whose steps are quarters: 0 is 2000Q1.

    Model variables: `quarter` (text), and for each cell `share[power, republic, channel]`,
    `autonomy[republic, channel]` and `effort[power, republic, channel]`, and
    `dependence[republic, power]`. Agent variables: `name` and, None where an agent has no such
    thing, `effort[channel]` (a power's, over all republics), `share[channel]` (a power's, mean over
    the republics), `autonomy[channel]` and `dependence[power]` (a republic's).

    Mesa 3.3 numbers what it collects of agents by steps taken, and looks it up by steps
    counted from 0; both are the quarter here, in every version.

    Parameters
    ----------
    cast : of the model.
    of : `medians` over members, (), or `members`, each (m,). Shares are from 0 to 1, and so is
        effort, of which each power has 1.
    """

    def __init__(self, cast: Cast, of: str = MEDIANS) -> None:
        self._cast, self._medians = cast, of == MEDIANS
        self._model_values: Values = {}
        self._agent_values: dict[str, Values] = {}
        super().__init__(
            {name: partial(self._read_model, name) for name in _model_labels(cast)},
            {name: partial(self._read_agent, name) for name in _agent_labels(cast)},
        )

    def collect(self, model: Any) -> None:
        """Record the state of the model after a quarter."""
        self._take_values(model)
        super().collect(model)
        _, records = self._agent_records.popitem()
        quarter = model.quarter
        self._agent_records[quarter] = [(quarter, *record[1:]) for record in records]
        if hasattr(self, "_collection_steps"):
            self._collection_steps[-1] = quarter

    def _take_values(self, model: Any) -> None:
        shape, share, autonomy = model.share.shape, model.share, model.autonomy
        powers, republics = model.powers, model.republics
        dependence = np.stack(
            [np.broadcast_to(of.dependence(), (shape[0], shape[-1])) for of in republics]
        )
        arrays = [share, autonomy, model.effort, dependence]
        self._model_values = dict(
            zip(
                _model_labels(self._cast),
                [format_quarter(model.quarter), *self._reduce(*arrays)],
                strict=True,
            )
        )
        channels = self._cast.channel_names
        self._agent_values = {}
        for index, power in enumerate(powers):
            values = self._reduce(model.effort[index].sum(axis=0), share[index].mean(axis=0))
            labels = (*_labels("effort", channels), *_labels("share", channels))
            self._agent_values[power.name] = dict(zip(labels, values, strict=True))
        for index, republic in enumerate(republics):
            values = self._reduce(autonomy[index], dependence[index])
            labels = (
                *_labels("autonomy", channels),
                *_labels("dependence", self._cast.power_names),
            )
            self._agent_values[republic.name] = dict(zip(labels, values, strict=True))

    def _reduce(self, *arrays: FloatArray) -> list[Any]:
        """Medians over members, or rows of members, of all entries of the arrays in order."""
        size = arrays[0].shape[-1]
        rows = np.concatenate([array.reshape(-1, size) for array in arrays])
        reduced = np.median(rows, axis=-1).tolist() if self._medians else list(rows)
        return list(reduced)

    def _read_model(self, label: str, model: Any = None) -> Any:
        # Mesa 3.4 tries whatever it can call without the model first.
        return self._model_values[label]

    def _read_agent(self, label: str, agent: Any) -> Any:
        return agent.name if label == "name" else self._agent_values[agent.name].get(label)


def create_collector(cast: Cast, collect: str | None) -> QuarterCollector | None:
    """The data collector of a model; None if it is to collect nothing."""
    if collect is None:
        return None
    return QuarterCollector(cast, check_choice("collect", collect, (MEDIANS, MEMBERS)))


def _model_labels(cast: Cast) -> list[str]:
    powers, republics, channels = cast.power_names, cast.republic_names, cast.channel_names
    return [
        "quarter",
        *_labels("share", powers, republics, channels),
        *_labels("autonomy", republics, channels),
        *_labels("effort", powers, republics, channels),
        *_labels("dependence", republics, powers),
    ]


def _agent_labels(cast: Cast) -> list[str]:
    channels = cast.channel_names
    return [
        "name",
        *_labels("effort", channels),
        *_labels("share", channels),
        *_labels("autonomy", channels),
        *_labels("dependence", cast.power_names),
    ]


def _labels(kind: str, *names: Iterable[str]) -> list[str]:
    return [f"{kind}[{', '.join(of)}]" for of in product(*names)]

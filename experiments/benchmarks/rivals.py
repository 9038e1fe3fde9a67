"""The same members one at a time, as users of other tools would run them.

Mesa and the EMA workbench run `InfluenceModel` itself with one member, so its shares must equal the
ensemble's to the last bit. Shares are those at year ends of members 0, 1, 2, ..., shape
(members, years, p, r, c).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from time import perf_counter
from typing import Any

import mesa  # type: ignore[import-untyped]
import numpy as np

from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.calendar import is_year_end
from steppe.model.core.errors import IncompleteRunError
from steppe.model.model import InfluenceModel
from steppe.model.random_streams import CHUNK

from .lower_bound import Workload


def ensemble_shares(work: Workload, members: IntArray) -> FloatArray:
    """The shares that every rival must give."""
    model = work.model(members)
    shares = [model.share.copy() for quarter in model.run() if is_year_end(quarter)]
    model.release()
    return np.moveaxis(np.stack(shares), -1, 0)


class OneMember(InfluenceModel):
    """A member as `mesa.batch_run` makes, steps and reads it; Mesa 3.5 also passes an `rng`."""

    def __init__(self, member: int, work: Workload, rng: None = None) -> None:
        source = work.source
        super().__init__(
            work.scenario,
            np.array([member]),
            work.seed,
            inputs=source.inputs,
            parameters_from=source.draws,
            collect=None,
        )
        reporters = {"shares": lambda model: model.share[..., 0].copy()}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)


def run_with_mesa(work: Workload, members: int) -> FloatArray:
    """By `mesa.batch_run`, in one process."""
    grid = {"member": range(members), "work": [work]}
    options: dict[str, Any] = {"number_processes": 1, "display_progress": False}
    rows = mesa.batch_run(OneMember, grid, data_collection_period=1, **options)
    shares = np.array([row["shares"] for row in rows])  # by member, then quarter
    return shares.reshape(members, -1, *shares.shape[1:])[:, 3::4]


def run_with_ema(work: Workload, members: int) -> FloatArray:
    """By the sequential evaluator of the EMA workbench, an experiment per member."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about optional packages that are missing
        ema = import_module("ema_workbench")

    def one_member(member: int) -> dict[str, FloatArray]:
        shares = ensemble_shares(work, np.array([int(member)]))[0]
        return {"shares": shares.reshape(len(shares), -1)}  # the workbench takes at most two axes

    model = ema.Model("steppe", function=one_member)
    model.uncertainties = [ema.IntegerParameter("member", 0, members - 1)]
    model.outcomes = [ema.ArrayOutcome("shares")]
    with ema.SequentialEvaluator(model) as evaluator:  # a full factorial has each member once
        experiments, outcomes = evaluator.perform_experiments(
            scenarios=members, uncertainty_sampling=ema.Samplers.FF
        )
    order = np.argsort(np.asarray(experiments["member"], dtype=int))
    shares = np.asarray(outcomes["shares"])[order]
    return shares.reshape(members, -1, *work.source.inputs.cast.shape)


RIVALS: dict[str, Callable[[Workload, int], FloatArray]] = {
    "mesa": run_with_mesa,
    "ema_workbench": run_with_ema,
}


def idle_noise_seconds(work: Workload) -> float:
    """The time that one member alone spends on the noise of the 63 others of its chunk."""
    started = perf_counter()
    streams = work.streams(np.arange(1))
    for _ in range(work.scenario.quarters):
        streams.next()
    return (perf_counter() - started) * (CHUNK - 1) / CHUNK


def time_rival(tool: str, work: Workload, members: int) -> float:
    """Seconds that a rival takes; raise IncompleteRunError if its shares are not the ensemble's."""
    run = RIVALS[tool]
    run(work, 2)  # so that imports and caches are not timed
    started = perf_counter()
    shares = run(work, members)
    seconds = perf_counter() - started
    check_shares(tool, shares, ensemble_shares(work, np.arange(members)))
    return seconds


def check_shares(tool: str, shares: FloatArray, expected: FloatArray) -> None:
    """Raise IncompleteRunError unless the shares are equal to the last bit."""
    if not np.array_equal(shares, expected):
        raise IncompleteRunError(f"shares of {tool} differ from the ensemble's")

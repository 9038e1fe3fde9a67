"""The same model one member at a time, as users of Mesa and of the EMA workbench would run it.

Both run `InfluenceModel` itself with one member, so that nothing but the way of going
through members differs, and its shares must equal the ensemble's to the last bit. Agentpy
brings agents of its own; see `plain_agents`. Shares are those of year ends, (members,
years, p, r, c), for members 0, 1, 2, ...
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from time import perf_counter

import mesa
import numpy as np

from steppe.experiments.errors import IncompleteRunError
from steppe.model.model import InfluenceModel
from steppe.model.random_streams import CHUNK, NormalStreams

from .workload import Asked, ends_a_year

ROUNDING = 1e-9  # what other arithmetic may differ by; the same arithmetic may not differ at all


def ensemble_shares(asked: Asked, numbers: np.ndarray) -> np.ndarray:
    """What every rival must come to."""
    model = asked.model(numbers)
    kept = [model.share.copy() for quarter in model.run() if ends_a_year(quarter)]
    model.release()
    return np.moveaxis(np.stack(kept), -1, 0)


class OneMember(InfluenceModel):
    """A member as `mesa.batch_run` makes, steps and reads it. From Mesa 3.5 on it also hands over an `rng`, of no use here."""

    def __init__(self, member: int, asked: Asked, rng: None = None):
        super().__init__(
            asked.scenario,
            np.array([member]),
            asked.seed,
            inputs=asked.parameter_source.inputs,
            posterior=asked.parameter_source.posterior,
        )
        self.datacollector = mesa.DataCollector(
            model_reporters={"shares": lambda model: model.share[..., 0].copy()}
        )

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)
        self.running = self.quarter < self.scenario.last


def with_mesa(asked: Asked, members: int) -> np.ndarray:
    """By `mesa.batch_run`, in one process."""
    rows = mesa.batch_run(
        OneMember,
        {"member": range(members), "asked": [asked]},
        number_processes=1,
        data_collection_period=1,
        display_progress=False,
    )
    kept: list[list[np.ndarray]] = [[] for _ in range(members)]
    seen = [0] * members
    for row in rows:  # one for each quarter, in order
        if ends_a_year(seen[row["member"]]):
            kept[row["member"]].append(row["shares"])
        seen[row["member"]] += 1
    return np.array(kept)


def with_ema(asked: Asked, members: int) -> np.ndarray:
    """By the EMA workbench's sequential evaluator, each member an experiment."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says on import which optional packages are missing
        ema = import_module("ema_workbench")

    def one_member(member: int) -> dict[str, np.ndarray]:
        shares = ensemble_shares(asked, np.array([int(member)]))[0]
        return {
            "shares": shares.reshape(len(shares), -1)
        }  # the workbench takes no array of more than two axes

    model = ema.Model("steppe", function=one_member)
    model.uncertainties = [ema.IntegerParameter("member", 0, members - 1)]
    model.outcomes = [ema.ArrayOutcome("shares")]
    with ema.SequentialEvaluator(
        model
    ) as evaluator:  # a full factorial of one factor takes each member once
        experiments, outcomes = evaluator.perform_experiments(
            scenarios=members, uncertainty_sampling=ema.Samplers.FF
        )
    order = np.argsort(np.asarray(experiments["member"], dtype=int))
    return np.asarray(outcomes["shares"])[order].reshape(
        members, -1, *asked.parameter_source.inputs.cast.shape
    )


def with_agentpy(asked: Asked, members: int) -> np.ndarray:
    """By an agentpy experiment over members."""
    from .plain_agents import run_members

    return run_members(asked, members)


RIVALS: dict[str, tuple[Callable[[Asked, int], np.ndarray], float]] = {
    "mesa": (with_mesa, 0.0),
    "ema_workbench": (with_ema, 0.0),
    "agentpy": (with_agentpy, ROUNDING),
}


def idle_noise(asked: Asked) -> float:
    """Seconds of one member alone that go into noise of the 63 others whose numbers share its chunk."""
    model = asked.model(np.arange(1))
    names = [
        (power, republic, channel)
        for power in model.cast.power_names
        for republic in model.cast.republic_names
        for channel in model.cast.channel_names
    ]
    model.release()
    started = perf_counter()
    streams = NormalStreams(asked.seed, "influence", names, np.arange(1), asked.scenario.quarters)
    for _ in range(asked.scenario.quarters):
        streams.next()
    return (perf_counter() - started) * (CHUNK - 1) / CHUNK


def timed(tool: str, asked: Asked, members: int) -> tuple[float, float]:
    """Seconds that a rival takes for so many members, at least two, and by how much its shares differ from the ensemble's.

    Raises
    ------
    IncompleteRunError
        If they differ by more than they may.
    """
    run, allowed = RIVALS[tool]
    run(asked, 2)  # imports and caches are not what is measured
    started = perf_counter()
    found = run(asked, members)
    seconds = perf_counter() - started
    return seconds, agreed(tool, found, ensemble_shares(asked, np.arange(members)), allowed)


def agreed(tool: str, found: np.ndarray, ensemble: np.ndarray, allowed: float) -> float:
    """The largest difference between a rival's shares and the ensemble's; IncompleteRunError if it is above what is allowed."""
    if found.shape != ensemble.shape:
        raise IncompleteRunError(
            f"{tool} gives shares of shape {found.shape}, the ensemble {ensemble.shape}; they do not run the same"
        )
    difference = float(np.abs(found - ensemble).max())
    if not difference <= allowed:
        raise IncompleteRunError(
            f"shares of {tool} differ from the ensemble's by up to {difference:.3g}, and may by {allowed:g}; they do not run the same"
        )
    return difference

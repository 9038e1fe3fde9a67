"""The least that a quarter of a member can cost: random numbers, exponentials, logarithms, writes.

Each part is measured at its fastest. Random numbers come from the streams of the model, for a block
or for a quarter of one. Exponentials and logarithms run over aligned arrays, as long as the model's
(the cells of one power, or all) or short enough for the first cache. Shares of a run are packed and
written by the functions of a batch. The default cast has 60 cells: 60 normal numbers, 60
exponentials for efforts and 60 for shares, 60 logarithms for worth and 60 for attraction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count, product
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from unittest.mock import patch

import numpy as np

from steppe.experiments.runs.batch_request import Request
from steppe.experiments.runs.block import BLOCK, simulate
from steppe.experiments.runs.parameter_source import ParameterSource, load_parameter_source
from steppe.experiments.storage.zarr_store import create_results, pack_shares, write_block
from steppe.model.core.aligned_arrays import aligned
from steppe.model.core.array_types import Array, FloatArray, IntArray
from steppe.model.core.calendar import is_year_end
from steppe.model.model import InfluenceModel
from steppe.model.random_streams import CHUNK, NormalStreams
from steppe.model.scenario.load import Scenario, load_scenario

CALLS = 2  # of each function, for each cell and quarter
SHORT = 2048  # numbers that fit into the fastest cache together with their results
_unused_seeds = count(1_000_000)


@dataclass(frozen=True)
class Workload:
    """What the ensemble and every rival run: the baseline with the shipped posterior."""

    scenario: Scenario = field(default_factory=lambda: load_scenario("baseline"))
    source: ParameterSource = field(default_factory=load_parameter_source)
    seed: int = 1

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """Names of power, republic and channel of every share."""
        cast = self.source.inputs.cast
        return list(product(cast.power_names, cast.republic_names, cast.channel_names))

    def model(self, members: IntArray) -> InfluenceModel:
        """The model with these members, at the end of 1999."""
        source = self.source
        return InfluenceModel(
            self.scenario,
            members,
            self.seed,
            inputs=source.inputs,
            parameters_from=source.draws,
            collect=None,
        )

    def streams(self, members: IntArray) -> NormalStreams:
        """The noise of these members."""
        quarters = self.scenario.quarters
        return NormalStreams(self.seed, "influence", self.cells, members, quarters)


def lower_bound(seconds: float, stored: int, block: int = BLOCK) -> dict[str, float]:
    """Seconds per member-quarter of each part.

    Parameters
    ----------
    seconds : for which each part is repeated. stored : blocks that are written. block : members
    in a block.
    """
    work = Workload()
    cells, powers = len(work.cells), work.source.inputs.cast.shape[0]
    lengths = (SHORT, cells // powers * block, cells * block)
    sizes = (block, max(block // 4, CHUNK))
    packing, writing = _storing(work, seconds, stored, block)
    return {
        "random numbers": min(_noise(work, size, seconds) for size in sizes),
        "exponentials": CALLS * cells * min(_ufunc(np.exp, size, seconds) for size in lengths),
        "logarithms": CALLS * cells * min(_ufunc(np.log, size, seconds) for size in lengths),
        "packing": packing,
        "writing": writing,
    }


def _storing(work: Workload, seconds: float, stored: int, block: int) -> tuple[float, float]:
    """Seconds per member-quarter of packing and of writing the shares of a run."""
    model = work.model(np.arange(block))
    recorded = [
        np.concatenate([model.share, model.autonomy[None]])
        for quarter in model.run()
        if is_year_end(quarter)
    ]
    parameters = np.stack(list(model.parameters.as_table().values()), axis=1)
    model.release()
    holders, republics, channels, _ = recorded[0].shape
    shape = (len(recorded), republics, channels, holders, block)
    shares = np.moveaxis(np.empty(shape, dtype=np.uint16), -1, 0)
    member_quarters = block * work.scenario.quarters
    packing = _seconds_of(lambda: _pack(recorded, shares), seconds) / member_quarters
    with TemporaryDirectory() as folder:
        members = (stored + 1) * block
        request = Request([work.scenario], work.source, members, work.seed, block=block)
        place = request.location(Path(folder))
        create_results(place, request.layout())
        write_block(place, 0, stored * block, shares, parameters)  # imports are not timed
        started = perf_counter()
        for number in range(stored):
            write_block(place, 0, number * block, shares, parameters)
        return packing, (perf_counter() - started) / (stored * member_quarters)


def _pack(recorded: Sequence[FloatArray], shares: Array) -> None:
    for row, values in enumerate(recorded):
        shares[:, row] = pack_shares(values).transpose(3, 1, 2, 0)


def _noise(work: Workload, members: int, seconds: float) -> float:
    """Seconds per member-quarter of drawing noise."""
    streams, quarters = work.streams(np.arange(members)), work.scenario.quarters

    def draw() -> None:
        for _ in range(quarters):
            streams.next()

    return _seconds_of(draw, seconds) / (quarters * members)


def _ufunc(function: np.ufunc, length: int, seconds: float) -> float:
    """Seconds per number of a function over an array."""
    numbers, out = aligned(length), aligned(length)
    numbers[...] = np.random.default_rng(1).uniform(0.01, 0.99, numbers.shape)

    def call() -> None:
        for _ in range(50):
            function(numbers, out=out)

    return _seconds_of(call, seconds) / (50 * length)


def _seconds_of(function: Callable[[], object], seconds: float) -> float:
    """The mean time of a call, over at least so many seconds."""
    function()
    times, started = 0, perf_counter()
    while (spent := perf_counter() - started) < seconds or not times:
        function()
        times += 1
    return spent / times


def simulated_quarters(scenarios: Sequence[Scenario]) -> int:
    """Quarters from 2000 on that a batch simulates for each member, shared history once."""
    source, steps, step = Workload().source, 0, InfluenceModel.step
    request = Request(scenarios, source, 1, next(_unused_seeds))  # no history is kept for this seed

    def count_step(model: InfluenceModel) -> None:
        nonlocal steps
        steps += 1
        step(model)

    with patch.object(InfluenceModel, "step", count_step):
        for block in request.blocks(Path("nowhere")):
            simulate(block)
    return steps

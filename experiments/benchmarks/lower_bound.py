"""The least that a quarter of a member can cost: its random numbers, exponentials, logarithms and writes.

Nothing else is counted, and none of it is made dear: random numbers come from the very
streams of the model, for a block or for a quarter of one, whichever is faster;
exponentials and logarithms run over arrays in cache that start on a boundary, as long as
the model's (the cells of one power, or all) or short, whichever is fastest; what is written
are shares of a run, packed and put in their place by the very functions of a batch. The
numbers are those of the default cast: 60 cells, so 60 normals; 60 exponentials for efforts
and 60 for shares; 60 logarithms for what a power wants and 60 for what draws a republic.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from unittest.mock import patch

import numpy as np

from steppe.experiments.runs.batch import BLOCK, Request
from steppe.experiments.runs.block import simulate
from steppe.experiments.storage.zarr_store import create, packed, write_block
from steppe.model.core.aligned_arrays import aligned
from steppe.model.model import InfluenceModel
from steppe.model.random_streams import CHUNK, NormalStreams, generators
from steppe.model.scenario.load import Scenario

from .workload import Asked, ends_a_year

CALLS = 2  # of each function, for each cell and quarter
SHORT = 2048  # numbers: they and their results fit into the fastest cache of any processor in use
_unused_seeds = count(1_000_000)


def roof(seconds: float, stored: int, block: int = BLOCK) -> tuple[dict[str, float], float]:
    """Seconds per member-quarter of each part; and of as many normals from one generator in one call, for comparison.

    Parameters
    ----------
    seconds : for how long each part is repeated. stored : blocks that are written. block :
    members in one.
    """
    asked = Asked.of()
    with TemporaryDirectory() as folder:
        request = Request(
            [asked.scenario], asked.parameter_source, (stored + 1) * block, asked.seed, block=block
        )
        held, parameters = _held(asked, block)
        shares = np.moveaxis(
            np.empty((len(held), *held[0].shape[1:3], len(held[0]), block), dtype=np.uint16), -1, 0
        )
        _pack(held, shares)
        place = request.place(Path(folder))
        create(place, request.layout())
        write_block(
            place, 0, stored * block, shares, parameters
        )  # imports are not what is measured
        started = perf_counter()
        for number in range(stored):
            write_block(place, 0, number * block, shares, parameters)
        writing = (perf_counter() - started) / stored
    in_block = block * asked.scenario.quarters
    cast = asked.parameter_source.inputs.cast
    cells = [
        (power, republic, channel)
        for power in cast.power_names
        for republic in cast.republic_names
        for channel in cast.channel_names
    ]
    lengths = (SHORT, len(cells) // len(cast.powers) * block, len(cells) * block)
    parts = {
        "random numbers": min(
            _random_numbers(asked, cells, members, seconds)
            for members in (block, max(block // 4, CHUNK))
        ),
        "exponentials": CALLS
        * len(cells)
        * min(_per_number(np.exp, length, seconds) for length in lengths),
        "logarithms": CALLS
        * len(cells)
        * min(_per_number(np.log, length, seconds) for length in lengths),
        "packing": _repeated(lambda: _pack(held, shares), seconds) / in_block,
        "writing": writing / in_block,
    }
    return parts, len(cells) * _per_bare_normal(asked.seed, seconds)


def _per_bare_normal(seed: int, seconds: float) -> float:
    """From a generator of the same kind into an array in cache, belonging to nobody."""
    one, out = generators(seed, np.zeros(1))[0], aligned(SHORT)
    return _repeated(lambda: one.standard_normal(out=out), seconds) / out.size


def _random_numbers(
    asked: Asked, cells: list[tuple[str, str, str]], members: int, seconds: float
) -> float:
    """Per member-quarter, streams being there already."""
    streams = NormalStreams(asked.seed, "influence", cells, np.arange(members))

    def draw() -> None:
        for _ in range(asked.scenario.quarters):
            streams.next()

    return _repeated(draw, seconds) / (asked.scenario.quarters * members)


def _per_number(function: np.ufunc, length: int, seconds: float) -> float:
    numbers, out = aligned(length), aligned(length)
    numbers[...] = np.random.default_rng(1).uniform(0.01, 0.99, numbers.shape)

    def many() -> None:
        for _ in range(50):
            function(numbers, out=out)

    return _repeated(many, seconds) / (50 * numbers.size)


def _repeated(work: Callable[[], None], seconds: float) -> float:
    """Seconds that work takes, on average over so long."""
    work()
    times, started = 0, perf_counter()
    while (spent := perf_counter() - started) < seconds or not times:
        work()
        times += 1
    return spent / times


def _held(asked: Asked, members: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Shares and autonomy of a block at the end of each year, (holder, r, c, m); and its parameters, (m, parameter)."""
    model = asked.model(np.arange(members))
    kept = [
        np.concatenate([model.share, model.autonomy[None]])
        for quarter in model.run()
        if ends_a_year(quarter)
    ]
    parameters = np.stack(list(model.parameters.as_table().values()), axis=1)
    model.release()
    return kept, parameters


def _pack(held: list[np.ndarray], shares: np.ndarray) -> None:
    for row, shares_then in enumerate(held):
        shares[:, row] = packed(shares_then).transpose(3, 1, 2, 0)


def simulated_quarters(scenarios: list[Scenario]) -> int:
    """Quarters from 2000 on that a batch steps for each member, pasts that scenarios share counted once."""
    request = Request(
        scenarios, Asked.of().parameter_source, 1, next(_unused_seeds)
    )  # a past that this process holds already would not be stepped
    steps = 0

    def counted(model: InfluenceModel) -> None:
        nonlocal steps
        steps += 1
        step(model)

    step = InfluenceModel.step
    with patch.object(InfluenceModel, "step", counted):
        for block in request.blocks(Path("nowhere")):
            simulate(block)
    return steps

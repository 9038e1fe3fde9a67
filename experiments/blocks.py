"""One block of members of one scenario: simulated, packed, written, all in one process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..model import InfluenceModel, Scenario
from .store import block_hash, packed, recorded_quarters, write_block
from .weighting import Weighting


@dataclass(frozen=True)
class Block:
    """A piece of work: members `first` to `last` (not included) of one scenario."""

    scenario: Scenario
    index: int
    first: int
    last: int
    seed: int
    every: str
    weighting: Weighting
    store: Path

    @property
    def key(self) -> str:
        return f"{self.scenario.name}/{self.first}"


@dataclass(frozen=True)
class Done:
    """What became of a block: a hash and seconds, or the reason why it failed."""

    key: str
    hash: str = ""
    seconds: float = 0.0
    failure: str = ""


def simulate(block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Packed shares (member, time, republic, channel, holder) and parameters (member, parameter)."""
    members = np.arange(block.first, block.last)
    model = InfluenceModel(block.scenario, members, block.seed, inputs=block.weighting.inputs, weights=block.weighting.weights)
    wanted = set(recorded_quarters(block.scenario.last, block.every))
    _, republics, channels = model.cast.shape
    shares = np.empty((len(members), len(wanted), republics, channels, len(model.cast.holder_names)), dtype=np.uint16)
    row = 0
    for quarter in model.run():
        if quarter in wanted:
            holders = np.concatenate([model.share, model.autonomy[None]])
            shares[:, row] = packed(holders).transpose(3, 1, 2, 0)
            row += 1
    return shares, np.stack(list(model.parameters.as_table().values()), axis=1)


def run_block(block: Block) -> Done:
    """Simulate a block and write it; a failure is returned, not raised, so that the rest goes on."""
    started = time.perf_counter()
    try:
        shares, parameters = simulate(block)
        write_block(block.store, block.index, block.first, shares, parameters)
    except Exception as error:  # the batch goes on; the reason is reported and kept
        return Done(block.key, failure=f"{type(error).__name__}: {error}")
    return Done(block.key, block_hash(shares, parameters), time.perf_counter() - started)

"""One block of members of one scenario: simulated, packed, written, all in one process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from steppe.experiments.storage import histograms
from steppe.experiments.storage.manifest import MEMBERS, SUMMARY
from steppe.experiments.storage.zarr_store import (
    MISSING,
    Place,
    block_hash,
    packed,
    read_block,
    recorded_quarters,
    write_block,
)
from steppe.model.backends.choice import expect_work
from steppe.model.core.cast import Cast
from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.scenario.load import Scenario

from .parameter_source import ParameterSource
from .shared_history import keep_history, start_or_branch


@dataclass(frozen=True)
class Block:
    """A piece of work: members `first` to `last` (not included) of one scenario.

    cast, parameters : names along the axes of the results, which may be those of several
    scenarios. store : `members`, or `summary` for histograms. at_once : members simulated
    together, which changes no result. alone : whether no other scenario can go on from its past.
    work : member-quarters that a process which gets such blocks will simulate in all.
    """

    scenario: Scenario
    index: int
    first: int
    last: int
    seed: int
    frequency: str
    parameter_source: ParameterSource
    results: Place
    cast: Cast
    parameters: tuple[str, ...]
    store: str = MEMBERS
    at_once: int = 2048
    number: int = 0
    alone: bool = False
    work: float = 0.0

    @property
    def key(self) -> str:
        return f"{self.scenario.name}/{self.first}"

    @property
    def size(self) -> int:
        """How many members it has."""
        return self.last - self.first

    @property
    def quarters(self) -> tuple[int, ...]:
        """Quarters of the scenario that are kept."""
        return recorded_quarters(self.scenario.last, self.frequency)

    @property
    def simulated_quarters(self) -> int:
        """Quarters to simulate, without history if other scenarios share it."""
        return self.scenario.quarters - (0 if self.alone else HISTORY_QUARTERS)

    def pieces(self) -> Iterator[Block]:
        """Blocks small enough to be simulated at once."""
        for first in range(self.first, self.last, self.at_once):
            yield replace(self, first=first, last=min(first + self.at_once, self.last))


@dataclass(frozen=True)
class BlockResult:
    """What became of a block: a hash and seconds, or the reason why it failed.

    `halt` is a reason for which every other block would fail as well, such as a full disk.
    `unreached` says that the failure lies between this process and the worker: the block may be sound.
    """

    key: str
    hash: str = ""
    seconds: float = 0.0
    failure: str = ""
    halt: str = ""
    writing: float = 0.0
    unreached: bool = False


def simulate(block: Block, members: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Packed shares (member, time, republic, channel, holder) and parameters (member, parameter).

    `members` are numbers that stand in place of the block's own. In memory members lie
    beside each other, as they do in the model and in what is stored.
    """
    numbers = np.arange(block.first, block.last) if members is None else members
    expect_work(block.work)
    model, recorded = start_or_branch(
        block.scenario, numbers, block.seed, block.frequency, block.parameter_source
    )
    cast, table, wanted = model.cast, model.parameters.as_table(), set(block.quarters)
    try:
        for quarter in model.run():
            if quarter in wanted:
                recorded[quarter] = np.concatenate(
                    [packed(model.share), packed(model.autonomy)[None]]
                )
            if not block.alone:
                keep_history(model, recorded, block.seed, block.frequency, block.parameter_source)
    finally:
        model.release()
    shares = np.empty(
        (len(wanted), *block.cast.shape[1:], len(block.cast.holder_names), len(numbers)),
        dtype=np.uint16,
    )
    for row, quarter in enumerate(sorted(wanted)):
        shares[row] = _among(block.cast, cast, recorded[quarter]).transpose(1, 2, 0, 3)
    missing = np.full(len(numbers), np.nan)
    return np.moveaxis(shares, -1, 0), np.stack(
        [table.get(label, missing) for label in block.parameters], axis=1
    )


def _among(cast: Cast, own: Cast, shares: np.ndarray) -> np.ndarray:
    """Packed shares (holder, republic, channel, member) of a scenario's own cast, in their places among everybody."""
    kinds = ("holder_names", "republic_names", "channel_names")
    if all(getattr(cast, names) == getattr(own, names) for names in kinds):
        return shares
    everybody = np.full(
        (*(len(getattr(cast, names)) for names in kinds), shares.shape[-1]),
        MISSING,
        dtype=shares.dtype,
    )
    everybody[
        np.ix_(
            *([getattr(cast, names).index(name) for name in getattr(own, names)] for names in kinds)
        )
    ] = shares
    return everybody


def run_block(block: Block) -> BlockResult:
    """Simulate a block and write it; a failure is returned, not raised, so that the rest goes on."""
    started = time.perf_counter()
    try:
        arrays = compute_block(block)
    except Exception as error:  # the batch goes on; the reason is reported and kept
        return BlockResult(block.key, failure=f"{type(error).__name__}: {error}")
    simulated = time.perf_counter()
    try:
        if block.store == SUMMARY:
            histograms.write_part(block.results, block.index, block.number, arrays)
        else:
            write_block(block.results, block.index, block.first, *arrays)
    except OSError as error:  # the place is at fault, not the block
        return BlockResult(
            block.key, halt=f"{block.results}: cannot be written ({error.strerror or error})"
        )
    except Exception as error:
        return BlockResult(block.key, failure=f"not written: {type(error).__name__}: {error}")
    finished = time.perf_counter()
    return BlockResult(
        block.key, block_hash(*arrays), finished - started, writing=finished - simulated
    )


def compute_block(block: Block) -> tuple[np.ndarray, ...]:
    """What is stored of a block: shares and parameters of its members, or the counts that stand for them."""
    if block.store == MEMBERS:
        return simulate(block)
    counts = histograms.empty(block.cast, len(block.quarters))
    for piece in block.pieces():
        histograms.add(counts, simulate(piece)[0])
    return counts


def stored_hash(block: Block) -> str:
    """The hash of what is stored of a block; nothing where it cannot be read."""
    try:
        if block.store == SUMMARY:
            arrays = histograms.read_part(
                block.results, block.index, block.number, len(block.quarters)
            )
        else:
            arrays = read_block(
                block.results, block.index, block.first, block.last, len(block.quarters)
            )
        return block_hash(*arrays)
    except Exception:  # cut short, garbled, gone: whatever the codecs say, it cannot be used
        return ""


def check_block(block: Block) -> BlockResult:
    """What is stored of a block, as a hash to hold against the manifest's."""
    return BlockResult(block.key, stored_hash(block))

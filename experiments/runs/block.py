"""One block of members of one scenario: simulated, packed and written in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.experiments.storage import histograms
from steppe.experiments.storage.locations import Location, as_folder
from steppe.experiments.storage.manifest import MEMBERS, SUMMARY
from steppe.experiments.storage.store_errors import StoreError, store_errors_as, try_again
from steppe.experiments.storage.zarr_store import (
    MISSING,
    PackedShares,
    block_hash,
    pack_shares,
    read_block,
    recorded_quarters,
    write_block,
)
from steppe.model.backends.choice import expect_work
from steppe.model.core.array_types import Array, FloatArray, IntArray
from steppe.model.core.cast import Cast
from steppe.model.core.os_errors import describe_os_error
from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.observables.declarations import observables_of
from steppe.model.observables.measurement import observe_channel
from steppe.model.scenario.load import Scenario

from .observed_links import Link, make_link
from .parameter_source import ParameterSource
from .shared_history import keep_history, start_or_branch

if TYPE_CHECKING:
    from steppe.model.model import InfluenceModel

# Members: enough that calls cost little beside arithmetic, few enough that a kill loses
# less than a second.
BLOCK = 2048

StartCounts = dict[str, dict[str, int]]  # by event and quarter


@dataclass(frozen=True)
class Block:
    """A piece of work: members `first` to `last` (not included) of one scenario.

    index : of the scenario. number : of the block among those of its scenario.
    results : where the results lie.
    cast, parameters : names along the axes of the results, which may be those of several
        scenarios.
    store : `members`, or `summary` for histograms.
    at_once : members simulated together, which changes no result.
    alone : true if there is no other scenario to share its history.
    uncertain : events of which is counted in how many members they begin when.
    work : member-quarters that a process with such blocks will simulate in all.
    """

    scenario: Scenario
    index: int
    first: int
    last: int
    seed: int
    frequency: str
    parameter_source: ParameterSource
    results: Location
    cast: Cast
    parameters: tuple[str, ...]
    store: str = MEMBERS
    at_once: int = BLOCK
    number: int = 0
    alone: bool = False
    uncertain: tuple[str, ...] = ()
    work: float = 0.0

    @property
    def key(self) -> str:
        """The block's key in the manifest."""
        return f"{self.scenario.name}/{self.first}"

    @property
    def size(self) -> int:
        """The number of members."""
        return self.last - self.first

    @property
    def quarters(self) -> tuple[int, ...]:
        """Quarters of the scenario that are stored."""
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
    """A block's hash and seconds, or the reason why it failed.

    halt : a reason for which every other block would fail as well, such as a full disk.
    unreached : true if the failure lies between this process and the worker, so that the
        block itself may be sound.
    starts : of uncertain events, in how many members each begins in each quarter.
    """

    key: str
    hash: str = ""
    seconds: float = 0.0
    failure: str = ""
    halt: str = ""
    writing: float = 0.0
    unreached: bool = False
    starts: StartCounts = field(default_factory=dict)


def simulate(
    block: Block, members: IntArray | None = None, starts: StartCounts | None = None
) -> tuple[PackedShares, FloatArray, *tuple[PackedShares, ...]]:
    """Simulate the members of a block, or others in their place.

    Returns packed shares (member, time, republic, channel, holder), parameters (member,
    parameter), and each observable, packed, (member, time, republic, power). In memory, members
    lie side by side, as in the model and on the disk. Starts of uncertain events are added to
    `starts`.
    """
    numbers = np.arange(block.first, block.last) if members is None else members
    expect_work(block.work)
    model, recorded = start_or_branch(
        block.scenario, numbers, block.seed, block.frequency, block.parameter_source
    )
    cast, table, wanted = model.cast, model.parameters.as_table(), set(block.quarters)
    source, last = block.parameter_source, block.scenario.last
    links = {
        row.name: make_link(row, source, model.parameters, block.seed, numbers, last)
        for row in observables_of(cast)
    }
    try:
        for quarter in model.run():
            if quarter in wanted:
                recorded[quarter] = _pack_quarter(model, links)
            if not block.alone:
                keep_history(model, recorded, block.seed, block.frequency, block.parameter_source)
        if starts is not None:
            _count_starts(starts, block, model)
    finally:
        model.release()
    shares, *observed = (
        np.stack([_align(block.cast, cast, recorded[quarter][kind]) for quarter in sorted(wanted)])
        for kind in range(1 + len(observables_of(block.cast)))
    )
    missing = np.full(len(numbers), np.nan)
    parameters = np.stack([table.get(label, missing) for label in block.parameters], axis=1)
    return (
        np.moveaxis(shares.transpose(0, 2, 3, 1, 4), -1, 0),
        parameters,
        *(np.moveaxis(values.transpose(0, 2, 1, 3), -1, 0) for values in observed),
    )


def _count_starts(starts: StartCounts, block: Block, model: InfluenceModel) -> None:
    """Add in how many members each uncertain event begins, by quarter, within the run."""
    size = len(model.member_numbers)
    for name in block.uncertain:
        quarters = np.broadcast_to(model.forcing.starts[name], (size,))
        found, counts = np.unique(quarters[quarters <= block.scenario.last], return_counts=True)
        of_event = starts.setdefault(name, {})
        for quarter, count in zip(found.tolist(), counts.tolist(), strict=True):
            of_event[str(quarter)] = of_event.get(str(quarter), 0) + count


def _pack_quarter(model: InfluenceModel, links: Mapping[str, Link]) -> tuple[PackedShares, ...]:
    """Shares (holder, republic, channel, member) and observables (power, republic, member)."""
    quarter = model.quarter
    return (
        np.concatenate([pack_shares(model.share), pack_shares(model.autonomy)[None]]),
        *(
            pack_shares(observe_channel(row, model.share, links[row.name].at(quarter), model.cast))
            for row in observables_of(model.cast)
        ),
    )


def _align(cast: Cast, own: Cast, packed: PackedShares) -> PackedShares:
    """Packed shares or observables of `own`, the first axes as in `cast`."""
    first = "holder_names" if packed.ndim == 4 else "power_names"
    kinds = (first, "republic_names", "channel_names")[: packed.ndim - 1]
    if all(getattr(cast, names) == getattr(own, names) for names in kinds):
        return packed
    shape = (*(len(getattr(cast, names)) for names in kinds), packed.shape[-1])
    aligned = np.full(shape, MISSING, dtype=packed.dtype)
    indices = (
        [getattr(cast, names).index(name) for name in getattr(own, names)] for names in kinds
    )
    aligned[np.ix_(*indices)] = packed
    return aligned


def run_block(block: Block) -> BlockResult:
    """Simulate a block and write it; whatever goes wrong is in the result."""
    started = time.perf_counter()
    starts: StartCounts = {}
    try:
        arrays = compute_block(block, starts)
    except Exception as error:
        return BlockResult(block.key, failure=f"{type(error).__name__}: {error}")
    simulated = time.perf_counter()
    try:
        _write_block(block, arrays)
    except StoreError as error:
        return BlockResult(block.key, halt=str(error))
    except OSError as error:  # the fault lies with the disk, not with the block
        return BlockResult(block.key, halt=f"{block.results}: {describe_os_error(error)}")
    except Exception as error:
        return BlockResult(block.key, failure=f"not written: {type(error).__name__}: {error}")
    finished = time.perf_counter()
    return BlockResult(
        block.key,
        block_hash(*arrays),
        finished - started,
        writing=finished - simulated,
        starts=starts,
    )


def _write_block(block: Block, arrays: Sequence[Any]) -> None:
    """Write what was computed of a block; at an address again, where the store failed."""

    def write() -> None:
        if block.store == SUMMARY:
            histograms.write_part(block.results, block.index, block.number, arrays)
        else:
            write_block(block.results, block.index, block.first, *arrays)

    if as_folder(block.results) is not None:
        write()
        return
    with store_errors_as(StoreError, str(block.results), "written"):
        try_again(write)


def compute_block(block: Block, starts: StartCounts | None = None) -> tuple[Array, ...]:
    """What is stored of a block: shares, parameters and observables of members, or counts."""
    if block.store == MEMBERS:
        pieces = [simulate(piece, starts=starts) for piece in block.pieces()]
        return (
            pieces[0] if len(pieces) == 1 else tuple(map(np.concatenate, zip(*pieces, strict=True)))
        )
    counts = histograms.empty_counts(block.cast, len(block.quarters))
    for piece in block.pieces():
        shares, _, *observed = simulate(piece, starts=starts)
        histograms.count_block(counts, shares, observed)
    return counts


def check_block(block: Block) -> BlockResult:
    """The hash of what is stored of a block, to compare with the manifest's; "" if unreadable."""
    times = len(block.quarters)
    if block.store == SUMMARY:
        return BlockResult(
            block.key,
            _hash_of(lambda: histograms.read_part(block.results, block.index, block.number, times)),
        )
    return BlockResult(
        block.key,
        _hash_of(lambda: read_block(block.results, block.index, block.first, block.last, times)),
    )


def sum_hash(block: Block) -> str:
    """The hash of the stored counts of the block's scenario; "" if unreadable."""
    return _hash_of(lambda: histograms.read_sum(block.results, block.index, len(block.quarters)))


def _hash_of(read: Callable[[], tuple[Array, ...]]) -> str:
    try:
        return block_hash(*read())
    except Exception:  # truncated, garbled or missing: whatever the codecs raise, it is unusable
        return ""

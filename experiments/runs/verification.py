"""Whether the data of a batch match its manifest, and whether its numbers are reproduced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from steppe.experiments.storage.manifest import SUMMARY, Manifest, load_manifest
from steppe.experiments.storage.zarr_store import block_hash, read_block
from steppe.model.core.array_types import Array

from .block import Block, compute_block, simulate, sum_hash
from .executors import check_blocks
from .kept_sources import describe_changed_files
from .rebuild_request import rebuild_request


@dataclass
class VerificationResult:
    """What was checked and what is wrong.

    blocks, blocks_in_all : blocks checked, and blocks of the finished batch.
    members : members that were run again.
    damaged : keys of blocks, or names of scenarios whose counts are damaged.
    different : members, or parts of them, that come out different.
    files : files of scenarios that are gone or changed, whose text the batch keeps.
    """

    blocks: int = 0
    blocks_in_all: int = 0
    members: int = 0
    damaged: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """True if nothing is wrong."""
        return not (self.damaged or self.different)


def verify(folder: Path, *, members: int = 20, jobs: int = 1) -> VerificationResult:
    """Check the hash of every block, and run sampled members again to compare their bytes.

    In a batch that stores a summary, whole parts are counted again, until they have at
    least that many members.

    Raises
    ------
    RequestError
        If the folder holds no batch, or its evidence, posterior or model is no longer the same.
    """
    manifest = load_manifest(folder)
    request = rebuild_request(manifest, folder)
    blocks = [block for block in request.blocks(folder) if block.key in manifest.blocks]
    result = VerificationResult(len(blocks), manifest.request["blocks_in_all"])
    result.files = describe_changed_files(manifest, folder)
    result.damaged = _damaged_sums(manifest, blocks) + _damaged_blocks(manifest, blocks, jobs)
    intact = [
        block
        for block in blocks
        if block.key not in result.damaged and block.scenario.name not in result.damaged
    ]
    random = np.random.default_rng(request.seed)
    if request.store == SUMMARY:
        _recount_parts(result, manifest, intact, random, members)
    else:
        _rerun_members(result, intact, random, members)
    return result


def _damaged_sums(manifest: Manifest, blocks: list[Block]) -> list[str]:
    """Scenarios whose summed counts do not have the hash in the manifest."""
    first_blocks: dict[str, Block] = {}
    for block in blocks:
        first_blocks.setdefault(block.scenario.name, block)
    return [
        name
        for name, block in first_blocks.items()
        if name in manifest.sums and sum_hash(block) != manifest.sums[name]
    ]


def _damaged_blocks(manifest: Manifest, blocks: list[Block], jobs: int) -> list[str]:
    stored = [block for block in blocks if block.scenario.name not in manifest.sums]
    return check_blocks(stored, {key: row["hash"] for key, row in manifest.blocks.items()}, jobs)


def _rerun_members(
    result: VerificationResult, blocks: list[Block], random: np.random.Generator, count: int
) -> None:
    """Run members sampled from all blocks again; those of one scenario together."""
    sampled: dict[int, list[tuple[Block, int]]] = defaultdict(list)
    for block, member in _sample_members(blocks, random, count):
        sampled[block.index].append((block, member))
    for picks in sampled.values():
        arrays = simulate(picks[0][0], np.array([member for _, member in picks]))
        for row, (block, member) in enumerate(picks):
            stored = read_block(block.results, block.index, member, member + 1, len(block.quarters))
            if not _same_bytes(stored, tuple(array[row : row + 1] for array in arrays)):
                result.different.append(f"{block.scenario.name}, member {member}")
        result.members += len(picks)


def _sample_members(
    blocks: list[Block], random: np.random.Generator, count: int
) -> Iterator[tuple[Block, int]]:
    """Blocks and member numbers, sampled without replacement from the members of all blocks."""
    ends = np.array([block.size for block in blocks], dtype=np.int64).cumsum()
    if not blocks:
        return
    total = int(ends[-1])
    for position in sorted(random.choice(total, min(count, total), replace=False)):
        index = int(np.searchsorted(ends, position, side="right"))
        yield blocks[index], int(blocks[index].last - (ends[index] - position))


def _same_bytes(one: tuple[Array, ...], other: tuple[Array, ...]) -> bool:
    return all(left.tobytes() == right.tobytes() for left, right in zip(one, other, strict=True))


def _recount_parts(
    result: VerificationResult,
    manifest: Manifest,
    blocks: list[Block],
    random: np.random.Generator,
    members: int,
) -> None:
    for index in random.permutation(len(blocks)):
        if result.members >= members:
            return
        block = blocks[index]
        if block_hash(*compute_block(block)) != manifest.blocks[block.key]["hash"]:
            result.different.append(
                f"{block.scenario.name}, members {block.first} to {block.last - 1}"
            )
        result.members += block.size

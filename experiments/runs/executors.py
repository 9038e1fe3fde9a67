"""Where blocks run: in this process, or in worker processes that may be killed without harm.

A worker that is killed breaks its pool. The blocks that were in progress are then tried
again one by one, each alone in a new pool, so that a block that kills its worker is
identified and no other is blamed for it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    wait,
)
from typing import Protocol

from steppe.model.core.errors import IncompleteRunError

from .block import Block, BlockResult, check_block
from .workers import WorkerPool


class Submitter(Protocol):
    """What runs functions of blocks: an executor, or what stands before one."""

    def submit(self, function: Callable[..., BlockResult], block: Block, /) -> Future[BlockResult]:
        """Run a function of a block soon."""

    def shutdown(self, wait: bool = True) -> None:
        """Release what it holds."""


BlockFunction = Callable[[Block], BlockResult]
BlockResults = Iterator[tuple[Block, BlockResult]]

DEATHS_ALLOWED = 2  # of a worker that has nothing but one block
FRUITLESS_ALLOWED = 12  # deaths in a row without a finished block between them
NEVER_ALLOWED = 3  # the same, before any block was finished
WATCH_SECONDS = 2.0  # between two checks that a pool still has workers
CHECKS_PER_JOB = 64  # stored blocks; fewer are read before another process has started


def run_blocks(
    function: BlockFunction,
    blocks: Sequence[Block],
    jobs: int,
    log: Callable[[str], None] = lambda text: None,
) -> BlockResults:
    """Yield blocks and their results as they finish; in this process if one job is enough."""
    jobs = min(jobs, len(blocks))
    if jobs > 1:
        yield from _run_in_processes(function, blocks, jobs, log)
        return
    for block in blocks:
        yield block, function(block)


def check_blocks(blocks: Sequence[Block], hashes: Mapping[str, str], jobs: int) -> list[str]:
    """Keys of blocks whose stored data do not have the hash that belongs to them."""
    jobs = min(jobs, 1 + len(blocks) // CHECKS_PER_JOB)
    return [
        block.key
        for block, result in run_blocks(check_block, blocks, jobs)
        if result.hash != hashes[block.key]
    ]


def _run_in_processes(
    function: BlockFunction, blocks: Sequence[Block], jobs: int, log: Callable[[str], None]
) -> BlockResults:
    """Run blocks in pools of processes, one after another where they break."""
    waiting, suspects = deque(blocks), deque[Block]()
    deaths: Counter[str] = Counter()
    fruitless, any_finished = 0, False
    while waiting or suspects:
        alone = bool(suspects)
        queue = deque([suspects.popleft()]) if alone else waiting
        workers, in_progress = (1, 1) if alone else (jobs, 2 * jobs)
        lost: list[Block] = []
        with WorkerPool(workers) as pool:
            for block, result in submit_bounded(
                pool, queue, _constant(in_progress), function, lost
            ):
                fruitless, any_finished = 0, True
                yield block, result
        if not lost:
            continue
        fruitless += 1
        if pool.death and not any_finished:
            raise IncompleteRunError(pool.describe_death())
        log(f"{pool.describe_death()}; trying again: {', '.join(block.key for block in lost)}")
        if fruitless >= (FRUITLESS_ALLOWED if any_finished else NEVER_ALLOWED):
            raise IncompleteRunError(
                f"workers died {fruitless} times in a row and no block was finished in between; "
                f"{pool.death or 'is memory short?'}"
            )
        if not alone:
            suspects.extend(lost)
            continue
        deaths[lost[0].key] += 1
        if deaths[lost[0].key] < DEATHS_ALLOWED:
            suspects.append(lost[0])
        else:
            yield lost[0], _killed(lost[0], pool.death)


def _constant(value: int) -> Callable[[], int]:
    return lambda: value


def _killed(block: Block, reason: str) -> BlockResult:
    return BlockResult(
        block.key,
        failure=f"its worker was killed {DEATHS_ALLOWED} times while it ran nothing else; "
        f"{reason or 'is memory short?'}",
    )


def submit_bounded(
    pool: Submitter,
    waiting: deque[Block],
    max_in_progress: Callable[[], int],
    function: BlockFunction,
    lost: list[Block],
    watch: Callable[[], None] | None = None,
) -> BlockResults:
    """Submit a few blocks at a time, so that stopping loses little, and yield their results.

    Parameters
    ----------
    waiting : blocks to run; those that are submitted are removed.
    lost : receives the blocks that were in progress when the pool broke.
    watch : called every few seconds in which no block finishes; may raise to end it all.
    """
    running: dict[Future[BlockResult], Block] = {}
    try:
        while running or (waiting and not lost):
            while waiting and not lost and len(running) < max_in_progress():
                block = waiting.popleft()
                try:
                    running[pool.submit(function, block)] = block
                except BrokenExecutor:
                    lost.append(block)
            timeout = WATCH_SECONDS if watch else None
            finished, _ = wait(running, timeout=timeout, return_when=FIRST_COMPLETED)
            if watch and not finished:
                watch()
            for future in finished:
                block = running.pop(future)
                try:
                    yield block, future.result()
                except BrokenExecutor:
                    lost.append(block)
                except Exception as error:  # a worker could not start it, or a cluster gave up
                    reason = f"{type(error).__name__}: {error}"
                    yield block, BlockResult(block.key, failure=reason, unreached=True)
    finally:
        for future in running:
            future.cancel()
        pool.shutdown(wait=True)

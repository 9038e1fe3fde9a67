"""Where blocks are worked on: in this process, or in processes that may be killed without harm.

A worker that is killed breaks its pool. The blocks that were in hand are then tried again
one by one, each alone in a fresh pool, so that a block that kills its worker is found out
and no other is blamed for it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from multiprocessing import parent_process

from steppe.experiments.errors import IncompleteRunError

from .block import Block, BlockResult
from .workers import worker_context

Task = Callable[[Block], BlockResult]
DEATHS_ALLOWED = 2  # of a worker that has nothing but one block
FRUITLESS_ALLOWED = 12  # deaths in a row between which no block was finished
WATCHED = 2.0  # seconds between two looks at a pool that may be deserted
NEVER_ALLOWED = 3  # the same, before the first block was


def default_jobs() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def completed(
    task: Task, todo: Sequence[Block], jobs: int, note: Callable[[str], None] = lambda words: None
) -> Iterator[tuple[Block, BlockResult]]:
    """Blocks and what became of them, as they finish; in this process if one job is enough."""
    jobs = min(jobs, len(todo))
    if jobs <= 1:
        for block in todo:
            yield block, task(block)
    else:
        yield from _in_processes(task, todo, jobs, note)


def _in_processes(
    task: Task, todo: Sequence[Block], jobs: int, note: Callable[[str], None]
) -> Iterator[tuple[Block, BlockResult]]:
    """Through pools, one after another where they break."""
    waiting, suspects = deque(todo), deque()
    deaths: Counter[str] = Counter()
    fruitless, ever = 0, False
    while waiting or suspects:
        alone = bool(suspects)
        hand = deque([suspects.popleft()]) if alone else waiting
        lost: list[Block] = []
        with worker_pool(1 if alone else jobs) as pool:
            for block, done in through(pool, hand, lambda: 1 if alone else 2 * jobs, task, lost):
                fruitless, ever = 0, True
                yield block, done
        if not lost:
            continue
        fruitless += 1
        note(f"a worker was killed; trying again: {', '.join(block.key for block in lost)}")
        if fruitless >= (FRUITLESS_ALLOWED if ever else NEVER_ALLOWED):
            raise IncompleteRunError(
                f"workers died {fruitless} times in a row and nothing was finished between; is memory short?"
            )
        if not alone:
            suspects.extend(lost)
            continue
        deaths[lost[0].key] += 1
        if deaths[lost[0].key] < DEATHS_ALLOWED:
            suspects.append(lost[0])
        else:
            yield (
                lost[0],
                BlockResult(
                    lost[0].key,
                    failure=f"its worker was killed {DEATHS_ALLOWED} times while it had nothing else; is memory short?",
                ),
            )


def through(
    pool: Executor,
    waiting: deque[Block],
    in_hand: Callable[[], int],
    task: Task,
    lost: list[Block],
    watch: Callable[[], None] | None = None,
) -> Iterator[tuple[Block, BlockResult]]:
    """Keep a few blocks in hand per worker, so that stopping loses little; blocks of a broken pool are `lost`.

    `watch` is called every few seconds in which no block is finished, and may raise to end it all.
    """
    running: dict[Future, Block] = {}
    try:
        while running or (waiting and not lost):
            while waiting and not lost and len(running) < in_hand():
                block = waiting.popleft()
                try:
                    running[pool.submit(task, block)] = block
                except BrokenExecutor:
                    lost.append(block)
            finished, _ = wait(
                running, timeout=WATCHED if watch else None, return_when=FIRST_COMPLETED
            )
            if watch and not finished:
                watch()
            for future in finished:
                block = running.pop(future)
                try:
                    yield block, future.result()
                except BrokenExecutor:
                    lost.append(block)
                except (
                    Exception
                ) as error:  # what a worker could not even begin, or a cluster gave up
                    yield (
                        block,
                        BlockResult(
                            block.key, failure=f"{type(error).__name__}: {error}", unreached=True
                        ),
                    )
    finally:
        for future in running:
            future.cancel()
        pool.shutdown(wait=True)


def worker_pool(jobs: int) -> ProcessPoolExecutor:
    """Processes that leave Ctrl-C to this one and end when it does, however it ends."""
    return ProcessPoolExecutor(jobs, mp_context=worker_context(), initializer=_begin_worker)


def _begin_worker() -> None:
    """Workers leave Ctrl-C to the process that started them, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent_process().join()
    os._exit(1)

"""Compiled kernels in a batch: whether they repay, and compiled once before workers start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from steppe.model.backends.choice import compiled_backend, kernels_repay
from steppe.model.backends.kernel_cache import kernels_are_compiled
from steppe.model.scenario.load import Scenario

from .block import Block


def plan_work(blocks: Sequence[Block], jobs: int) -> list[Block]:
    """The blocks, each with the work of one of so many processes.

    If kernels will be used and are not in Numba's cache, they are compiled here, so that
    workers load them instead of each compiling its own.
    """
    jobs = min(jobs, len(blocks))
    work = sum(block.size * block.simulated_quarters for block in blocks) / jobs
    if jobs > 1 and kernels_repay(work) and not kernels_are_compiled():
        _compile_kernels(blocks[0].scenario)
    return [replace(block, work=work) for block in blocks]


def _compile_kernels(scenario: Scenario) -> None:
    from steppe.model.model import InfluenceModel  # Mesa takes long to import

    model = InfluenceModel(scenario, 2, 0, collect=None, backend=compiled_backend())
    for _ in model.run():  # some events bring arrays of other types
        pass
    model.release()

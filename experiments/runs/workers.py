"""How worker processes start: forked at once from a process that has imported the model."""

from __future__ import annotations

from contextlib import suppress
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext

PRELOADED = [
    "steppe.experiments.cli.app",  # what the command itself imports
    "steppe.experiments.runs.preload",
]


def worker_context() -> BaseContext:
    """The context of a fork server, or where there is none, of processes started afresh."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def warm_up() -> None:
    """Have the fork server import the model while this process still reads its request."""
    if worker_context().get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        with suppress(OSError):
            ensure_running()

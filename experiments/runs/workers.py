"""How worker processes start: from one process that has imported the model, and so at once."""

from __future__ import annotations

from contextlib import suppress
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext

PRELOADED = [
    "steppe.experiments.cli.app",
    "steppe.experiments.runs.preload",
]  # the first is what the command itself imports


def worker_context() -> BaseContext:
    """Processes by way of a fork server; where there is none, from nothing."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def warm_up() -> None:
    """Let the fork server import the model while this process still reads its request."""
    if worker_context().get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        with suppress(OSError):
            ensure_running()

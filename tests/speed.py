"""Bounds on time that hold on a busy machine.

What is measured is processor time. Where it is beyond the bound, a fixed piece of work is timed
as well: where that takes longer than on the machine that the bounds were written for, as it
does when neighbours share a processor, the measurement is scaled by as much.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from steppe.experiments.benchmarks.process_tree import seconds_of

YARDSTICK = 0.06  # seconds of processor that the fixed work takes on an idle server of 2025
TRIES = 8
STEPPE = Path(sys.executable).with_name("steppe")


def least(cost: Callable[[], float], bound: float) -> float:
    """The least of a few measurements, in scaled seconds; stops at the first within the bound."""
    found = float("inf")
    for _ in range(TRIES):
        seconds = cost()
        if seconds > bound:
            seconds /= max(1.0, min(_yardstick(), _yardstick()) / YARDSTICK)
        found = min(found, seconds)
        if found <= bound:
            break
    return found


def of_call(call: Callable[[], object]) -> float:
    """Seconds of processor that a call takes in this process."""
    started = time.process_time()
    call()
    return time.process_time() - started


def _yardstick() -> float:
    started = time.process_time()
    words: dict[int, list[str]] = {}
    for number in range(300_000):
        words[number % 1000] = str(number).split("0")
    return time.process_time() - started


def of_command(*words: str | Path) -> float:
    """Seconds of processor that a run of the installed command takes, with all its workers."""
    return seconds_of([STEPPE, *words])


def of_python(code: str) -> float:
    """Seconds of processor of a Python of its own that runs the code, with all its workers."""
    return seconds_of([sys.executable, "-c", code])

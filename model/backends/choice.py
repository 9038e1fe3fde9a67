"""Which backend a model gets: NumPy, or the compiled kernels of the extra `steppe[fast]`.

Both give the same results to the last bit. Loading Numba and its compiled code takes most of a
second of processor time and compiling anew takes about ten, so kernels are used only where the
work repays that.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from .kernel_cache import kernels_are_compiled
from .numpy_backend import NumpyBackend

# Kernels save 0.6 to 1.1 seconds of processor time per million member-quarters, by machine, and
# loading them takes 0.5 to 0.9, which is repaid from 0.45 to 1.5 million on.
REPAYS_LOADING = 800_000  # member-quarters in one process, if the kernels are compiled
REPAYS_COMPILING = 25_000_000  # the same, if they are not
UNPLANNED = 4  # times as much, where nobody says how much work is still to come
KERNELS = "steppe.model.backends.kernels"


class _Process:
    """What is known in this process: member-quarters to simulate, and a backend set for all."""

    expected = 0.0  # as announced by `expect_work`
    begun = 0.0  # of models made so far
    backend: NumpyBackend | None = None


def expect_work(member_quarters: float) -> None:
    """Say how much this process will simulate, so that `choose_backend` need not guess."""
    _Process.expected = max(_Process.expected, member_quarters)


def work_begun() -> float:
    """Member-quarters of the models made so far in this process."""
    return _Process.begun


def use_backend(backend: NumpyBackend | None) -> None:
    """Set the backend of every new model in this process; None lets `choose_backend` decide."""
    _Process.backend = backend


def choose_backend(member_quarters: float) -> NumpyBackend:
    """The backend of a new model that is to simulate so much: kernels where they save time."""
    _Process.begun += member_quarters
    if _Process.backend is not None:
        return _Process.backend
    known = max(_Process.expected, _Process.begun / UNPLANNED)
    if KERNELS in sys.modules or kernels_repay(known):
        return compiled_backend()
    return NumpyBackend()


def kernels_repay(member_quarters: float) -> bool:
    """True if so much work in one process repays loading the kernels, or compiling them."""
    if member_quarters < REPAYS_LOADING or find_spec("numba") is None:
        return False
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":  # loops would not be compiled but crawl
        return False
    return member_quarters >= REPAYS_COMPILING or kernels_are_compiled()


def compiled_backend() -> NumpyBackend:
    """The kernels; without Numba, NumPy."""
    try:
        from .compiled_backend import CompiledBackend
    except ImportError:
        return NumpyBackend()
    return CompiledBackend()

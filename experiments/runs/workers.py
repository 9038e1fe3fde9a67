"""Worker processes: how they start, what they import, and what they say when they end.

They are forked from a server that imports what this process does: its folders, in its order, and
none besides. Python would put the working folder first, and with it a file there that has the
name of a package.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from multiprocessing import parent_process
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.util import get_temp_dir
from types import ModuleType, TracebackType

from steppe.model.core.errors import IncompleteRunError, RequestError

PRELOADED = [
    "steppe.experiments.cli.app",  # what the command itself imports
    "steppe.experiments.runs.preload",
]
WORK_OF_A_PROCESS = 500_000  # member-quarters: about 1.5 seconds
COMPARED = ("steppe", "mesa", "numpy", "zarr")  # imported from the same place, or no work is given
LONGEST_TEMPORARY = 70  # bytes, as the address of a socket has at most 104, 32 of them added
SHORT_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")
TRACEBACK = re.compile(r"(^[^\n]*:\n)?^Traceback \(most recent call last\):\n.*", re.M | re.S)
ERROR = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception)\b.*$", re.M)  # the last line of a trace


def default_jobs() -> int:
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def repaid_jobs(member_quarters: float) -> int:
    """The number of processes that so much simulation repays, where the user names none.

    A process of its own costs a second of processor time before its first block, and shares no
    history with the others: less than `WORK_OF_A_PROCESS` for each is done sooner in one.
    """
    return max(1, min(default_jobs(), int(member_quarters / WORK_OF_A_PROCESS)))


def worker_environment() -> dict[str, str]:
    """Variables with which another Python imports from the same folders as this one."""
    folders = dict.fromkeys(map(os.path.abspath, sys.path))
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(folders)}


@contextmanager
def worker_surroundings() -> Iterator[None]:
    """What processes get that start meanwhile: folders, a short temporary one, a place for words.

    Raises
    ------
    RequestError
        If they cannot start.
    """
    kept, folder = dict(os.environ), tempfile.tempdir
    os.environ.update(worker_environment())
    os.environ.pop("PYTHONINSPECT", None)
    own = os.dup(2)
    try:
        os.dup2(_words(), 2)
        if len(os.fsencode(tempfile.gettempdir())) > LONGEST_TEMPORARY:
            tempfile.tempdir = next(filter(_is_writable, SHORT_TEMPORARY), None)
        get_temp_dir()  # where multiprocessing puts its sockets from now on
        yield
    except (OSError, EOFError) as error:
        reason = WorkerWords().death or error
        raise RequestError(
            f"worker processes cannot start ({reason}); --jobs 1 needs none"
        ) from None
    finally:
        os.dup2(own, 2)
        os.close(own)
        tempfile.tempdir = folder
        os.environ.clear()
        os.environ.update(kept)


def _is_writable(folder: str) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


@contextmanager
def _without_main_module() -> Iterator[None]:
    """Keep a process that starts meanwhile from running the script of the user again.

    Blocks need nothing of it, and a script that runs scenarios without asking whether it is
    `__main__` would run them in every worker.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class Worker(ForkServerProcess):
    """A process that imports what this one does."""

    def start(self) -> None:
        with worker_surroundings(), _without_main_module():
            super().start()


class WorkerContext(ForkServerContext):
    """Makes workers; its fork server imports the model once."""

    Process = Worker


def worker_context() -> WorkerContext:
    """The context of a fork server."""
    context = WorkerContext()
    context.set_forkserver_preload(PRELOADED)
    return context


def warm_up() -> None:
    """Have the fork server import the model while this process still reads its request."""
    from multiprocessing.forkserver import ensure_running

    worker_context()
    with suppress(RequestError), worker_surroundings():
        ensure_running()


@cache
def _words() -> int:
    """A file for what workers write to standard error, which outlives them."""
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class WorkerWords:
    """What workers wrote since the last time: the error that ended one, and what was before."""

    _read = 0

    def __init__(self) -> None:
        end = os.fstat(_words()).st_size
        text = os.pread(_words(), end - WorkerWords._read, WorkerWords._read).decode(
            errors="replace"
        )
        WorkerWords._read = end
        self.before = TRACEBACK.sub("", text)
        found = TRACEBACK.search(text)
        errors = ERROR.findall(found[0]) if found else []
        self.death = errors[-1] if errors else ""


class WorkerPool(ProcessPoolExecutor):
    """Processes that leave Ctrl-C to this one, and end when it does in whichever way.

    `jobs` is their number, `death` the error that ended one; empty if it was killed from outside.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs, self.death = jobs, ""
        with worker_surroundings():
            super().__init__(
                jobs,
                mp_context=worker_context(),
                initializer=_begin_worker,
                initargs=(_origins(),),
            )

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait, cancel_futures=cancel_futures)
        words = WorkerWords()
        self.death = words.death or self.death
        if words.before and sys.stderr:
            sys.stderr.write(words.before)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        if isinstance(error, BrokenExecutor):
            raise IncompleteRunError(self.describe_death()) from None

    def describe_death(self) -> str:
        """Why a worker ended, as far as it said; to be called after `shutdown`."""
        if self.death:
            return f"a worker process ended ({self.death}); --jobs 1 needs none"
        return "a worker was killed, perhaps for lack of memory; --jobs 1 needs less"


def _origins() -> dict[str, str | None]:
    """The file of each package that must be the same in workers."""
    specs = {name: find_spec(name) for name in COMPARED}
    return {name: spec.origin if spec else None for name, spec in specs.items()}


def _begin_worker(wanted: dict[str, str | None]) -> None:
    """Leave stopping to the process that started this worker, and do not outlive it.

    Raises
    ------
    ImportError
        If this worker imports other packages than that process.
    """
    for stop in (signal.SIGINT, signal.SIGHUP):  # the latter comes from a terminal that closes
        signal.signal(stop, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    for name, origin in _origins().items():
        if origin != wanted[name]:
            raise ImportError(f"it imports {name} from {origin}, not from {wanted[name]}")


def _exit_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)

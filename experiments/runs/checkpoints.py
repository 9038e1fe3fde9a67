"""Tasks whose results are kept on disk one by one, so that interrupted work resumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from steppe.experiments.storage.atomic_files import report_disk_errors
from steppe.model.backends.choice import expect_work, work_begun
from steppe.model.core.atomic_files import replace_file
from steppe.model.core.errors import IncompleteRunError

from .workers import WorkerPool

Arrays = dict[str, npt.NDArray[Any]]
Task = TypeVar("Task")


@contextmanager
def open_worker_pool(jobs: int) -> Iterator[WorkerPool | None]:
    """Worker processes that several `Checkpoints` can share; None where one job is enough."""
    if jobs == 1:
        yield None
        return
    with WorkerPool(jobs) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


class Checkpoints:
    """Runs tasks and keeps the result of each in a file of its own.

    Parameters
    ----------
    folder : where results are kept; they must all belong to one request.
    jobs : worker processes of its own, ended by leaving `with`; 1 runs tasks in this process.
    on_progress : called with the sizes of tasks as they are done, first with the sum of those kept.
    pool : workers from `open_worker_pool`, in place of its own.

    `reused` counts the results that were already there.
    """

    def __init__(
        self,
        folder: Path,
        jobs: int = 1,
        on_progress: Callable[[int], None] = lambda size: None,
        pool: WorkerPool | None = None,
    ) -> None:
        self._folder, self._on_progress = folder, on_progress
        self._own_pool = WorkerPool(jobs) if jobs > 1 and pool is None else None
        self._pool = pool or self._own_pool
        self.reused = 0
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(self, *_: object) -> None:
        if self._own_pool is not None:
            self._own_pool.shutdown(cancel_futures=True)

    def run(
        self,
        function: Callable[[Task], Arrays],
        tasks: Sequence[Task],
        names: Sequence[str],
        sizes: Sequence[int] | None = None,
    ) -> list[Arrays]:
        """Return the result of every task, in their order; those kept already are not run again.

        Parameters
        ----------
        function : defined at the top of a module, so that worker processes find it.
        names : one for each task; its result is kept under this name.
        sizes : how much each task counts in reports; 1 each by default.

        Raises
        ------
        IncompleteRunError
            If the work is stopped, a worker is killed or the disk is full; results are kept.
        """
        sizes = [1] * len(tasks) if sizes is None else sizes
        stored = {index: self.read(name) for index, name in enumerate(names)}
        results = {index: result for index, result in stored.items() if result is not None}
        self.reused += len(results)
        self._on_progress(sum(sizes[index] for index in results))
        todo = [
            (index, task, self._path(name))
            for index, (task, name) in enumerate(zip(tasks, names, strict=True))
            if index not in results
        ]
        try:
            for index, result in self._run_missing(function, todo):
                results[index] = result
                self._on_progress(sizes[index])
        except KeyboardInterrupt:
            raise IncompleteRunError(
                f"stopped; finished work is kept in {self._folder}, and the same command resumes"
            ) from None
        except BrokenExecutor:
            if self._pool is None:
                raise
            self._pool.shutdown()
            reason = self._pool.describe_death()
            raise IncompleteRunError(
                f"{reason}; finished work is kept, and the same command resumes"
            ) from None
        return [results[index] for index in range(len(tasks))]

    def read(self, name: str) -> Arrays | None:
        """The result kept under a name; None where there is none that can be read to its end."""
        try:
            with open(self._path(name), "rb") as stream, np.load(stream) as stored:
                return {key: stored[key] for key in stored.files}
        except (OSError, BadZipFile, ValueError, EOFError, KeyError):
            return None

    def discard(self, names: Sequence[str]) -> None:
        """Delete results, so that their tasks are run again."""
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.npz"

    def _run_missing(
        self, function: Callable[[Task], Arrays], todo: list[tuple[int, Task, Path]]
    ) -> Iterator[tuple[int, Arrays]]:
        if self._pool is None or len(todo) < 2:
            for index, task, path in todo:
                yield index, _run_and_save(function, task, path, len(todo))
            return
        share = len(todo) / self._pool.jobs
        futures = {
            index: self._pool.submit(_run_and_save, function, task, path, share)
            for index, task, path in todo
        }
        try:
            while futures:  # a future that is done is dropped, and with it a copy of its result
                index = next(iter(futures))
                yield index, futures.pop(index).result()
        finally:
            for future in futures.values():
                future.cancel()


def _run_and_save(
    function: Callable[[Task], Arrays], task: Task, path: Path, tasks: float
) -> Arrays:
    """Run one of so many tasks of a process, which decides by the first what repays for all."""
    before = work_begun()
    result = function(task)
    expect_work((work_begun() - before) * tasks)
    with report_disk_errors(path), replace_file(path) as draft, open(draft, "wb") as stream:
        np.savez(stream, **result)  # type: ignore[arg-type]  # a key may not be `allow_pickle`
    return result

"""Work in pieces, each kept on disk once it is done, so that a question goes on after a kill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from steppe.experiments.errors import IncompleteRunError
from steppe.experiments.runs.executors import worker_pool

Arrays = dict[str, np.ndarray]
Work = Callable[[object], Arrays]


class Checkpoints:
    """Does work in pieces, in this process or in several, and keeps every piece.

    Parameters
    ----------
    folder : where pieces are kept; they belong to one question.
    tell : called with 1 for every piece.

    `reused` counts the pieces that were there already.
    """

    def __init__(
        self, folder: Path, jobs: int = 1, on_progress: Callable[[int], None] = lambda count: None
    ):
        self.folder, self.jobs, self._on_progress = folder, jobs, on_progress
        self.reused = 0
        self._pool: ProcessPoolExecutor | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Checkpoints:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def run(self, work: Work, tasks: Sequence[object], names: Sequence[str]) -> list[Arrays]:
        """What a function gives for every task, in their order; pieces that are there are not made again.

        Parameters
        ----------
        work : a function at the top of a module, so that other processes find it.
        names : one for each task, by which its piece is kept.
        """
        paths = [self.folder / f"{name}.npz" for name in names]
        found = {
            place: piece for place, path in enumerate(paths) if (piece := _read(path)) is not None
        }
        self.reused += len(found)
        self._on_progress(len(found))
        todo = [place for place in range(len(tasks)) if place not in found]
        try:
            for place, piece in self._run_missing(work, tasks, todo, paths):
                found[place] = piece
                self._on_progress(1)
        except KeyboardInterrupt:
            raise IncompleteRunError(
                "stopped; what is done is kept, and the same command goes on from there"
            ) from None
        except BrokenExecutor:
            raise IncompleteRunError(
                "a worker was killed; is memory short? What is done is kept, and the same command goes on from there"
            ) from None
        return [found[place] for place in range(len(tasks))]

    def _run_missing(
        self, work: Work, tasks: Sequence[object], todo: list[int], paths: list[Path]
    ) -> Iterator[tuple[int, Arrays]]:
        if self.jobs == 1 or len(todo) < 2:
            for place in todo:
                yield place, _run_and_save(work, tasks[place], paths[place])
            return
        if self._pool is None:
            self._pool = worker_pool(self.jobs)
        futures = {
            place: self._pool.submit(_run_and_save, work, tasks[place], paths[place])
            for place in todo
        }
        for place, future in futures.items():
            yield place, future.result()


def _run_and_save(work: Work, task: object, path: Path) -> Arrays:
    piece = work(task)
    draft = path.with_suffix(".draft")
    try:
        with open(draft, "wb") as stream:
            np.savez(stream, **piece)
        os.replace(draft, path)
    except OSError as error:
        raise IncompleteRunError(disk_error_message(path, error)) from None
    return piece


def disk_error_message(path: Path, error: OSError) -> str:
    """What to say when the disk gives out."""
    return (
        f"{error.filename or path}: cannot be written ({error.strerror or error}); what is done is kept, "
        "and the same command goes on from there once that is mended"
    )


def _read(path: Path) -> Arrays | None:
    """A piece that is whole; None where there is none."""
    try:
        with np.load(path) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, BadZipFile, ValueError, EOFError, KeyError):
        return None

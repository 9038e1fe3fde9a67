"""Work in pieces, each kept on disk once it is done, so that a question goes on after a kill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

Arrays = dict[str, np.ndarray]
Work = Callable[[object], Arrays]


def done_in_pieces(work: Work, tasks: Sequence[object], names: Sequence[str], folder: Path, jobs: int,
                   tell: Callable[[int], None] = lambda count: None) -> list[Arrays]:
    """What a function gives for every task, in their order; pieces that are in the folder are not made again.

    Parameters
    ----------
    work : a function at the top of a module, so that other processes find it.
    names : one for each task, by which its piece is kept.
    tell : called with 1 for every piece.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.npz" for name in names]
    found = {place: piece for place, path in enumerate(paths) if (piece := _read(path)) is not None}
    for _ in found:
        tell(1)
    todo = [place for place in range(len(tasks)) if place not in found]
    for place, piece in _made(work, tasks, todo, paths, jobs):
        found[place] = piece
        tell(1)
    return [found[place] for place in range(len(tasks))]


def _made(work: Work, tasks: Sequence[object], todo: list[int], paths: list[Path], jobs: int) -> Iterator[tuple[int, Arrays]]:
    if jobs == 1 or len(todo) < 2:
        for place in todo:
            yield place, _kept(work, tasks[place], paths[place])
        return
    with ProcessPoolExecutor(min(jobs, len(todo)), mp_context=get_context("spawn")) as pool:
        futures = {place: pool.submit(_kept, work, tasks[place], paths[place]) for place in todo}
        try:
            for place, future in futures.items():
                yield place, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _kept(work: Work, task: object, path: Path) -> Arrays:
    piece = work(task)
    draft = path.with_suffix(".draft")
    with open(draft, "wb") as stream:
        np.savez(stream, **piece)
    os.replace(draft, path)
    return piece


def _read(path: Path) -> Arrays | None:
    """A piece that is whole; None where there is none."""
    try:
        with np.load(path) as stored:
            return {name: stored[name] for name in stored.files}
    except (FileNotFoundError, BadZipFile, ValueError, EOFError):
        return None

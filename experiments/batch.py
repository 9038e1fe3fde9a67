"""A batch: every block of every scenario, run in parallel, continued where it stopped."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from ..model import Scenario
from ..model.parameters import all_labels
from ..model.version import MODEL_VERSION
from . import store
from .blocks import Block, Done, run_block
from .manifest import FORMAT, NAME, FolderLock, Manifest, differences, load_manifest, new_about
from .problems import Refused, Unfinished
from .progress import Progress
from .weighting import Weighting

BLOCK = 256  # members: 60 cells of them and some twenty arrays stay within a core's cache
RESULTS = "results.zarr"
SAVE_SECONDS = 1.0


@dataclass(frozen=True)
class Request:
    """What to run and how."""

    scenarios: Sequence[Scenario]
    weighting: Weighting
    members: int
    seed: int
    every: str = "year"
    block: int = BLOCK

    def layout(self) -> store.Layout:
        quarters = store.recorded_quarters(max(scenario.last for scenario in self.scenarios), self.every)
        names = tuple(scenario.name for scenario in self.scenarios)
        return store.Layout(names, self.members, self.block, quarters, self.weighting.inputs.cast, all_labels(self.weighting.inputs.cast))

    @property
    def draws_repeat(self) -> bool:
        """Whether there are more members than the posterior has draws, so that draws repeat with fresh noise."""
        return self.weighting.weights is not None and self.members > self.weighting.weights.size

    def as_record(self) -> dict:
        """The request as the manifest keeps it; two equal records give equal results."""
        return {
            "format": FORMAT, "model": MODEL_VERSION, "evidence": self.weighting.evidence, "weights": self.weighting.words, "seed": self.seed,
            "members": self.members, "block": self.block, "every": self.every,
            "scenarios": {scenario.name: scenario.fingerprint for scenario in self.scenarios},
            "titles": {scenario.name: scenario.title for scenario in self.scenarios},
            "files": {scenario.name: scenario.source.file for scenario in self.scenarios},
            "levers": {scenario.name: dict(scenario.lever_values) for scenario in self.scenarios},
            "chains": {scenario.name: list(scenario.chain) for scenario in self.scenarios},
            "spans": {scenario.name: [scenario.first, scenario.last] for scenario in self.scenarios},
            "events": {scenario.name: _marked_events(scenario) for scenario in self.scenarios},
            "draws_repeat": self.draws_repeat,
            "blocks_in_all": len(self.scenarios) * len(self.layout().blocks),
        }


def _marked_events(scenario: Scenario) -> list[dict]:
    """Events of a scenario as figures mark them: dates in quarters, words, and whether the file itself wrote them."""
    return [{"name": name, "what": event.what, "dates": list(event.dates()), "own": name in scenario.own_events}
            for name, event in scenario.events.items()]


def run_batch(request: Request, folder: Path, *, jobs: int, command: str, replace: bool = False, retry: bool = False,
              progress: Progress | None = None) -> Manifest:
    """Run what is missing of a batch and return its manifest.

    Raises
    ------
    Refused
        If the folder cannot be written, is in use, or holds another batch.
    Unfinished
        If it was interrupted or blocks failed; what is done is kept.
    """
    _make_folder(folder)
    with FolderLock(folder):
        manifest = _opened(request, folder, command, replace)
        if retry:
            manifest.failures.clear()
        todo = _missing(request, folder, manifest)
        if todo:
            _run_blocks(todo, folder, manifest, jobs, progress or Progress(quiet=True))
        manifest.save(folder)
    if manifest.failures:
        first = next(iter(manifest.failures.items()))
        raise Unfinished(f"{len(manifest.failures)} of {request.as_record()['blocks_in_all']} blocks failed, the first being "
                         f"{first[0]}: {first[1]}\nmend the cause, then run the same command with --retry")
    return manifest


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".lock"
        with open(probe, "a", encoding="utf-8"):
            pass
    except OSError as error:
        raise Refused(f"{folder}: cannot be written ({error.strerror}); give another folder with --out") from None


def _opened(request: Request, folder: Path, command: str, replace: bool) -> Manifest:
    """The manifest of what is there, if it is the same batch; otherwise a new one."""
    asked = request.as_record()
    if (folder / NAME).exists() and not replace:
        manifest = load_manifest(folder)
        found = differences(manifest.request, asked)
        if found:
            raise Refused(f"{folder}: holds another batch ({'; '.join(found)}); give another --out, or --replace to do away with it")
        return manifest
    foreign = [path.name for path in folder.iterdir() if path.name not in (".lock", NAME, f"{NAME}.draft", RESULTS, "summary.csv", "figures")]
    if foreign and not (folder / NAME).exists():
        raise Refused(f"{folder}: is not empty and holds no batch ({foreign[0]} is in it); give another --out")
    manifest = Manifest(asked, about=new_about(command))
    (folder / NAME).unlink(missing_ok=True)
    store.create(folder / RESULTS, request.layout())
    manifest.save(folder)
    return manifest


def _missing(request: Request, folder: Path, manifest: Manifest) -> list[Block]:
    blocks = [
        Block(scenario, index, first, last, request.seed, request.every, request.weighting, folder / RESULTS)
        for first, last in request.layout().blocks for index, scenario in enumerate(request.scenarios)
    ]
    return [block for block in blocks if block.key not in manifest.blocks and block.key not in manifest.failures]


def _run_blocks(todo: list[Block], folder: Path, manifest: Manifest, jobs: int, progress: Progress) -> None:
    saved = time.monotonic()
    progress.begin(sum(block.last - block.first for block in todo))
    try:
        for block, done in _completed(todo, jobs):
            if done.failure:
                manifest.failures[done.key] = done.failure
            else:
                manifest.blocks[done.key] = {"hash": done.hash, "seconds": round(done.seconds, 3)}
            progress.advance(block.last - block.first, block.scenario.name)
            if time.monotonic() - saved > SAVE_SECONDS:
                manifest.save(folder)
                saved = time.monotonic()
    except KeyboardInterrupt:
        manifest.save(folder)
        raise Unfinished(f"stopped; {len(manifest.blocks)} of {manifest.request['blocks_in_all']} blocks are kept, "
                         "and the same command goes on from there") from None
    finally:
        progress.end()


def _completed(todo: list[Block], jobs: int):
    """Blocks and what became of them, as they finish; in this process if one job is enough."""
    jobs = min(jobs, len(todo))
    if jobs == 1:
        for block in todo:
            yield block, run_block(block)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from _through(pool, todo, jobs)


def _through(pool: Executor, todo: list[Block], jobs: int):
    """Keep a few blocks in hand per worker, so that stopping loses little."""
    waiting = iter(todo)
    running: dict[Future, Block] = {}
    try:
        while True:
            for block in waiting:
                running[pool.submit(run_block, block)] = block
                if len(running) >= 2 * jobs:
                    break
            if not running:
                return
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                block = running.pop(future)
                yield block, _outcome(future, block)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _outcome(future: Future, block: Block) -> Done:
    try:
        return future.result()
    except Exception as error:  # a worker that died takes its block with it, and nothing else
        return Done(block.key, failure=f"the worker died: {type(error).__name__}: {error}")


def default_jobs() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

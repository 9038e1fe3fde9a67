"""Running a batch: every block of every scenario, in parallel, resumed after interruption."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from steppe.experiments.storage import histograms
from steppe.experiments.storage.atomic_files import report_disk_errors
from steppe.experiments.storage.folder_lock import FolderLock
from steppe.experiments.storage.locations import Location, is_address, is_nonempty
from steppe.experiments.storage.manifest import (
    BATCH_FILES,
    NAME,
    SUMMARY,
    Manifest,
    describe_differences,
    describe_start,
    holds_batch,
    load_manifest,
    other_format,
)
from steppe.experiments.storage.zarr_store import (
    create_results,
    delete_partial_files,
    remove_results,
)
from steppe.model.core.errors import IncompleteRunError, RequestError

from .batch_request import Request
from .block import Block, BlockResult, run_block, sum_hash
from .compiled_kernels import plan_work
from .executors import check_blocks, run_blocks
from .kept_sources import keep_posterior, record_sources
from .progress import Progress
from .requested_scenarios import require_guards
from .run_log import open_run_log

SAVE_SECONDS = 1.0
SAVE_SHARE = 0.05  # of the time, at most, goes into saving a long manifest
FAILURES_SHOWN = 10


class BlockRunner(Protocol):
    """Workers elsewhere, such as a `dask_cluster.Cluster`."""

    def run_blocks(
        self, function: Callable[[Block], BlockResult], blocks: Sequence[Block]
    ) -> Iterator[tuple[Block, BlockResult]]:
        """Yield blocks and their results as they finish."""


def run_batch(
    request: Request,
    folder: Path,
    *,
    jobs: int,
    command: str,
    replace: bool = False,
    retry: bool = False,
    retitle: bool = False,
    progress: Progress | None = None,
    cluster: BlockRunner | None = None,
) -> Manifest:
    """Run what is missing of a batch and return its manifest.

    Parameters
    ----------
    jobs : processes on this machine.
    retry : run blocks again that failed before.
    retitle : take titles that were edited since the batch was run.
    cluster : runs the blocks, in place of processes on this machine.

    Raises
    ------
    RequestError
        If parameters break a guard of the model, nothing of a scenario would be stored, or the
        folder cannot be written, is in use, or holds another batch.
    IncompleteRunError
        If it was interrupted, the disk is full, or blocks failed; finished blocks are kept.
    """
    request.check_lengths()
    require_guards(request.scenarios, request.parameter_source, request.seed, request.members)
    with (
        FolderLock(folder),
        report_disk_errors(folder),
        open_run_log(folder / "run.log") as log,
    ):
        manifest = _open_or_create(request, folder, command, replace, retitle)
        keep_posterior(request.parameter_source, folder)
        run = _BatchRun(
            request, folder, manifest, progress or Progress(quiet=True), jobs, cluster, log
        )
        log.info("started: %s", command)
        if retry:
            manifest.failures.clear()
        run.run()
    if manifest.failures:
        raise IncompleteRunError(_describe_failures(manifest, folder))
    return manifest


def _describe_failures(manifest: Manifest, folder: Path) -> str:
    failures = list(manifest.failures.items())
    shown = "".join(f"\n  {key}: {reason}" for key, reason in failures[:FAILURES_SHOWN])
    more = len(failures) - FAILURES_SHOWN
    return (
        f"{len(failures)} of {manifest.request['blocks_in_all']} blocks failed:{shown}"
        + (f"\n  and {more} more, in {folder / NAME}" if more > 0 else "")
        + "\nfix the cause, then run the same command with --retry"
    )


def _open_or_create(
    request: Request, folder: Path, command: str, replace: bool, retitle: bool
) -> Manifest:
    """The manifest in the folder, if it is of the same batch; otherwise a new one."""
    location = request.location(folder)
    if holds_batch(folder) and not replace:
        manifest = load_manifest(folder)
        if reason := other_format(manifest.request):
            raise RequestError(f"{folder}: {reason}; give another --out, or --replace to delete it")
        differences = describe_differences(manifest.request, request.as_record())
        if differences:
            raise RequestError(
                f"{folder}: holds another batch ({'; '.join(differences)}); "
                "give another --out, or --replace to delete it"
            )
        if retitle:
            manifest.request["titles"] = request.as_record()["titles"]
        if retitle or not manifest.sources:
            manifest.sources = record_sources(request.scenarios)
        delete_partial_files(location)
        if not is_address(location):
            _create(request, location)  # its metadata may be damaged as well
        return manifest
    _check_unoccupied(request, folder, location, replace)
    Manifest.delete(folder)
    remove_results(location)
    _create(request, location)
    about = describe_start(command) | {"folder": str(Path.cwd()), "given": dict(request.given)}
    manifest = Manifest(request.as_record(), about=about, sources=record_sources(request.scenarios))
    manifest.save(folder)
    return manifest


def _check_unoccupied(request: Request, folder: Path, location: Location, replace: bool) -> None:
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in BATCH_FILES)
    if foreign and not holds_batch(folder):
        raise RequestError(
            f"{folder}: is not empty and holds no batch ({foreign[0]} is in it); give another --out"
        )
    if request.results and not replace and is_nonempty(location):
        raise RequestError(
            f"{location}: is not empty; give another address with --results, "
            "or --replace to delete what is there"
        )


def _create(request: Request, location: Location) -> None:
    layout = request.layout()
    if request.store == SUMMARY:
        histograms.create_counts(location, layout, len(layout.blocks))
    else:
        create_results(location, layout)


class _BatchRun:
    """A batch being run: its blocks, and the manifest that records which are done."""

    def __init__(
        self,
        request: Request,
        folder: Path,
        manifest: Manifest,
        progress: Progress,
        jobs: int,
        cluster: BlockRunner | None,
        log: logging.Logger,
    ) -> None:
        self.request, self.folder, self.manifest = request, folder, manifest
        self.progress, self.jobs, self.cluster, self.log = progress, jobs, cluster, log
        self.blocks = request.blocks(folder)
        self._saved_at, self._save_seconds = time.monotonic(), 0.0

    def run(self) -> None:
        """Check what is stored, run what is missing, and save the result."""
        try:
            self.drop_damaged_blocks()
            self.run_missing_blocks()
            self.finish()
        except (IncompleteRunError, OSError) as error:
            self.log.info("stopped: %s", error)
            raise

    def drop_damaged_blocks(self) -> None:
        """Drop blocks from the manifest whose data no longer match it."""
        self._drop_damaged_sums()
        done = [
            block
            for block in self.blocks
            if block.key in self.manifest.blocks and block.scenario.name not in self.manifest.sums
        ]
        hashes = {key: row["hash"] for key, row in self.manifest.blocks.items()}
        for key in check_blocks(done, hashes, self.jobs):
            self.log.info("%s: is damaged or missing; it is run again", key)
            del self.manifest.blocks[key]

    def _drop_damaged_sums(self) -> None:
        for index, scenario in enumerate(self.request.scenarios):
            name = scenario.name
            stored = self.manifest.sums.get(name)
            if stored is None or stored == sum_hash(self._blocks_of(index)[0]):
                continue
            self.log.info("%s: its counts are damaged or missing; it is run again", name)
            del self.manifest.sums[name]
            for block in self._blocks_of(index):
                self.manifest.blocks.pop(block.key, None)

    def _blocks_of(self, index: int) -> list[Block]:
        return [block for block in self.blocks if block.index == index]

    def run_missing_blocks(self) -> None:
        """Run the blocks that are neither done nor failed."""
        missing = [
            block
            for block in self.blocks
            if block.key not in self.manifest.blocks and block.key not in self.manifest.failures
        ]
        if not missing:
            return
        members: Counter[str] = Counter()
        for block in missing:
            members[block.scenario.name] += block.size
        self.progress.begin(members)
        self.log.info("to do: %d of %d blocks", len(missing), len(self.blocks))
        try:
            for block, result in self._run_blocks(missing):
                self._record(block, result)
        except KeyboardInterrupt:
            raise self._stopped("stopped") from None
        except IncompleteRunError as error:
            raise self._stopped(str(error)) from None
        finally:
            self.progress.end()

    def _run_blocks(self, blocks: list[Block]) -> Iterator[tuple[Block, BlockResult]]:
        blocks = plan_work(blocks, self.jobs)
        if self.cluster is not None:
            return self.cluster.run_blocks(run_block, blocks)
        return run_blocks(run_block, blocks, self.jobs, self.log.info)

    def _record(self, block: Block, result: BlockResult) -> None:
        if result.halt:
            raise IncompleteRunError(result.halt)
        if result.failure:
            self.manifest.failures[result.key] = result.failure
            self.log.info("%s: failed: %s", result.key, result.failure)
        else:
            self.manifest.blocks[result.key] = {
                "hash": result.hash,
                "seconds": round(result.seconds, 3),
                "writing": round(result.writing, 3),
            }
        self.progress.advance(block.size, block.scenario.name)
        pause = max(SAVE_SECONDS, self._save_seconds / SAVE_SHARE)
        if time.monotonic() - self._saved_at > pause:
            self._save()

    def _save(self) -> None:
        started = time.monotonic()
        self.manifest.save(self.folder)
        self._saved_at = time.monotonic()
        self._save_seconds = self._saved_at - started

    def _stopped(self, reason: str) -> IncompleteRunError:
        """Save what is done, if there is room for it, and return the error to raise."""
        try:
            self._save()
        except OSError:
            self.log.info("the manifest could not be saved; blocks since the last time run again")
        kept = len(load_manifest(self.folder).blocks)
        return IncompleteRunError(
            f"{reason}\n{kept} of {len(self.blocks)} blocks are kept, "
            "and the same command resumes from there"
        )

    def finish(self) -> None:
        """Sum counts, scenario by scenario, and save the manifest."""
        # Workers may have been killed while they wrote.
        delete_partial_files(self.request.location(self.folder))
        self._save()
        if self.request.store == SUMMARY:
            for index, scenario in enumerate(self.request.scenarios):
                self._sum_parts(index, scenario.name)
        self.log.info(
            "%s: %d blocks done, %d failed",
            "finished" if self.manifest.finished else "unfinished",
            len(self.manifest.blocks),
            len(self.manifest.failures),
        )

    def _sum_parts(self, index: int, name: str) -> None:
        parts, location = self._blocks_of(index), self.request.location(self.folder)
        if name not in self.manifest.sums:
            if any(block.key not in self.manifest.blocks for block in parts):
                return
            self.manifest.sums[name] = histograms.sum_parts(
                location, index, len(parts), len(parts[0].quarters)
            )
            self._save()
        histograms.delete_parts(location, index)

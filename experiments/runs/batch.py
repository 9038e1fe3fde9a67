"""Running a batch: every block of every scenario, in parallel, resumed after interruption."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from steppe.experiments.storage import histograms
from steppe.experiments.storage.atomic_files import report_disk_errors
from steppe.experiments.storage.locations import Location, names_at
from steppe.experiments.storage.manifest import (
    BATCH_FILES,
    KEPT_POSTERIOR,
    LOG,
    NAME,
    STATUS,
    SUMMARY,
    Manifest,
    describe_differences,
    describe_start,
    holds_batch,
    load_manifest,
    other_format,
)
from steppe.experiments.storage.working_copy import (
    delete_file,
    lock_batch,
    names_in_batch,
    put_files,
)
from steppe.experiments.storage.zarr_store import (
    create_results,
    delete_partial_files,
    remove_results,
)
from steppe.model.core.errors import IncompleteRunError, RequestError

from .batch_attributes import describe_batch
from .batch_request import Request
from .block import Block, BlockResult, run_block, sum_hash
from .compiled_kernels import plan_work
from .executors import check_blocks, run_blocks
from .kept_blocks import keep_blocks, made_with
from .kept_sources import keep_posterior, record_sources
from .progress import Progress
from .requested_scenarios import require_guards
from .run_log import RunLog
from .run_status import FINISHED, RUNNING, STOPPED, UNFINISHED, RunStatus

SAVE_SECONDS = 1.0
SAVE_SHARE = 0.05  # of the time, at most, goes into saving a long manifest
FAILURES_SHOWN = 10


class BlockRunner(Protocol):
    """Workers elsewhere, such as a `dask_cluster.Cluster`.

    on_wait : called every few seconds in which no block finishes.
    """

    on_wait: Callable[[], None]

    def run_blocks(
        self, function: Callable[[Block], BlockResult], blocks: Sequence[Block]
    ) -> Iterator[tuple[Block, BlockResult]]:
        """Yield blocks and their results as they finish."""

    def count_workers(self) -> int:
        """How many there are now."""

    @property
    def jobs(self) -> str:
        """The name of their jobs in a queue; empty where there is no queue."""


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
    with lock_batch(folder), report_disk_errors(folder):
        manifest = _open_or_create(request, folder, command, replace, retitle)
        _keep_posterior(request, folder)
        run = _BatchRun(
            request, folder, manifest, progress or Progress(quiet=True), jobs, cluster, command
        )
        run.log.add("run started", command=command)
        if retry:
            manifest.failures.clear()
        run.run()
    if manifest.failures:
        raise IncompleteRunError(_describe_failures(manifest, folder))
    return manifest


def _keep_posterior(request: Request, folder: Path) -> None:
    keep_posterior(request.parameter_source, folder)
    if (folder / KEPT_POSTERIOR).exists():
        put_files(folder, [KEPT_POSTERIOR])
    else:
        delete_file(folder, KEPT_POSTERIOR)


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
    manifest = find_batch(request, folder, replace)
    if manifest is not None:
        if retitle:
            manifest.request["titles"] = request.as_record()["titles"]
        if retitle or not manifest.sources:
            manifest.sources = record_sources(request.scenarios)
        delete_partial_files(location)
        _create(request, location, manifest)  # its metadata may be damaged as well
        return manifest
    kept = keep_blocks(request, folder) if holds_batch(folder) else {}
    if not kept:
        Manifest.delete(folder)
        delete_file(folder, NAME)
        remove_results(location)
    about = describe_start(command) | {"folder": str(Path.cwd()), "given": dict(request.given)}
    about["code"] = made_with()
    sources = record_sources(request.scenarios)
    manifest = Manifest(request.as_record(), kept, about=about, sources=sources)
    _create(request, location, manifest)
    manifest.save(folder)
    put_files(folder, [NAME])
    return manifest


def find_batch(request: Request, folder: Path, replace: bool) -> Manifest | None:
    """The manifest of this batch in the folder; None if the folder is free for a new one.

    Raises
    ------
    RequestError
        If something else is there, which is to stay.
    """
    if holds_batch(folder):
        if replace:
            return None
        manifest = load_manifest(folder)
        if reason := other_format(manifest.request):
            raise RequestError(f"{folder}: {reason}; give another --out, or --replace to delete it")
        differences = describe_differences(manifest.request, request.as_record())
        if differences:
            raise RequestError(
                f"{folder}: holds another batch ({'; '.join(differences)}); "
                "give another --out, or --replace to delete it"
            )
        return manifest
    foreign = [name for name in names_in_batch(folder) if name not in BATCH_FILES]
    if foreign:
        raise RequestError(
            f"{folder}: is not empty and holds no batch ({foreign[0]} is in it); give another --out"
        )
    if request.results and not replace and names_at(request.location(folder)):
        raise RequestError(
            f"{request.location(folder)}: is not empty; give another address with --results, "
            "or --replace to delete what is there"
        )
    return None


def _create(request: Request, location: Location, manifest: Manifest) -> None:
    layout, about = request.layout(), describe_batch(manifest)
    if request.store == SUMMARY:
        histograms.create_counts(location, layout, len(layout.blocks), about)
    else:
        create_results(location, layout, about)


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
        command: str,
    ) -> None:
        self.request, self.folder, self.manifest = request, folder, manifest
        self.progress, self.jobs, self.cluster, self.command = progress, jobs, cluster, command
        self.log = RunLog(folder / LOG)
        self.blocks = request.blocks(folder)
        self.status = self._new_status()
        self._saved_at, self._save_seconds = time.monotonic(), 0.0
        self._kept = len(manifest.blocks)  # in the manifest that was saved last

    def run(self) -> None:
        """Check what is stored, run what is missing, and save the result."""
        try:
            self.drop_damaged_blocks()
            self.run_missing_blocks()
            self.finish()
        except (IncompleteRunError, OSError) as error:
            self.log.add("run stopped", reason=str(error))
            self.status.put(STOPPED)
            raise

    def _new_status(self) -> RunStatus:
        done = [block.size for block in self.blocks if block.key in self.manifest.blocks]
        members = sum(block.size for block in self.blocks)
        return RunStatus(self.folder, self.command, len(self.blocks), len(done), members, sum(done))

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
            self.log.add("block damaged or missing, run again", block=key)
            del self.manifest.blocks[key]

    def _drop_damaged_sums(self) -> None:
        for index, scenario in enumerate(self.request.scenarios):
            name = scenario.name
            stored = self.manifest.sums.get(name)
            if stored is None or stored == sum_hash(self._blocks_of(index)[0]):
                continue
            self.log.add("counts damaged or missing, run again", scenario=name)
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
        self.log.add("blocks to run", missing=len(missing), all=len(self.blocks))
        self.status = self._new_status()  # blocks may have been dropped
        self.status.workers = min(self.jobs, len(missing))
        self._write_status()
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
            self.cluster.on_wait = self._keep_status_fresh
            return self.cluster.run_blocks(run_block, blocks)
        return run_blocks(
            run_block, blocks, self.jobs, lambda text: self.log.add("worker ended", reason=text)
        )

    def _keep_status_fresh(self) -> None:
        if self.status.is_due:
            self._write_status()
            self.status.put()

    def _write_status(self, state: str = RUNNING) -> None:
        if self.cluster is not None:
            self.status.workers, self.status.jobs = self.cluster.count_workers(), self.cluster.jobs
        self.status.write(state)

    def _record(self, block: Block, result: BlockResult) -> None:
        if result.halt:
            raise IncompleteRunError(result.halt)
        if result.failure:
            self.manifest.failures[result.key] = result.failure
            self.log.add("block failed", block=result.key, reason=result.failure)
        else:
            self.manifest.blocks[result.key] = {
                "hash": result.hash,
                "seconds": round(result.seconds, 3),
                "writing": round(result.writing, 3),
                **({"starts": result.starts} if result.starts else {}),
            }
        self.status.count(block.size, failed=bool(result.failure))
        self.progress.advance(block.size, block.scenario.name)
        pause = max(SAVE_SECONDS, self._save_seconds / SAVE_SHARE)
        if time.monotonic() - self._saved_at > pause:
            self._save()
        else:
            self._keep_status_fresh()

    def _save(self) -> None:
        started = time.monotonic()
        self.manifest.save(self.folder)
        self._write_status()
        put_files(self.folder, [NAME, LOG, STATUS])
        self._kept = len(self.manifest.blocks)
        self._saved_at = time.monotonic()
        self._save_seconds = self._saved_at - started

    def _stopped(self, reason: str) -> IncompleteRunError:
        """Save what is done, if there is room for it, and return the error to raise."""
        try:
            self._save()
        except OSError:
            self.log.add("manifest not saved, blocks since the last time run again")
        return IncompleteRunError(
            f"{reason}\n{self._kept} of {len(self.blocks)} blocks are kept, "
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
        if self.manifest.starts:  # which attributes tell, and which were not known before
            _create(self.request, self.request.location(self.folder), self.manifest)
        state = FINISHED if self.manifest.finished else UNFINISHED
        done, failed = len(self.manifest.blocks), len(self.manifest.failures)
        self.log.add(f"run {state}", done=done, failed=failed)
        self._write_status(state)
        put_files(self.folder, [LOG, STATUS])

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

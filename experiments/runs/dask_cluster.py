"""Blocks on a Dask cluster, whose workers must match this process in all that affects results."""

from __future__ import annotations

import hashlib
import math
import platform
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from steppe.model.core.disk_cache import MODEL, hash_files
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.core.optional_packages import import_package

from .block import Block, BlockResult
from .executors import BlockFunction, BlockResults, submit_bounded
from .shared_inputs import LightBlock, SharedInputs, SharingPool
from .slurm_jobs import FEWER_MEASUREMENTS, SILENT, SLURM, JobQueue, slurm_workers
from .workers import PRELOADED, worker_environment, worker_surroundings

LOCAL = "local:"
SAME_VERSIONS = "start workers from the same installation, or install the same versions there"
RETRIES = 3  # of a block whose worker dies, on other workers
CONNECT_SECONDS = 30  # for a scheduler to answer and a first worker to come
COUNT_SECONDS = 1.0  # between two counts of the workers
DESERTED_SECONDS = 600  # without any worker; a queue may take long to start another


@cache
def identity() -> dict[str, str]:
    """What must be equal on every worker for equal bytes."""
    from steppe.model.core.version import MODEL_VERSION
    from steppe.model.evidence.fingerprint import shipped_evidence_fingerprint
    from steppe.model.observables.declarations import OBSERVABLES

    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "zarr", "steppe")},
        "model": MODEL_VERSION,
        "evidence": shipped_evidence_fingerprint(),
        "observables": _hash(repr(OBSERVABLES)),
        "code": hash_files(sorted(MODEL.rglob("*.py"))).hex()[:16],
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def describe_mismatch(worker: dict[str, str], wanted: dict[str, str]) -> str:
    """How the identity of a worker differs from the one wanted; empty if it does not."""
    return ", ".join(
        f"{name} {worker.get(name, 'unknown')} there, {value} here"
        for name, value in wanted.items()
        if worker.get(name) != value
    )


def _run_if_identical(
    function: BlockFunction, wanted: dict[str, str], block: LightBlock
) -> BlockResult:
    """Run a block, unless this worker, which may have joined late, differs from the others."""
    mismatch = describe_mismatch(identity(), wanted)
    if mismatch:
        reason = f"a worker on {platform.node()} differs: {mismatch}\n{SAME_VERSIONS}"
        return BlockResult(block.name, halt=reason)
    return function(block.complete())


class Cluster:
    """The workers of a Dask scheduler, now and later; `wanted` is the identity they must have.

    queue : of the jobs that the workers are, for which one waits as long as it takes.
    """

    def __init__(
        self, client: Any, wanted: dict[str, str] | None = None, queue: JobQueue | None = None
    ) -> None:
        self._client, self._queue = client, queue
        self._inputs = SharedInputs(client)
        self.on_wait: Callable[[], None] = lambda: None
        self._wanted = wanted or identity()
        self._deserted_since: float | None = None
        self._threads, self._counted_at = 0, -math.inf

    def check(self) -> None:
        """Compare every worker with this process.

        Raises
        ------
        RequestError
            If there is none, or one differs.
        """
        self._wait_for_first()
        try:
            identities = self._client.run(identity)
        except Exception as error:
            raise RequestError(
                f"a worker cannot run steppe ({type(error).__name__}: {error}); "
                "install the same version of it there"
            ) from None
        problems = [
            f"worker {address} differs: {mismatch}"
            for address, worker in identities.items()
            if (mismatch := describe_mismatch(worker, self._wanted))
        ]
        if problems:
            raise RequestError("\n".join([*problems, SAME_VERSIONS]))

    @property
    def jobs(self) -> str:
        """The name of the workers' jobs in a queue; empty where there is none."""
        return self._queue.name if self._queue else ""

    def count_workers(self) -> int:
        """How many worker processes there are now."""
        return len(self._client.nthreads())

    def _wait_for_first(self) -> None:
        while True:
            try:
                self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
                return
            except TimeoutError:
                if self._queue is not None and not self._queue.failure:
                    continue
            if self._queue is not None:
                raise RequestError(f"--cluster slurm: {self._queue.failure}")
            raise RequestError(
                f"the cluster has no workers after {CONNECT_SECONDS} seconds; "
                "start some with `dask worker ADDRESS`"
            )

    def run_blocks(self, function: BlockFunction, blocks: Sequence[Block]) -> BlockResults:
        """Yield blocks and results as they finish; Dask moves those of a dead worker to others."""
        suspects = []
        for block, result in self._submit(function, blocks, self._max_in_progress):
            if result.unreached:
                suspects.append(block)
            else:
                yield block, result
        # Dask blames everything that was on a worker, and may lose a result that it holds;
        # alone, a block is blamed for itself only.
        for block in suspects:
            yield from self._submit(function, [block], lambda: 1)

    def _submit(
        self, function: BlockFunction, blocks: Sequence[Block], max_in_progress: Callable[[], int]
    ) -> BlockResults:
        lost: list[Block] = []
        executor = self._client.get_executor(pure=False, retries=RETRIES)
        pool = SharingPool(executor, self._inputs)
        guarded = partial(_run_if_identical, function, self._wanted)
        yield from submit_bounded(
            pool, deque(blocks), max_in_progress, guarded, lost, self._check_not_deserted
        )
        if lost:
            raise IncompleteRunError("the connection to the cluster was lost")

    def _check_not_deserted(self) -> None:
        """Raise if there has been no worker for long; Dask replaces none that dies at its start."""
        self.on_wait()
        if self._client.nthreads():
            self._deserted_since = None
            return
        if self._queue is not None:
            if self._queue.failure:
                raise IncompleteRunError(f"--cluster slurm: {self._queue.failure}")
            return
        now = time.monotonic()
        self._deserted_since = self._deserted_since or now
        if now - self._deserted_since >= DESERTED_SECONDS:
            raise IncompleteRunError(
                f"the cluster has had no worker for {DESERTED_SECONDS} seconds; "
                "start some and give the same command again"
            )

    def _max_in_progress(self) -> int:
        now = time.monotonic()
        if now - self._counted_at > COUNT_SECONDS:  # the scheduler is asked
            threads: dict[str, int] = self._client.nthreads()
            self._threads, self._counted_at = sum(threads.values()), now
        return 2 * max(1, self._threads)


@contextmanager
def connect_cluster(
    address: str,
    place: str = "",
    logs: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Cluster]:
    """Connect to the scheduler at an address, or start workers: `local:2` here, `slurm` as jobs.

    Parameters
    ----------
    place : where the batch lies, after which jobs are named.
    logs : a folder for what jobs say. say : called with what a user should know of them.

    Raises
    ------
    RequestError
        If Dask is not installed, nobody answers, or a worker differs from this process.
    """
    distributed = import_package("cluster", "distributed")
    _check_address(address)
    kind, _, file = address.partition(":")
    if kind == SLURM:
        with slurm_workers(distributed, file, place, logs) as (own_scheduler, queue):
            say(f"jobs     {queue.name} (`scancel --name {queue.name}` ends them)")
            with _connect(distributed, own_scheduler, address, queue) as cluster:
                yield cluster
        return
    with (
        _local_workers(distributed, address) if f"{kind}:" == LOCAL else nullcontext(address) as to,
        _connect(distributed, to, address) as cluster,
    ):
        yield cluster


def _check_address(address: str) -> None:
    kind = address.partition(":")[0]
    if f"{kind}:" != LOCAL and kind != SLURM and not re.search(r":\d+$", address):
        raise RequestError(
            f"--cluster {address}: is no address of a scheduler; "
            "write one such as tcp://head:8786, or local:2, or slurm:FILE"
        )


@contextmanager
def _connect(
    distributed: Any, to: Any, address: str, queue: JobQueue | None = None
) -> Iterator[Cluster]:
    """Connect to a scheduler and check its workers."""
    try:
        client = distributed.Client(to, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise RequestError(f"--cluster {address}: no scheduler answers ({error})") from None
    try:
        cluster = Cluster(client, queue=queue)
        cluster.check()
        yield cluster
    finally:
        client.close()


@contextmanager
def _local_workers(distributed: Any, address: str) -> Iterator[Any]:
    """Workers on this machine, forked from a server that has imported what they need."""
    count = address.removeprefix(LOCAL)
    if not count.isdigit() or int(count) < 1:
        raise RequestError(f"--cluster {address}: write how many workers, such as local:2")
    from dask import config

    settings = {
        **FEWER_MEASUREMENTS,
        "distributed.worker.multiprocessing-method": "forkserver",
        "distributed.nanny.pre-spawn-environ": worker_environment(),  # of those that die
    }
    with config.set(settings):
        with worker_surroundings():
            # Dask sets what it wants imported there once, when it is first asked.
            preloaded = [*PRELOADED, "distributed", __name__]
            distributed.utils.get_mp_context().set_forkserver_preload(preloaded)
            own = distributed.LocalCluster(
                n_workers=int(count),
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=SILENT,
            )
        try:
            yield own
        finally:
            own.close()

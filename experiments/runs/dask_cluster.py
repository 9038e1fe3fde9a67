"""Blocks on a Dask cluster, whose workers must match this process in all that affects results."""

from __future__ import annotations

import hashlib
import platform
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from steppe.model.backends.kernel_cache import MODEL
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.core.optional_packages import import_package

from .block import Block, BlockResult
from .executors import BlockFunction, BlockResults, submit_bounded
from .workers import worker_environment, worker_surroundings

LOCAL = "local:"
SAME_VERSIONS = "start workers from the same installation, or install the same versions there"
RETRIES = 3  # of a block whose worker dies, on other workers
CONNECT_SECONDS = 30  # for a scheduler to answer and a first worker to come
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
        "code": _hash_code(),
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _hash_code() -> str:
    """The hash of the model's sources."""
    digest = hashlib.sha256()
    for path in sorted(MODEL.rglob("*.py")):
        digest.update(f"{path.relative_to(MODEL).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def describe_mismatch(worker: dict[str, str], wanted: dict[str, str]) -> str:
    """How the identity of a worker differs from the one wanted; empty if it does not."""
    return ", ".join(
        f"{name} {worker.get(name, 'unknown')} there, {value} here"
        for name, value in wanted.items()
        if worker.get(name) != value
    )


def _run_if_identical(function: BlockFunction, wanted: dict[str, str], block: Block) -> BlockResult:
    """Run a block, unless this worker, which may have joined late, differs from the others."""
    mismatch = describe_mismatch(identity(), wanted)
    if mismatch:
        reason = f"a worker on {platform.node()} differs: {mismatch}\n{SAME_VERSIONS}"
        return BlockResult(block.key, halt=reason)
    return function(block)


class Cluster:
    """The workers of a Dask scheduler, now and later; `wanted` is the identity they must have."""

    def __init__(self, client: Any, wanted: dict[str, str] | None = None) -> None:
        self._client = client
        self._wanted = wanted or identity()
        self._deserted_since: float | None = None

    def check(self) -> None:
        """Compare every worker with this process.

        Raises
        ------
        RequestError
            If there is none, or one differs.
        """
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise RequestError(
                f"the cluster has no workers after {CONNECT_SECONDS} seconds; "
                "start some with `dask worker ADDRESS`"
            ) from None
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
        pool = self._client.get_executor(pure=False, retries=RETRIES)
        guarded = partial(_run_if_identical, function, self._wanted)
        yield from submit_bounded(
            pool, deque(blocks), max_in_progress, guarded, lost, self._check_not_deserted
        )
        if lost:
            raise IncompleteRunError("the connection to the cluster was lost")

    def _check_not_deserted(self) -> None:
        """Raise if there has been no worker for long; Dask replaces none that dies at its start."""
        if self._client.nthreads():
            self._deserted_since = None
            return
        now = time.monotonic()
        self._deserted_since = self._deserted_since or now
        if now - self._deserted_since >= DESERTED_SECONDS:
            raise IncompleteRunError(
                f"the cluster has had no worker for {DESERTED_SECONDS} seconds; "
                "start some and give the same command again"
            )

    def _max_in_progress(self) -> int:
        threads: dict[str, int] = self._client.nthreads()
        return 2 * max(1, sum(threads.values()))


@contextmanager
def connect_cluster(address: str | None) -> Iterator[Cluster | None]:
    """Connect to the scheduler at an address, or start workers here, two for `local:2`.

    Yields None if there is no address.

    Raises
    ------
    RequestError
        If Dask is not installed, nobody answers, or a worker differs from this process.
    """
    if address is None:
        yield None
        return
    distributed = import_package("cluster", "distributed")
    own = _start_local(distributed, address) if address.startswith(LOCAL) else None
    open_client: Any = distributed.Client
    try:
        client = open_client(own or address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise RequestError(f"--cluster {address}: no scheduler answers ({error})") from None
    try:
        cluster = Cluster(client)
        cluster.check()
        yield cluster
    finally:
        client.close()
        if own is not None:
            own.close()


def _start_local(distributed: Any, address: str) -> Any:
    count = address.removeprefix(LOCAL)
    if not count.isdigit() or int(count) < 1:
        raise RequestError(f"--cluster {address}: write how many workers, such as local:2")
    from dask import config

    again = {"distributed.nanny.pre-spawn-environ": worker_environment()}  # of those that die
    with config.set(again), worker_surroundings():
        return distributed.LocalCluster(
            n_workers=int(count), threads_per_worker=1, dashboard_address=None
        )

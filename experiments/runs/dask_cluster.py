"""Blocks on a Dask cluster, whose workers must be the same as this process in all that changes a result."""

from __future__ import annotations

import platform
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib.metadata import version

from steppe.experiments.errors import IncompleteRunError, RequestError

from .block import Block, BlockResult
from .executors import Task, through

LOCAL = "local:"
TIMES = 3  # a block whose worker dies is tried again on others
PATIENCE = 30  # seconds for a scheduler to answer and a first worker to come
DESERTED = 600  # seconds without any worker; a queue may take long to start another


@cache
def identity() -> dict[str, str]:
    """What must be equal on every worker for equal bytes."""
    from steppe.model.core.version import MODEL_VERSION
    from steppe.model.evidence.fingerprint import shipped_evidence_fingerprint

    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "zarr", "steppe")},
        "model": MODEL_VERSION,
        "evidence": shipped_evidence_fingerprint(),
    }


def unlike(found: dict[str, str], wanted: dict[str, str]) -> str:
    """In words, what of an identity is not as it should be; nothing where all is."""
    return ", ".join(
        f"{name} {found.get(name, 'unknown')} there, {value} here"
        for name, value in wanted.items()
        if found.get(name) != value
    )


def _as_here(task: Task, wanted: dict[str, str], block: Block) -> BlockResult:
    """The task, unless this worker, which may have come late, is not like the others."""
    wrong = unlike(identity(), wanted)
    if wrong:
        return BlockResult(block.key, halt=f"a worker on {platform.node()} differs: {wrong}")
    return task(block)


class Cluster:
    """Workers that a Dask scheduler has, now and later; `wanted` is the identity they must have."""

    def __init__(self, client, wanted: dict[str, str] | None = None):
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
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise RequestError(
                f"the cluster has no workers after {PATIENCE} seconds; start some with `dask worker ADDRESS`"
            ) from None
        try:
            found = self._client.run(identity)
        except Exception as error:
            raise RequestError(
                f"a worker cannot run steppe ({type(error).__name__}: {error}); install the same version of it there"
            ) from None
        problems = [
            f"worker {address} differs: {wrong}"
            for address, there in found.items()
            if (wrong := unlike(there, self._wanted))
        ]
        if problems:
            raise RequestError("\n".join(problems))

    def completed(self, task: Task, todo: Sequence[Block]) -> Iterator[tuple[Block, BlockResult]]:
        """Blocks and what became of them, as they finish; Dask moves those of a dead worker to another."""
        suspects = []
        for block, done in self._through(task, todo, self._in_hand):
            if done.unreached:
                suspects.append(block)
            else:
                yield block, done
        for block in suspects:  # Dask blames all that was on a worker, and may lose a result at hand; alone, a block is blamed for itself
            yield from self._through(task, [block], lambda: 1)

    def _through(
        self, task: Task, todo: Sequence[Block], in_hand: Callable[[], int]
    ) -> Iterator[tuple[Block, BlockResult]]:
        lost: list[Block] = []
        pool = self._client.get_executor(pure=False, retries=TIMES)
        yield from through(
            pool, deque(todo), in_hand, partial(_as_here, task, self._wanted), lost, self._watch
        )
        if lost:
            raise IncompleteRunError("the cluster went away")

    def _watch(self) -> None:
        """IncompleteRunError if there has been no worker for long: Dask replaces none that dies while it starts."""
        if self._client.nthreads():
            self._deserted_since = None
            return
        now = time.monotonic()
        self._deserted_since = self._deserted_since or now
        if now - self._deserted_since >= DESERTED:
            raise IncompleteRunError(
                f"the cluster has had no worker for {DESERTED} seconds; start some and give the same command again"
            )

    def _in_hand(self) -> int:
        return 2 * max(1, sum(self._client.nthreads().values()))


@contextmanager
def connected(address: str | None) -> Iterator[Cluster | None]:
    """A cluster by the address of its scheduler, or `local:2` for two worker processes here; None for none.

    Raises
    ------
    RequestError
        If Dask is not installed, nobody answers, or a worker differs from this process.
    """
    if address is None:
        yield None
        return
    try:
        from dask import distributed
    except ImportError:
        raise RequestError("--cluster needs Dask: pip install 'steppe[cluster]'") from None
    own = _local(distributed, address) if address.startswith(LOCAL) else None
    try:
        client = distributed.Client(own or address, timeout=PATIENCE, set_as_default=False)
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


def _local(distributed, address: str):
    count = address.removeprefix(LOCAL)
    if not count.isdigit() or int(count) < 1:
        raise RequestError(f"--cluster {address}: write how many workers, such as local:2")
    return distributed.LocalCluster(
        n_workers=int(count), threads_per_worker=1, dashboard_address=None
    )

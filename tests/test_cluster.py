"""Blocks on a real Dask cluster on this machine: the same bytes, workers killed midway, workers that differ."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from pathlib import Path

import batches
import pytest

from steppe.experiments import batch, blocks, cluster
from steppe.experiments.blocks import Done
from steppe.experiments.manifest import load_manifest
from steppe.experiments.problems import Refused, Unfinished

distributed = pytest.importorskip("dask.distributed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")]
# slow: two workers import the model; Dask leaves sockets to the garbage collector


@pytest.fixture(scope="module")
def two():
    """Two worker processes, and a nanny each that starts another when one dies."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent), before]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50)
        yield own
        own.close()
    os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)


def test_a_cluster_gives_the_same_bytes(two, tmp_path):
    batches.run(tmp_path / "here")
    with cluster.connected(two.scheduler_address) as workers:
        batches.run(tmp_path / "there", cluster=workers)
        batches.run(tmp_path / "at an address", batches.request(results=f"file://{tmp_path}/far"), cluster=workers)
    assert batches.files(tmp_path / "there") == batches.files(tmp_path / "here")
    far = {str(path.relative_to(tmp_path / "far")): path.read_bytes() for path in (tmp_path / "far").rglob("*") if path.is_file()}
    assert far == batches.files(tmp_path / "here")


def test_a_worker_that_is_killed_midway_is_replaced_and_its_blocks_redone(two, tmp_path):
    batches.run(tmp_path / "here", batches.request(members=60))
    with cluster.connected(two.scheduler_address) as workers:
        pids = list(workers._client.run(os.getpid).values())
        killer = threading.Thread(target=kill_midway, args=(tmp_path / "there", pids[0]))
        killer.start()
        batches.run(tmp_path / "there", batches.request(members=60), cluster=workers)
        killer.join()
    assert batches.files(tmp_path / "there") == batches.files(tmp_path / "here")
    assert len(load_manifest(tmp_path / "there").blocks) == 60


def kill_midway(folder: Path, worker: int) -> None:
    """Kill a worker once a few chunks are there."""
    until = time.monotonic() + 60
    while len(list(folder.glob("results.zarr/shares/c/*/*"))) < 6 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(worker, signal.SIGKILL)


def deadly(block) -> Done:
    """Kills every worker that takes up one block."""
    if block.key == "one/4":
        os.kill(os.getpid(), signal.SIGKILL)
    return blocks.run_block(block)


def test_a_block_that_kills_every_worker_is_listed_and_the_rest_goes_on(two, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "run_block", deadly)
    two.scheduler.allowed_failures = 1  # Dask allows three by default, and each costs the start of a worker
    with cluster.connected(two.scheduler_address) as workers, pytest.raises(Unfinished, match="1 of 10 blocks failed:\n  one/4: KilledWorker"):
        batches.run(tmp_path, cluster=workers)
    assert len(load_manifest(tmp_path).blocks) == 9


def test_a_worker_that_differs_is_refused_before_any_work_and_when_it_comes_late(two, tmp_path):
    with distributed.Client(two.scheduler_address, set_as_default=False) as client:
        workers = cluster.Cluster(client, cluster.identity() | {"numpy": "1.0", "evidence": "other"})
        with pytest.raises(Refused, match=r"worker tcp://.* differs: numpy .* there, 1.0 here, evidence .* there, other here"):
            workers.check()
        with pytest.raises(Unfinished, match="a worker on .* differs: numpy .* there, 1.0 here"):
            batches.run(tmp_path, cluster=workers)
    assert not load_manifest(tmp_path).blocks


def test_a_cluster_that_does_not_answer_is_refused(monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with pytest.raises(Refused, match="no scheduler answers"), cluster.connected("tcp://127.0.0.1:9"):
        pass
    with pytest.raises(Refused, match="local:many: write how many workers, such as local:2"), cluster.connected("local:many"):
        pass

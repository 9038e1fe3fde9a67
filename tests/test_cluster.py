"""Blocks on a real Dask cluster on this machine: same bytes, workers killed or different."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import batches
import pytest
from command import steppe

from steppe.experiments.runs import batch, executors
from steppe.experiments.runs import block as blocks
from steppe.experiments.runs import dask_cluster as cluster
from steppe.experiments.runs.block import BlockResult
from steppe.experiments.runs.run import BatchOptions, run_to_folder
from steppe.experiments.runs.slurm_jobs import FEWER_MEASUREMENTS
from steppe.experiments.storage.manifest import STATUS, load_manifest
from steppe.experiments.storage.working_copy import working_folder
from steppe.model.core.errors import IncompleteRunError, RequestError

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("dask.distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]
# slow: workers are started, and started again; Dask leaves sockets to the garbage collector
LIMIT = 500.0  # seconds after which a worker that was not killed goes on


@pytest.fixture(scope="module")
def two():
    """Two worker processes, forked to start at once, each with a nanny that replaces it."""
    batches.forget_fork_server()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with cluster._local_workers(distributed, "local:2") as own:
            yield own
    batches.forget_fork_server()


def test_local_workers_share_imports_and_measure_themselves_seldom(two):
    def look() -> tuple[float, dict]:
        return time.process_time(), dask.config.config

    with cluster.connect_cluster(two.scheduler_address) as workers:
        for seconds, settings in workers._client.run(look).values():
            assert seconds < 0.4  # 0.1 forked, 0.7 where each imports for itself
            for name, value in FEWER_MEASUREMENTS.items():
                assert dask.config.get(name, config=settings) == value


def test_a_cluster_gives_the_same_bytes(two, tmp_path):
    batches.run(tmp_path / "here")
    with cluster.connect_cluster(two.scheduler_address) as workers:
        batches.run(tmp_path / "there", cluster=workers)
        batches.run(
            tmp_path / "at an address",
            batches.request(results=f"file://{tmp_path}/far"),
            cluster=workers,
        )
    assert batches.files(tmp_path / "there") == batches.files(tmp_path / "here")
    far = {
        str(path.relative_to(tmp_path / "far")): path.read_bytes()
        for path in (tmp_path / "far").rglob("*")
        if path.is_file()
    }
    assert far == batches.files(tmp_path / "here")


def doomed(taken_up: Path, key: str, times: int, block) -> BlockResult:
    """So many workers that take up one block say so in a folder, and wait to be killed."""
    if block.key == key and len(list(taken_up.iterdir())) < times:
        (taken_up / str(os.getpid())).touch()
        time.sleep(LIMIT)
    return blocks.run_block(block)


@contextmanager
def killing(two, folder: Path, monkeypatch, key: str, times: int):
    """Kill so many workers that start a block, each once its nanny knows that it runs.

    Dask replaces none that dies before.
    """
    folder.mkdir()
    monkeypatch.setattr(batch, "run_block", partial(doomed, folder, key, times))
    killed, done = [], threading.Event()

    def kill() -> None:
        while not done.wait(0.01):
            running = {
                nanny.pid
                for nanny in two.workers.values()
                if nanny.status == distributed.Status.running
            }
            for worker in running.intersection(
                int(path.name) for path in folder.iterdir()
            ).difference(killed):
                os.kill(worker, signal.SIGKILL)
                killed.append(worker)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        done.set()
        killer.join()


def test_a_worker_that_is_killed_midway_is_replaced_and_its_blocks_redone(
    two, tmp_path, monkeypatch
):
    batches.run(tmp_path / "here", batches.request(members=60))
    with (
        cluster.connect_cluster(two.scheduler_address) as workers,
        killing(two, tmp_path / "taken up", monkeypatch, "one/30", 1) as killed,
    ):
        batches.run(tmp_path / "there", batches.request(members=60), cluster=workers)
    assert len(killed) == 1
    assert batches.files(tmp_path / "there") == batches.files(tmp_path / "here")
    assert len(load_manifest(tmp_path / "there").blocks) == 60


def test_a_block_that_kills_every_worker_is_listed_and_the_rest_goes_on(two, tmp_path, monkeypatch):
    monkeypatch.setattr(two.scheduler, "allowed_failures", 1)  # Dask allows three by default
    with (
        cluster.connect_cluster(two.scheduler_address) as workers,
        killing(two, tmp_path / "taken up", monkeypatch, "one/4", 99),
        pytest.raises(IncompleteRunError, match="1 of 10 blocks failed:\n  one/4: KilledWorker"),
    ):
        batches.run(tmp_path / "out", cluster=workers)
    assert len(load_manifest(tmp_path / "out").blocks) == 9


def test_a_worker_that_differs_is_refused_before_any_work_and_when_it_comes_late(two, tmp_path):
    with distributed.Client(two.scheduler_address, set_as_default=False) as client:
        workers = cluster.Cluster(
            client, cluster.identity() | {"numpy": "1.0", "evidence": "other"}
        )
        with pytest.raises(
            RequestError,
            match=r"worker tcp://.* differs: numpy .* there, 1.0 here, "
            r"evidence .* there, other here",
        ):
            workers.check()
        with pytest.raises(
            IncompleteRunError, match=r"a worker on .* differs: numpy .* there, 1.0 here"
        ):
            batches.run(tmp_path, cluster=workers)
    assert not load_manifest(tmp_path).blocks


def test_a_cluster_that_does_not_answer_is_refused(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with (
        pytest.raises(RequestError, match="no scheduler answers"),
        cluster.connect_cluster("tcp://127.0.0.1:9"),
    ):
        pass
    with (
        pytest.raises(RequestError, match="local:many: write how many workers, such as local:2"),
        cluster.connect_cluster("local:many"),
    ):
        pass


class DesertedClient:
    """A client whose workers are all gone, and none comes."""

    def nthreads(self):
        return {}

    def get_executor(self, **given):
        return self

    def set_metadata(self, keys, data):
        pass

    def submit(self, task, block):
        return Future()

    def shutdown(self, wait):
        pass


def test_a_run_on_a_cluster_that_lost_all_workers_ends_and_keeps_what_is_done(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(cluster, "DESERTED_SECONDS", 0.05)
    monkeypatch.setattr(executors, "WATCH_SECONDS", 0.01)
    with pytest.raises(
        IncompleteRunError,
        match=r"(?s)no worker for 0.05 seconds; start some and give the same command again.*"
        r"0 of 10 blocks are kept",
    ):
        batches.run(tmp_path / "out", cluster=cluster.Cluster(DesertedClient()))
    batches.run(tmp_path / "out")
    assert len(load_manifest(tmp_path / "out").blocks) == 10


class ForgetfulClient(DesertedClient):
    """A client that loses the result of a block so many times.

    Dask may do so when a worker dies the moment it has finished.
    """

    def __init__(self, key, times):
        self.key, self.left = key, times

    def nthreads(self):
        return {"a worker": 1}

    def submit(self, task, block):
        future = Future()
        if block.name == self.key and self.left:
            self.left -= 1
            future.set_exception(TypeError("lost"))
        else:
            future.set_result(task(block))
        return future


def test_a_block_whose_result_is_lost_on_the_way_is_done_again(tmp_path):
    batches.run(tmp_path / "here")
    batches.run(tmp_path / "there", cluster=cluster.Cluster(ForgetfulClient("one/4", 1)))
    assert batches.files(tmp_path / "there") == batches.files(tmp_path / "here")
    with pytest.raises(
        IncompleteRunError, match="1 of 10 blocks failed:\n  one/4: TypeError: lost"
    ):
        batches.run(tmp_path / "never", cluster=cluster.Cluster(ForgetfulClient("one/4", 2)))
    assert len(load_manifest(tmp_path / "never").blocks) == 9


def test_inputs_that_blocks_share_are_sent_once(two, tmp_path):
    with cluster.connect_cluster(two.scheduler_address) as workers:
        sent = [workers._inputs.lighten(block) for block in batches.request().blocks(tmp_path)]
        assert len({light.key for light in sent}) == 2  # a scenario each
        assert max(len(pickle.dumps(light)) for light in sent) < 3000
        whole = [light.complete() for light in sent]
        assert [block.key for block in whole] == [light.name for light in sent]
    with pytest.raises(RequestError, match="is no address of a scheduler; write one such as tcp"):
        cluster.connect_cluster("slrum:jobs.yaml").__enter__()


def test_ctrl_c_ends_a_run_and_its_workers_in_two_lines(tmp_path):
    out, said = tmp_path / "out", tmp_path / "said.txt"
    words = ("run", "baseline", "--members", "40000", "--quiet", "--out", out)
    with said.open("w") as log:
        run = subprocess.Popen(
            [sys.executable, "-m", "steppe", *words, "--cluster", "local:2"],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    end = time.monotonic() + LIMIT
    while not (out / STATUS).exists() and run.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    assert run.wait(LIMIT) == 1, said.read_text()
    stopped, kept = said.read_text().splitlines()
    assert stopped == "stopped"
    assert kept.endswith(" of 20 blocks are kept, and the same command resumes from there")


def test_what_holds_something_else_is_refused_before_there_are_workers(tmp_path):
    """Jobs in a queue would wait, and cost, for nothing; at an address as in a folder."""

    @contextmanager
    def workers():
        raise AssertionError("workers were asked for")
        yield

    def refused(place, words):
        options = BatchOptions(("baseline",), members=2)
        with pytest.raises(RequestError, match=words):
            run_to_folder(options, place, command="steppe run", cluster=workers())

    taken = tmp_path / "taken"
    batches.run(taken)
    refused(taken, "holds another batch")
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    refused(tmp_path, "is not empty and holds no batch")
    address = f"memory://{tmp_path.name}"
    with working_folder(address, fetch=False) as folder:
        batches.run(folder)
    with working_folder(address, fetch=False) as folder:
        refused(folder, "holds another batch")


def test_an_address_that_is_empty_is_refused_and_nothing_runs_here(tmp_path):
    ended = steppe("run", "baseline", "--members", 2, "--cluster", "", "--out", tmp_path / "out")
    assert ended.returncode == 2 and "is no address of a scheduler" in ended.stderr
    assert not (tmp_path / "out").exists()

"""Blocks as jobs of a real Slurm of one node: whatever becomes of jobs, the same bytes."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import batches
import pytest
import slurm
from command import steppe as command

from steppe.experiments.runs import batch, slurm_jobs
from steppe.experiments.runs import block as blocks
from steppe.experiments.runs.dask_cluster import connect_cluster
from steppe.experiments.runs.slurm_jobs import JobQueue, JobSettings, name_of_jobs, seconds_of
from steppe.experiments.storage.manifest import load_manifest
from steppe.model.core.errors import RequestError

dask = pytest.importorskip("dask")
pytest.importorskip("dask_jobqueue")
LIMIT = 300.0
SETTINGS = "jobs: {jobs}\ncores: 1\nmemory: 1GB\nwalltime: {walltime}\npartition: work\n"
missing = slurm.missing_programs()
real = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}"),
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]
# slow: daemons are started and jobs waited for; Dask leaves sockets to the garbage collector


@pytest.fixture(scope="module")
def own():
    """One Slurm for all tests of this module."""
    with slurm.start() as one:
        yield one


@pytest.fixture
def node(own, monkeypatch):
    """The Slurm, with nothing in its queue."""
    for name, value in own.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(slurm_jobs, "LOOK_SECONDS", 0.5)
    own.wait_until(lambda: not own.jobs(), "the end of earlier jobs")
    yield own
    slurm._end_jobs(own)


def write_settings(folder: Path, jobs: int = 2, walltime: str = "00:10:00") -> str:
    path = folder / "jobs.yaml"
    path.write_text(SETTINGS.format(jobs=jobs, walltime=walltime) + "interface: lo\n")
    return f"slurm:{path}"


def hold(folder: Path, block) -> blocks.BlockResult:
    """Say which job took up a block, and run it once a file `go` is there."""
    job = os.environ["SLURM_JOB_ID"]
    (folder / f"{job}.{block.key.replace('/', '-')}").touch()
    end = time.monotonic() + LIMIT
    while not (folder / "go").exists() and time.monotonic() < end:
        time.sleep(0.05)
    return blocks.run_block(block)


def jobs_at_work(folder: Path) -> list[str]:
    return sorted({path.name.partition(".")[0] for path in folder.glob("*.*")})


def run_held(node, tmp_path, monkeypatch, misfortune, **settings):
    """Run a batch whose jobs meet with something while each holds a block; return it."""
    held = tmp_path / "held"
    held.mkdir()
    with (
        monkeypatch.context() as patched,
        connect_cluster(write_settings(tmp_path, **settings), str(tmp_path)) as workers,
    ):
        patched.setattr(batch, "run_block", partial(hold, held))

        def strike() -> None:
            if not (held / "go").exists() and len(jobs_at_work(held)) >= 2:
                misfortune(jobs_at_work(held))
                (held / "go").touch()

        run_blocks = workers.run_blocks

        def run_and_strike(function, todo):
            keep = workers.on_wait
            workers.on_wait = lambda: (strike(), keep())
            return run_blocks(function, todo)

        workers.run_blocks = run_and_strike
        batches.run(tmp_path / "there", cluster=workers)
    batches.run(tmp_path / "here")
    assert batches.files(tmp_path / "there") == batches.files(tmp_path / "here")
    assert len(load_manifest(tmp_path / "there").blocks) == 10
    node.wait_until(lambda: not node.jobs(), "the end of the run's jobs")
    return held


class TestJobs:
    """What may happen to jobs."""

    pytestmark = real

    def test_a_command_runs_as_jobs_with_the_bytes_of_a_run_here(self, node, tmp_path):
        run = ("run", "baseline", "--members", "6", "--no-figures", "--quiet", "--out")
        ended = command(*run, tmp_path / "there", "--cluster", write_settings(tmp_path))
        assert ended.returncode == 0, ended.stderr
        name = name_of_jobs(str(tmp_path / "there"))
        assert f"jobs     {name} (`scancel --name {name}` ends them)" in ended.stderr
        assert command(*run, tmp_path / "here", "--jobs", "1").returncode == 0
        assert batches.files(tmp_path / "there") == batches.files(tmp_path / "here")
        assert list((tmp_path / "there" / "jobs").glob("*.txt"))
        shown = command("status", tmp_path / "there").stdout
        assert shown.startswith("state    finished")

    def test_a_job_that_is_cancelled_is_replaced(self, node, tmp_path, monkeypatch):
        def cancel(jobs):
            node.call("scancel", jobs[0])
            node.wait_until(lambda: jobs[0] not in node.jobs(), "the end of the job")

        held = run_held(node, tmp_path, monkeypatch, cancel)
        assert len(jobs_at_work(held)) >= 2

    def test_jobs_that_a_more_urgent_one_displaces_come_back(self, node, tmp_path, monkeypatch):
        def displace(jobs):
            words = ("sbatch", "--parsable", "--partition=urgent", "--ntasks=2", "--mem=100M")
            job = node.call(*words, "--output=/dev/null", "--wrap=sleep 5").strip()
            node.wait_until(lambda: job in node.jobs("RUNNING"), "the urgent job")
            assert not set(jobs) & set(node.jobs("RUNNING"))

        held = run_held(node, tmp_path, monkeypatch, displace)
        assert len(jobs_at_work(held)) >= 3  # two that were displaced, and who came after

    def test_a_node_that_is_drained_takes_no_more_jobs_and_the_rest_is_done(
        self, node, tmp_path, monkeypatch
    ):
        host = node.call("sinfo", "--noheader", "--format=%n").split()[0]

        def drain(jobs):
            node.call("scontrol", "update", f"nodename={host}", "state=drain", "reason=test")
            node.call("scancel", jobs[0])
            node.wait_until(lambda: node.jobs("PENDING"), "a job in its place that waits")

        try:
            run_held(node, tmp_path, monkeypatch, drain)
        finally:
            node.call("scontrol", "update", f"nodename={host}", "state=resume")
            node.wait_until(lambda: slurm._is_idle(node), "the node")

    def test_jobs_that_hit_their_walltime_are_replaced(self, node, tmp_path, monkeypatch):
        monkeypatch.setattr(slurm_jobs, "EARLIER_SECONDS", -600)  # workers do not end before

        def wait(jobs):
            node.wait_until(lambda: not set(jobs) & set(node.jobs("RUNNING")), "the walltime")

        held = run_held(node, tmp_path, monkeypatch, wait, walltime="1")
        assert len(jobs_at_work(held)) >= 3

    @pytest.mark.parametrize("cancelled", [True, False])
    def test_after_the_client_was_killed_nothing_stays_and_the_same_command_goes_on(
        self, node, tmp_path, monkeypatch, cancelled
    ):
        held = tmp_path / "held"
        held.mkdir()
        cluster = write_settings(tmp_path, jobs=3)  # of which two fit on the node
        words = [sys.executable, __file__, str(tmp_path), cluster]
        with open(tmp_path / "client.txt", "w") as log:
            client = subprocess.Popen(words, stdout=log, stderr=log)
        try:
            node.wait_until(
                lambda: len(jobs_at_work(held)) >= 2 and node.jobs("PENDING"),
                f"blocks at work and jobs that wait, see {tmp_path / 'client.txt'}",
            )
        finally:
            os.kill(client.pid, signal.SIGKILL)
            client.wait()
        if cancelled:
            node.call("scancel", f"--name={name_of_jobs(str(tmp_path))}")
        node.wait_until(lambda: not node.jobs(), "the end of all jobs")  # else of themselves
        (held / "go").touch()
        with connect_cluster(cluster, str(tmp_path)) as workers:
            assert batches.run(tmp_path / "there", cluster=workers).finished
        batches.run(tmp_path / "here")
        assert batches.files(tmp_path / "there") == batches.files(tmp_path / "here")

    def test_a_partition_that_does_not_exist_is_refused(self, node, tmp_path):
        (tmp_path / "jobs.yaml").write_text("partition: nowhere\n")
        words = ("run", "baseline", "--members", "2", "--out", tmp_path / "out")
        ended = command(*words, "--cluster", f"slurm:{tmp_path / 'jobs.yaml'}")
        assert ended.returncode == 2
        said = r"\((allocation failure|Batch job submission failed): Invalid partition name"
        assert re.search(said + r" specified\)", ended.stderr)
        assert len(ended.stderr.splitlines()) == 1
        assert not (tmp_path / "out").exists()
        assert not node.jobs()

    def test_jobs_that_never_bring_a_worker_end_the_run(self, node, tmp_path, monkeypatch):
        monkeypatch.setattr("steppe.experiments.runs.dask_cluster.CONNECT_SECONDS", 2)
        (tmp_path / "jobs.yaml").write_text("before: [exit 3]\ninterface: lo\nmemory: 1GB\n")
        with (
            pytest.raises(RequestError, match="jobs ended before their workers came"),
            connect_cluster(f"slurm:{tmp_path / 'jobs.yaml'}", str(tmp_path)),
        ):
            pass


def test_settings_with_mistakes_are_shown_where_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(slurm_jobs, "require_slurm", lambda program="sbatch": program)
    path = tmp_path / "jobs.yaml"
    path.write_text("partitoin: x\ncores: many\nwalltime: long\nmemory: much\n")
    ended = command("run", "baseline", "--out", tmp_path / "out", "--cluster", f"slurm:{path}")
    assert ended.returncode == 2
    lines = [line.removeprefix(f"{path}:") for line in ended.stderr.splitlines()]
    assert "1:1  unknown key 'partitoin'; did you mean 'partition'?" in lines
    assert "2:8  'cores' must be a whole number, not 'many'" in lines
    assert any("must be a time as Slurm writes it, such as 01:00:00" in line for line in lines)
    assert any("must be an amount such as 4GB" in line for line in lines)
    assert not (tmp_path / "out").exists()


def test_no_slurm_on_the_path_and_an_address_that_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for cluster, reason in (
        ("slurm", "there is no sbatch on the path; run it where jobs are submitted"),
        ("slrum:x.yaml", "is no address of a scheduler; write one such as tcp://head:8786"),
    ):
        ended = command("run", "baseline", "--out", tmp_path / "out", "--cluster", cluster)
        assert ended.returncode == 2 and reason in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_no_job_is_submitted_for_a_scenario_that_does_not_exist(tmp_path, monkeypatch):
    monkeypatch.setattr(slurm_jobs, "require_slurm", lambda program="sbatch": "/bin/false")
    ended = command("run", "baselin", "--out", tmp_path / "out", "--cluster", "slurm")
    assert ended.returncode == 2
    assert ended.stderr.startswith("baselin  unknown scenario 'baselin'")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("cores", [1, 2])
def test_a_job_sets_what_its_workers_need_of_dask(cores):
    queue = JobQueue(JobSettings(cores=cores), "steppe-1", None)
    queue._scheduler = "tcp://10.0.0.1:8786"
    lines = [shlex.split(line) for line in queue._script(0).splitlines()]
    given = dict(line[1].split("=", 1) for line in lines if line[:1] == ["export"])
    read = dask.config.collect(paths=[], env=given)
    for name, value in slurm_jobs.OF_WORKERS.items():
        assert dask.config.get(name, config=read) == value
    assert ("--nanny" in lines[-1]) is (cores > 1)  # else Slurm replaces what dies


def test_times_as_slurm_writes_them():
    written = {"30": 1800, "30:15": 1815, "1:30:00": 5400, "2-12": 216_000, "1-00:30": 88_200}
    assert {text: seconds_of(text) for text in written} == written


def run_client(folder: Path, cluster: str) -> None:
    """Run the batch of a test, to be killed."""
    import test_slurm

    slurm_jobs.ORPHAN_SECONDS, slurm_jobs.LOOK_SECONDS = 15, 0.5
    batch.run_block = partial(test_slurm.hold, folder / "held")
    with connect_cluster(cluster, str(folder)) as workers:
        batches.run(folder / "there", cluster=workers)


if __name__ == "__main__":
    run_client(Path(sys.argv[1]), sys.argv[2])

"""A batch survives kill -9, of the run and of its workers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import batches
import pytest

from steppe.experiments.runs import batch
from steppe.experiments.runs import block as blocks
from steppe.experiments.storage.folder_lock import FolderLock
from steppe.experiments.storage.manifest import load_manifest
from steppe.model.core.errors import IncompleteRunError, RequestError

KILLS = 20
linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a batch that nothing disturbed."""
    batches.run(folder := tmp_path_factory.mktemp("undisturbed"))
    return batches.files(folder)


class Server:
    """A process that forks runs, so that they start at once and can be killed."""

    def __init__(self):
        here = Path(__file__).parent
        self._process = subprocess.Popen(
            [sys.executable, str(here / "batches.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout.readline() == "ready\n"

    def start(self, folder: Path, jobs: int, step: int = 0, number: int = signal.SIGKILL) -> int:
        self._process.stdin.write(f"{folder} {jobs} {step} {int(number)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def ended(self) -> int:
        """The exit code of the last run, negative for a signal; keeps how many steps it took."""
        code = int(self._process.stdout.readline())
        self.steps = int(self._process.stdout.readline().strip() or 0)
        return code

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.close()


@linux
@pytest.mark.slow  # twenty-one runs, each finished by another
@pytest.mark.parametrize(("jobs", "kills"), [(1, KILLS - 4), (2, 4)])
def test_a_run_that_is_killed_goes_on_to_the_same_bytes(server, tmp_path, whole, jobs, kills):
    server.start(tmp_path / "whole", jobs)
    assert server.ended() == 0
    steps = server.steps
    assert steps > 2 * KILLS
    for number in range(kills):
        folder = tmp_path / str(number)
        run = server.start(folder, jobs, step=1 + int(0.9 * steps * number / kills))
        assert server.ended() == -signal.SIGKILL
        assert batches.resumed(folder) == whole
        wait_for_session(run)


def wait_for_session(session: int) -> None:
    """Wait until no process of a session is left: no worker outlives the run that started it."""
    while any(row[3] == session and row[0] != "Z" for row in processes().values()):
        time.sleep(0.05)


def processes() -> dict[int, tuple[str, int, int, int]]:
    """State, parent, group and session of every process."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, group, session = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        found[int(path.parent.name)] = (state, int(parent), int(group), int(session))
    return found


def workers() -> list[int]:
    """Grandchildren of this process: the workers, started by the fork server."""
    rows = processes()
    children = {number for number, row in rows.items() if row[1] == os.getpid()}
    return [number for number, row in rows.items() if row[1] in children and row[0] != "Z"]


@linux
@pytest.mark.slow  # twenty workers are killed, and pools started again
def test_workers_that_are_killed_are_replaced_and_their_blocks_redone(tmp_path, whole):
    chance, killed, done = random.Random(7), [], threading.Event()

    def kill() -> None:
        while len(killed) < KILLS and not done.wait(chance.uniform(0.02, 0.3)):
            for worker in workers()[:1]:
                os.kill(worker, signal.SIGKILL)
                killed.append(worker)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    number = 0
    try:
        while len(killed) < KILLS:
            folder, number = tmp_path / str(number), number + 1
            while True:
                try:
                    batches.run(folder, jobs=2, retry=True)
                    break
                except IncompleteRunError:
                    assert batches.agreeing(folder)
            assert batches.resumed(folder) == whole
    finally:
        done.set()
        killer.join()
    assert len(killed) == KILLS


def deadly(block):
    """Kills the worker that has the block, if it is the third of the first scenario."""
    if block.key == "one/4" and "kill" in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)
    return blocks.run_block(block)


@pytest.mark.slow  # four pools are started
def test_a_block_that_kills_its_worker_is_listed_and_the_rest_goes_on(tmp_path, whole, monkeypatch):
    monkeypatch.setattr(batch, "run_block", deadly)
    monkeypatch.setenv("kill", "yes")
    batches.forget_fork_server()
    with pytest.raises(
        IncompleteRunError, match=r"1 of 10 blocks failed:\n  one/4: its worker was killed 2 times"
    ):
        batches.run(tmp_path, jobs=2)
    assert (
        list(load_manifest(tmp_path).failures) == ["one/4"]
        and len(load_manifest(tmp_path).blocks) == 9
    )
    monkeypatch.delenv("kill")
    with pytest.raises(IncompleteRunError, match="--retry"):
        batches.run(tmp_path)
    assert batches.resumed(tmp_path, retry=True) == whole


def halted(server, folder: Path) -> int:
    """Start a run that stops itself midway, once it has a manifest."""
    server.start(folder / "whole", 1)
    assert server.ended() == 0
    run = server.start(folder / "held", 1, server.steps // 2, signal.SIGSTOP)
    while processes()[run][0] != "T":
        time.sleep(0.002)
    assert not load_manifest(folder / "held").finished
    return run


@linux
def test_a_lock_is_free_again_after_its_process_was_killed(server, tmp_path, whole):
    run = halted(server, tmp_path)
    with (
        pytest.raises(RequestError, match=f"is in use by process {run} on .* since "),
        FolderLock(tmp_path / "held"),
    ):
        pass
    os.kill(run, signal.SIGKILL)
    server.ended()
    assert batches.resumed(tmp_path / "held") == whole

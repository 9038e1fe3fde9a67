"""A batch survives errors, full disks, damaged files, clocks that jump, and concurrent runs."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import batches
import pytest

from steppe.experiments.runs import batch
from steppe.experiments.runs import block as blocks
from steppe.experiments.storage import zarr_store as store
from steppe.experiments.storage.manifest import BEFORE, NAME, RESULTS, Manifest, load_manifest
from steppe.model.core.errors import IncompleteRunError, RequestError

LIMIT = 500.0  # seconds after which a test that waits gives up
linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A batch that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    batches.run(folder)
    return folder


@pytest.fixture(scope="module")
def whole(undisturbed):
    """Its bytes."""
    return batches.files(undisturbed)


@pytest.fixture
def finished(undisturbed, tmp_path):
    """A copy of it, to damage."""
    return Path(shutil.copytree(undisturbed, tmp_path / "finished"))


def stop_after(monkeypatch, blocks_done: int, error: BaseException, name: str = "write_block"):
    """Let writing a block fail from some block on."""
    written, calls = getattr(blocks, name), []

    def write(*arguments):
        calls.append(arguments)
        if len(calls) > blocks_done:
            raise error
        written(*arguments)

    monkeypatch.setattr(blocks, name, write)


# Stopped


def test_a_run_that_is_interrupted_says_what_is_kept(tmp_path, whole, monkeypatch):
    stop_after(monkeypatch, 3, KeyboardInterrupt())
    with pytest.raises(
        IncompleteRunError, match="stopped\n3 of 10 blocks are kept, and the same command resumes"
    ):
        batches.run(tmp_path)
    monkeypatch.undo()
    assert batches.resumed(tmp_path) == whole


def test_a_block_that_raises_is_listed_with_its_reason_and_taken_up_by_retry(
    tmp_path, whole, monkeypatch
):
    stop_after(monkeypatch, 9, ArithmeticError("out of bounds"))
    with pytest.raises(
        IncompleteRunError,
        match="1 of 10 blocks failed:\n  other/8: not written: ArithmeticError: out of bounds",
    ):
        batches.run(tmp_path)
    monkeypatch.undo()
    with pytest.raises(IncompleteRunError, match="out of bounds"):
        batches.run(tmp_path)
    assert batches.resumed(tmp_path, retry=True) == whole


# Full or read-only


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "saved", [True, False], ids=["room for the manifest", "no room for anything"]
)
def test_a_write_that_finds_the_disk_full_stops_the_run_and_keeps_what_is_done(
    tmp_path, whole, monkeypatch, saved
):
    stop_after(monkeypatch, 4, FULL)
    if not saved:
        save, calls = Manifest.save, []
        monkeypatch.setattr(
            Manifest,
            "save",
            lambda self, folder: full() if calls else (calls.append(1), save(self, folder)),
        )
    with pytest.raises(
        IncompleteRunError,
        match=r"\(No space left on device\); free some space .*\n\d of 10 blocks are kept",
    ):
        batches.run(tmp_path)
    monkeypatch.undo()
    assert batches.resumed(tmp_path) == whole


def full():
    raise FULL


@contextmanager
def mounted(folder: Path, *options: str):
    """A file system of its own in a folder, where this process may mount one."""
    folder.mkdir()
    done = (
        subprocess.run(["mount", *options, str(folder)], capture_output=True)
        if shutil.which("mount") and os.geteuid() == 0
        else None
    )
    if done is None or done.returncode:
        pytest.skip("needs the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("kilobytes", [8, 60, 100, 140])
def test_a_small_disk_that_fills_up_leaves_a_batch_that_goes_on_once_there_is_room(
    tmp_path, whole, kilobytes
):
    folder = tmp_path / "small"
    with mounted(folder, "-t", "tmpfs", "-o", f"size={kilobytes}k", "none"):
        with pytest.raises(IncompleteRunError, match=r"cannot be written.*No space left on device"):
            batches.run(folder)
        subprocess.run(["mount", "-o", "remount,size=4m", str(folder)], check=True)
        assert batches.resumed(folder) == whole


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "taken").write_text("a file in place of the folder")
    with pytest.raises(
        RequestError, match=r"taken: cannot be written .*give another folder with --out"
    ):
        batches.run(tmp_path / "taken")
    (tmp_path / "source").mkdir()
    folder = tmp_path / "read-only"
    with mounted(folder, "--bind", str(tmp_path / "source")):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        with pytest.raises(
            RequestError, match=r"read-only: cannot be written \(Read-only file system\)"
        ):
            batches.run(folder)


# Damaged


def chunk(folder: Path, name: str = "shares", scenario: int = 1, number: int = 2) -> Path:
    tail = "0/0/0/0" if name == "shares" else "0"
    return folder / RESULTS / name / "c" / str(scenario) / str(number) / tail


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


DAMAGE = {
    "a chunk cut short": lambda folder: os.truncate(chunk(folder), 20),
    "an empty chunk": lambda folder: os.truncate(chunk(folder), 0),
    "a chunk gone": lambda folder: chunk(folder).unlink(),
    "parameters gone": lambda folder: chunk(folder, "parameters").unlink(),
    "a bit turned": lambda folder: flip(chunk(folder)),
    "the group gone": lambda folder: (folder / RESULTS / "zarr.json").unlink(),
    "the array's description cut": lambda folder: os.truncate(
        folder / RESULTS / "shares" / "zarr.json", 100
    ),
    "a coordinate gone": lambda folder: shutil.rmtree(folder / RESULTS / "time"),
    "everything gone": lambda folder: shutil.rmtree(folder / RESULTS),
    "the manifest cut in half": lambda folder: halve(folder / NAME),
    "the manifest empty": lambda folder: os.truncate(folder / NAME, 0),
    "the manifest gone": lambda folder: (folder / NAME).unlink(),
    "a draft left over": lambda folder: (folder / f"{NAME}.draft").write_text("{"),
    "a piece left over": lambda folder: chunk(folder).with_name("0.abc.partial").write_text("half"),
}


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_found_and_mended(finished, whole, damage):
    damage(finished)
    assert batches.run(finished).finished
    assert batches.files(finished) == whole and batches.agreeing(finished)


def test_only_what_is_damaged_is_run_again(finished, monkeypatch):
    os.truncate(chunk(finished), 20)
    done = []
    monkeypatch.setattr(
        batch, "run_block", lambda block: (done.append(block.key), blocks.run_block(block))[1]
    )
    batches.run(finished)
    assert done == ["other/4"]
    logged = (finished / "run.log").read_text()
    assert '"event": "block damaged or missing, run again", "block": "other/4"' in logged


def test_two_damaged_manifests_are_refused_and_nothing_is_touched(finished, whole):
    for name in (NAME, BEFORE):
        halve(finished / name)
    with pytest.raises(
        RequestError,
        match=r"is damaged .*and so is the previous one; delete the folder and run again",
    ):
        batches.run(finished)
    assert batches.files(finished) == whole


# Clocks and rivals


def test_a_clock_that_jumps_changes_nothing(tmp_path, whole, monkeypatch):
    chance, true_time = random.Random(5), time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + chance.uniform(-1e9, 1e9))
    stop_after(monkeypatch, 5, FULL)
    with pytest.raises(IncompleteRunError):
        batches.run(tmp_path)
    monkeypatch.setattr(blocks, "write_block", store.write_block)
    for path in tmp_path.rglob("*"):
        moment = chance.uniform(0, 4e9)
        os.utime(path, (moment, moment))
    done = []
    monkeypatch.setattr(
        batch, "run_block", lambda block: (done.append(block.key), blocks.run_block(block))[1]
    )
    assert batches.resumed(tmp_path) == whole
    assert len(done) == 5
    assert all(row["seconds"] < 1e6 for row in load_manifest(tmp_path).blocks.values())


@linux
def test_of_two_runs_that_race_for_a_folder_one_is_refused_with_the_others_identity(
    tmp_path, whole, monkeypatch
):
    """The one that runs waits in its first block until the other was refused."""
    outcomes: list[str] = []
    gate, refusal = threading.Barrier(2), threading.Event()

    def race() -> None:
        gate.wait()
        try:
            batches.run(tmp_path)
            outcomes.append("finished")
        except RequestError as error:
            outcomes.append(str(error))
            refusal.set()

    def wait_and_run(block):
        assert refusal.wait(LIMIT)
        return blocks.run_block(block)

    monkeypatch.setattr(batch, "run_block", wait_and_run)

    rivals = [threading.Thread(target=race) for _ in range(2)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    assert "finished" in outcomes and len(outcomes) == 2
    refused = next(words for words in outcomes if words != "finished")
    assert f"is in use by process {os.getpid()} on " in refused
    assert batches.files(tmp_path) == whole


def test_another_request_is_refused_with_what_differs(finished):
    with pytest.raises(RequestError, match="members: 10 stored, 12 requested"):
        batches.run(finished, batches.request(members=12))
    manifest = load_manifest(finished)
    manifest.request["model"] = "0"
    manifest.save(finished)
    with pytest.raises(RequestError, match="version of the model: 0 stored"):
        batches.run(finished)
    batches.run(finished, batches.request(members=4), replace=True)
    assert len(load_manifest(finished).blocks) == 4

"""How far a run has come, as others see it: while it works, when it ends, when it is killed."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import time
from datetime import UTC, datetime

import batches
import pytest
from command import steppe as command

from steppe.experiments.runs import batch
from steppe.experiments.runs.run_status import read_status
from steppe.experiments.storage.manifest import STATUS
from steppe.experiments.storage.working_copy import working_folder
from steppe.model.core.errors import IncompleteRunError

PLACES = pytest.mark.parametrize("place", ["folder", "memory"])


def run(place, tmp_path, **keys):
    """Run the small batch in a folder or at an address, and return where."""
    out = tmp_path / "run" if place == "folder" else f"memory://{tmp_path.name}/run"
    with working_folder(out, fetch=False) as folder:
        batches.run(folder, **keys)
    return out


@PLACES
def test_a_run_is_seen_while_it_works_and_when_it_ends(place, tmp_path, monkeypatch):
    out = tmp_path / "run" if place == "folder" else f"memory://{tmp_path.name}/run"
    seen, run_block = [], batch.run_block
    monkeypatch.setattr("steppe.experiments.runs.run_status.WRITE_SECONDS", -1)
    monkeypatch.setattr("steppe.experiments.runs.run_status.PUT_SECONDS", -1)
    look = lambda block: seen.append(command("status", out, "--json").stdout) or run_block(block)  # noqa: E731
    monkeypatch.setattr(batch, "run_block", look)
    run(place, tmp_path)
    known = [json.loads(text) for text in seen if text]
    done = [status["blocks"]["done"] for status in known]
    assert done == sorted(done) and done[-1] == 9
    last = known[-1]
    assert (last["state"], last["alive"], last["workers"]) == ("running", True, 1)
    assert last["members"] == {"all": 20, "done": 18}
    assert last["members_per_second"] > 0 and last["seconds_left"] >= 0
    ended = read_status(out)
    assert (ended["state"], ended["alive"]) == ("finished", False)
    shown = command("status", out).stdout.splitlines()
    assert shown[0] == "state    finished"
    assert shown[1] == "blocks   10 of 10 done, 0 failed"
    assert shown[2].startswith("members  20 of 20")
    assert shown[3].startswith("updated  ") and shown[3].endswith(" ago")


@PLACES
def test_a_failed_block_and_a_stop_are_shown(place, tmp_path, monkeypatch):
    run_block = batch.run_block

    def fail(block):
        if block.key == "other/4":
            raise KeyboardInterrupt
        return run_block(block)

    monkeypatch.setattr(batch, "run_block", fail)
    with pytest.raises(IncompleteRunError, match="5 of 10 blocks are kept"):
        run(place, tmp_path)
    out = tmp_path / "run" if place == "folder" else f"memory://{tmp_path.name}/run"
    status = read_status(out)
    assert (status["state"], status["blocks"]["done"]) == ("stopped", 5)


def age(folder, **changes):
    """Rewrite the status as one of a run that was killed in 2020."""
    path = folder / STATUS
    moment = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    status = json.loads(path.read_text())
    path.write_text(json.dumps(status | {"state": "running", "updated": moment} | changes))


def test_a_run_that_was_killed_is_not_shown_as_running(tmp_path):
    out = run("folder", tmp_path)
    ended = subprocess.Popen(["true"])
    ended.wait()
    age(out, process=ended.pid)
    shown = command("status", out).stdout
    assert shown.startswith(f"state    stopped: process {ended.pid} on {platform.node()} since ")
    assert "has ended; the same command resumes" in shown
    assert re.search(r"^updated  [\d,]{6,} h \d+ min ago$", shown, re.MULTILINE)
    age(out, machine="elsewhere")
    assert "may have ended; the same command resumes" in command("status", out).stdout


def test_what_is_no_status_is_passed_over_for_the_manifest(tmp_path):
    out = run("folder", tmp_path)
    for text in ("", "{}", "[1]", '{"updated": 3}', "\udcff"):
        (out / STATUS).write_text(text, errors="surrogateescape")
        shown = command("status", out)
        assert shown.stdout == "state    finished\nblocks   10 of 10 done, 0 failed\n"
    nothing = command("status", tmp_path)
    assert nothing.returncode == 2 and "holds no batch" in nothing.stderr
    assert command("status", "memory://no/batch/here").returncode == 2


def test_status_of_many_blocks_reads_a_small_file(tmp_path):
    out = run("folder", tmp_path)
    blocks = {f"one/{number}": {"hash": "0" * 32, "seconds": 1.0} for number in range(100_000)}
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["request"]["blocks_in_all"] = 100_001
    (out / "manifest.json").write_text(json.dumps(manifest | {"blocks": blocks}))
    started = time.process_time()
    assert read_status(out)["state"] == "finished"
    assert time.process_time() - started < 0.5
    (out / STATUS).unlink()  # and without it, the manifest itself
    started = time.process_time()
    assert read_status(out)["blocks"]["done"] == 100_000
    assert time.process_time() - started < 2

"""Each analysis is killed halfway, run again, and ends as if it had not been interrupted."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from command_server import Server

NARROW = """title: Few things uncertain, so that few are looked at
extends: baseline
parameters: {iota: 1.5, lambda_: 0.5, phi: 3, chi: 1, h: 12, sigma: 0.03, alpha: 1.75, tau_0: 0.4,
             rho: 3, psi: 0.1, delta: 0.3, zeta: 0.5, eta: 1, gamma: 0.7, "beta[soft power]": 1,
             "b[United States]": 0, "b[European Union]": 0}
"""
# Arguments of a small analysis, and how many tasks must be done before it is killed.
QUESTIONS = {
    "sensitivity": (
        [
            "baseline",
            "--output",
            "autonomy(Tajikistan)",
            "--trajectories",
            "4",
            "--samples",
            "16",
            "--members",
            "20",
        ],
        4,
    ),
    "tipping": (
        [
            "russian-retreat",
            "--lever",
            "depth",
            "--condition",
            "mean(share(Russia, all, security)) < 0",
            "--members",
            "20",
            "--jobs",
            "2",
        ],
        6,
    ),
    "discover": (
        [
            "narrow.yaml",
            "--outcome",
            "share(China, all, economic) > 0.27",
            "--futures",
            "600",
            "--boxes",
            "1",
        ],
        4,
    ),
    "robustness": (["baseline", "--outcome", "autonomy(Turkmenistan)", "--members", "20"], 5),
}


@pytest.fixture(scope="module")
def server():
    found = Server()
    yield found
    found.close()


def pieces(folder: Path, verb: str) -> dict[str, int]:
    """Checkpoints of work by name, and when each was written."""
    return {
        path.name: path.stat().st_mtime_ns
        for path in (folder / "results" / "answers" / verb / "pieces").glob("*/*.npz")
    }


def session(leader: int) -> list[str]:
    """Processes started by a command that still run; empty if the system does not tell."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, group = path.read_text().rpartition(") ")[2].split()[:4]
            found += [path.parent.name] if int(group) == leader and state != "Z" else []
    return found


def tables(folder: Path, verb: str) -> dict[str, bytes]:
    found = folder / "results" / "answers" / verb
    return {
        path.name: path.read_bytes()
        for path in sorted(
            (*found.glob("*.csv"), *found.glob("boxes/*.yaml"), *found.glob("moves/*.yaml"))
        )
    }


@pytest.mark.slow  # every command is given three times
@pytest.mark.parametrize("verb", QUESTIONS)
def test_killed_and_given_again(server, tmp_path, verb):
    words, enough = QUESTIONS[verb]
    jobs = [] if "--jobs" in words else ["--jobs", "1"]
    words = [verb, "--parameters-from", "prior", *jobs, *words]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        (folder / "narrow.yaml").write_text(NARROW)
    server.start(whole, words)
    assert server.wait() == 0, (whole / "warned.txt").read_text()
    process = server.start(killed, words, enough)
    assert server.wait() == -signal.SIGKILL
    while session(process):  # workers end with the command, but may finish a piece first
        time.sleep(0.05)
    there = pieces(killed, verb)
    assert enough <= len(there) < len(pieces(whole, verb))
    server.start(killed, words)
    assert server.wait() == 0, (killed / "warned.txt").read_text()
    after = pieces(killed, verb)
    assert {name: after[name] for name in there} == there and set(after) == set(pieces(whole, verb))
    assert f"resumed: {len(there)} pieces" in (killed / "warned.txt").read_text()
    assert tables(killed, verb) == tables(whole, verb) != {}

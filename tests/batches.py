"""Tiny batches of a toy, to test how batches are stored; as a script, it runs them to be killed."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import toys
from killing import signal_at_change

from steppe.experiments.runs.batch import run_batch
from steppe.experiments.runs.batch_request import Request
from steppe.experiments.runs.block import check_block
from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.experiments.storage.manifest import BEFORE, NAME, RESULTS, load_manifest
from steppe.model.core.errors import IncompleteRunError


def request(names=("one", "other"), members: int = 10, block: int = 2, **keys) -> Request:
    """Two scenarios of two powers, one republic and three years, in blocks of two members."""
    of = toys.cast()
    scenario = toys.scenario(of, quarters=12, tags=[])
    scenarios = [replace(scenario, name=name) for name in names]
    return Request(
        scenarios,
        ParameterSource(toys.inputs(of), "toy", None),
        members,
        seed=3,
        block=block,
        **keys,
    )


def run(folder: Path, what: Request | None = None, jobs: int = 1, **keys):
    """Run a batch, or what is missing of it."""
    return run_batch(what or request(), folder, jobs=jobs, command="steppe run", **keys)


def files(folder: Path) -> dict[str, bytes]:
    """Everything in the results, byte by byte."""
    top = folder / RESULTS
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file()
    }


def agreeing(folder: Path, what: Request | None = None) -> bool:
    """Whether the data of every block that the manifest lists are what it says."""
    listed = load_manifest(folder).blocks
    return all(
        check_block(block).hash == listed[block.key]["hash"]
        for block in (what or request()).blocks(folder)
        if block.key in listed
    )


def resumed(folder: Path, what: Request | None = None, **keys) -> dict[str, bytes]:
    """The bytes of a batch after the same command again; its manifest and data agreed before."""
    if (folder / NAME).exists() or (folder / BEFORE).exists():
        assert agreeing(folder, what)
    assert run(folder, what, **keys).finished
    assert not list(folder.rglob("*.draft")) and not list(folder.rglob("*.partial"))
    return files(folder)


def forget_fork_server() -> None:
    """Stop the fork server, as workers get the environment that it was started with."""
    from multiprocessing.forkserver import _forkserver

    _forkserver._stop()


def serve() -> None:
    """For each line `FOLDER JOBS STEP SIGNAL` of standard input, run a batch in a fork of this.

    The fork gets the signal at that step of its work in the folder, or none at step 0. Prints the
    id of the fork, how it ended, and the steps it took if nothing stopped it. As this process has
    imported everything, a run starts at once.
    """
    import xarray.backends.zarr  # noqa: F401
    import zarr  # noqa: F401

    import steppe.model.model  # noqa: F401

    what = request()
    print("ready", flush=True)
    for line in sys.stdin:
        folder, *numbers = line.rsplit(maxsplit=3)
        jobs, step, number = map(int, numbers)
        told, tell = os.pipe()
        child = os.fork()
        if not child:
            os.setsid()
            count_steps = signal_at_change(Path(folder), step, number)
            try:
                run(Path(folder), what, jobs)
            except IncompleteRunError:
                os._exit(1)
            os.write(tell, str(count_steps()).encode())
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        os.close(tell)
        print(os.read(told, 20).decode(), flush=True)
        os.close(told)


if __name__ == "__main__":
    serve()

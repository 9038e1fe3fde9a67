"""What a cluster costs: load of its scheduler by empty blocks, and its overhead over processes.

`python -m steppe.experiments.benchmarks.cluster_load --blocks 1000 --blocks 10000`
`python -m steppe.experiments.benchmarks.cluster_load --overhead 20000`
`python -m steppe.experiments.benchmarks.cluster_load --objects 10000000`
"""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import click

from steppe.experiments.runs import batch
from steppe.experiments.runs.batch_request import Request
from steppe.experiments.runs.block import Block, BlockResult
from steppe.experiments.runs.dask_cluster import connect_cluster
from steppe.experiments.runs.run import BatchOptions
from steppe.experiments.runs.run_status import read_status
from steppe.experiments.runs.shared_inputs import SharedInputs
from steppe.experiments.storage.zarr_store import PARAMETERS, SHARES

from .process_tree import NO_CACHE, seconds_of

STEPPE = [sys.executable, "-m", "steppe"]
COMPARED = (["--jobs", "2"], ["--cluster", "local:2"])
KILO = 1024  # units of `ru_maxrss`


def run_nothing(block: Block) -> BlockResult:
    """A block without any work."""
    return BlockResult(block.key, hash="0" * 32)


@click.command()
@click.option("--blocks", type=int, multiple=True, help="Run so many empty blocks; repeatable.")
@click.option("--overhead", type=int, help="Compare a cluster with processes at so many members.")
@click.option("--rounds", type=int, default=5, help="Of that comparison, of which the median.")
@click.option("--objects", type=int, help="Count the objects of a scenario of so many members.")
def command(
    blocks: tuple[int, ...], overhead: int | None, rounds: int, objects: int | None
) -> None:
    """Measure what is asked for, and print it."""
    for count in blocks:
        in_child = subprocess.run(
            [*STEPPE[:2], __spec__.name, "--one", str(count)], check=True, capture_output=True
        )
        click.echo(in_child.stdout.decode().strip())
    if overhead:
        taken = [[_processor_seconds(overhead, words) for words in COMPARED] for _ in range(rounds)]
        for words, seconds in zip(COMPARED, zip(*taken, strict=True), strict=True):
            middle, each = median(seconds), ", ".join(f"{value:.1f}" for value in seconds)
            click.echo(f"{' '.join(words):<18}{middle:.1f} s of processor ({each})")
    if objects:
        click.echo(f"{objects:,} members: {count_objects(objects):,} objects per scenario")


def count_objects(members: int) -> int:
    """Chunks that one scenario has in a store, over all arrays."""
    layout = BatchOptions(("baseline",), members=members).request().layout()
    arrays = [SHARES, PARAMETERS, *layout.observables]
    return len(arrays) * len(layout.blocks)


def measure_blocks(count: int) -> str:
    """Run empty blocks on two workers here, and say what client and scheduler needed for each."""
    options = BatchOptions(("baseline",), members=count).request()
    request = Request(options.scenarios, options.parameter_source, count, 1, block=1)
    with tempfile.TemporaryDirectory() as folder, connect_cluster("local:2") as cluster:
        out, done, waits = Path(folder, "out"), threading.Event(), [0.0]
        watcher = threading.Thread(target=_watch, args=(out, done, waits))
        watcher.start()
        memory, before, started = _peak(), time.process_time(), time.perf_counter()
        with mock.patch.object(batch, "run_block", run_nothing):
            batch.run_batch(request, out, jobs=2, command="", cluster=cluster)
        seconds, wall = time.process_time() - before, time.perf_counter() - started
        done.set()
        watcher.join()
        block = pickle.dumps(SharedInputs(_NoClient()).lighten(request.blocks(out)[0]))
        manifest = (out / "manifest.json").stat().st_size
        return (
            f"{count:>9,} blocks: {1000 * seconds / count:.2f} ms of processor and "
            f"{1000 * wall / count:.2f} ms per block, {len(block):,} bytes sent and "
            f"{manifest // count:,} bytes of manifest each, "
            f"{(_peak() - memory) / KILO:,.0f} MB more memory in all, "
            f"status within {max(waits):.2f} s"
        )


class _NoClient:
    """A client that sends nothing."""

    def set_metadata(self, keys: list[str], data: bytes) -> None:
        """Send nothing."""


def _watch(out: Path, done: threading.Event, waits: list[float]) -> None:
    """Ask for the status as another process would, and keep how long each answer took."""
    surroundings = {name: value for name, value in os.environ.items() if name != NO_CACHE}
    while not done.wait(2):
        if (out / "manifest.json").exists():
            started = time.perf_counter()
            words = [*STEPPE, "status", str(out)]
            subprocess.run(words, check=True, capture_output=True, env=surroundings)
            waits.append(time.perf_counter() - started)
    read_status(out)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _processor_seconds(members: int, words: list[str]) -> float:
    """Processor time of a run of the baseline and of all its workers, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        given = ["--members", str(members), "--no-figures", "--quiet", "--out", f"{folder}/out"]
        return seconds_of([*STEPPE, "run", "baseline", *given, *words])


def main(words: list[str]) -> Any:
    """Run the command, or one measurement in a process of its own."""
    if words[:1] == ["--one"]:
        click.echo(measure_blocks(int(words[1])))
        return None
    return command(words)


if __name__ == "__main__":
    main(sys.argv[1:])

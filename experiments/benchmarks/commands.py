"""Cases that run the command itself, in a process that has imported next to nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from steppe.model.core.errors import IncompleteRunError

from .measure import Record, disk_bytes

PATIENCE = 60.0  # seconds
STEPPE = [sys.executable, "-m", "steppe", "run", "--no-figures", "--quiet"]


def start(members: int) -> Record:
    """From the start of the process `steppe run` to its first block; it is then stopped."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [*STEPPE, "--members", str(members), "--out", folder]
        chunks, started = Path(folder) / "results.zarr" / "shares" / "c", perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                while not any(
                    path.is_file() and path.suffix != ".partial" for path in chunks.rglob("*")
                ):
                    if process.poll() is not None or perf_counter() - started > PATIENCE:
                        raise IncompleteRunError(f"no block in {PATIENCE:g} seconds")
                    sleep(0.005)
                seconds = perf_counter() - started
            finally:
                process.send_signal(signal.SIGTERM)
    return {"members": members, "seconds": seconds}


def large(members: int, jobs: int) -> Record:
    """`steppe run` of every scenario, summary included, figures left out."""
    with TemporaryDirectory() as folder:
        started, sizes = perf_counter(), ["--members", f"{members}", "--jobs", f"{jobs}"]
        command = [*STEPPE, *sizes, "--store", "summary", "--out", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds, disk = perf_counter() - started, disk_bytes(Path(folder))
    return {"members": members, "jobs": jobs, "seconds": seconds, "disk": disk}

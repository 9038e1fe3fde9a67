"""Processor time of a command and of all processes that it leaves behind.

What a process waits for is in its own account. Workers of a pool are children of a server that
outlives the command, and are in nobody's: here they are counted, since on Linux a process can ask
to inherit what others leave behind.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SET_CHILD_SUBREAPER = 36  # of prctl
NO_CACHE = "PYTHONDONTWRITEBYTECODE"  # with which every import compiles, as no user has it


def seconds_of(
    command: Sequence[str | Path],
    cwd: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> float:
    """User and system time of a command and its descendants, in seconds; files of Python compiled.

    Parameters
    ----------
    settings : environment variables, beside those of this process.

    Raises
    ------
    subprocess.CalledProcessError
        If the command fails, with what it wrote to its error stream.
    """
    counting = [sys.executable, str(Path(__file__).resolve()), *map(str, command)]
    surroundings = {name: value for name, value in os.environ.items() if name != NO_CACHE}
    surroundings |= settings or {}
    done = subprocess.run(
        counting, capture_output=True, text=True, check=True, env=surroundings, cwd=cwd
    )
    return float(json.loads(done.stdout))


def count_descendants(command: Sequence[str]) -> tuple[int, float]:
    """Run a command and wait for all that comes of it: its exit code, and seconds of processor.

    Elsewhere than on Linux, processes that outlive the command are not counted.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    code, seconds = 1, 0.0
    while True:
        try:
            found, status, used = os.wait4(-1, 0)
        except ChildProcessError:
            return code, seconds
        seconds += used.ru_utime + used.ru_stime
        if found == first.pid:
            code = first.returncode = os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    exit_code, total = count_descendants(sys.argv[1:])
    print(json.dumps(total))
    sys.exit(abs(exit_code))

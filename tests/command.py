"""The command line called in this process, without the cost of starting Python."""

from __future__ import annotations

import io
import os
import signal
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from steppe.experiments.cli.app import main


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def steppe(*words, cwd: Path | None = None) -> Ended:
    """Call the command with these words; what it does to signals is undone."""
    out, err = io.StringIO(), io.StringIO()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        with (
            chdir(cwd or os.curdir),
            redirect_stdout(out),
            redirect_stderr(err),
            mock.patch.object(sys, "argv", ["steppe", *map(str, words)]),
        ):
            main()
    except SystemExit as end:
        return Ended(end.code, out.getvalue(), err.getvalue())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    raise AssertionError("the command did not end its process")

"""Runs commands in processes that can be killed; run as a script, it starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from importlib import import_module
from pathlib import Path

from killing import save_and_kill

from steppe.experiments.analysis.discovery import analysis, box_files
from steppe.experiments.runs import checkpoints

USED = (
    "analysis.sensitivity.session",
    "analysis.tipping.session",
    "analysis.discovery.session",
    "analysis.robustness.session",
)
PACKAGES = (
    "SALib.sample.morris",
    "SALib.sample.sobol",
    "SALib.analyze.morris",
    "SALib.analyze.sobol",
    "pandas",
    "ema_workbench.analysis.prim",
    "ema_workbench.analysis.cart",
    "ema_workbench.analysis.feature_scoring",
)


class Server:
    """Runs each command in a process forked from one that has imported everything."""

    def __init__(self):
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self._process.stdout.readline() == "ready\n"

    def start(self, folder: Path, words: list[str], enough: int | None = None) -> int:
        """Give a command in a folder and return the number of its process.

        It is killed once it has kept the results of so many tasks.
        """
        print(json.dumps([str(folder), words, enough]), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def wait(self) -> int:
        """How the command ended: its exit code, or minus the signal that killed it."""
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def serve() -> None:
    for name in USED:
        import_module(f"steppe.experiments.{name}")
    from steppe.experiments.analysis.ensembles.optional_packages import import_optional

    for name in PACKAGES:
        import_optional(name)
    analysis.RESAMPLES, box_files.MEMBERS_CHECKED = 4, 48  # less work for `steppe discover`
    print("ready", flush=True)
    for line in sys.stdin:
        folder, words, enough = json.loads(line)
        child = os.fork()
        if not child:
            if enough is not None:
                checkpoints._run_and_save = partial(save_and_kill, enough, os.getpid())
            _run_command(folder, words)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run_command(folder: str, words: list[str]) -> None:
    from steppe.experiments.cli.app import main

    os.setsid()
    os.chdir(folder)
    for number, name in ((1, "said.txt"), (2, "warned.txt")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["steppe", *words]
    code = 1
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()

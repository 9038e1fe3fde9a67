"""What people do all day: a run, one changed number, a comparison; with all processes counted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from steppe.model.backends.choice import KERNELS

from .measure import Record
from .process_tree import seconds_of

STEPPE = (sys.executable, "-m", "steppe")
UNIT = "libraries and one empty page"
EMPTY_PAGE = """
import mesa, xarray, zarr, matplotlib
matplotlib.use("agg")
from matplotlib import pyplot
pyplot.figure().savefig("empty.png")
"""
MINE = "title: Mine\nextends: russian-retreat\nlevers: {{depth: {{default: {depth}}}}}\n"
IN_PYTHON = 'import steppe; steppe.run("russian-retreat", members={members})'
# what the command does for one scenario, without the figures
AS_THE_COMMAND = """
import sys, steppe
from pathlib import Path
from steppe.experiments.results.summary import write_summary
steppe.run("russian-retreat", members=int(sys.argv[1]), jobs=1, out=sys.argv[2])
write_summary(Path(sys.argv[2]))
"""
FEW, MANY = 4, 12  # times as many members, all with Numba, between which a member is counted
SMALL = 50
LARGE = 10  # times as many members, with which Numba repays loading


def day(members: int) -> Record:
    """Seconds of processor of each command, by what it does."""
    with TemporaryDirectory() as folder:
        return {"members": members, "commands": dict(_commands(Path(folder), members))}


class _Commands:
    """Runs commands in a folder, with a cache of their own, and counts their seconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def cost(self, *words: str, **settings: str) -> float:
        kept = {"STEPPE_CACHE_DIR": str(self.folder / "kept")}
        return seconds_of(words, cwd=self.folder, settings=kept | settings)

    def run(self, depth: float, members: int, out: str, *more: str, **settings: str) -> float:
        mine = self.folder / "mine.yaml"
        mine.write_text(MINE.format(depth=depth), encoding="utf-8")
        command = ("run", "baseline", "mine.yaml", "--quiet", "--members", f"{members}")
        return self.cost(*STEPPE, *command, "--out", out, *more, **settings)


def _commands(folder: Path, members: int) -> Iterator[tuple[str, float]]:
    at = _Commands(folder)
    empty_page = (sys.executable, "-c", EMPTY_PAGE)
    at.cost(*empty_page)  # after which files are in the system's cache
    at.run(0.8, 2, "warm", STEPPE_CACHE_DIR="")  # and code of Python is compiled
    yield UNIT, at.cost(*empty_page)
    yield "nothing kept", at.run(0.8, members, "first")
    yield "run", at.run(0.75, members, "results")
    yield "changed", at.run(0.7, members, "results", "--replace")
    yield "without figures", at.run(0.7, members, "plain", "--no-figures")
    yield "small", at.run(0.8, SMALL, "small")
    yield "small, changed", at.run(0.7, SMALL, "small", "--replace")
    yield "compare", at.cost(*STEPPE, "compare", "results", "mine")
    yield "check", at.cost(*STEPPE, "check", "mine.yaml")
    yield "in Python", at.cost(sys.executable, "-c", IN_PYTHON.format(members=members // 2))


def library(members: int) -> Record:
    """Seconds of processor of a report of every scenario, and of all their figures."""
    with TemporaryDirectory() as folder:
        at = _Commands(Path(folder))
        at.cost(*STEPPE, "run", "--quiet", "--no-figures", "--members", f"{members}")
        at.cost(*STEPPE, "report", "results")
        found = {
            "report": at.cost(*STEPPE, "report", "results"),
            "figures": at.cost(*STEPPE, "plot", "results", STEPPE_CACHE_DIR=""),
            "again": at.cost(*STEPPE, "plot", "results"),
        }
    return {"members": members, "commands": found}


def numba(members: int) -> Record:
    """Seconds of processor of a larger run, with the compile cache warm and cold, and without."""
    with TemporaryDirectory() as folder:
        at, size = _Commands(Path(folder)), LARGE * members
        compiled = {"NUMBA_CACHE_DIR": folder + "/compiled"}

        def run(out: str, **settings: str) -> float:
            return at.run(0.8, size, out, "--no-figures", **settings)

        at.cost(sys.executable, "-c", f"import {KERNELS}", **compiled)
        found = {
            "warm": run("warm", **compiled),
            "cold": run("cold", NUMBA_CACHE_DIR=folder + "/empty"),
            "without": run("without", NUMBA_DISABLE_JIT="1"),
            "compiling": at.cost(
                sys.executable, "-c", f"import {KERNELS}", NUMBA_CACHE_DIR=folder + "/other"
            ),
        }
    return {"members": size, "commands": found}


def per_member(members: int) -> Record:
    """Microseconds of processor that one more member costs, by the command and from Python."""
    few, many = FEW * members, MANY * members
    command = (*STEPPE, "run", "russian-retreat", "--jobs", "1", "--no-figures", "--quiet")
    with TemporaryDirectory() as folder:
        at = _Commands(Path(folder))
        costs = {
            (side, size): at.cost(*words)
            for size in (few, many)
            for side, words in (
                ("command", (*command, "--members", f"{size}", "--out", f"command-{size}")),
                ("Python", (sys.executable, "-c", AS_THE_COMMAND, f"{size}", f"python-{size}")),
            )
        }
    each = {side: (costs[side, many] - costs[side, few]) / (many - few) for side, _ in costs}
    return {"members": many, "commands": {side: 1e6 * cost for side, cost in each.items()}}

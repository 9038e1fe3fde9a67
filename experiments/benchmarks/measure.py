"""Cases run one after another, each in a process of its own, and what came of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from statistics import median
from tempfile import TemporaryFile
from typing import Any

from steppe.experiments.errors import IncompleteRunError, RequestError

NEEDED = {
    "agentpy": "agentpy",
    "ema_workbench": "ema_workbench",
    "numba": "numba",
    "psutil": "psutil",
}  # module, package
EVERY = 0.05  # seconds between two looks at memory
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
MEGABYTE = 1024**2


@dataclass(frozen=True)
class Call:
    """One measurement: the part of the table it is for, what it is called there, its round, and the case with its arguments."""

    part: str
    label: str
    round: int
    case: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def words(self) -> str:
        given = " ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.part}, {self.label} (round {self.round + 1}): {self.case} {given}".rstrip()


@dataclass(frozen=True)
class Band:
    """Median, least and most of some rounds."""

    middle: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Band:
        return cls(median(values), min(values), max(values), len(values))


def check_packages() -> None:
    """RequestError if a package is missing, naming the extra that brings it."""
    missing = [package for module, package in NEEDED.items() if find_spec(module) is None]
    if missing:
        raise RequestError(f"the benchmarks need {', '.join(missing)}; pip install 'steppe[bench]'")


def in_child(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A case in a process of its own; `peak` is then the most memory of it and all it started, in MB.

    Sizes of the processes are added up as often as `EVERY` says, so what they share counts
    more than once; a single process is measured exactly, by the system.

    Raises
    ------
    IncompleteRunError
        If it fails, with the end of what it said.
    """
    command = [sys.executable, "-m", f"{__package__}.cases", name, json.dumps(arguments)]
    with (
        TemporaryFile("w+") as said,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=said, text=True, env=os.environ | ONE_THREAD
        ) as child,
    ):
        watch = _Watch(child.pid)
        output, _ = child.communicate()
        together = watch.end()
        if child.returncode:
            said.seek(0)
            raise IncompleteRunError(
                f"the case {name} {json.dumps(arguments)} failed: {said.read()[-2000:].strip()}"
            )
    found = json.loads(output.splitlines()[-1])
    return found | {"peak": max(found["peak"], together)}


class _Watch(threading.Thread):
    """Looks at the memory of a process and of all below it until told to end."""

    def __init__(self, number: int):
        super().__init__(daemon=True)
        import psutil

        self._gone = psutil.Error
        self._top = psutil.Process(number)
        self._over = threading.Event()
        self._most = 0
        self.start()

    def run(self) -> None:
        while not self._over.wait(EVERY):
            self._most = max(self._most, self._now())

    def _now(self) -> int:
        total = 0
        try:
            for process in [self._top, *self._top.children(recursive=True)]:
                total += self._resident(process)
        except self._gone:
            pass
        return total

    def _resident(self, process) -> int:
        try:
            return process.memory_info().rss
        except self._gone:
            return 0

    def end(self) -> float:
        """The most there was, in MB."""
        self._over.set()
        self.join()
        return self._most / MEGABYTE


def measured(
    calls: Sequence[Call],
    run: Callable[[str, dict[str, Any]], dict[str, Any]],
    note: Callable[[str], None],
) -> list[dict[str, Any]]:
    """What came of each call, one record each, in order."""
    records = []
    for number, call in enumerate(calls, start=1):
        note(f"{number} of {len(calls)}: {call.words()}")
        records.append(
            {
                "part": call.part,
                "label": call.label,
                "round": call.round,
                **run(call.case, call.arguments),
            }
        )
    return records


class Records:
    """Records of one run of the benchmarks, read by part and label; a list holds one per round, in order."""

    def __init__(self, records: Sequence[dict[str, Any]]):
        self._records = records

    def labels(self, part: str) -> list[str]:
        """Labels of a part, in the order in which they were measured."""
        return list(
            dict.fromkeys(record["label"] for record in self._records if record["part"] == part)
        )

    def rounds(self, part: str, label: str) -> list[dict[str, Any]]:
        found = [
            record
            for record in self._records
            if record["part"] == part and record["label"] == label
        ]
        return sorted(found, key=lambda record: record["round"])

    def values(self, part: str, label: str, name: str) -> list[float]:
        """One number of each round."""
        return [record[name] for record in self.rounds(part, label)]

    def rates(self, part: str, label: str) -> list[float]:
        """Members per second, those of each scenario counted, in each round."""
        return [
            record["members"] * record.get("scenarios", 1) / record["seconds"]
            for record in self.rounds(part, label)
        ]

    def peak(self, part: str, *labels: str) -> float | None:
        """The most memory of any round, in MB; None where it was not measured."""
        return max(
            (record["peak"] for label in labels for record in self.rounds(part, label)),
            default=None,
        )

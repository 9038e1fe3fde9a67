"""Run cases one after another, each in its own process, and read the records they give.

`python -m steppe.experiments.benchmarks.measure CASE JSON` runs one case alone, and prints its
record as one line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Any, TypeAlias

from steppe.model.core.errors import IncompleteRunError
from steppe.model.core.optional_packages import require_packages

Record: TypeAlias = dict[str, Any]
NEEDED = ("ema_workbench", "numba", "psutil")
INTERVAL = 0.05  # seconds between two readings of memory
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Call:
    """One measurement: a part of the table, a label in it, the round, and a case to run."""

    part: str
    label: str
    round: int
    case: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        arguments = " ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.part}, {self.label} (round {self.round + 1}): {self.case} {arguments}"


@dataclass(frozen=True)
class Band:
    """Median, least and most of some rounds."""

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Band:
        return cls(median(values), min(values), max(values), len(values))


class Part:
    """The records of one part of the table, by label. A list holds one value per round."""

    def __init__(self, records: Iterable[Record], name: str) -> None:
        self.name = name
        self._records = [record for record in records if record["part"] == name]

    @property
    def labels(self) -> list[str]:
        """Labels in the order in which they were measured."""
        return list(dict.fromkeys(record["label"] for record in self._records))

    def rounds(self, label: str) -> list[Record]:
        found = [record for record in self._records if record["label"] == label]
        return sorted(found, key=lambda record: int(record["round"]))

    def values(self, label: str, name: str) -> list[Any]:
        return [record[name] for record in self.rounds(label)]

    def rates(self, label: str) -> list[float]:
        """Members per second; a member of several scenarios counts once for each."""
        rounds = self.rounds(label)
        return [row["members"] * row.get("scenarios", 1) / row["seconds"] for row in rounds]

    def per_member(self, label: str) -> list[float]:
        """Seconds per member."""
        return over(self.values(label, "seconds"), self.values(label, "members"))

    def peak(self, label: str) -> float:
        """Peak memory of any round in MB."""
        return float(max(self.values(label, "peak")))


def over(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Ratios within each round."""
    return [one / other for one, other in zip(above, below, strict=True)]


def check_packages() -> None:
    """Raise RequestError if a package is missing."""
    require_packages("bench", *NEEDED)


def run_in_child(case: str, arguments: dict[str, Any]) -> Record:
    """Run a case in its own process; `peak` is the memory of it and all its children, in MB.

    Processes are added up every `INTERVAL` seconds, so what they share counts more than once.
    For a single process the system's exact figure is used if it is larger.

    Raises
    ------
    IncompleteRunError
        If it fails, with the end of its standard error.
    """
    command = [sys.executable, "-m", f"{__package__}.measure", case, json.dumps(arguments)]
    environment, ended = os.environ | ONE_THREAD, threading.Event()
    with TemporaryFile("w+", encoding="utf-8") as errors, ThreadPoolExecutor(1) as pool:
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8", env=environment
        )
        memory = pool.submit(_peak_memory, child.pid, ended)
        output, _ = child.communicate()
        ended.set()
        if child.returncode:
            errors.seek(0)
            message = errors.read()[-2000:].strip()
            raise IncompleteRunError(f"the case {case} {json.dumps(arguments)} failed: {message}")
    record: Record = json.loads(output.splitlines()[-1])
    return record | {"peak": max(record["peak"], memory.result())}


def run_case(case: str, arguments: dict[str, Any]) -> Record:
    """Run `module.function` in this process; `peak` is the most memory that it has had, in MB."""
    module, _, function = case.partition(".")
    record: Record = getattr(import_module(f".{module}", __package__), function)(**arguments)
    unit = 1024 if sys.platform != "darwin" else 1024**2
    return record | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit}


def disk_bytes(folder: Path) -> int:
    """The size of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _peak_memory(pid: int, ended: threading.Event) -> float:
    """Most memory in MB of a process and its children, until `ended` is set."""
    import psutil  # type: ignore[import-untyped]

    most = 0
    while not ended.wait(INTERVAL):
        total = 0
        with suppress(psutil.Error):
            top = psutil.Process(pid)
            for process in [top, *top.children(recursive=True)]:
                with suppress(psutil.Error):
                    total += process.memory_info().rss
        most = max(most, total)
    return most / 1024**2


def measure_all(
    calls: Sequence[Call],
    run: Callable[[str, dict[str, Any]], Record],
    report: Callable[[str], None],
) -> list[Record]:
    """Run every call, and return one record each, in order."""
    records = []
    for number, call in enumerate(calls, start=1):
        report(f"{number} of {len(calls)}: {call}")
        head = {"part": call.part, "label": call.label, "round": call.round}
        records.append(head | run(call.case, call.arguments))
    return records


if __name__ == "__main__":
    print(json.dumps(run_case(sys.argv[1], json.loads(sys.argv[2]))))

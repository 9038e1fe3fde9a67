"""The live page: processor time of its answers, and of the command until there is something."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from time import process_time
from typing import Any

from steppe.experiments.explore.asked_scenario import Library
from steppe.experiments.explore.engine import Engine
from steppe.experiments.explore.question import Question
from steppe.model.backends.choice import compiled_backend, use_backend
from steppe.model.core.errors import IncompleteRunError

from .measure import Record

RETREAT = "russian-retreat"
Changes = Mapping[str, Mapping[str, float]]
HELD = 24  # runs, as many as a page keeps
TABS = tuple({"levers": {"depth": 0.5, "start": start}} for start in (2021, 2023, 2027, 2029))
FACTOR_TABS = tuple({"factors": {name: 0.9}} for name in ("rho", "tau_0", "alpha", "phi"))
MISTAKE = f"title: Mine\nextends: {RETREAT}\nevents:\n  means-withdrawn: {{whenn: 2030}}\n"


def answers(members: int) -> Record:
    """Answers of the engine in one process that has begun, in seconds of processor time."""
    use_backend(compiled_backend())
    try:
        engine = Engine(Library(), few=min(members, 100), all_members=members)
        for _ in (*engine.prepare(), *engine.answers(Question(RETREAT))):
            pass  # as a page is that somebody looks at
        asked = {
            "lever": Question(RETREAT, levers={"depth": 0.7, "start": 2025.0}),
            "factor": Question(RETREAT, factors={"rho": 0.8}),
            "cached": Question(RETREAT, levers={"depth": 0.7, "start": 2025.0}),
            "mistakes": Question(text=MISTAKE),
        }
        return {"members": members} | {
            f"{name} {kind}": seconds
            for name, question in asked.items()
            for kind, seconds in _timed(engine.answers(question))
        }
    finally:
        use_backend(None)


def _timed(steps: Iterator[dict[str, Any] | None]) -> Iterator[tuple[str, float]]:
    """The kind of each answer, and the processor time from the question to it."""
    started = process_time()
    for answer in steps:
        if answer is not None:
            yield answer.get("kind", "found"), process_time() - started


def command() -> Record:
    """`steppe explore` in processes of its own: processor time of the tree, and its memory."""
    words = [sys.executable, "-m", "steppe", "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r":(\d+)/", process.stdout.readline())
            if found is None:
                raise IncompleteRunError("steppe explore did not say where it is")
            return _ask(process.pid, int(found[1]))
        finally:
            process.send_signal(signal.SIGINT)


def _ask(process: int, port: int) -> Record:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as page:
        page.request("GET", "/")
        token = re.search(r'"token" content="([^"]+)"', page.getresponse().read().decode())
    record: Record = {"page": _spent(process)[0]}
    assert token is not None

    @contextmanager
    def ask(changes: Changes) -> Iterator[http.client.HTTPResponse]:
        headers = {"Content-Type": "application/json", "X-Steppe-Token": token[1]}
        question = json.dumps({"scenario": RETREAT, **changes})
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
            connection.request("POST", "/ask", question, headers)
            with connection.getresponse() as reply:
                yield reply

    def read(reply: http.client.HTTPResponse, until: str) -> Iterator[str]:
        """The kinds of answers, as they come."""
        for line in reply:
            kind = json.loads(line).get("kind", "along")
            yield kind
            if kind == until:
                return

    def hold(factors: dict[str, float]) -> float:
        """Ask for as many runs as are held, of a world; the memory after that."""
        for step in range(HELD):
            with ask({"levers": {"depth": 0.1 + step / 100}, "factors": factors}) as reply:
                assert [*read(reply, "whole")][-1] == "whole"
        return _spent(process)[1]

    def first_of_all(tabs: Sequence[Changes]) -> float:
        """Seconds until the last of some tabs that ask at once has a first answer."""
        began = _spent(process)[0]
        with ExitStack() as stack:
            for reply in [stack.enter_context(ask(changes)) for changes in tabs]:
                next(read(reply, ""))
            return _spent(process)[0] - began

    with ask({}) as shipped, ask({"levers": {"depth": 0.7}}) as moved:
        next(read(shipped, "shipped"))
        record["shipped"] = _spent(process)[0]
        for kind in read(moved, "whole"):
            record[kind] = _spent(process)[0]
    record["memory"] = hold({})
    record["tabs"] = first_of_all(TABS)
    record["memory of two worlds"] = hold({"rho": 0.8})
    record["factor tabs"] = first_of_all(FACTOR_TABS)
    return record


def _spent(pid: int) -> tuple[float, float]:
    """Processor seconds and MB of a process and its children."""
    import psutil  # type: ignore[import-untyped]

    top = psutil.Process(pid)
    tree = [top, *top.children(recursive=True)]
    seconds = sum(sum(one.cpu_times()[:2]) for one in tree)
    return seconds, sum(one.memory_info().rss for one in tree) / 1024**2

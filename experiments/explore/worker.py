"""The process that simulates: requests are lines of JSON on its standard input, answers lines too.

It ends when its input does, in whichever way the server ended.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steppe.model.core.errors import IncompleteRunError, RequestError

from .asked_scenario import Library, describe_scenario, mistakes_of
from .question import parse_question
from .schedule import IDLE, LATER, SOON, URGENT, Job, Schedule
from .start_data import shipped_evidence, start_data

PREPARATION = -1  # the number of the job that simulates the baseline before anybody asks
CHUNK = 1 << 16


class Requests:
    """Lines that arrive on a file, read without waiting unless there is nothing else to do."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._rest, self.ended = descriptor, b"", False

    def read(self, *, wait: bool) -> list[dict[str, Any]]:
        """The requests that have arrived."""
        found: list[dict[str, Any]] = []
        while not self.ended and select.select([self._descriptor], [], [], None if wait else 0)[0]:
            chunk = os.read(self._descriptor, CHUNK)
            self.ended = not chunk
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            found += [json.loads(line) for line in lines]
            wait = False
        return found


class Worker:
    """Answers requests, each with its number; `drop` forgets one."""

    def __init__(self, files: dict[str, Path], output: Any) -> None:
        self.library, self._output = Library(files), output
        self.schedule = Schedule(self._reply)
        self._engine: Any = None

    def run(self, requests: Requests) -> None:
        """Work until the input ends."""
        if not self.library.files:
            self._prepare_soon()
        while not requests.ended:
            for request in requests.read(wait=not self.schedule):
                self._take(request)
            if self.schedule:
                self.schedule.step()

    def _take(self, request: dict[str, Any]) -> None:
        number, kind = request["number"], request["kind"]
        if kind == "drop":
            self.schedule.drop(number)
            return
        steps = {
            "start": self._start,
            "ask": self._ask,
            "describe": self._describe,
            "download": self._download,
            "evidence": self._evidence,
        }[kind]
        self.schedule.add(Job(number, self._guarded(steps(request))))

    def _guarded(self, steps: Iterator[dict[str, Any] | None]) -> Iterator[dict[str, Any] | None]:
        """The steps; an error that nobody foresaw is an answer, too."""
        try:
            yield from steps
        except (RequestError, IncompleteRunError) as error:
            yield mistakes_of(error)
        except Exception as error:
            message = f"{type(error).__name__}: {error}; a bug in steppe, please report it"
            yield {"mistakes": [{"file": "", "line": 0, "column": 0, "message": message}]}

    def _reply(self, number: int, answer: dict[str, Any]) -> None:
        if number == PREPARATION:
            return
        self._output.write(json.dumps({"number": number, **answer}).encode() + b"\n")
        self._output.flush()

    # The kinds of requests

    def _start(self, request: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
        yield start_data(self.library.anew())
        self._prepare_soon()  # not before: a page waits for its start

    def _ask(self, request: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
        question, seen = parse_question(request["question"]), request.get("seen", False)
        yield {"next": LATER if seen else URGENT}
        engine = self._begin_engine()
        version, kind = request.get("version", ""), None
        for answer in engine.answers(question, version, first=not seen):
            if answer is not None:
                kind = answer.get("kind")
                answer["next"] = LATER
            yield answer
        if kind is not None and request.get("along"):
            yield {"next": IDLE}
            yield from engine.along(engine.ask(question, version))

    def _download(self, request: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
        yield {"text": self.library.anew().download(parse_question(request["question"]))}

    def _describe(self, request: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
        scenario = self.library.anew().scenario(parse_question(request["question"]))
        yield {"scenario": describe_scenario(scenario)}

    def _evidence(self, request: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
        yield shipped_evidence()

    def _prepare_soon(self) -> None:
        self.schedule.add(Job(PREPARATION, self._prepare(), SOON))

    def _prepare(self) -> Iterator[dict[str, Any] | None]:
        yield None
        yield from self._begin_engine().prepare()

    def _begin_engine(self) -> Any:
        """The engine; importing it, and with it Mesa and Numba, takes seconds."""
        if self._engine is None:
            from steppe.model.backends.choice import compiled_backend, use_backend

            from .engine import Engine

            use_backend(compiled_backend())
            self._engine = Engine(self.library)
        return self._engine


def main() -> None:
    """Run a worker; its argument is an object of files by the names of their scenarios."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends the input
    files = json.loads(sys.argv[1])
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else prints must not disturb the lines
    paths = {name: Path(path) for name, path in files.items()}
    Worker(paths, output).run(Requests(0))


if __name__ == "__main__":
    main()

"""The server's end of the worker: requests out, answers in, and a new worker if one dies."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from steppe.experiments.runs.workers import worker_environment

LONGEST_LINE = 8_000_000  # bytes of an answer
DEATHS_ALLOWED = 3  # of workers while one request is in progress
MODULE = "steppe.experiments.explore.worker"


@dataclass
class Pending:
    """A request without its last answer."""

    line: bytes
    answers: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    deaths: int = 0


class WorkerLink:
    """Starts the worker, and again if it dies: then all that is pending is asked anew."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments, self._numbers = list(arguments), count()
        self._pending: dict[int, Pending] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ending = False

    async def begin(self) -> None:
        """Start the worker."""
        await self._start()
        self._reader = asyncio.create_task(self._read())

    async def end(self) -> None:
        """End the worker, and wait until it is gone."""
        self._ending = True
        if self._reader:
            self._reader.cancel()
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def request(self, kind: str, **more: Any) -> AsyncIterator[dict[str, Any]]:
        """The answers to a request, as they come; it is dropped if the caller stops listening."""
        number = next(self._numbers)
        line = json.dumps({"number": number, "kind": kind, **more}).encode() + b"\n"
        pending = self._pending[number] = Pending(line)
        self._send(line)
        try:
            while "last" not in (answer := await pending.answers.get()):
                yield answer
        finally:
            del self._pending[number]
            self._send(json.dumps({"number": number, "kind": "drop"}).encode() + b"\n")

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            MODULE,
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **worker_environment()},
            limit=LONGEST_LINE,
        )

    def _send(self, line: bytes) -> None:
        if self._process and self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(line)

    async def _read(self) -> None:
        """Hand answers to whoever asked, for as long as the server runs."""
        while not self._ending:
            process = self._process
            assert process is not None and process.stdout is not None
            async for line in process.stdout:
                answer = json.loads(line)
                pending = self._pending.get(answer.pop("number"))
                if pending:
                    pending.answers.put_nowait(answer)
            await process.wait()
            if not self._ending:
                await self._start()
                self._ask_again()

    def _ask_again(self) -> None:
        for pending in self._pending.values():
            pending.deaths += 1
            if pending.deaths < DEATHS_ALLOWED:
                self._send(pending.line)
                continue
            message = "the simulation stopped three times on this; is memory short?"
            mistake = {"file": "", "line": 0, "column": 0, "message": message}
            pending.answers.put_nowait({"mistakes": [mistake]})
            pending.answers.put_nowait({"last": True})

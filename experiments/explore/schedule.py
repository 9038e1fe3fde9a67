"""Which answer is worked on next: first answers before all else, whichever page asked.

One process simulates for all pages. Every answer gives way after a quarter, so a first answer
never waits for another page's refinement, and what nobody waits for is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

URGENT, SOON, LATER, IDLE = range(4)


@dataclass
class Job:
    """Something to answer: a generator that gives way, and how urgent its next step is."""

    number: int
    steps: Iterator[dict[str, Any] | None]
    urgency: int = URGENT


class Schedule:
    """Jobs in progress. `reply` gets the number of a job and each of its answers.

    An answer with the key `next` says how urgent the rest of its job is. The last answer of a job
    is `{"last": True}`.
    """

    def __init__(self, reply: Callable[[int, dict[str, Any]], None]) -> None:
        self._reply, self._jobs = reply, dict[int, Job]()

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def add(self, job: Job) -> None:
        """Take a job; one with the same number is dropped."""
        self.drop(job.number)
        self._jobs[job.number] = job

    def drop(self, number: int) -> None:
        """Forget a job, if it is still there."""
        job = self._jobs.pop(number, None)
        if job is not None and hasattr(job.steps, "close"):
            job.steps.close()

    def step(self) -> None:
        """Work on the most urgent job, the oldest of several, until it gives way."""
        job = min(self._jobs.values(), key=lambda job: (job.urgency, job.number))
        try:
            answer = next(job.steps)
        except StopIteration:
            self._jobs.pop(job.number, None)
            self._reply(job.number, {"last": True})
            return
        if answer is not None:
            job.urgency = answer.pop("next", job.urgency)
            if answer:
                self._reply(job.number, answer)

"""What is measured, in which order and how large."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

from steppe.model.scenario.find_files import shipped_names

from .measure import Call

RIVALS = ("mesa", "ema_workbench")
SHIPPED = len(shipped_names())
PARTS = (
    "day", "rivals", "jax", "lower-bound", "processes", "members", "scenarios", "actors", "start",
    "explore",
)  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How much is measured; numbers without a comment are members."""

    rounds: int = 5  # of ratios, whose sides take turns
    process_rounds: int = 3
    ensemble: int = 4096
    rival: int = 16
    quarters: int = 1024  # by JAX and by the model
    seconds: float = 0.2  # for which each part of the lower bound is repeated
    stored: int = 8  # blocks that the lower bound writes
    alone: int = 4096
    together: int = 1024
    scenarios: int = SHIPPED
    processes: int = 20_000
    series: tuple[int, ...] = (10, 100, 1000, 10_000, 100_000)
    repeated: int = 1000  # up to this size a run of the series is made three times
    counts: tuple[int, ...] = (1, 3, 6, SHIPPED)  # of scenarios
    casts: tuple[tuple[int, int], ...] = ((2, 1), (4, 5), (5, 5), (8, 5), (8, 9))
    each: int = 1024  # in runs with more scenarios or actors
    starts: int = 5  # rounds
    start: int = 1000
    days: int = 5  # rounds
    day: int = 1000
    explored: int = 1000
    block: int = 0  # in a block, or 0 for the default


FULL = Sizes()
QUICK = replace(
    FULL, rounds=1, process_rounds=1, ensemble=64, rival=2, quarters=4, seconds=0.02, stored=1,
    alone=64, together=16, scenarios=2, processes=128, series=(10, 20), repeated=0, counts=(1, 2),
    casts=((2, 1), (4, 5)), each=8, starts=1, start=10, days=1, day=10, explored=20, block=64,
)  # fmt: skip


def plan(sizes: Sizes, only: Collection[str] = (), large: bool = False) -> list[Call]:
    """Every call of the parts in `only`, or of all parts; in `large` also the largest run."""
    measured = [call for call in _calls(sizes) if not only or call.part in only]
    most = {"members": sizes.series[-1], "jobs": 2}
    return measured + ([Call("large", "every scenario", 0, "cases.large", most)] if large else [])


def _calls(sizes: Sizes) -> Iterator[Call]:
    for turn in range(sizes.days):
        yield Call("day", "commands", turn, "day.day", {"members": sizes.day})
        yield Call("day", "per member", turn, "day.per_member", {"members": sizes.day})
    for turn in range(sizes.process_rounds):
        yield Call("day", "library", turn, "day.library", {"members": sizes.day})
        yield Call("day", "numba", turn, "day.numba", {"members": sizes.day})
    yield from _rival_calls(sizes)
    for turn in range(sizes.rounds if find_spec("jax") else 0):
        for label, threads in (("one", 1), ("two", 2)):
            arguments = {"members": sizes.quarters, "threads": threads}
            yield Call("jax", label, turn, "jax_quarter.jax_quarters", arguments)
    yield from _lower_bound_calls(sizes)
    for turn in range(sizes.process_rounds):
        for label, jobs in (("one", 1), ("two", 2)):
            arguments = {"members": sizes.processes, "jobs": jobs, "block": sizes.block}
            yield Call("processes", label, turn, "cases.batch", arguments)
    yield from _series_calls(sizes)
    for turn in range(sizes.starts):
        yield Call("start", "first block", turn, "cases.start", {"members": sizes.start})
    for turn in range(sizes.starts):
        count = {"members": sizes.explored}
        yield Call("explore", "answers", turn, "explore_cases.answers", count)
        yield Call("explore", "command", turn, "explore_cases.command")


def _rival_calls(sizes: Sizes) -> Iterator[Call]:
    for turn in range(sizes.rounds):
        count = {"members": sizes.ensemble}
        yield Call("rivals", "ensemble", turn, "cases.ensemble", count)
        yield Call("rivals", "plain", turn, "cases.ensemble", count | {"compiled": False})
        for tool in RIVALS:
            yield Call("rivals", tool, turn, "cases.rival", {"tool": tool, "members": sizes.rival})


def _series_calls(sizes: Sizes) -> Iterator[Call]:
    """More and more members, scenarios and actors."""
    for turn in range(3):
        for members in sizes.series:
            if turn == 0 or members <= sizes.repeated:
                arguments: dict[str, Any] = {"members": members, "jobs": 2, "store": "summary"}
                yield Call("members", f"{members}", turn, "cases.batch", arguments)
    each: dict[str, Any] = {"members": sizes.each}
    for count in sizes.counts:
        arguments = each | {"jobs": 1, "scenarios": count}
        yield Call("scenarios", f"{count}", 0, "cases.batch", arguments)
    for powers, republics in sizes.casts:
        label = f"{powers} powers, {republics} republic{'s' * (republics > 1)}"
        arguments = each | {"powers": powers, "republics": republics}
        yield Call("actors", label, 0, "cases.cast", arguments)


def _lower_bound_calls(sizes: Sizes) -> Iterator[Call]:
    """One scenario and all together, each with the lower bound, by turns."""
    sides: dict[str, dict[str, Any]] = {
        "alone": {"members": sizes.alone, "scenarios": 1},
        "together": {"members": sizes.together, "scenarios": sizes.scenarios},
    }
    for label, side in sides.items():
        yield Call("lower-bound", f"quarters {label}", 0, "cases.quarters", side)
    more = {"seconds": sizes.seconds, "stored": sizes.stored, "block": sizes.block}
    for turn in range(sizes.rounds):
        for label, side in sides.items():
            yield Call("lower-bound", label, turn, "cases.beside_lower_bound", side | more)
        yield Call("lower-bound", "spinup", turn, "cases.spinup", {"members": sizes.alone})

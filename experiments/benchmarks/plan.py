"""What is measured in which order, and how large."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from steppe.model.scenario.find_files import shipped_names

from .measure import Call

RIVALS = ("mesa", "agentpy", "ema_workbench")
SHIPPED = len(shipped_names())


@dataclass(frozen=True)
class Sizes:
    """How many rounds, and how much of everything; all numbers without a unit are members.

    rounds : of ratios, whose sides take turns. jobs_rounds : of one process against two.
    rival : run one by one. seconds : for which each part of the roof is repeated. stored :
    blocks that it writes. growing, growing_summary : of the series over members. often : of
    which runs of a series with at most so many members are made in three rounds. counts :
    scenarios, of the series over them. casts : powers and republics. stretch : of a batch
    whose first stretch is counted. block : in a block, where it is not the program's own.
    """

    rounds: int
    jobs_rounds: int
    ensemble: int
    rival: int
    seconds: float
    stored: int
    alone: int
    all: int
    all_scenarios: int
    jobs: int
    growing: tuple[int, ...]
    often: int
    counts: tuple[int, ...]
    in_counts: int
    casts: tuple[tuple[int, int], ...]
    in_cast: int
    stretch: int
    starts: int
    start: int
    block: int = 0


FULL = Sizes(
    rounds=5,
    jobs_rounds=3,
    ensemble=4096,
    rival=16,
    seconds=0.2,
    stored=8,
    alone=4096,
    all=1024,
    all_scenarios=SHIPPED,
    jobs=20_000,
    growing=(10, 100, 1000, 10_000, 100_000),
    often=1000,
    counts=(1, 3, 6, SHIPPED),
    in_counts=1024,
    casts=((2, 1), (4, 5), (5, 5), (8, 5), (8, 9)),
    in_cast=1024,
    stretch=10_000_000,
    starts=5,
    start=1000,
)
QUICK = Sizes(
    rounds=1,
    jobs_rounds=1,
    ensemble=64,
    rival=2,
    seconds=0.02,
    stored=1,
    alone=64,
    all=16,
    all_scenarios=2,
    jobs=128,
    growing=(10, 20),
    often=0,
    counts=(1, 2),
    in_counts=8,
    casts=((2, 1), (4, 5)),
    in_cast=8,
    stretch=16,
    starts=1,
    start=10,
    block=64,
)


def rivals(sizes: Sizes) -> list[Call]:
    """The ensemble, the same without compiled equations, and each rival by turns."""
    calls = []
    for number in range(sizes.rounds):
        calls += [
            Call("rivals", "ensemble", number, "ensemble", {"members": sizes.ensemble}),
            Call(
                "rivals",
                "plain",
                number,
                "ensemble",
                {"members": sizes.ensemble, "compiled": False},
            ),
        ]
        calls += [
            Call("rivals", tool, number, "rival", {"tool": tool, "members": sizes.rival})
            for tool in RIVALS
        ]
    return calls


def roof(sizes: Sizes) -> list[Call]:
    """A scenario alone and all together, each with the roof, by turns; how many quarters that is, once."""
    calls = [
        Call("roof", "quarters alone", 0, "quarters", {"scenarios": 1, "members": sizes.alone}),
        Call(
            "roof",
            "quarters together",
            0,
            "quarters",
            {"scenarios": sizes.all_scenarios, "members": sizes.all},
        ),
    ]
    for number in range(sizes.rounds):
        each = {"seconds": sizes.seconds, "stored": sizes.stored, "block": sizes.block}
        calls += [
            Call(
                "roof",
                "alone",
                number,
                "under_the_roof",
                {"members": sizes.alone, "scenarios": 1, **each},
            ),
            Call(
                "roof",
                "together",
                number,
                "under_the_roof",
                {"members": sizes.all, "scenarios": sizes.all_scenarios, **each},
            ),
            Call("roof", "beginning", number, "beginning", {"members": sizes.alone}),
        ]
    return calls


def processes(sizes: Sizes) -> list[Call]:
    """One process and two, by turns."""
    return [
        Call(
            "processes",
            label,
            number,
            "batch",
            {"members": sizes.jobs, "jobs": jobs, "block": sizes.block},
        )
        for number in range(sizes.jobs_rounds)
        for label, jobs in (("one", 1), ("two", 2))
    ]


def members(sizes: Sizes) -> list[Call]:
    """More and more members, of which counts are kept, in two processes; and what counts take while they wait to be added up."""
    calls = [
        Call(
            "members", f"{count}", number, "batch", {"members": count, "jobs": 2, "keep": "summary"}
        )
        for number in range(3)
        for count in sizes.growing
        if number == 0 or count <= sizes.often
    ]
    return [*calls, Call("members", "stretch", 0, "stretch", {"members": sizes.stretch})]


def scenarios(sizes: Sizes) -> list[Call]:
    """More and more scenarios, in one process."""
    return [
        Call(
            "scenarios",
            f"{count}",
            0,
            "batch",
            {"members": sizes.in_counts, "jobs": 1, "scenarios": count},
        )
        for count in sizes.counts
    ]


def actors(sizes: Sizes) -> list[Call]:
    """More and more actors, in one process."""
    return [
        Call(
            "actors",
            f"{powers} powers, {republics} republic{'s' * (republics > 1)}",
            0,
            "cast",
            {"powers": powers, "republics": republics, "members": sizes.in_cast},
        )
        for powers, republics in sizes.casts
    ]


def start(sizes: Sizes) -> list[Call]:
    """From the command to the first block."""
    return [
        Call("start", "first block", number, "start", {"members": sizes.start})
        for number in range(sizes.starts)
    ]


def large(sizes: Sizes) -> list[Call]:
    """The most members of the series, of every scenario."""
    return [Call("large", "every scenario", 0, "large", {"members": sizes.growing[-1], "jobs": 2})]


PARTS = {
    part.__name__: part for part in (rivals, roof, processes, members, scenarios, actors, start)
}


def plan(sizes: Sizes, only: Collection[str] = (), also_large: bool = False) -> list[Call]:
    """All calls of the parts asked for, or of every part."""
    calls = [
        call for name, part in PARTS.items() if not only or name in only for call in part(sizes)
    ]
    return calls + (large(sizes) if also_large else [])

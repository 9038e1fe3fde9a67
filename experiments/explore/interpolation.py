"""Runs of all members that differ in one lever only, and what lies between them, member by member.

Along a continuous lever a member moves smoothly as long as no event changes its date or its
chance, so a polynomial through three or four runs is close to a run of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steppe.experiments.storage.zarr_store import PackedShares
from steppe.model.scenario.describe import describe_dates
from steppe.model.scenario.load import Scenario

from .asked_scenario import is_whole
from .member_run import Float32, MemberRun

LEAST, MOST = 3, 4  # runs that bracket a value
ALONG, YEARS_APART = 5, 3  # runs along a continuous lever; years between others
MIXED = 4  # runs whose mixture is near another
YEARS_COMPARED = 4
TOP = 65534  # the largest packed share


@dataclass(frozen=True)
class Place:
    """Where a run lies: its world, all else but the values of its levers, and these."""

    world: str
    rest: str
    dates: tuple[str, ...]
    levers: tuple[tuple[str, float], ...]

    def apart_in(self, other: Place) -> str | None:
        """The one lever in which two places differ; None if they differ otherwise or not at all."""
        if (self.world, self.rest, self.dates) != (other.world, other.rest, other.dates):
            return None
        apart = [
            name
            for (name, mine), (_, theirs) in zip(self.levers, other.levers, strict=True)
            if mine != theirs
        ]
        return apart[0] if len(apart) == 1 else None

    def value(self, lever: str) -> float:
        """The value of a lever."""
        return dict(self.levers)[lever]


def place_of(scenario: Scenario, rest: str, world: str) -> Place:
    """The place of a scenario; `rest` is what was asked beside its levers."""
    dates = tuple(f"{name} {describe_dates(event)}" for name, event in scenario.events.items())
    return Place(world, rest, dates, tuple(sorted(scenario.lever_values.items())))


def continuous_levers(scenario: Scenario) -> list[str]:
    """Levers along which runs can be interpolated: those that do not count years."""
    return [
        name for name, lever in scenario.levers.items() if not is_whole(lever.default, *lever.range)
    ]


def values_along(scenario: Scenario) -> dict[str, list[float]]:
    """Values of each lever at which runs are made when nothing else is asked."""
    found = {}
    continuous = continuous_levers(scenario)
    for name, lever in scenario.levers.items():
        low, high = lever.range
        years = [float(year) for year in range(int(low), int(high) + 1, YEARS_APART)]
        found[name] = np.linspace(low, high, ALONG).tolist() if name in continuous else years
    return found


def bracketing(
    place: Place, runs: Mapping[Place, MemberRun], continuous: Sequence[str]
) -> tuple[str, list[Place]] | None:
    """The lever along which runs bracket a place, and the nearest of them; None if none do."""
    for lever in continuous:
        value = place.value(lever)
        along = sorted(
            (other for other in runs if place.apart_in(other) == lever),
            key=lambda other: abs(other.value(lever) - value),
        )
        below = [other for other in along if other.value(lever) < value]
        above = [other for other in along if other.value(lever) > value]
        if below and above and len(along) >= LEAST:
            rest = [other for other in along if other not in (below[0], above[0])]
            return lever, [below[0], above[0], *rest[: MOST - 2]]
    return None


def interpolate(value: float, nodes: Sequence[tuple[float, MemberRun]]) -> MemberRun:
    """The run at a value of a lever between others, each member along a polynomial through its own.

    Parameters
    ----------
    nodes : values of the lever and the runs there, which have the same members and years.
    """
    values = [at for at, _ in nodes]
    weights = [
        float(np.prod([(value - other) / (at - other) for other in values if other != at]))
        for at in values
    ]
    first = max(run.first for _, run in nodes)
    return _mix([run for _, run in nodes], weights, first)


def mix_near(run: MemberRun, runs: Sequence[MemberRun], base: MemberRun) -> MemberRun:
    """A mixture of runs of all members whose first members are near those of a run of a few.

    The weights add up to one, and are those of least squares over the years that differ.

    Parameters
    ----------
    run : of a few members. runs : of all of them, of the same world, with the same years.
    base : the run of the baseline of that world, which has the years before a run's first.
    """
    places = np.linspace(run.first, run.years - 1, YEARS_COMPARED).astype(int)
    target = np.stack([_year(run, base, place, run.members) for place in places])
    parts = [
        np.stack([_year(other, base, place, run.members) for place in places]) for other in runs
    ]
    apart = [float(np.abs(part - target).mean()) for part in parts]
    order = np.argsort(apart)[:MIXED].tolist()
    nearest, others = parts[order[0]], [parts[i] for i in order[1:]]
    weights = [1.0]
    if others:
        columns = np.stack([(other - nearest).ravel() for other in others])
        gram = columns @ columns.T
        gram += np.eye(len(gram)) * (1e-6 * np.trace(gram) + 1e-9)
        solved = np.linalg.solve(gram, columns @ (target - nearest).ravel())
        weights = [1.0 - float(solved.sum()), *map(float, solved)]
    first = min(runs[i].first for i in order)
    whole = [_from(runs[i], base, first) for i in order]
    return _mix(whole, weights, first)


def _year(run: MemberRun, base: MemberRun, place: int, size: int) -> Float32:
    """Shares of the first members at the end of one year."""
    source = run if place >= run.first else base
    return source.shares[place - source.first, ..., :size].astype(np.float32)


def _from(run: MemberRun, base: MemberRun, first: int) -> MemberRun:
    """The run with the years from a place on, the early ones taken from its baseline."""
    if run.first == first:
        return run
    early = slice(first - base.first, run.first - base.first)
    return MemberRun(
        run.cast,
        first,
        np.concatenate([base.shares[early], run.shares]),
        {
            name: np.concatenate([base.observed[name][early], values])
            for name, values in run.observed.items()
        },
    )


def _mix(runs: Sequence[MemberRun], weights: Sequence[float], first: int) -> MemberRun:
    """The weighted sum of runs, member by member, from a year on that all of them have."""

    def mixed(arrays: Sequence[PackedShares]) -> PackedShares:
        total: Float32 = np.zeros(arrays[0].shape, dtype=np.float32)
        for weight, array in zip(weights, arrays, strict=True):
            total += np.float32(weight) * array
        return np.clip(np.rint(total), 0, TOP).astype(np.uint16)

    return MemberRun(
        runs[0].cast,
        first,
        mixed([run.shares[first - run.first :] for run in runs]),
        {
            name: mixed([run.observed[name][first - run.first :] for run in runs])
            for name in runs[0].observed
        },
        approximate=True,
    )

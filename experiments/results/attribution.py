"""Which event carried how much of a difference: a scenario run again without some of its events.

Events count as they differ between the two scenarios: taking one out puts the other
scenario's version in its place, or nothing where it has none. The same members, with the
same parameters and noise, are run each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import factorial
from pathlib import Path
from random import Random

import numpy as np

from steppe.experiments.errors import RequestError
from steppe.experiments.runs.parameter_source import PRIOR, ParameterSource, load_parameter_source
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.zarr_store import STEP
from steppe.model.core.calendar import year_of
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.model import InfluenceModel
from steppe.model.scenario.load import Scenario, load_scenario

from .differences import Difference

MEMBERS = 256
MAX_EXACT_EVENTS = 6  # events; 64 runs
SAMPLED_RUNS = 64
Coalition = frozenset[str]


class Rerun:
    """Final shares of a scenario under any choice of the events in which it differs from another."""

    def __init__(
        self,
        one: Scenario,
        other: Scenario,
        weights: ParameterSource,
        seed: int,
        members: int,
        quarter: int,
    ):
        self.one, self.other = one, other
        self.names = tuple(
            name
            for name in {**one.events, **other.events}
            if one.events.get(name) != other.events.get(name)
        )
        self.seed, self.quarter = seed, quarter
        self._weights, self._members = weights, np.arange(members)
        self._known: dict[Coalition, np.ndarray] = {}
        self.holders: tuple[str, ...] = ()

    @property
    def runs(self) -> int:
        """How many choices of events have been run."""
        return len(self._known)

    def what(self, name: str) -> str:
        """The event in words; those that only the other scenario has count by being absent."""
        if name not in self.one.events:
            return f"{self.other.events[name].what} (only in {self.other.name})"
        return self.one.events[name].what

    def shares(self, kept: Coalition) -> np.ndarray:
        """(member, republic, channel, holder) with the events `kept` as the scenario has them, and the rest as the other has."""
        if kept not in self._known:
            self._known[kept] = self._run(kept)
        return self._known[kept]

    def _run(self, kept: Coalition) -> np.ndarray:
        scenario = replace(self.one, events=dict(self._events(kept)), last=self.quarter)
        model = InfluenceModel(
            scenario,
            self._members,
            self.seed,
            inputs=self._weights.inputs,
            posterior=self._weights.posterior,
        )
        for _ in model.run():
            pass
        self.holders = model.cast.holder_names
        return np.concatenate([model.share, model.autonomy[None]]).transpose(3, 1, 2, 0)

    def _events(self, kept: Coalition) -> Iterator[tuple[str, object]]:
        """In the order of the scenario itself, since effects that share a quarter act in that order."""
        for name in {**self.one.events, **self.other.events}:
            source = self.one if name not in self.names or name in kept else self.other
            if name in source.events:
                yield name, source.events[name]


def prepare_rerun(
    out: Path,
    scenario: str,
    against: str,
    quarter: int,
    *,
    members: int,
    weights: str | None = None,
    evidence: Path | None = None,
) -> Rerun:
    """What it takes to run a scenario of a batch again, held against what the batch was run with.

    Raises
    ------
    RequestError
        If the files, the evidence or the weights are no longer those of the batch.
    """
    request = load_manifest(out).request
    word = weights or (PRIOR if request["weights"] == PRIOR else "posterior")
    found = load_parameter_source(word, evidence)
    if (found.label, found.evidence) != (request["weights"], request["evidence"]):
        raise RequestError(
            f"{out}: was run with weights {request['weights']} and evidence {request['evidence']}, not {found.label} and {found.evidence}; "
            "name them with --parameters-from and --evidence, or run the batch again"
        )
    pair = [_scenario_of(request, name) for name in (scenario, against)]
    return Rerun(*pair, found, request["seed"], min(members, request["members"]), quarter)


def _scenario_of(request: dict, name: str) -> Scenario:
    """A scenario as the batch had it: its file, its levers, and what its name in a family says."""
    plain, bracket, values = name.partition("[")
    word = request["files"][name]
    levers = {
        lever: value
        for lever, value in request["levers"].get(name, {}).items()
        if f"{lever}=" not in values
    }
    try:
        scenario = load_scenario(
            f"{word if Path(word).exists() else plain}{bracket}{values}", levers=levers
        )
    except DiagnosticsError as found:
        raise RequestError(f"{name} cannot be run again: {found}") from None
    if scenario.fingerprint != request["scenarios"][name]:
        raise RequestError(
            f"{word}: has changed since the batch was run; run the batch again, or compare without --events and --shapley"
        )
    return scenario


def check_reproduces(rerun: Rerun, dataset) -> None:
    """Refuse if a run again differs from what the batch holds: its parts would not be parts of it."""
    kept = frozenset(rerun.names)
    fresh = rerun.shares(kept)
    year = year_of(rerun.quarter)
    stored = (
        dataset["shares"]
        .sel(scenario=rerun.one.name, member=slice(0, len(fresh) - 1))
        .isel(time=(dataset["time"].dt.year == year).values)
    )
    stored = stored.isel(time=-1).transpose("member", "republic", "channel", "holder").values
    if stored.shape == fresh.shape and np.nanmax(np.abs(stored - fresh), initial=0.0) > 2 * STEP:
        raise RequestError(
            f"{rerun.one.name}, run again, differs from what the batch holds; the model has changed since, so run the batch again"
        )


def event_contributions(rerun: Rerun, cells: Sequence[Difference], *, shapley: bool) -> dict:
    """How much of the difference in each cell each event carried.

    Without `shapley`, an event carried what goes when it alone is taken out; these parts
    need not add up. Shapley values do: each is the mean of what an event adds over all
    orders of adding them.
    """
    if not rerun.names:
        raise RequestError(
            f"{rerun.one.name} and {rerun.other.name} have the same events; they differ in parameters or levers only"
        )
    every = frozenset(rerun.names)
    parts = (
        _shapley(rerun)
        if shapley
        else {name: rerun.shares(every) - rerun.shares(every - {name}) for name in rerun.names}
    )
    whole = rerun.shares(every) - rerun.shares(frozenset())
    members = len(whole)
    if shapley:
        exact = len(rerun.names) <= MAX_EXACT_EVENTS
        how = f"Which event carried how much: Shapley values ({'exact' if exact else 'sampled'}, {rerun.runs} runs, {members} members)"
    else:
        how = f"Which event carried how much: each taken out in turn ({members} members; these parts need not add up)"
    rows = [_cell(rerun, item, parts, whole, shapley) for item in cells]
    return {
        "how": how,
        "method": "shapley" if shapley else "one at a time",
        "members": members,
        "runs": rerun.runs,
        "rest_is": "is what they do only together, with the sign it has",
        "cells": rows,
    }


def _cell(
    rerun: Rerun, item: Difference, parts: dict[str, np.ndarray], whole: np.ndarray, shapley: bool
) -> dict:
    cast = rerun.one.cast
    place = (
        slice(None),
        cast.index("republic", item.republic),
        cast.index("channel", item.channel),
        rerun.holders.index(item.holder),
    )
    rows = [
        {"name": name, "what": rerun.what(name), **_summed_up(values[place])}
        for name, values in parts.items()
    ]
    rows.sort(key=lambda row: -abs(row["median"]))
    rest = (
        None
        if shapley
        else float(np.mean(whole[place] - sum(values[place] for values in parts.values())))
    )
    return {
        "republic": item.republic,
        "channel": item.channel,
        "holder": item.holder,
        "whole": _summed_up(whole[place]),
        "parts": rows,
        "rest": rest,
    }


def _summed_up(values: np.ndarray) -> dict[str, float]:
    low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
    same = (values < -STEP).mean() if median < 0 else (values > STEP).mean()
    return {
        "median": float(median),
        "low": float(low),
        "high": float(high),
        "mean": float(values.mean()),
        "same_sign": float(same),
    }


def _shapley(rerun: Rerun) -> dict[str, np.ndarray]:
    return _exact(rerun) if len(rerun.names) <= MAX_EXACT_EVENTS else _sampled(rerun)


def _exact(rerun: Rerun) -> dict[str, np.ndarray]:
    names = rerun.names
    values = {}
    for name in names:
        others = [other for other in names if other != name]
        total = 0.0
        for size in range(len(names)):
            weight = factorial(size) * factorial(len(names) - size - 1) / factorial(len(names))
            for chosen in combinations(others, size):
                before = frozenset(chosen)
                total = total + weight * (rerun.shares(before | {name}) - rerun.shares(before))
        values[name] = total
    return values


def _sampled(rerun: Rerun) -> dict[str, np.ndarray]:
    """Orders drawn at random, each with its reverse, which cancels much of the error."""
    draw = Random(rerun.seed)
    orders = []
    for _ in range(max(1, SAMPLED_RUNS // (2 * (len(rerun.names) - 1)))):
        order = draw.sample(rerun.names, len(rerun.names))
        orders += [order, order[::-1]]
    values = dict.fromkeys(rerun.names, 0.0)
    for order in orders:
        before: Coalition = frozenset()
        for name in order:
            after = before | {name}
            values[name] = values[name] + (rerun.shares(after) - rerun.shares(before)) / len(orders)
            before = after
    return values

"""How much each event contributes to a difference: a scenario rerun without some of its events.

Only events that differ between the two scenarios count: removing one puts the other
scenario's version in its place, or nothing where it has none. All reruns use the same
members, with the same parameters and noise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import factorial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.experiments.runs.rebuild_request import reload_parameter_source, reload_scenario
from steppe.experiments.storage.manifest import Manifest, load_manifest
from steppe.experiments.storage.zarr_store import STEP
from steppe.model.core.array_types import Array
from steppe.model.core.calendar import year_of
from steppe.model.core.errors import RequestError
from steppe.model.core.word_lists import join_words
from steppe.model.model import InfluenceModel
from steppe.model.scenario.load import Scenario

from .contributions import CellContributions, Contribution, EventContributions, MemberSummary
from .differences import Difference

if TYPE_CHECKING:
    import xarray as xr

    from steppe.model.scenario.event_schema import Event

MAX_EXACT_EVENTS = 6  # exact Shapley values of so many events take 64 runs
SAMPLED_RUNS = 64
Coalition = frozenset[str]


class Rerun:
    """Final shares of scenario `one` with any subset of the events that differ from `other`."""

    def __init__(
        self,
        one: Scenario,
        other: Scenario,
        parameter_source: ParameterSource,
        seed: int,
        members: int,
        quarter: int,
    ) -> None:
        self.one, self.other = one, other
        self.names = tuple(
            name for name in {**one.events, **other.events} if not _same_event(name, one, other)
        )
        self.seed, self.quarter = seed, quarter
        self.holders: tuple[str, ...] = ()
        self._parameter_source, self._members = parameter_source, np.arange(members)
        self._results: dict[Coalition, Array] = {}

    @property
    def runs(self) -> int:
        """The number of subsets of events that have been run."""
        return len(self._results)

    def describe_event(self, name: str) -> str:
        """Return what an event is; one that only the other scenario has counts by its absence."""
        if name not in self.one.events:
            return f"{self.other.events[name].what} (only in {self.other.name})"
        return self.one.events[name].what

    def shares(self, kept: Coalition) -> Array:
        """Return shares (member, republic, channel, holder) with the events `kept` of `one`.

        All other events are as `other` has them.
        """
        if kept not in self._results:
            self._results[kept] = self._run(kept)
        return self._results[kept]

    def _run(self, kept: Coalition) -> Array:
        return self._final_shares(replace(self.one, events=dict(self._events(kept))))

    def outside(self) -> Array:
        """Return what comes from no event: (member, republic, channel, holder), as `shares`.

        It is NaN where the other scenario lacks the republic or the holder.
        """
        without_events = self.shares(frozenset())
        if not self.outside_is:
            return np.zeros_like(without_events)
        found, cast = np.full_like(without_events, np.nan), self.other.cast
        rows = [self.one.cast.index("republic", name) for name in cast.republic_names]
        columns = [self.holders.index(name) for name in cast.holder_names]
        other = self._final_shares(self.other)
        cells = np.ix_(range(len(found)), rows, range(found.shape[2]), columns)
        found[cells] = without_events[cells] - other
        return found

    @property
    def outside_is(self) -> str:
        """How the scenarios differ apart from events, as the end of a line; empty if they do not.

        The cast of `one` is the larger.
        """
        causes = []
        if self.one.cast != self.other.cast:
            causes.append("the powers and republics that one of them adds")
        if self.one.parameters != self.other.parameters:
            causes.append("parameters")
        return f"comes from {join_words(causes)}" if causes else ""

    def _final_shares(self, scenario: Scenario) -> Array:
        """Run a scenario, and return its shares at the quarter."""
        model = InfluenceModel(
            replace(scenario, last=self.quarter),
            self._members,
            self.seed,
            inputs=self._parameter_source.inputs,
            parameters_from=self._parameter_source.draws,
            collect=None,
        )
        for _ in model.run():
            pass
        if scenario.cast == self.one.cast:
            self.holders = model.cast.holder_names
        return np.concatenate([model.share, model.autonomy[None]]).transpose(3, 1, 2, 0)

    def _events(self, kept: Coalition) -> Iterator[tuple[str, Event]]:
        """Yield events in the scenario's order, in which effects of the same quarter act."""
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
    parameters_from: str | None = None,
    evidence_folder: Path | None = None,
) -> Rerun:
    """Load what it takes to rerun a scenario of a batch, and check it against the manifest.

    Raises
    ------
    RequestError
        If the files, the evidence or the parameters are no longer those of the batch, or
        the scenario lacks a power or republic of the other.
    """
    manifest = load_manifest(out)
    request = manifest.request
    source = reload_parameter_source(manifest, out, parameters_from, evidence_folder)
    if (source.label, source.evidence) != (request["weights"], request["evidence"]):
        raise RequestError(
            f"{out}: was run with parameters from {request['weights']} and evidence "
            f"{request['evidence']}, not {source.label} and {source.evidence}; "
            "name them with --parameters-from and --evidence, or run the batch again"
        )
    one, other = _reload_unchanged(manifest, scenario), _reload_unchanged(manifest, against)
    if not (
        _begins_with(one.cast.power_names, other.cast.power_names)
        and _begins_with(one.cast.republic_names, other.cast.republic_names)
    ):
        raise RequestError(
            f"{against} adds powers or republics that {scenario} lacks or has in another order, "
            f"and its events act on them; compare {against} with {scenario} instead, or without "
            "--events and --shapley"
        )
    return Rerun(
        one,
        other,
        source,
        request["seed"],
        min(members, request["members"]),
        quarter,
    )


def _reload_unchanged(manifest: Manifest, name: str) -> Scenario:
    """Load a scenario of a batch, and refuse one that is no longer as the batch had it."""
    scenario = reload_scenario(manifest, name)
    if scenario.fingerprint != manifest.request["scenarios"][name]:
        raise RequestError(
            f"{manifest.request['files'][name]}: has changed since the batch was run; "
            "run the batch again, or compare without --events and --shapley"
        )
    return scenario


def check_reproduces(rerun: Rerun, dataset: xr.Dataset) -> None:
    """Check that a rerun with all events gives the shares that the batch holds.

    Raises
    ------
    RequestError
        If it does not, since contributions would then be those to another difference.
    """
    fresh = rerun.shares(frozenset(rerun.names))
    stored = (
        dataset["shares"]
        .sel(scenario=rerun.one.name, member=slice(0, len(fresh) - 1))
        .isel(time=(dataset["time"].dt.year == year_of(rerun.quarter)).values)
        .isel(time=-1)
        .sel(republic=list(rerun.one.cast.republic_names), holder=list(rerun.holders))
        .transpose("member", "republic", "channel", "holder")
        .values
    )
    if np.nanmax(np.abs(stored - fresh[: len(stored)]), initial=0.0) > 2 * STEP:
        raise RequestError(
            f"{rerun.one.name}, run again, differs from what the batch holds; "
            "the model has changed since, so run the batch again"
        )


def event_contributions(
    rerun: Rerun, cells: Sequence[Difference], *, shapley: bool
) -> EventContributions:
    """Compute how much each event contributes to the difference in each cell.

    Without `shapley`, the contribution of an event is what disappears when it alone is
    removed; these need not add up. Shapley values do: each is the mean of what an event
    adds over all orders of adding the events.

    Raises
    ------
    RequestError
        If the two scenarios have the same events.
    """
    if not rerun.names:
        raise RequestError(
            f"{rerun.one.name} and {rerun.other.name} have the same events; "
            "they differ in the cast, in parameters or in levers only"
        )
    all_events = frozenset(rerun.names)
    parts = (
        _shapley_values(rerun)
        if shapley
        else {
            name: rerun.shares(all_events) - rerun.shares(all_events - {name})
            for name in rerun.names
        }
    )
    outside = rerun.outside()
    whole = rerun.shares(all_events) - rerun.shares(frozenset()) + outside
    members = len(whole)
    if shapley:
        exact = "exact" if len(rerun.names) <= MAX_EXACT_EVENTS else "sampled"
        method = f"Shapley values ({exact}, {rerun.runs} runs, {members} members)"
    else:
        method = f"each removed in turn ({members} members)"
    return EventContributions(
        how=f"Contribution of each event, means over members: {method}",
        method="shapley" if shapley else "one at a time",
        members=members,
        runs=rerun.runs,
        rest_is="comes from events acting together",
        outside_is=rerun.outside_is,
        cells=tuple(
            _cell(rerun, item, parts, whole, outside, with_rest=not shapley) for item in cells
        ),
    )


def _begins_with(names: Sequence[str], first: Sequence[str]) -> bool:
    return tuple(names[: len(first)]) == tuple(first)


def _same_event(name: str, one: Scenario, other: Scenario) -> bool:
    """True if both scenarios have an event alike; `all` may name more actors in a larger cast."""
    if one.events.get(name) == other.events.get(name):
        return True
    written = [scenario.source.data.get("events", {}).get(name) for scenario in (one, other)]
    return one.cast != other.cast and written[0] == written[1] and not _has_levers(one, other)


def _has_levers(*scenarios: Scenario) -> bool:
    return any(scenario.lever_values for scenario in scenarios)


def _cell(
    rerun: Rerun,
    item: Difference,
    parts: dict[str, Array],
    whole: Array,
    outside: Array,
    *,
    with_rest: bool,
) -> CellContributions:
    """Summarise the contributions in the cell of one difference."""
    cast = rerun.one.cast
    cell = (
        slice(None),
        cast.index("republic", item.republic),
        cast.index("channel", item.channel),
        rerun.holders.index(item.holder),
    )
    contributions = [
        Contribution(*_summarise(values[cell]), name, rerun.describe_event(name))
        for name, values in parts.items()
    ]
    contributions.sort(key=lambda part: -abs(part.mean))
    by_events = whole[cell] - outside[cell]
    rest = float(np.mean(by_events - sum(values[cell] for values in parts.values())))
    return CellContributions(
        item.republic,
        item.channel,
        item.holder,
        MemberSummary(*_summarise(whole[cell])),
        tuple(contributions),
        rest if with_rest else None,
        float(outside[cell].mean()),
    )


def _summarise(values: Array) -> tuple[float, float, float, float, float]:
    """Return the fields of a `MemberSummary`."""
    low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
    same_sign = (values < -STEP).mean() if median < 0 else (values > STEP).mean()
    return float(median), float(low), float(high), float(values.mean()), float(same_sign)


def _shapley_values(rerun: Rerun) -> dict[str, Array]:
    if len(rerun.names) <= MAX_EXACT_EVENTS:
        return _exact_shapley_values(rerun)
    return _sampled_shapley_values(rerun)


def _exact_shapley_values(rerun: Rerun) -> dict[str, Array]:
    names = rerun.names
    values = {}
    for name in names:
        others = [other for other in names if other != name]
        total: Array = np.zeros(())
        for size in range(len(names)):
            weight = factorial(size) * factorial(len(names) - size - 1) / factorial(len(names))
            for chosen in combinations(others, size):
                before = frozenset(chosen)
                total = total + weight * (rerun.shares(before | {name}) - rerun.shares(before))
        values[name] = total
    return values


def _sampled_shapley_values(rerun: Rerun) -> dict[str, Array]:
    """Average over random orders, each with its reverse, which cancels much of the error."""
    random = Random(rerun.seed)
    orders = []
    for _ in range(max(1, SAMPLED_RUNS // (2 * (len(rerun.names) - 1)))):
        order = random.sample(rerun.names, len(rerun.names))
        orders += [order, order[::-1]]
    values: dict[str, Array] = dict.fromkeys(rerun.names, np.zeros(()))
    for order in orders:
        before: Coalition = frozenset()
        for name in order:
            after = before | {name}
            values[name] = values[name] + (rerun.shares(after) - rerun.shares(before)) / len(orders)
            before = after
    return values

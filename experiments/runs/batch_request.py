"""The request of a batch: what to run, and the blocks that it is run in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steppe.experiments.storage.locations import Location, address_of, parse_location
from steppe.experiments.storage.manifest import FORMAT, MEMBERS, RESULTS
from steppe.experiments.storage.zarr_store import Layout, recorded_quarters
from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Actor, Cast, default_cast
from steppe.model.core.errors import RequestError
from steppe.model.core.version import MODEL_VERSION
from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.observables.declarations import OBSERVABLES, observables_of
from steppe.model.parameters.table import all_labels
from steppe.model.scenario.describe import describe_end
from steppe.model.scenario.event_order import order_events, possible_dates
from steppe.model.scenario.lint_history import HISTORY, history_changes
from steppe.model.scenario.load import Scenario

from .block import BLOCK, Block
from .parameter_source import ParameterSource
from .shared_history import MAX_HISTORIES

MOST_OBJECTS = 10_000  # of a scenario, for the sake of stores and of who lists them
MIN_PARTS = 8  # of a batch that stores a summary, so that many workers have something to do


def members_per_part(members: int, block: int) -> int:
    """How many members one worker counts before it writes: at least a block.

    It follows from the request alone, so that another number of workers can resume. A part
    has no more blocks than the histories that a process keeps, so that scenarios share them.
    """
    blocks = -(-members // block)
    return block * max(1, min(MAX_HISTORIES, blocks // MIN_PARTS))


def members_per_block(members: int) -> int:
    """How many members a block of a batch that stores members has.

    More than `BLOCK` where that would make too many objects of a scenario.
    """
    arrays, block = 2 + len(OBSERVABLES), BLOCK
    while arrays * -(-members // block) > MOST_OBJECTS:
        block *= 2
    return block


@dataclass(frozen=True)
class Request:
    """What to run and how.

    frequency : `year` or `quarter`, how often shares are stored.
    block : members stored together, which changes no result.
    store : `members`, or `summary` for counts from which quantiles can be read.
    results : an address for the results, if they are not to lie in the folder.
    given : the options from which the parameters and evidence were loaded, for `steppe verify`.
    references : by scenario, the one that it is compared with, where that is not the baseline.
    """

    scenarios: Sequence[Scenario]
    parameter_source: ParameterSource
    members: int
    seed: int
    frequency: str = "year"
    block: int = BLOCK
    store: str = MEMBERS
    results: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)

    @property
    def cast(self) -> Cast:
        """Every actor that is in one of the scenarios."""
        base = self.parameter_source.inputs.cast
        casts = [base, *(scenario.cast for scenario in self.scenarios)]
        if all(cast.shape == base.shape for cast in casts):
            return base
        kinds = ("powers", "republics", "channels")
        return Cast(
            *(
                tuple(
                    {actor.name: actor for cast in casts for actor in getattr(cast, kind)}.values()
                )
                for kind in kinds
            )
        )

    @property
    def member_quarters(self) -> int:
        """What is to be simulated; history, which scenarios share, counts once."""
        futures = [max(scenario.last + 1 - HISTORY_QUARTERS, 0) for scenario in self.scenarios]
        return self.members * (HISTORY_QUARTERS + sum(futures))

    def layout(self) -> Layout:
        """Names along the axes of the results."""
        last = max(scenario.last for scenario in self.scenarios)
        size = (
            min(self.block, self.members)
            if self.store == MEMBERS
            else members_per_part(self.members, self.block)
        )
        return Layout(
            tuple(scenario.name for scenario in self.scenarios),
            self.members,
            size,
            recorded_quarters(last, self.frequency),
            self.cast,
            all_labels(self.cast),
            observables_of(self.cast),
        )

    def check_lengths(self) -> None:
        """Refuse scenarios that end before the first quarter that is stored.

        Raises
        ------
        RequestError
            With every such scenario.
        """
        problems = [
            scenario.source.diagnostic(
                ("to",),
                f"'{scenario.name}' ends in {format_quarter(scenario.last)}, before the first "
                "quarter that is stored; use --frequency quarter, or a later 'to'",
            )
            for scenario in self.scenarios
            if not recorded_quarters(scenario.last, self.frequency)
        ]
        if problems:
            raise RequestError("\n".join(map(str, problems)))

    def blocks(self, folder: Path) -> list[Block]:
        """All blocks, those of the same members side by side."""
        layout = self.layout()
        uncertain = {one.name: uncertain_events(one) for one in self.scenarios}
        return [
            Block(
                scenario,
                index,
                first,
                last,
                self.seed,
                self.frequency,
                self.parameter_source,
                self.location(folder),
                layout.cast,
                layout.parameters,
                self.store,
                min(self.block, BLOCK),
                number,
                alone=len(self.scenarios) == 1,
                uncertain=uncertain[scenario.name],
            )
            for number, (first, last) in enumerate(layout.blocks)
            for index, scenario in enumerate(self.scenarios)
        ]

    def location(self, folder: Path) -> Location:
        """Where the results of a batch in this folder lie; the same from any working folder."""
        if self.results:
            return parse_location(self.results)
        address = address_of(folder)
        return f"{address}/{RESULTS}" if address else folder.resolve() / RESULTS

    @property
    def draws_repeat(self) -> bool:
        """True if members outnumber the posterior's draws, which then repeat with fresh noise."""
        posterior = self.parameter_source.posterior
        return posterior is not None and self.members > posterior.size

    def as_record(self) -> dict[str, Any]:
        """The request as the manifest stores it; two equal records give equal results."""
        layout, scenarios = self.layout(), self.scenarios
        added = _added_actors(layout.cast)
        return {
            "format": FORMAT,
            "model": MODEL_VERSION,
            "evidence": self.parameter_source.evidence,
            "weights": self.parameter_source.label,
            "seed": self.seed,
            "members": self.members,
            "block": self.block,
            "every": self.frequency,
            "keep": self.store,
            "results": self.results or RESULTS,
            "observables": {row.name: row.as_record() for row in layout.observables},
            "scenarios": {scenario.name: scenario.fingerprint for scenario in scenarios},
            "titles": {scenario.name: scenario.title for scenario in scenarios},
            "files": {scenario.name: scenario.source.file for scenario in scenarios},
            "levers": {scenario.name: dict(scenario.lever_values) for scenario in scenarios},
            "chains": {scenario.name: list(scenario.chain) for scenario in scenarios},
            "spans": {scenario.name: [scenario.first, scenario.last] for scenario in scenarios},
            "references": dict(self.references),
            "varied": {one.name: dict(one.values) for one in scenarios if one.values},
            "settings": {one.name: dict(one.settings) for one in scenarios if one.settings},
            "events": {scenario.name: _event_records(scenario) for scenario in scenarios},
            "changes_history": {
                one.name: [list(row) for row in changes]
                for one in scenarios
                if (changes := history_changes(one))
            },
            "colours": {actor.name: actor.colour for actor in added if actor in layout.cast.powers},
            "spellings": {actor.name: [actor.code, *actor.aliases] for actor in added},
            **_series_records(self.parameter_source),
            "draws_repeat": self.draws_repeat,
            "blocks_in_all": len(scenarios) * len(layout.blocks),
        }


def _series_records(source: ParameterSource) -> dict[str, Any]:
    """The layer and its series as the manifest keeps them; nothing for documents alone."""
    if not source.series:
        return {}
    cast = source.inputs.cast
    names = list(map(str, source.series_from))
    return {
        "layer": source.layer,
        "series": {row.observable: {"from": names, **row.as_record(cast)} for row in source.series},
    }


def _added_actors(cast: Cast) -> list[Actor]:
    """Powers and republics that scenarios add to the cast."""
    known = {*default_cast().power_names, *default_cast().republic_names}
    return [actor for actor in (*cast.powers, *cast.republics) if actor.name not in known]


def origin_of(event: str, scenario: Scenario) -> str:
    """The name of the last file that writes an event; of the scenario's own if none is known."""
    for source in reversed(scenario.files):
        if event in (source.data.get("events") or {}):
            return Path(source.file).stem
    return scenario.chain[-1]


def uncertain_events(scenario: Scenario) -> tuple[str, ...]:
    """Events that may not happen in every member, or not at one date, but for those of history."""
    found: list[str] = []
    for name in order_events(scenario.events):
        event = scenario.events[name]
        dated = event.if_ is None and event.probability == 1
        if event.after is not None and dated:
            dated = event.after.event not in found
        elif dated:
            dated = event.when is not None
        if not dated:
            found.append(name)
    return tuple(name for name in found if origin_of(name, scenario) != HISTORY)


def _event_records(scenario: Scenario) -> list[dict[str, Any]]:
    """Events of a scenario as figures mark them.

    `own` are those that the file itself holds, and `file` names the last to write each.
    """
    return [
        {
            "name": name,
            "what": f"{event.what}{describe_end(event)}",
            "dates": list(possible_dates(name, scenario.events)),
            "own": name in scenario.own_events,
            "file": origin_of(name, scenario),
        }
        for name, event in scenario.events.items()
    ]

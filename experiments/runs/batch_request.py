"""The request of a batch: what to run, and the blocks that it is run in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steppe.experiments.storage.locations import Location, parse_location
from steppe.experiments.storage.manifest import FORMAT, MEMBERS, RESULTS
from steppe.experiments.storage.zarr_store import Layout, recorded_quarters
from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Actor, Cast, default_cast
from steppe.model.core.errors import RequestError
from steppe.model.core.version import MODEL_VERSION
from steppe.model.observables.declarations import observables_of
from steppe.model.parameters.table import all_labels
from steppe.model.scenario.load import Scenario

from .block import BLOCK, Block
from .parameter_source import ParameterSource
from .shared_history import MAX_HISTORIES

MIN_PARTS = 8  # of a batch that stores a summary, so that many workers have something to do


def members_per_part(members: int, block: int) -> int:
    """How many members one worker counts before it writes: at least a block.

    It follows from the request alone, so that another number of workers can resume. A part
    has no more blocks than the histories that a process keeps, so that scenarios share them.
    """
    blocks = -(-members // block)
    return block * max(1, min(MAX_HISTORIES, blocks // MIN_PARTS))


@dataclass(frozen=True)
class Request:
    """What to run and how.

    frequency : `year` or `quarter`, how often shares are stored.
    block : members simulated together, which changes no result.
    store : `members`, or `summary` for counts from which quantiles can be read.
    results : an address for the results, if they are not to lie in the folder.
    given : the options from which the parameters and evidence were loaded, for `steppe verify`.
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
                self.block,
                number,
                alone=len(self.scenarios) == 1,
            )
            for number, (first, last) in enumerate(layout.blocks)
            for index, scenario in enumerate(self.scenarios)
        ]

    def location(self, folder: Path) -> Location:
        """Where the results of a batch in this folder lie; the same from any working folder."""
        return parse_location(self.results) if self.results else folder.resolve() / RESULTS

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
            "events": {scenario.name: _event_records(scenario) for scenario in scenarios},
            "colours": {actor.name: actor.colour for actor in added if actor in layout.cast.powers},
            "spellings": {actor.name: [actor.code, *actor.aliases] for actor in added},
            "draws_repeat": self.draws_repeat,
            "blocks_in_all": len(scenarios) * len(layout.blocks),
        }


def _added_actors(cast: Cast) -> list[Actor]:
    """Powers and republics that scenarios add to the cast."""
    known = {*default_cast().power_names, *default_cast().republic_names}
    return [actor for actor in (*cast.powers, *cast.republics) if actor.name not in known]


def _event_records(scenario: Scenario) -> list[dict[str, Any]]:
    """Events of a scenario as figures mark them; `own` are those that the file itself holds."""
    return [
        {
            "name": name,
            "what": event.what,
            "dates": list(event.dates()),
            "own": name in scenario.own_events,
        }
        for name, event in scenario.events.items()
    ]

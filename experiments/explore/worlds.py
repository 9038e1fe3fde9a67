"""A world: members and their parameters, its baseline, and where others branch off from it.

Every scenario shares its past with the baseline of its world. The state of that baseline is kept
at several year ends, so that a run begins in the last one that is really shared, with the same
bits as from the start.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.experiments.runs.spinup import spinup_state
from steppe.experiments.storage.zarr_store import pack_shares
from steppe.model.core.array_types import Array
from steppe.model.core.calendar import QUARTERS_PER_YEAR
from steppe.model.core.cast import Cast
from steppe.model.core.snapshot import Noise, Snapshot
from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.model import InfluenceModel
from steppe.model.observables.declarations import observables_of
from steppe.model.observables.measurement import observe_channel
from steppe.model.parameters.observable_offsets import draw_offsets
from steppe.model.scenario.common_prefix import count_shared_quarters
from steppe.model.scenario.load import Scenario

from .member_run import MemberRun

SEED = 1  # as `steppe run` has it unless told otherwise
OFTEN, SELDOM = 5, 10  # years between kept states
MANY = 500  # members with which states are kept seldom, as one holds three kilobytes for each
Recorded = dict[str, Array]


@dataclass(eq=False)
class World:
    """The members of one size under one set of parameters.

    baseline : its scenario. run : its run, once `advance` has come to its end.
    noise : of these members, by the quarter before it; what one world has drawn, others read.
    """

    baseline: Scenario
    size: int
    source: ParameterSource
    noise: dict[int, Noise] = field(default_factory=dict, repr=False)
    run: MemberRun | None = None
    parameters: dict[str, Array] = field(default_factory=dict)
    users: int = 0  # answers that drive its beginning
    _kept: list[Snapshot] = field(default_factory=list, repr=False)
    _beginning: Generator[None] | None = field(default=None, repr=False)
    _years: dict[int, Recorded] = field(default_factory=dict, repr=False)

    def advance(self) -> None:
        """Simulate a quarter of the baseline; after the last one there is a `run`."""
        if self._beginning is None:
            self._beginning = self._begin()
        next(self._beginning, None)

    def end(self) -> None:
        """Free the model of a beginning that nobody will go on with."""
        if self._beginning is not None:
            self._beginning.close()

    def _begin(self) -> Generator[None]:
        model = self._model(self.baseline)
        self.parameters = model.parameters.as_table()
        if self.size < MANY:
            self._share_noise(model)
        try:
            for quarter in self._follow(model, self._years):
                if self._is_kept(quarter):
                    if not self._kept and self.size >= MANY:
                        self._share_noise(model)
                    self._kept.append(model.snapshot())
                yield
        finally:  # also when it is forgotten half-way
            model.release()
        self.run = _as_run(self.baseline.cast, 0, self._years)
        self._years.clear()

    def _share_noise(self, model: InfluenceModel) -> None:
        """Read the noise that another world has drawn, or else let others read it from here on."""
        if model.quarter in self.noise:
            model.read_noise(self.noise[model.quarter])
            return
        model.forget_past()  # every branch begins here or later
        self.noise[model.quarter] = model.snapshot().noise

    def simulate(self, scenario: Scenario) -> Generator[None, None, MemberRun]:
        """Simulate a scenario, giving way after each quarter, and return its run."""
        base = self.whole_run
        shared = count_shared_quarters(self.baseline, scenario)
        latest = min(shared, scenario.last + 1 - QUARTERS_PER_YEAR)  # so that a year remains
        start = next((state for state in reversed(self._kept) if state.quarter < latest), None)
        if start is None:
            model = self._model(scenario)
        else:
            model = InfluenceModel.continue_from(start, scenario)
        years: dict[int, Recorded] = {}
        try:
            for _ in self._follow(model, years):
                yield
        finally:  # also when nobody waits for it any more
            model.release()
        first = min(years, default=scenario.quarters // QUARTERS_PER_YEAR)
        shared_years = min(shared // QUARTERS_PER_YEAR, base.years)
        drop = max(0, min(shared_years - first, len(years) - 1))
        kept = {year: years[year] for year in sorted(years)[drop:]}
        return _as_run(scenario.cast, min(kept), kept)

    @property
    def whole_run(self) -> MemberRun:
        """The run of the baseline; only once `advance` has come to its end."""
        if self.run is None:
            raise LookupError("the baseline of this world is not simulated yet")
        return self.run

    def _is_kept(self, quarter: int) -> bool:
        after = quarter - (HISTORY_QUARTERS - 1)
        between = (SELDOM if self.size >= MANY else OFTEN) * QUARTERS_PER_YEAR
        left = self.baseline.last - quarter
        return after >= 0 and after % between == 0 and left >= OFTEN * QUARTERS_PER_YEAR

    def _model(self, scenario: Scenario) -> InfluenceModel:
        numbers, source = np.arange(self.size), self.source
        if scenario.parameters:  # a slider has many stops; on disk they would push out what is used
            source = replace(source, file=None)
        return InfluenceModel(
            scenario,
            numbers,
            SEED,
            inputs=self.source.inputs,
            parameters_from=self.source.draws,
            collect=None,
            spinup=spinup_state(scenario, numbers, SEED, source),
        )

    def _follow(self, model: InfluenceModel, years: dict[int, Recorded]) -> Iterator[int]:
        """Run a model to its end, recording year ends."""
        rows = observables_of(model.cast)
        offsets = {
            row.name: draw_offsets(row, model.parameters, SEED, model.member_numbers)
            for row in rows
        }
        for quarter in model.run():
            if quarter % QUARTERS_PER_YEAR == QUARTERS_PER_YEAR - 1:
                shares = [pack_shares(model.share), pack_shares(model.autonomy)[None]]
                years[quarter // QUARTERS_PER_YEAR] = {
                    "shares": np.concatenate(shares),
                    **{
                        row.name: pack_shares(
                            observe_channel(row, model.share, offsets[row.name], model.cast)
                        )
                        for row in rows
                    },
                }
            yield quarter


def _as_run(cast: Cast, first: int, years: Mapping[int, Recorded]) -> MemberRun:
    rows = [years[year] for year in sorted(years)]
    arrays = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    return MemberRun(cast, first, arrays.pop("shares"), arrays)

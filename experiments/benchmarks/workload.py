"""What the ensemble and every rival run: the baseline with the shipped posterior."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

from steppe.experiments.runs.parameter_source import ParameterSource, load_parameter_source
from steppe.model.core.array_types import IntArray
from steppe.model.model import InfluenceModel
from steppe.model.random_streams import NormalStreams
from steppe.model.scenario.load import Scenario, load_scenario


@dataclass(frozen=True)
class Workload:
    """A scenario, its parameters and a seed."""

    scenario: Scenario = field(default_factory=lambda: load_scenario("baseline"))
    source: ParameterSource = field(default_factory=load_parameter_source)
    seed: int = 1

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """Names of power, republic and channel of every share."""
        cast = self.source.inputs.cast
        return list(product(cast.power_names, cast.republic_names, cast.channel_names))

    def model(self, members: IntArray) -> InfluenceModel:
        """The model with these members, at the end of 1999."""
        source = self.source
        return InfluenceModel(
            self.scenario, members, self.seed, inputs=source.inputs, posterior=source.posterior
        )

    def streams(self, members: IntArray) -> NormalStreams:
        """The noise of these members."""
        quarters = self.scenario.quarters
        return NormalStreams(self.seed, "influence", self.cells, members, quarters)

"""What every competitor is asked to run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steppe.experiments.runs.parameter_source import ParameterSource, load_parameter_source
from steppe.model.core.calendar import is_year_end
from steppe.model.model import InfluenceModel
from steppe.model.scenario.load import Scenario, load_scenario

SEED = 1


@dataclass(frozen=True)
class Asked:
    """What everybody is asked to run."""

    scenario: Scenario
    parameter_source: ParameterSource
    seed: int = SEED

    @classmethod
    def of(cls, name: str = "baseline") -> Asked:
        return cls(load_scenario(name), load_parameter_source())

    def model(self, numbers: np.ndarray) -> InfluenceModel:
        """The model with these members, at the end of 1999."""
        return InfluenceModel(
            self.scenario,
            numbers,
            self.seed,
            inputs=self.parameter_source.inputs,
            posterior=self.parameter_source.posterior,
        )


def ends_a_year(quarter: int) -> bool:
    """Whether shares are kept at the end of a quarter."""
    return is_year_end(quarter)

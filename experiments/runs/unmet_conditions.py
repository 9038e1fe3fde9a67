"""Conditions that no member ever met, which a run reports: an event behind one of them changed nothing."""

from __future__ import annotations

import numpy as np

from steppe.model.core.diagnostics import Diagnostic
from steppe.model.scenario.load import Scenario

from .parameter_source import ParameterSource

LOOKED_AT = 256  # members followed once more, which takes well under a second


def unmet_conditions(
    scenarios, parameter_source: ParameterSource, members: int, seed: int
) -> list[Diagnostic]:
    """A warning at each event whose condition none of the first members met by the end of the run."""
    found = []
    size = min(members, LOOKED_AT)
    for scenario in scenarios:
        if any(event.if_ is not None for event in scenario.events.values()):
            found += _unmet(scenario, parameter_source, size, seed)
    return found


def _unmet(
    scenario: Scenario, parameter_source: ParameterSource, size: int, seed: int
) -> list[Diagnostic]:
    from steppe.model.model import InfluenceModel  # not needed where nothing is conditional

    model = InfluenceModel(
        scenario,
        np.arange(size),
        seed,
        inputs=parameter_source.inputs,
        posterior=parameter_source.posterior,
    )
    for _ in model.run():
        pass
    return [
        scenario.source.diagnostic(
            ("events", name, "if"),
            f"no member met this condition (of {size} followed): '{name}' never happened in {scenario.name}",
        )
        for name in model.forcing.unmet_conditions
    ]

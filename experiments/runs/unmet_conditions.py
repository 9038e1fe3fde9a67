"""Conditions that no member met: an event behind one of them changed nothing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from steppe.model.core.diagnostics import Diagnostic
from steppe.model.scenario.load import Scenario

from .parameter_source import ParameterSource

MOST_CHECKED = 256  # members simulated once more, which takes well under a second


def find_unmet_conditions(
    scenarios: Iterable[Scenario], source: ParameterSource, members: int, seed: int
) -> list[Diagnostic]:
    """Return a warning for each condition that none of the first members met."""
    size = min(members, MOST_CHECKED)
    found = []
    for scenario in scenarios:
        if any(event.if_ is not None for event in scenario.events.values()):
            found += _find_in(scenario, source, size, seed)
    return found


def _find_in(scenario: Scenario, source: ParameterSource, size: int, seed: int) -> list[Diagnostic]:
    from steppe.model.model import InfluenceModel  # slow to import, and seldom needed here

    model = InfluenceModel(
        scenario,
        np.arange(size),
        seed,
        inputs=source.inputs,
        parameters_from=source.draws,
        collect=None,
    )
    for _ in model.run():
        pass
    return [
        scenario.source.diagnostic(
            ("events", name, "if"),
            f"no member met this condition (of {size} followed): "
            f"'{name}' never happened in {scenario.name}",
        )
        for name in model.forcing.unmet_conditions
    ]

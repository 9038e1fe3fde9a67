"""Whether changed parameters leave every member within the guards of the model."""

from __future__ import annotations

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.number_text import format_percent
from steppe.model.parameters.draw import apply_changes, draw_priors
from steppe.model.parameters.guards import broken_guards, require_guards
from steppe.model.parameters.posterior import PosteriorSample
from steppe.model.parameters.table import BY_ID

from .load import Scenario
from .schema import Change

GUARDED = ("lambda_", "theta", "chi", "h", "rho")


def guarded_changes(scenario: Scenario) -> dict[str, float | Change]:
    """Return the changes to parameters that a guard depends on, by label."""
    return {
        label: change
        for label, change in scenario.parameters.items()
        if label.partition("[")[0] in GUARDED
    }


def check_guards(
    scenario: Scenario, posterior: PosteriorSample | None, seed: int, members: int
) -> list[Diagnostic]:
    """Report changes that take members past a guard, where the model would stop.

    Parameters
    ----------
    posterior : the sample that members are drawn from; None for the priors.
    seed, members : of the run; members beyond the sample's size repeat its draws.
    """
    changes = guarded_changes(scenario)
    if not changes:
        return []
    broken = broken_guards(**_guarded_values(scenario, posterior, seed, members)).mean()
    if not broken:
        return []
    share = "less than 1%" if broken < 0.01 else format_percent(broken)
    message = (
        f"with {', '.join(changes)} changed so, {share} of the members break a guard of the "
        "model; lower lambda_, theta, chi or rho, or lengthen h"
    )
    if scenario.name != scenario.chain[-1]:
        message += f" (in {scenario.name})"
    return [scenario.source.diagnostic(("parameters",), message, of_key=True)]


def require_guards_of_members(
    scenario: Scenario, posterior: PosteriorSample | None, seed: int, members: int
) -> None:
    """Refuse the members of a run, as a model would, if one of them breaks a guard.

    Raises
    ------
    GuardError
        With the first such member and what to change.
    """
    values = _guarded_values(scenario, posterior, seed, members)
    require_guards(**values, members=None)


def _guarded_values(
    scenario: Scenario, posterior: PosteriorSample | None, seed: int, members: int
) -> dict[str, FloatArray]:
    """What guards depend on, of the first members: (m,) each, and `h` (channels, m)."""
    numbers = np.arange(members if posterior is None else min(members, posterior.size))
    drawn = (
        draw_priors(seed, numbers, scenario.cast, {})
        if posterior is None
        else posterior.values_of(numbers)
    )
    table = apply_changes(drawn, guarded_changes(scenario), scenario.cast, seed, numbers)
    halves = np.stack([table[label] for label in BY_ID["h"].labels(scenario.cast)])
    return {"h": halves} | {label: table[label] for label in GUARDED if label != "h"}

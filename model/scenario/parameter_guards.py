"""Whether changed parameters leave every member within the guards of the model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.core.yaml_source import Source
from steppe.model.parameters.ensemble import apply_changes
from steppe.model.parameters.posterior import PosteriorError, read_posterior
from steppe.model.parameters.table import BY_ID, all_labels, broken_guards, draw_priors

from .file_models import ScenarioFile

GUARDED = ("lambda_", "theta", "chi", "h", "rho")
TRIALS = 256  # members tried where there are no calibrated ones


def check_guards(parsed: ScenarioFile, merged: Source, cast: Cast) -> list[Diagnostic]:
    """Changes that carry calibrated members past a guard, which the model would refuse in the middle of a run."""
    touched = [label for label in parsed.parameters if label.partition("[")[0] in GUARDED]
    if not touched:
        return []
    table = _members(cast)
    table = apply_changes(table, parsed.parameters, cast, 1, np.arange(len(table["theta"])))
    halves = np.stack([table[label] for label in BY_ID["h"].labels(cast)])
    broken = broken_guards(
        table["lambda_"], table["theta"], table["chi"], halves, table["rho"]
    ).mean()
    if not broken:
        return []
    message = (
        f"with {', '.join(touched)} changed so, {_percent(broken)} of the members break a guard of the model; "
        "lower lambda_, theta, chi or rho, or lengthen h"
    )
    return [merged.diagnostic(("parameters",), message, of_key=True)]


def _members(cast: Cast) -> Mapping[str, np.ndarray]:
    """Calibrated members, which a run takes unless told otherwise; draws from the priors for another cast."""
    shipped = default_cast()
    if set(all_labels(shipped)) - set(all_labels(cast)):
        return draw_priors(1, np.arange(TRIALS), cast, {})
    try:
        posterior = read_posterior(SHIPPED_POSTERIOR, all_labels(shipped))
    except PosteriorError:
        return draw_priors(1, np.arange(TRIALS), cast, {})
    added = draw_priors(1, np.arange(posterior.size), cast, {}) if cast is not shipped else {}
    return {**added, **posterior.table}


def _percent(share: float) -> str:
    return "less than 1 %" if share < 0.01 else f"{share:.0%}"

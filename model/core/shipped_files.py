"""Paths of the data files that ship with the package and are made by its own commands."""

from __future__ import annotations

from pathlib import Path

_PARAMETERS = Path(__file__).parents[1] / "parameters"

SHIPPED_POSTERIOR = _PARAMETERS / "posterior.csv"  # made by `steppe calibrate`
SHIPPED_MEASURED = _PARAMETERS / "posterior-measured.csv"  # with --evidence measured
SHIPPED_SCORECARD = _PARAMETERS / "scorecard.json"  # made by `steppe scorecard --ship`
SHIPPED_RECOVERY = _PARAMETERS / "recovery.json"  # made by the module `recovery` of the scorecard

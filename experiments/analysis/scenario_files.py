"""Scenario files that an analysis writes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from steppe.model.scenario.find_files import SHIPPED
from steppe.model.scenario.load import Scenario


def copy_parent_scenarios(scenario: Scenario, folder: Path) -> None:
    """Copy a user's own parent scenarios, since a file extends shipped or neighbouring ones."""
    for source in scenario.files:
        path = Path(source.file)
        if (
            path.exists()
            and path.resolve().parent not in (SHIPPED, folder.resolve())
            and not (SHIPPED / path.name).exists()
        ):
            shutil.copy(path, folder / path.name)


def extend_scenario(scenario: Scenario) -> dict[str, Any]:
    """The keys of a file that extends a scenario at the values that its request set."""
    own: dict[str, Any] = {"extends": scenario.chain[-1]}
    for name, value in scenario.values.items():
        if name in scenario.levers:
            own.setdefault("levers", {})[name] = {"default": value}
        else:
            own.setdefault("parameters", {})[name] = value
    return own

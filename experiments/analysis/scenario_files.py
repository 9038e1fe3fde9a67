"""Scenario files that an analysis writes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from steppe.model.core.errors import RequestError
from steppe.model.scenario.find_files import SHIPPED
from steppe.model.scenario.load import Scenario


def copy_parent_scenarios(scenarios: Sequence[Scenario], folder: Path) -> list[str]:
    """Copy users' own parent scenarios, since a file extends shipped or neighbouring ones.

    Returns
    -------
    Names of the copies, without ending.

    Raises
    ------
    RequestError
        If two of them would share a file.
    """
    copied: dict[str, Path] = {}
    for path in (Path(source.file) for scenario in scenarios for source in scenario.files):
        if (
            path.exists()
            and path.resolve().parent not in (SHIPPED, folder.resolve())
            and not (SHIPPED / path.name).exists()
        ):
            other = copied.setdefault(path.name.casefold(), path)
            if other.read_bytes() != path.read_bytes():
                raise RequestError(f"{path}: would replace {other}; rename one of the files")
            shutil.copy(path, folder / path.name)
    return [path.stem for path in copied.values()]


def extend_scenario(scenario: Scenario) -> dict[str, Any]:
    """The keys of a file that extends a scenario at the values that its request set."""
    own: dict[str, Any] = {"extends": scenario.chain[-1]}
    for name, value in scenario.values.items():
        if name in scenario.levers:
            own.setdefault("levers", {})[name] = {"default": value}
        else:
            own.setdefault("parameters", {})[name] = value
    return own

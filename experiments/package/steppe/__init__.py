"""Influence in Central Asia: an agent-based simulator.

Names are imported when they are first used, so that `import steppe` is quick.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steppe.experiments.storage.zarr_store import open_results
    from steppe.model.agents import Power, Republic
    from steppe.model.model import InfluenceModel
    from steppe.model.scenario.load import Scenario, load_scenario

__all__ = ["InfluenceModel", "Power", "Republic", "Scenario", "load_scenario", "open_results"]

_HOMES = {
    "InfluenceModel": "model.model",
    "Power": "model.agents",
    "Republic": "model.agents",
    "Scenario": "model.scenario.load",
    "load_scenario": "model.scenario.load",
    "open_results": "experiments.storage.zarr_store",
}

# An editable install imports this folder from a checkout, where `model`, `scenarios` and
# `experiments` lie at the top level; in a wheel they lie in this package.
_checkout = Path(__file__).resolve().parents[3]
if (_checkout / "model").is_dir() and (_checkout / "pyproject.toml").is_file():
    __path__.append(str(_checkout))


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"steppe.{_HOMES[name]}"), name)

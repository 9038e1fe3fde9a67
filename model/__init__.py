"""The simulated world: who is in it, what is known of it, and how influence moves.

Names are imported when they are first used, so that checking a scenario file does not
wait for Mesa.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .agents import Power, Republic
    from .cast import default_cast
    from .influence import InfluenceModel
    from .inputs import default_inputs
    from .parameters import Parameters
    from .scenario.library import Scenario, load_scenario

_HOMES = {
    "InfluenceModel": "influence", "Power": "agents", "Republic": "agents", "default_cast": "cast",
    "default_inputs": "inputs", "Parameters": "parameters",
    "Scenario": "scenario.library", "load_scenario": "scenario.library",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)

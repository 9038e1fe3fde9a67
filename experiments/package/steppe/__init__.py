"""Influence in Central Asia: an agent-based simulator.

In a minute:

    import steppe

    results = steppe.run(["baseline", "russian-retreat"], members=500)   # an xarray.Dataset
    results["shares"].sel(republic="Kazakhstan", holder="Russia").median("member")
    print(steppe.compare(results, "russian-retreat"))                   # member by member
    steppe.plot.region(results, scenario="russian-retreat")             # or ax=your_axes

    class PatientChina(steppe.Power):                                    # a behaviour of one's own
        def effort_rate(self):
            return 0.5 * super().effort_rate()

    model = steppe.InfluenceModel("baseline", rng=1, powers={"China": PatientChina})
    model.run_model()                                                    # a model of Mesa
    model.datacollector.get_model_vars_dataframe()

    mesa.batch_run(steppe.InfluenceModel, {"scenario": ["baseline", "russian-retreat"],
                                           "members": 50, "rng": [1, 2]})

Whatever is wrong with a request ends in `RequestError`, work that failed or was stopped in
`IncompleteRunError`. `help(steppe.run)` and so on say the rest, with shapes and units.

Names are imported when they are first used, so that `import steppe` is quick.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steppe.experiments.figures import plot
    from steppe.experiments.provenance.public_explanation import explain
    from steppe.experiments.results.public_comparison import compare
    from steppe.experiments.runs.public_results import open_results
    from steppe.experiments.runs.run import run
    from steppe.model.agents import Power, Republic
    from steppe.model.core.errors import IncompleteRunError, RequestError
    from steppe.model.model import InfluenceModel
    from steppe.model.scenario.load import Scenario, load_scenario, parse_scenario

__all__ = [
    "IncompleteRunError",
    "InfluenceModel",
    "Power",
    "Republic",
    "RequestError",
    "Scenario",
    "compare",
    "explain",
    "load_scenario",
    "open_results",
    "parse_scenario",
    "plot",
    "run",
]

_HOMES = {
    "IncompleteRunError": "model.core.errors",
    "InfluenceModel": "model.model",
    "Power": "model.agents",
    "Republic": "model.agents",
    "RequestError": "model.core.errors",
    "Scenario": "model.scenario.load",
    "compare": "experiments.results.public_comparison",
    "explain": "experiments.provenance.public_explanation",
    "load_scenario": "model.scenario.load",
    "open_results": "experiments.runs.public_results",
    "parse_scenario": "model.scenario.load",
    "plot": "experiments.figures",
    "run": "experiments.runs.run",
}

# An editable install imports this folder from a checkout, where `model`, `scenarios` and
# `experiments` lie at the top level; in a wheel they lie in this package.
_checkout = Path(__file__).resolve().parents[3]
if (_checkout / "model").is_dir() and (_checkout / "pyproject.toml").is_file():
    __path__.append(str(_checkout))


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    home = f"steppe.{_HOMES[name]}"
    found = import_module(f"{home}.plot") if name == "plot" else getattr(import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""What the page needs before anything is simulated: scenarios, parameters, words explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from steppe.experiments.figures.borders import borders
from steppe.experiments.provenance.names import load_terms
from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import RequestError
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.parameters.guards import broken_guards
from steppe.model.parameters.posterior import read_posterior
from steppe.model.parameters.table import BY_ID, all_labels
from steppe.model.scenario.find_files import shipped_names

from .asked_scenario import BASELINE, HISTORY, Library, cast_data, describe_scenario
from .question import Question

# Those that say how actors behave, the most telling first.
PARAMETERS = ("rho", "tau_0", "alpha", "phi", "chi", "lambda_", "beta", "gamma", "h")
FACTORS = np.round(np.arange(0.25, 2.001, 0.05), 2)
GUARDED = ("lambda_", "theta", "chi", "h", "rho")
TERMS = {  # as the page has them, and as `steppe explain` has them
    "share": "share",
    "capacity": "influence",
    "autonomy": "autonomy",
    "member": "member",
    "band": "band",
    "lever": "lever",
    "paired difference": "difference",
}


def start_data(library: Library) -> dict[str, Any]:
    """Scenarios with their levers and events, parameters with their stops, terms, weights."""
    cast = default_cast()
    posterior = read_posterior(SHIPPED_POSTERIOR, all_labels(cast))
    terms = load_terms()
    return {
        "baseline": BASELINE,
        "weights": posterior.fingerprint,
        "cast": cast_data(cast),
        "scenarios": _scenarios(library),
        "parameters": _parameters(posterior.table),
        "borders": {
            name: {"ring": outline.tolist(), "label": list(label)}
            for name, (outline, label) in borders().items()
        },
        "terms": {word: _without_commands(terms[term]) for word, term in TERMS.items()},
    }


def shipped_evidence() -> dict[str, Any]:
    """What every cell of the shipped powers and republics rests on."""
    from steppe.experiments.provenance.cell_evidence import evidence_of_cells

    cast = default_cast()
    history = Library().scenario(Question(HISTORY))
    return evidence_of_cells(
        cast.republic_names, cast.channel_names, cast.holder_names, None, history
    )


def _without_commands(text: str) -> str:
    """The sentences of an explanation that do not send to the command line."""
    sentences = text.strip().split(". ")
    kept = [one for one in sentences if "`" not in one and not one.startswith("In expressions")]
    return ". ".join(kept).rstrip(".") + "."


def _scenarios(library: Library) -> list[dict[str, Any]]:
    """Every scenario that can be picked; one with mistakes only has its name."""
    shipped = (name for name in shipped_names() if name not in (HISTORY, *library.files))
    found = []
    for name in (*library.files, *shipped):
        try:
            described = describe_scenario(library.scenario(Question(name)))
        except RequestError:
            described = {"title": name, "levers": [], "events": [], "narrative": "", "sources": []}
        found.append({"name": name, "file": name in library.files, **described})
    return found


def _parameters(table: Mapping[str, FloatArray]) -> list[dict[str, Any]]:
    cast, rows = default_cast(), []
    for name in PARAMETERS:
        row = BY_ID[name]
        low, high = factor_stops(name, table)
        rows.append(
            {
                "name": name,
                "words": row.name.replace("_", " "),
                "symbol": row.symbol,
                "meaning": row.meaning,
                "low": low,
                "high": high,
                "stopped": (low, high) != (FACTORS[0], FACTORS[-1]),
                "single": len(row.labels(cast)) == 1,
            }
        )
    return rows


def factor_stops(name: str, table: Mapping[str, FloatArray]) -> tuple[float, float]:
    """The least and the largest factor on a parameter with which no draw breaks a guard."""
    if name not in GUARDED:
        return float(FACTORS[0]), float(FACTORS[-1])
    fine = [not _breaks_guard(name, factor, table) for factor in FACTORS]
    one = int(np.searchsorted(FACTORS, 1.0))
    below = one
    while below > 0 and fine[below - 1]:
        below -= 1
    above = one
    while above < len(FACTORS) - 1 and fine[above + 1]:
        above += 1
    return float(FACTORS[below]), float(FACTORS[above])


def _breaks_guard(name: str, factor: float, table: Mapping[str, FloatArray]) -> bool:
    cast = default_cast()
    values = {}
    for guarded in GUARDED:
        row = BY_ID[guarded]
        stacked = np.stack([table[label] for label in row.labels(cast)])
        if guarded == name:
            stacked = np.clip(stacked * factor, *row.bounds)
        values[guarded] = stacked if guarded == "h" else stacked[0]
    return bool(broken_guards(**values).any())

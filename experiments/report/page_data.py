"""Everything that the script of a report reads, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steppe.experiments.provenance.cell_evidence import evidence_of_cells
from steppe.experiments.results.differences import BASELINE
from steppe.experiments.results.packed_numbers import MISSING, SCALE
from steppe.experiments.results.scenario_events import history_sentence, scenario_events
from steppe.experiments.runs.kept_sources import given_evidence
from steppe.experiments.runs.rebuild_request import reload_history
from steppe.experiments.storage.batch_cast import batch_cast
from steppe.experiments.storage.manifest import Manifest
from steppe.model.core.calendar import decimal_year
from steppe.model.core.cast import AUTONOMY, Cast

from .narratives import narrative_of
from .packed_shares import trajectories

if TYPE_CHECKING:
    import xarray as xr


def page_data(
    dataset: xr.Dataset,
    manifest: Manifest,
    differences: dict[str, dict[str, Any]],
    evidence_folder: Path | None,
) -> dict[str, Any]:
    """The data of a page.

    Parameters
    ----------
    dataset : from `year_ends`. differences : from `differences_at_the_end`, packed.
    """
    request, cast = manifest.request, batch_cast(dataset)
    evidence_folder = evidence_folder or given_evidence(manifest, existing=True)
    names = {
        dimension: list(map(str, dataset[dimension].values))
        for dimension in ("republic", "channel", "holder")
    }
    evidence = evidence_of_cells(
        names["republic"],
        names["channel"],
        names["holder"],
        evidence_folder,
        reload_history(manifest),
    )
    evidence["changed"] = evidence["fingerprint"] != request["evidence"]
    scenarios = {
        name: {
            **numbers,
            "title": request["titles"].get(name, name),
            **narrative_of(manifest, name),
            "asked": request["members"],
            "events": _events(dataset.attrs.get("request", request), name),
            "note": history_sentence(request, name, title=request["titles"].get(name, name)),
        }
        for name, numbers in trajectories(dataset, manifest).items()
    }
    return {
        "scale": SCALE,
        "missing": MISSING,
        "baseline": BASELINE,
        "years": [int(str(time)[:4]) for time in dataset["time"].values],
        "republics": names["republic"],
        "channels": names["channel"],
        "holders": [_holder(name, cast) for name in names["holder"]],
        "scenarios": scenarios,
        "pairs": differences,
        "evidence": evidence,
    }


def json_for_script(data: Any) -> str:
    """JSON that cannot end the script element it is in, whatever its strings contain."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _holder(name: str, cast: Cast) -> dict[str, str]:
    code = name if name == AUTONOMY else cast.powers[cast.index("power", name)].code
    return {"name": name, "colour": cast.colour(name), "code": code}


def _events(request: dict[str, Any], scenario: str) -> list[dict[str, Any]]:
    """Events of the scenario's file and of those it extends, but for history's."""
    return [
        {
            "what": event.text,
            "when": event.when,
            "year": decimal_year(event.dates[0]) if event.dates else None,
        }
        for event in scenario_events(request, scenario)
    ]

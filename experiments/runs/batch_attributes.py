"""Attributes of results: what they are and where they come from, with whoever opens them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from steppe.experiments.storage.manifest import SUMMARY, Manifest
from steppe.model.core.number_text import format_general
from steppe.model.core.word_lists import join_words
from steppe.model.evidence.choice import DOCUMENTS_ALONE

TITLES_SHOWN = 3
PLACES = ("files", "results")  # in the request: where files lie


def describe_batch(manifest: Manifest) -> dict[str, Any]:
    """Attributes for the results of a batch, what a reader wants first at the top.

    Texts and numbers only, as every format keeps them: `scenario_files` and `request` are JSON,
    the files that the scenarios were read from and what `steppe` needs to draw them. Nothing here
    depends on where or when a batch was run, so that equal batches have equal files.
    """
    request, about = manifest.request, manifest.about
    names, titles = list(request["scenarios"]), list(request["titles"].values())
    more = len(titles) - TITLES_SHOWN
    shown = titles[:TITLES_SHOWN] + ([f"{more} more"] if more > 0 else [])
    held = "counts of members" if request["keep"] == SUMMARY else "every member"
    versions = about.get("versions", {})
    return {
        "title": f"Influence in Central Asia: {join_words(shown)}",
        "summary": (
            "Shares of influence are capacity, from 0 to 1: in each republic and channel those of "
            "the powers and the republic's own autonomy add up to 1. A member is one simulated "
            f"history, with the same noise in every scenario. Holds {held}."
        ),
        "members": request["members"],
        "seed": request["seed"],
        "levers": "; ".join(_levers_of(request, name) for name in names),
        "parameters_from": request["weights"],
        "evidence": request["evidence"],
        "layer": layer_of(request),
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "model_version": request["model"],
        "source": "Steppe, an agent-based simulator",
        "Conventions": "CF-1.11",
        "scenario_files": json.dumps(_files_of(manifest)),
        "request": json.dumps(
            {key: value for key, value in request.items() if key not in PLACES}
            | {"starts": manifest.starts}
        ),
    }


def describe_call(manifest: Manifest) -> dict[str, Any]:
    """When and by what command a batch was started, which its data do not depend on."""
    about = manifest.about
    command = about.get("command", "")
    return {"command": command, "history": f"{about.get('created', '')} {command}".strip()}


def _levers_of(request: dict[str, Any], name: str) -> str:
    levers = request["levers"].get(name, {})
    values = ", ".join(f"{lever}={format_general(value)}" for lever, value in levers.items())
    return f"{name}: {values or 'none'}"


def _files_of(manifest: Manifest) -> dict[str, str]:
    """The text of each scenario's own file; what ships and is extended is known by its version."""
    rows, files = manifest.sources.get("scenarios", {}), manifest.sources.get("files", ())
    return {name: files[row["files"][-1]]["text"] for name, row in rows.items() if row["files"]}


def layer_of(request: Mapping[str, Any]) -> str:
    """What the numbers of a batch rest on, in words: documents alone, or series as well."""
    return str(request.get("layer", DOCUMENTS_ALONE))

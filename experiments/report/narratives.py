"""What the file of a scenario tells of it: its narrative and its sources."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from steppe.experiments.storage.manifest import Manifest
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.yaml_source import parse_yaml

OWN = -1  # a scenario's own file is kept after those that it extends


def narrative_of(manifest: Manifest, scenario: str) -> dict[str, Any]:
    """Return `narrative` and `sources` of a scenario's own file, as the batch keeps it.

    Neither is inherited. Both are empty in a batch that keeps no files.
    """
    kept = manifest.sources
    found: dict[str, Any] = {}
    with suppress(LookupError, TypeError, DiagnosticsError):
        text = kept["files"][kept["scenarios"][scenario]["files"][OWN]]["text"]
        data = parse_yaml(text, scenario).data
        found = data if isinstance(data, dict) else {}
    sources = found.get("sources") or []
    listed = [sources] if isinstance(sources, str) else list(sources)
    return {
        "narrative": " ".join(str(found.get("narrative") or "").split()),
        "sources": [" ".join(str(item).split()) for item in listed],
    }

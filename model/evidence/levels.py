"""Which level of a claim the model uses, given its two codings."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from steppe.model.core.yaml_source import read_yaml

from .claim_schema import Claim
from .claims import FOLDER, Evidence


@cache
def reconciled_levels() -> dict[str, dict[str, Any]]:
    """Levels settled by a third reading, with the reason; for codings two or more apart."""
    path = FOLDER / "second_coding.yaml"
    return (
        (read_yaml(path, f"model/evidence/{path.name}").data.get("reconciled") or {})
        if path.exists()
        else {}
    )


def level_lookup(evidence: Evidence) -> Callable[[Claim], float]:
    """The reconciled level where there is one, otherwise the mean of the two codings."""

    def level(claim: Claim) -> float:
        settled = reconciled_levels().get(claim.id)
        if settled is not None:
            return float(settled["level"])
        if claim.level is None:
            raise ValueError(f"claim {claim.id} has no level")
        return (claim.level + evidence.second_coding.get(claim.id, claim.level)) / 2

    return level

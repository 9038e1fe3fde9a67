"""A comparison as a tidy table: a row per difference, per gain and per event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from steppe.experiments.storage.zarr_store import UNIT

from .comparison import Comparison
from .differences import Difference
from .observed import INFLUENCE


def as_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Return a comparison as a tidy table: a row per difference, per gain and per event."""
    about = {
        "scenario": comparison.scenario,
        "against": comparison.against,
        "year": comparison.year,
    }
    influence = [
        *_difference_rows(comparison.differences),
        *_gain_rows(comparison),
        *_event_rows(comparison),
    ]
    rows = [row | {"unit": UNIT, "quantity": INFLUENCE} for row in influence]
    for observed in comparison.observed:
        of_observable = {"channel": "", "unit": observed.unit, "quantity": observed.observable}
        rows += [row | of_observable for row in _difference_rows(observed.differences)]
    return [{"kind": row.pop("kind"), **about, **row} for row in rows]


def _difference_rows(differences: Iterable[Difference]) -> Iterable[dict[str, Any]]:
    for item in differences:
        yield _row("difference", item, item.holder, "", "median", item, item.members)


def _gain_rows(comparison: Comparison) -> Iterable[dict[str, Any]]:
    for loss in comparison.losses:
        for gain in loss.takers:
            yield _row("taken", loss, loss.loser, gain.holder, "mean", gain, comparison.members)


def _event_rows(comparison: Comparison) -> Iterable[dict[str, Any]]:
    if comparison.contributions is None:
        return
    members = comparison.contributions.members
    for cell in comparison.contributions.cells:
        for part in cell.parts:
            yield _row("event", cell, cell.holder, part.name, "median", part, members)


def _row(
    kind: str, cell: Any, holder: str, part: str, statistic: str, estimate: Any, members: int
) -> dict[str, Any]:
    """One row; `statistic` names the estimate's value, and a mean has no share of one sign."""
    return {
        "kind": kind,
        "republic": cell.republic,
        "channel": cell.channel,
        "holder": holder,
        "part": part,
        "statistic": statistic,
        "value": getattr(estimate, statistic),
        "low": estimate.low,
        "high": estimate.high,
        "same_sign": getattr(estimate, "same_sign", None),
        "members": members,
    }

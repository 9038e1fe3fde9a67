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
        yield {
            "kind": "difference",
            "republic": item.republic,
            "channel": item.channel,
            "holder": item.holder,
            "part": "",
            "statistic": "median",
            "value": item.median,
            "low": item.low,
            "high": item.high,
            "same_sign": item.same_sign,
            "members": item.members,
        }


def _gain_rows(comparison: Comparison) -> Iterable[dict[str, Any]]:
    for loss in comparison.losses:
        for gain in loss.takers:
            yield {
                "kind": "taken",
                "republic": loss.republic,
                "channel": loss.channel,
                "holder": loss.loser,
                "part": gain.holder,
                "statistic": "mean",
                "value": gain.mean,
                "low": gain.low,
                "high": gain.high,
                "same_sign": None,
                "members": comparison.members,
            }


def _event_rows(comparison: Comparison) -> Iterable[dict[str, Any]]:
    if comparison.contributions is None:
        return
    for cell in comparison.contributions.cells:
        for part in cell.parts:
            yield {
                "kind": "event",
                "republic": cell.republic,
                "channel": cell.channel,
                "holder": cell.holder,
                "part": part.name,
                "statistic": "median",
                "value": part.median,
                "low": part.low,
                "high": part.high,
                "same_sign": part.same_sign,
                "members": comparison.contributions.members,
            }

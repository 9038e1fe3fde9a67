"""When events start in each member: dates, draws and conditions."""

from __future__ import annotations

import numpy as np

from steppe.model.core.array_types import BoolArray, FloatArray, IntArray
from steppe.model.core.calendar import parse_quarter
from steppe.model.random_streams import uniforms
from steppe.model.scenario.event_schema import Condition, Event

NEVER = np.iinfo(np.int64).max // 2


def start_quarters(
    name: str, event: Event, seed: int, members: IntArray, settled: IntArray | None = None
) -> IntArray:
    """The quarter in which each member's event starts.

    Disputed dates and spans are drawn per member, as is whether an event of probability below
    1 happens at all.

    Parameters
    ----------
    settled : (m,), dates in place of draws; where the event cannot have them, it is drawn.

    Returns
    -------
    (m,), or (1,) if all members share it; NEVER if it does not happen.
    """
    if event.when is not None:
        starts = np.array([event.when])
    else:
        starts = quarters_at(event, uniforms(seed, "date", (name,), members))
        starts = _settle(starts, settled, event)
    if event.probability < 1.0:
        starts = np.where(occurrence(name, event, seed, members), starts, NEVER)
    return starts


def quarters_at(event: Event, probability: FloatArray) -> IntArray:
    """Quantiles of the date of an event whose date is drawn, of the shape of `probability`."""
    if event.between is not None:
        first, last = event.between  # whole numbers, or one of each member where a lever sets them
        return np.asarray(first + np.floor(probability * (last - first + 1)).astype(np.int64))
    bounds = np.cumsum(list((event.either or {}).values()))[:-1]
    found: IntArray = _either_quarters(event)[np.searchsorted(bounds, probability, side="right")]
    return found


def _either_quarters(event: Event) -> IntArray:
    return np.array([parse_quarter(date) for date in event.either or {}])


def _settle(starts: IntArray, settled: IntArray | None, event: Event) -> IntArray:
    """Settled dates where the event can have them, (m,); a scenario may give it others."""
    if settled is None:
        return starts
    if event.between is None:
        return np.where(np.isin(settled, _either_quarters(event)), settled, starts)
    first, last = event.between
    return np.where((settled >= first) & (settled <= last), settled, starts)


def occurrence(name: str, event: Event, seed: int, members: IntArray) -> BoolArray:
    """Whether the event can happen in each member, (m,); one draw for all that share a chance."""
    kind, of = ("occurrence", name) if event.chance is None else ("chance", event.chance)
    return uniforms(seed, kind, (of,), members) < event.probability


def condition_met(condition: Condition, share: FloatArray) -> BoolArray:
    """Members in which every share that the condition names passes its bound, (m,)."""
    relation, bound = condition.share.split()
    cells = share[np.ix_(condition.power, condition.republic, condition.channel)]
    compare = {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal}[relation]
    return np.asarray(compare(cells, float(bound)).all(axis=(0, 1, 2)))

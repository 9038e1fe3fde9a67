"""How a scenario file's expectations read."""

from __future__ import annotations

from collections.abc import Sequence

from steppe.model.core.calendar import format_quarter
from steppe.model.core.cast import Actor, Cast
from steppe.model.core.word_lists import join_words

from .schema import Expectation


def describe_expectation(row: Expectation, cast: Cast) -> str:
    """`Russia, all republics, security: lower than in the baseline at 2040Q4`."""
    republics, channels = (
        _names(places, cast.actors(kind), kind)
        for places, kind in ((row.republic, "republic"), (row.channel, "channel"))
    )
    against = "in the baseline" if row.since is None else f"at {format_quarter(row.since)}"
    return (
        f"{row.power}, {republics}, {channels}: {row.direction} than {against} at "
        f"{format_quarter(row.at)}"
    )


def _names(places: Sequence[int], actors: Sequence[Actor], kind: str) -> str:
    if len(places) == len(actors):
        return f"all {kind}s"
    return join_words([actors[place].name for place in places])

"""Families of scenarios: how outcomes respond to a lever that a file varies, and its thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.model.core.array_types import Array
from steppe.model.core.cast import AUTONOMY
from steppe.model.core.number_text import format_general
from steppe.model.core.word_lists import join_words, with_article

from .differences import MIN_CHANGE, SIGN_AGREEMENT

if TYPE_CHECKING:
    import xarray as xr

STATISTICS = ("region", "change")
MEDIAN = 2  # among the quantiles that statistics hold


@dataclass(frozen=True)
class Response:
    """The scenarios of a family in order of one lever.

    held : values of the other levers that the family varies; empty where they move with this one.
    called : the title of the file, without the values of levers; empty where none is kept.
    """

    family: str
    lever: str
    values: tuple[float, ...]
    scenarios: tuple[str, ...]
    held: Mapping[str, float]
    called: str = ""

    def title(self) -> str:
        """Return `Turkey arrives, with scale 2`."""
        held = "".join(f", with {name} {format_general(at)}" for name, at in self.held.items())
        return f"{self.called or self.family}{held}"


@dataclass(frozen=True)
class Threshold:
    """The first value of a lever, of those that were run, from which something holds.

    not_at : the value before it, at which it does not hold.
    what : `sure`, where the median difference is `MIN_CHANGE` or more and members agree on its
        sign, or `leads`.
    """

    response: Response
    value: float
    not_at: float
    channel: str
    holder: str
    what: str
    direction: str = ""

    def as_row(self) -> dict[str, Any]:
        """Return the threshold as a row of a table."""
        return {
            "family": self.response.family,
            "lever": self.response.lever,
            "value": self.value,
            "not_at": self.not_at,
            "channel": self.channel,
            "holder": self.holder,
            "what": self.what,
            "direction": self.direction,
            "held": "; ".join(f"{name}={at:g}" for name, at in self.response.held.items()),
        }


def threshold_sentences(thresholds: Sequence[Threshold], *, named: bool = True) -> list[str]:
    """Return thresholds as sentences; holders of which the same holds share one.

    What `surely` means stands beside them.

    `named` says whether they begin with the family.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for one in thresholds:
        start = f"{one.response.title()}, {one.channel}: " if named else f"{one.channel}: "
        does = "leads"
        if one.what == "sure":
            does = f"are surely {one.direction}"
        value, not_at = (format_general(at) for at in (one.value, one.not_at))
        end = f"from {one.response.lever} {value} on (not yet at {not_at})"
        alike.setdefault((start, does, end), []).append(with_article(one.holder))
    return [
        f"{start}{join_words(holders)} {does if holders[1:] else does.replace('are ', 'is ')} {end}"
        for (start, does, end), holders in alike.items()
    ]


def find_responses(request: Mapping[str, Any], names: Sequence[str]) -> list[Response]:
    """Return one response for each lever of each family among these scenarios.

    Of a grid, the other levers are held at the middle of their values; paired levers move
    together, and are shown by the first.
    """
    families: dict[str, dict[str, dict[str, float]]] = {}
    for name, values in request.get("varied", {}).items():
        if name in names:
            families.setdefault(name.partition("[")[0], {})[name] = values
    found = []
    for family, members in families.items():
        levers = list(dict.fromkeys(lever for values in members.values() for lever in values))
        for position, lever in enumerate(levers):
            response = _respond(family, lever, members, alone=position == 0)
            if response:
                title = request.get("titles", {}).get(response.scenarios[-1], "")
                called = str(title).partition(f", {levers[0]} ")[0]
                found.append(replace(response, called=called))
    return found


def _respond(
    family: str, lever: str, members: Mapping[str, Mapping[str, float]], *, alone: bool
) -> Response | None:
    groups: dict[tuple[tuple[str, float], ...], dict[float, str]] = {}
    for name, values in members.items():
        if lever in values:
            others = tuple(sorted((key, at) for key, at in values.items() if key != lever))
            groups.setdefault(others, {})[values[lever]] = name
    rows = [(dict(others), group) for others, group in sorted(groups.items()) if len(group) > 1]
    if not rows and alone:
        rows = [({}, {values[lever]: name for name, values in members.items() if lever in values})]
    if not rows or len(rows[0][1]) < 2:
        return None
    held, group = rows[len(rows) // 2]
    ordered = sorted(group)
    return Response(family, lever, tuple(ordered), tuple(group[at] for at in ordered), held)


def at_the_end(statistics: xr.Dataset, name: str, response: Response) -> Array:
    """Return values of a statistic at the end of each scenario of a response, the scenarios first.

    `region` and `change` have (scenario, quantile, channel, holder), `lower` and `higher` no
    quantile.
    """
    order = [axis for axis in ("quantile", "channel", "holder") if axis in statistics[name].dims]
    rows = []
    for scenario in response.scenarios:
        values = statistics[name].sel(scenario=scenario).transpose("time", *order).values
        reached = ~np.isnan(values).all(axis=tuple(range(1, values.ndim)))
        rows.append(values[int(np.flatnonzero(reached).max(initial=0))])
    return np.stack(rows)


def find_thresholds(statistics: xr.Dataset) -> list[Threshold]:
    """Return from where along each lever members agree on a sign, or another power leads.

    Taken of the mean of the republics at the end of the run.
    """
    names = [str(name) for name in statistics["scenario"].values]
    found = []
    for response in find_responses(statistics.attrs["request"], names):
        if "change" in statistics:
            found += _sure_thresholds(statistics, response)
        found += _lead_thresholds(statistics, response)
    return found


def _sure_thresholds(statistics: xr.Dataset, response: Response) -> list[Threshold]:
    """Return where members begin to agree, and still do at every larger value."""
    found = []
    large = np.abs(at_the_end(statistics, "change", response)[:, MEDIAN]) >= MIN_CHANGE
    for direction in ("lower", "higher"):
        agreed = large & (at_the_end(statistics, direction, response) >= SIGN_AGREEMENT)
        for channel, holder, place in _cells(statistics):
            step = int(np.argmin(agreed[(slice(None, None, -1), *place)]))
            first = len(agreed) - step
            if 0 < first < len(agreed):
                values = response.values[first], response.values[first - 1]
                found.append(Threshold(response, *values, channel, holder, "sure", direction))
    return found


def _lead_thresholds(statistics: xr.Dataset, response: Response) -> list[Threshold]:
    holders = [str(name) for name in statistics["holder"].values if name != AUTONOMY]
    medians = at_the_end(statistics.sel(holder=holders), "region", response)[:, MEDIAN]
    found = []
    for row, channel in enumerate(map(str, statistics["channel"].values)):
        leaders = np.nanargmax(medians[:, row], axis=1)
        for step in np.flatnonzero(np.diff(leaders)):
            values = response.values[step + 1], response.values[step]
            holder = holders[leaders[step + 1]]
            found.append(Threshold(response, *values, channel, holder, "leads"))
    return found


def _cells(statistics: xr.Dataset) -> list[tuple[str, str, tuple[int, int]]]:
    return [
        (str(channel), str(holder), (row, column))
        for row, channel in enumerate(statistics["channel"].values)
        for column, holder in enumerate(statistics["holder"].values)
    ]

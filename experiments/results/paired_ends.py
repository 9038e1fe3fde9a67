"""What titles of figures are made from: who leads at the end, and paired differences there.

A scenario is compared with the nearest one that it extends and that the batch holds; one that adds
actors with one that it extends and that has them as well, or else with its reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from steppe.experiments.storage.histograms import SHARE_COUNTS
from steppe.model.core.calendar import parse_quarter
from steppe.model.core.cast import AUTONOMY

from .differences import BASELINE, Difference, rank_differences, reference_of
from .findings import Lead
from .observed import as_shares, stored_observables

HISTORY = "history"
Cast = frozenset[str]


@dataclass(frozen=True)
class ScenarioEnd:
    """Who leads at the end of a scenario, and how it differs there from another.

    `compared` is the other, empty if there is none. `absent` has the powers and republics that
    only one of the two has. `observed` has the differences of observables, whose names are the
    channels. `from_reference` has the differences from what `difference` subtracts, the baseline or
    the same cast without its events, where that is another scenario than `compared`.
    """

    leads: tuple[Lead, ...]
    compared: str = ""
    absent: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    observed: tuple[Difference, ...] = ()
    reference: str = ""
    from_reference: tuple[Difference, ...] = ()


def compared_with(scenario: str, request: Mapping[str, Any], casts: Mapping[str, Cast]) -> str:
    """Return the scenario that a finding compares one with; empty if there is none.

    Parameters
    ----------
    casts : the powers and republics of each scenario that has been run, in order.
    """
    if scenario in (BASELINE, HISTORY):
        return ""
    chain: list[str] = request.get("chains", {}).get(scenario, [BASELINE, scenario])
    ancestors = [name for name in reversed(chain[:-1]) if name in casts and name != HISTORY]
    alike = [name for name in ancestors if casts[name] == casts[scenario]]
    reference = str(request.get("references", {}).get(scenario, ""))
    return [*alike, *([reference] if reference in casts else []), *ancestors, ""][0]


def ends_of_members(
    dataset: xr.Dataset, observed: bool = False, against: str = ""
) -> dict[str, ScenarioEnd]:
    """Return the end of each scenario with members; with its observables if asked for.

    All are compared with the scenario `against`, if it is given.
    """
    times = _end_times(dataset)
    last, of_scenario = _load_ends(dataset, times)
    shares = last["shares"]
    casts = {name: _cast(end) for name, end in of_scenario.items() if end.sizes["member"]}
    rows = stored_observables(last) if observed else []
    variables = [as_shares(last[row.variable].load(), row.name) for row in rows]
    ends = {}
    for name, cast in casts.items():
        leads = _leads(_first_of_members(of_scenario[name]), of_scenario[name].sizes["member"])
        other = against or compared_with(name, dataset.attrs["request"], casts)
        if other not in casts or other == name:
            ends[name] = ScenarioEnd(leads)
            continue
        time = dataset["time"].values[min(times[name], times[other])]
        reference = "" if against else reference_of(dataset, name)
        third = reference if reference in casts and reference not in (name, other) else ""
        end = dataset["time"].values[min(times[name], times[third or name])]
        ends[name] = ScenarioEnd(
            leads,
            other,
            tuple(sorted(cast ^ casts[other])),
            _differences(shares.sel(time=time), name, other),
            tuple(
                item
                for values in variables
                for item in _differences(values.sel(time=time), name, other)
            ),
            third,
            _differences(shares.sel(time=end), name, third) if third else (),
        )
    return ends


def scenario_casts(dataset: xr.Dataset) -> dict[str, Cast]:
    """Return the powers and republics of each scenario with members."""
    _, ends = _load_ends(dataset[["shares", "quarter"]], _end_times(dataset))
    return {name: _cast(end) for name, end in ends.items() if end.sizes["member"]}


def _load_ends(
    dataset: xr.Dataset, times: Mapping[str, int]
) -> tuple[xr.Dataset, dict[str, xr.DataArray]]:
    """Return the times at which scenarios end, with shares in memory, and each at its own end."""
    last = dataset.isel(time=sorted(set(times.values())))
    last["shares"] = last["shares"].load()
    ends = {
        name: last["shares"].sel(scenario=name, time=dataset["time"].values[time])
        for name, time in times.items()
    }
    return last, {name: end.dropna("member", how="all") for name, end in ends.items()}


def ends_of_counts(dataset: xr.Dataset) -> dict[str, ScenarioEnd]:
    """Return who leads at the end of each scenario; counts know no differences."""
    ranks = dataset[SHARE_COUNTS[2]]
    ends = {}
    for name, time in _end_times(dataset).items():
        last = ranks.sel(scenario=name).isel(time=time).load()
        counts = last.transpose("republic", "channel", "power", ...).values
        members = int(counts[0, 0, 0].sum())
        if members:
            first = xr.DataArray(
                counts[..., 0] / members,
                dims=("republic", "channel", "holder"),
                coords={
                    "republic": last["republic"].values,
                    "channel": last["channel"].values,
                    "holder": last["power"].values,
                    "time": last["time"],
                },
            )
            ends[name] = ScenarioEnd(_leads(first, members))
    return ends


def _end_times(dataset: xr.Dataset) -> dict[str, int]:
    """Return the index of the last time of each scenario that is in the dataset at all."""
    quarters = np.array([parse_quarter(str(name)) for name in dataset["quarter"].values])
    spans = dataset.attrs["request"]["spans"]
    ends = {
        str(name): int((quarters <= spans[str(name)][1]).sum()) - 1
        for name in dataset["scenario"].values
    }
    return {name: end for name, end in ends.items() if end >= 0}


def _cast(end: xr.DataArray) -> Cast:
    """Return the holders and republics that are there in any member of (member, ...)."""
    there = end.notnull()
    return frozenset(
        str(name)
        for axis in ("holder", "republic")
        for name in end[axis].values[there.any([dim for dim in end.dims if dim != axis]).values]
    )


def _differences(shares: xr.DataArray, one: str, other: str) -> tuple[Difference, ...]:
    both = shares.sel(scenario=one) - shares.sel(scenario=other)
    last = both.load().dropna("member", how="all").assign_coords(time=shares["time"])
    if not last.sizes["member"]:
        return ()
    return tuple(
        rank_differences(last.transpose("member", "republic", "channel", "holder"), one, other)
    )


def _first_of_members(end: xr.DataArray) -> xr.DataArray:
    """Return the part of members in which each power is first, of shares (member, ...)."""
    powers = end.sel(holder=[name for name in end["holder"].values if name != AUTONOMY])
    values = powers.transpose("member", "republic", "channel", "holder").values
    first = np.nan_to_num(values, nan=-1.0).argmax(axis=-1)
    parts = [(first == power).mean(axis=0) for power in range(values.shape[-1])]
    missing = np.isnan(values).all(axis=(0, 3))
    return xr.DataArray(
        np.where(missing[..., None], np.nan, np.stack(parts, axis=-1)),
        dims=("republic", "channel", "holder"),
        coords={name: powers[name] for name in ("republic", "channel", "holder", "time")},
    )


def _leads(first: xr.DataArray, members: int) -> tuple[Lead, ...]:
    """Return who most often is first in every cell; `first` is a part of the members."""
    year = int(str(first["time"].values)[:4])
    found = []
    for republic in first["republic"].values:
        for channel in first["channel"].values:
            cell = first.sel(republic=republic, channel=channel).values
            if not np.isnan(cell).all():
                best = int(np.nanargmax(cell))
                power, part = str(first["holder"].values[best]), float(cell[best])
                found.append(Lead(str(republic), str(channel), power, part, year, members))
    return tuple(found)


def select_cells(items: Sequence[Any], dataset: xr.Dataset, observable: str = "") -> list[Any]:
    """Return the differences or leads of the republics and channels that a dataset has.

    Those of an observable have its name in place of a channel.
    """
    there = {name: set(np.atleast_1d(dataset[name].values)) for name in ("republic", "channel")}
    if observable:
        there["channel"] = {observable}
    return [
        item
        for item in items
        if item.republic in there["republic"] and item.channel in there["channel"]
    ]

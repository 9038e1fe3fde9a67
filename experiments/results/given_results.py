"""Results as a caller in Python gives them: a folder, or a dataset that may be part of a batch."""

from __future__ import annotations

import json
from pathlib import Path

import xarray as xr

from steppe.experiments.storage.locations import parse_batch
from steppe.experiments.storage.open_batch import open_batch
from steppe.experiments.storage.working_copy import working_folder
from steppe.model.core.errors import RequestError

AXES = ("scenario", "republic", "channel")


def take_results(results: str | Path | xr.Dataset, *, what_needs_members: str = "") -> xr.Dataset:
    """The results with their request in the attributes, as figures and comparisons read them.

    Parameters
    ----------
    results : the folder or the address of a batch, or a dataset from `steppe.run` or
        `steppe.open_results`; scenarios, republics and channels may have been selected from it.

    Raises
    ------
    RequestError
        If it is neither, or lacks what the named use needs.
    """
    if isinstance(results, (str, Path)):
        with working_folder(parse_batch(str(results))) as folder:
            return open_batch(folder, what_needs_members=what_needs_members)
    if not isinstance(results, xr.Dataset) or "request" not in results.attrs:
        raise RequestError(
            "these are no results; give the folder of a batch, "
            "or a dataset from steppe.run or steppe.open_results"
        )
    if "shares" not in results and what_needs_members:
        raise RequestError(f"{what_needs_members} needs members; run with store='members'")
    dataset = results.drop_dims("parameter", errors="ignore")
    for axis in AXES:
        if axis in dataset.coords and axis not in dataset.dims:
            dataset = dataset.expand_dims(axis)
    missing = [axis for axis in (*AXES, "time", "holder") if axis not in dataset.dims]
    if "shares" in dataset and "member" not in dataset.dims:
        missing.append("member")
    if missing:
        raise RequestError(f"the results have no axis '{missing[0]}'; give them as they were read")
    request = json.loads(results.attrs["request"])
    dataset.attrs = {"request": request, "republics_in_all": dataset.sizes["republic"]}
    return dataset

"""Results as users open them: labelled, with units and provenance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from steppe.experiments.storage.locations import Location, is_address, parse_batch
from steppe.experiments.storage.manifest import NAME, RESULTS, holds_batch, load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.experiments.storage.working_copy import working_folder
from steppe.experiments.storage.zarr_store import PARAMETERS, SHARES
from steppe.experiments.storage.zarr_store import open_results as open_store
from steppe.model.core.errors import RequestError
from steppe.model.parameters.table import BY_ID

from .batch_attributes import describe_batch, describe_call

if TYPE_CHECKING:
    import xarray as xr


def open_results(path: str | Path) -> xr.Dataset:
    """Open the results of a batch, finished or not; members that are missing are NaN.

    Parameters
    ----------
    path : the folder or the address of a batch, such as `s3://bucket/run`, or the
        `results.zarr` in it.

    Returns
    -------
    Dataset with `shares` (scenario, member, time, republic, channel, holder), from 0 to 1, the
    observables that a power can have of them (scenario, member, time, republic, power), and
    `parameters` (scenario, member, parameter), in the units of its coordinate `unit`; or counts
    in their place. Read from the disk as it is used. `dataset["shares"].to_dataframe()` is a tidy
    table.

    Raises
    ------
    RequestError
        If there is no batch, or its results cannot be read.

    Examples
    --------
    >>> import steppe
    >>> batch = steppe.run("baseline", members=20, out="batch")
    >>> steppe.open_results("batch")["shares"].attrs["long_name"]
    'influence capacity share, 0 to 1'
    """
    if not isinstance(path, (str, Path)) or not str(path):
        raise RequestError(f"path is {path!r}; give the folder of a batch")
    place = parse_batch(str(path))
    if is_address(place):
        with working_folder(place) as folder:
            return _open_folder(folder) if holds_batch(folder) else _in_order(_open_address(place))
    return _open_folder(Path(place))


def _open_folder(folder: Path) -> xr.Dataset:
    if folder.name == RESULTS and (folder.parent / NAME).is_file():
        folder = folder.parent
    dataset = open_batch(folder)
    manifest = load_manifest(folder)
    dataset.attrs = describe_batch(manifest) | describe_call(manifest)
    return _in_order(dataset)


def _open_address(address: Location) -> xr.Dataset:
    try:
        return open_store(address)
    except RequestError:
        raise
    except Exception as error:  # whatever Zarr, fsspec and its file systems raise
        reason = str(error).partition("\n")[0]
        raise RequestError(f"{address}: cannot be read ({reason}); check the address") from None


def _in_order(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with shares first, and with what each parameter is along its axis."""
    if PARAMETERS not in dataset:
        return dataset
    rows = [BY_ID.get(str(label).partition("[")[0]) for label in dataset["parameter"].values]
    for name, texts in {
        "symbol": [row.symbol if row else "" for row in rows],
        "unit": [row.unit if row else "" for row in rows],
        "meaning": [row.meaning if row else "" for row in rows],
    }.items():
        dataset = dataset.assign_coords({name: ("parameter", np.array(texts, dtype=object))})
    between = [name for name in dataset.data_vars if name not in (SHARES, PARAMETERS)]
    return dataset[[SHARES, *between, PARAMETERS]]

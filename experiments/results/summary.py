"""summary.csv: one row per scenario, time, republic, channel, holder and quantile."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.experiments.storage.atomic_files import report_disk_errors
from steppe.experiments.storage.manifest import RESULTS
from steppe.experiments.storage.zarr_store import UNIT, open_results
from steppe.model.core.atomic_files import replace_file
from steppe.model.core.number_text import format_fixed

from .histogram_statistics import share_quantiles

if TYPE_CHECKING:
    import xarray as xr

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # the median and the 50% and 90% bands
COLUMNS = ("scenario", "time", "republic", "channel", "holder", "quantile", "value", "unit")


def quantiles(dataset: xr.Dataset, **choice: Any) -> xr.DataArray:
    """Return quantiles of shares over members, with a new first dimension `quantile`.

    Loads one scenario at a time. In a batch that stores only counts, quantiles are read off
    the counts, to within 0.0005. `choice` is passed to `Dataset.sel`.
    """
    import xarray as xr

    if "counts" in dataset:
        return share_quantiles(dataset.sel(**choice), QUANTILES)
    chosen = dataset["shares"].sel(**choice) if choice else dataset["shares"]
    parts = []
    for scenario in chosen["scenario"].values:
        one = chosen.sel(scenario=[scenario]).load()
        reached = one.dropna("time", how="all")
        parts.append(_quantiles_over_members(reached).reindex(time=one["time"]))
    return xr.concat(parts, "scenario", join="exact", coords="minimal", compat="override")


def _quantiles_over_members(shares: xr.DataArray) -> xr.DataArray:
    import xarray as xr

    # members not run yet are dropped; a power outside a scenario's cast stays missing
    shares = shares.dropna("member", how="all")
    values = np.quantile(shares.values, QUANTILES, axis=shares.get_axis_num("member"))
    names = [name for name in shares.dims if name != "member"]
    coordinates = {name: shares[name] for name in names} | {"quantile": list(QUANTILES)}
    return xr.DataArray(values, dims=["quantile", *names], coords=coordinates, name="shares")


def write_summary(folder: Path) -> Path:
    """Write summary.csv atomically and return its path."""
    dataset = open_results(folder / RESULTS)
    names = dict(zip(dataset["time"].values, dataset["quarter"].values, strict=True))
    frame = quantiles(dataset).to_dataframe("value").reset_index().dropna(subset="value")
    frame["time"] = frame["time"].map(names)
    frame["unit"] = UNIT
    path = folder / "summary.csv"
    with report_disk_errors(folder), replace_file(path) as draft:
        frame[list(COLUMNS)].to_csv(
            draft, index=False, float_format=partial(format_fixed, decimals=5)
        )
    return path

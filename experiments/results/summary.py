"""The tidy table of a batch: one row per scenario, time, republic, channel, holder and quantile."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from steppe.experiments.storage import histograms
from steppe.experiments.storage.atomic_files import report_disk_errors
from steppe.experiments.storage.manifest import RESULTS
from steppe.experiments.storage.zarr_store import UNIT, open_results
from steppe.model.core.atomic_files import replace_file

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # median, 50 and 90 % bands, everywhere


def quantiles(dataset, **choice):
    """Quantiles of shares over members, with a new first dimension `quantile`.

    Computed scenario by scenario, so that one scenario at a time is in memory. Where only
    counts are kept they are read off those, to within 0.0005.
    """
    import xarray as xr

    if "counts" in dataset:
        return histograms.quantiles(dataset.sel(**choice), QUANTILES)
    chosen = dataset["shares"].sel(**choice) if choice else dataset["shares"]
    rows = []
    for scenario in chosen["scenario"].values:
        one = chosen.sel(scenario=[scenario]).load()
        whole = one.dropna("time", how="all")
        rows.append(_over_members(whole).reindex(time=one["time"]))
    return xr.concat(rows, "scenario", join="exact", coords="minimal", compat="override")


def _over_members(shares):
    import xarray as xr

    shares = shares.dropna(
        "member", how="all"
    )  # of an unfinished batch; who is not in a scenario's cast stays missing
    values = np.quantile(shares.values, QUANTILES, axis=shares.get_axis_num("member"))
    kept = [name for name in shares.dims if name != "member"]
    coordinates = {name: shares[name] for name in kept} | {"quantile": list(QUANTILES)}
    return xr.DataArray(values, dims=["quantile", *kept], coords=coordinates, name="shares")


def write_summary(folder: Path) -> Path:
    """Write summary.csv, whole or not at all, and return its path."""
    dataset = open_results(folder / RESULTS)
    names = dict(zip(dataset["time"].values, dataset["quarter"].values, strict=True))
    frame = quantiles(dataset).to_dataframe("value").reset_index().dropna(subset="value")
    frame["time"] = frame["time"].map(names)
    frame["unit"] = UNIT
    columns = ["scenario", "time", "republic", "channel", "holder", "quantile", "value", "unit"]
    path = folder / "summary.csv"
    with report_disk_errors(folder), replace_file(path) as draft:
        frame[columns].to_csv(draft, index=False, float_format="%.5f")
    return path

"""Results in forms that other tools read: CSV, Parquet, NetCDF, and the IAMC layout of pyam."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from steppe.experiments.errors import RequestError
from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.experiments.storage.open_batch import open_batch
from steppe.experiments.storage.zarr_store import MISSING, STEP, UNIT
from steppe.model.core.calendar import format_quarter

from .selection import resolve_selection
from .summary import quantiles

SUFFIXES = {"csv": ".csv", "parquet": ".parquet", "netcdf": ".nc", "iamc": ".csv"}
MEMBERS_PER_TABLE = 256  # members in a table of a million rows
IAMC_UNIT = "dimensionless"  # the name that pint, and so pyam, has for a share


def export(
    out: Path,
    form: str,
    path: Path,
    *,
    members: bool = False,
    scenarios: Sequence[str] = (),
    republics: Sequence[str] = (),
    channels: Sequence[str] = (),
    powers: Sequence[str] = (),
) -> Path:
    """Write shares of a batch to a file, whole or not at all, and return its path.

    Quantiles over members, unless `members` asks for every member. Filters take names,
    codes or aliases.

    Raises
    ------
    RequestError
        If the folder holds no batch, a name is unknown, nothing is left to write, the
        file cannot be written, or a package of `steppe[export]` is missing.
    """
    dataset = _filtered(
        open_batch(out, what_needs_members="an export"), scenarios, republics, channels, powers
    )
    with replace_requested_file(path) as draft:
        WRITERS[form](dataset, members, draft)
    return path


def _filtered(dataset, scenarios, republics, channels, powers):
    """What the filters leave, without scenarios of which nothing has been run."""
    chosen = resolve_selection(
        dataset, scenarios=scenarios, republics=republics, channels=channels, powers=powers
    )
    names = chosen.scenarios or tuple(map(str, dataset["scenario"].values))
    begun = [name for name in names if _has_shares(dataset, name)]
    if not begun:
        raise RequestError(
            f"nothing to write: no block of {' or '.join(names)} is finished; run the same command again to go on"
        )
    choice = {
        "scenario": begun,
        "republic": list(chosen.republics),
        "channel": list(chosen.channels),
        "holder": list(chosen.holders),
    }
    return dataset.sel({name: words for name, words in choice.items() if words})


def _has_shares(dataset, name: str) -> bool:
    first = dataset["shares"].sel(scenario=name).isel(time=0, republic=0, channel=0, holder=0)
    return bool(first.notnull().any())


def iterate_tables(dataset, members: bool) -> Iterator:
    """Tidy tables, one scenario (and some members) at a time, so that a large batch fits in memory."""
    names = dict(zip(dataset["time"].values, map(str, dataset["quarter"].values), strict=True))
    kept = "member" if members else "quantile"
    columns = ["scenario", "time", "republic", "channel", "holder", kept, "value", "unit"]
    for piece in _pieces(dataset, members):
        frame = (
            piece.drop_vars("quarter", errors="ignore")
            .to_dataframe("value")
            .reset_index()
            .dropna(subset="value")
        )
        frame["time"] = frame["time"].map(names)
        frame["unit"] = UNIT
        yield frame[columns].reset_index(drop=True)


def _pieces(dataset, members: bool) -> Iterator:
    for name in dataset["scenario"].values:
        one = dataset.sel(scenario=[name])
        if not members:
            yield quantiles(one)
            continue
        block = dataset.attrs["request"]["block"]  # what is stored together is unpacked together
        for start in range(0, one.sizes["member"], block):
            held = one["shares"].isel(member=slice(start, start + block)).load()
            for first in range(0, held.sizes["member"], MEMBERS_PER_TABLE):
                yield held.isel(member=slice(first, first + MEMBERS_PER_TABLE))


def write_csv(dataset, members: bool, path: Path) -> None:
    for number, frame in enumerate(iterate_tables(dataset, members)):
        frame.to_csv(
            path,
            mode="w" if number == 0 else "a",
            header=number == 0,
            index=False,
            float_format="%.5f",
        )


def write_parquet(dataset, members: bool, path: Path) -> None:
    arrow, parquet = require_package("pyarrow"), require_package("pyarrow.parquet")
    writer = None
    try:
        for frame in iterate_tables(dataset, members):
            table = arrow.Table.from_pandas(_plain(frame), preserve_index=False)
            writer = writer or parquet.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _plain(frame):
    """Text as text and shares as 32-bit floats, the same in every piece."""
    return frame.astype(
        {name: object for name in ("scenario", "time", "republic", "channel", "holder", "unit")}
        | {"value": np.float32}
    )


def write_netcdf(dataset, members: bool, path: Path) -> None:
    """One file with the dimensions of the batch; shares packed as they are in the batch."""
    import xarray as xr

    require_package("h5netcdf")
    shares = dataset["shares"] if members else quantiles(dataset)
    variables = {"shares": shares.drop_vars("quarter", errors="ignore")}
    if members:
        variables["parameters"] = dataset["parameters"].assign_attrs(
            units="see `steppe parameters`"
        )
    whole = xr.Dataset(variables, attrs=_about(dataset)).assign_coords(
        quarter=("time", dataset["quarter"].values)
    )
    whole["shares"].attrs = {"units": "1", "long_name": UNIT}
    whole["shares"].encoding = {}
    packing = {
        "dtype": "uint16",
        "scale_factor": STEP,
        "_FillValue": MISSING,
        "zlib": True,
        "complevel": 4,
    }
    for name in whole.variables:
        if name != "shares":
            whole[name].encoding = {}
    whole.to_netcdf(path, engine="h5netcdf", encoding={"shares": packing})


def _about(dataset) -> dict[str, str | int]:
    request = dataset.attrs["request"]
    return {
        "title": "Steppe: influence capacity in Central Asia",
        "source": f"steppe {version('steppe')}, model {request['model']}",
        "weights": request["weights"],
        "seed": request["seed"],
        "members": request["members"],
        "Conventions": "CF-1.11",
    }


def write_iamc(dataset, members: bool, path: Path) -> None:
    """The wide layout of the IAMC: one row per variable, one column per year.

    Quantiles stand in the variable, as in the database of the IPCC's sixth report:
    `Influence|Security|Russia|50th Percentile`. Members stand in a column of their own.
    """
    import pandas as pd

    year_ends = dataset.isel(time=(dataset["time"].dt.month == 12).values)
    if year_ends.sizes["time"] == 0:
        raise RequestError(
            "nothing to write: the IAMC layout has years, and the batch holds no end of a year"
        )
    years = {
        format_quarter(number): int(format_quarter(number)[:4])
        for number in range(3, 4 * (pd.Timestamp(year_ends["time"].values[-1]).year - 1999), 4)
    }
    for number, frame in enumerate(iterate_tables(year_ends, members)):
        wide = _iamc(frame, members, years)
        wide.to_csv(
            path,
            mode="w" if number == 0 else "a",
            header=number == 0,
            index=False,
            float_format="%.5f",
        )


def _iamc(frame, members: bool, years: dict[str, int]):
    variable = "Influence|" + frame["channel"].map(str.title) + "|" + frame["holder"].map(_capital)
    if not members:
        variable = variable + "|" + frame["quantile"].map(_percentile)
    long = frame.assign(
        model=f"Steppe {version('steppe')}",
        region=frame["republic"],
        variable=variable,
        unit=IAMC_UNIT,
        year=frame["time"].map(years),
    )
    index = ["model", "scenario", "region", "variable", "unit"] + (["member"] if members else [])
    wide = long.pivot_table(index=index, columns="year", values="value", sort=False)
    return wide.reindex(columns=list(years.values())).rename_axis(columns=None).reset_index()


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _percentile(quantile: float) -> str:
    return f"{100 * quantile:.0f}th Percentile"


def require_package(module: str):
    """A package that only some forms need.

    Raises
    ------
    RequestError
        If it is not installed, naming the extra that brings it.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise RequestError(
            f"this form needs the package {module.partition('.')[0]}; install it with: pip install 'steppe[export]'"
        ) from None


WRITERS: dict[str, Callable] = {
    "csv": write_csv,
    "parquet": write_parquet,
    "netcdf": write_netcdf,
    "iamc": write_iamc,
}

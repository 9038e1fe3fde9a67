"""Results in formats that other tools read: CSV, Parquet, NetCDF, and the IAMC layout of pyam."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.experiments.storage.open_batch import open_batch
from steppe.experiments.storage.zarr_store import MISSING, STEP, UNIT
from steppe.model.core.calendar import FIRST_YEAR, format_quarter, last_quarter
from steppe.model.core.cast import AUTONOMY
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_fixed
from steppe.model.core.optional_packages import import_package, require_packages
from steppe.model.core.word_lists import join_words

from .observed import StoredObservable, stored_observables
from .selection import Selection, file_parts, resolve_selection
from .summary import KEYS, quantiles, tidy_frame

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

SUFFIXES = {"csv": ".csv", "parquet": ".parquet", "netcdf": ".nc", "iamc": ".csv"}
PACKAGES = {"parquet": ("pyarrow",), "netcdf": ("h5netcdf", "h5py")}  # of the extra `export`
MEMBERS_PER_TABLE = 256  # gives tables of about a million rows
_FIRST_CELL = {"republic": 0, "channel": 0, "holder": 0}  # which every scenario has
IAMC_UNIT = "dimensionless"  # what pint, and so pyam, calls a share


def export(
    out: Path,
    form: str,
    path: Path | None = None,
    *,
    members: bool = False,
    scenarios: Sequence[str] = (),
    republics: Sequence[str] = (),
    channels: Sequence[str] = (),
    powers: Sequence[str] = (),
) -> Path:
    """Write shares of a batch to a file, by default one in its folder, and return its path.

    Writes quantiles over members, or every member with `members`. Filters take names, codes
    or aliases. `form` is a key of `WRITERS`.

    Raises
    ------
    RequestError
        If the folder holds no batch, a name is unknown, nothing is left to write, the
        file cannot be written, or a package of `steppe[export]` is missing.
    """
    require_packages("export", *PACKAGES.get(form, ()))
    dataset = open_batch(out, what_needs_members="an export")
    chosen = resolve_selection(
        dataset, scenarios=scenarios, republics=republics, channels=channels, powers=powers
    )
    selected = _select_shares(dataset, chosen)
    if path is None:
        filters = chosen.file_suffix(file_parts(dataset))
        path = out / f"shares-{form}{'-members' if members else ''}{filters}{SUFFIXES[form]}"
    with replace_requested_file(path) as draft:
        WRITERS[form](selected, members, draft)
    return path


def _select_shares(dataset: xr.Dataset, chosen: Selection) -> xr.Dataset:
    """Apply the filters, and leave out scenarios of which nothing has been run."""
    names = chosen.scenarios or tuple(map(str, dataset["scenario"].values))
    started = [name for name in names if _has_shares(dataset.isel(_FIRST_CELL), name)]
    if not started:
        raise RequestError(
            f"nothing to write: no block of {join_words(names, 'or')} is finished; "
            "run the batch again to continue it"
        )
    selected = _drop_observables(dataset, chosen).sel(
        {"scenario": started, **chosen.cells, **chosen.holder_axes(dataset)}
    )
    having = [name for name in started if _has_shares(selected, name)]
    if not having:
        raise RequestError(
            f"nothing to write: {join_words(started, 'or')} has nothing of what the filters leave"
        )
    return selected.sel(scenario=having)


def _drop_observables(dataset: xr.Dataset, chosen: Selection) -> xr.Dataset:
    """Leave out observables of channels and holders that the filters leave out."""
    kept = [] if chosen.holders == (AUTONOMY,) else stored_observables(dataset, chosen.channels)
    return dataset.drop_vars(row.variable for row in stored_observables(dataset) if row not in kept)


def _has_shares(dataset: xr.Dataset, name: str) -> bool:
    """True if a member of a scenario has any of the shares at the first time."""
    return bool(dataset["shares"].sel(scenario=name).isel(time=0).notnull().any())


def iterate_tables(dataset: xr.Dataset, members: bool) -> Iterator[pd.DataFrame]:
    """Yield tidy tables of one scenario (and some members) each, so that they fit in memory.

    Those of shares come first, then those of each observable.
    """
    last = "member" if members else "quantile"
    for observable in (None, *stored_observables(dataset)):
        for piece in _iterate_values(dataset, observable, members):
            yield tidy_frame(piece, dataset["quarter"], observable, last)


def _iterate_values(
    dataset: xr.Dataset, observable: StoredObservable | None, members: bool
) -> Iterator[xr.DataArray]:
    for name in dataset["scenario"].values:
        one = dataset.sel(scenario=[name])
        if not members:
            yield quantiles(one, observable)
            continue
        values = one[observable.variable if observable else "shares"]
        block = dataset.attrs["request"]["block"]  # decompress each stored block once
        for start in range(0, one.sizes["member"], block):
            loaded = values.isel(member=slice(start, start + block)).load()
            for first in range(0, loaded.sizes["member"], MEMBERS_PER_TABLE):
                yield loaded.isel(member=slice(first, first + MEMBERS_PER_TABLE))


def write_csv(dataset: xr.Dataset, members: bool, path: Path) -> None:
    """Write a tidy table as CSV."""
    for number, frame in enumerate(iterate_tables(dataset, members)):
        _append_csv(frame, path, first=number == 0)


def _append_csv(frame: pd.DataFrame, path: Path, *, first: bool) -> None:
    mode = "w" if first else "a"
    frame.to_csv(
        path, mode=mode, header=first, index=False, float_format=partial(format_fixed, decimals=5)
    )


def write_parquet(dataset: xr.Dataset, members: bool, path: Path) -> None:
    """Write a tidy table as Parquet, with shares as 32-bit floats."""
    arrow, parquet = (
        import_package("export", "pyarrow"),
        import_package("export", "pyarrow.parquet"),
    )
    writer = None
    try:
        for frame in iterate_tables(dataset, members):
            table = arrow.Table.from_pandas(_with_plain_types(frame), preserve_index=False)
            writer = writer or parquet.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _with_plain_types(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert text to objects and shares to 32-bit floats, so that all tables have one schema."""
    text = (*KEYS, "unit", "quantity")
    return frame.astype({**dict.fromkeys(text, object), "value": np.float32})


def write_netcdf(dataset: xr.Dataset, members: bool, path: Path) -> None:
    """Write one NetCDF file with the dimensions of the batch, and shares packed as there."""
    import xarray as xr

    variables = {}
    for row in (None, *stored_observables(dataset)):
        name = row.name if row else "shares"
        values = dataset[name] if members else quantiles(dataset, row)
        variables[name] = values.drop_vars("quarter", errors="ignore").assign_attrs(
            units="1", long_name=row.unit if row else UNIT
        )
    packed = list(variables)
    if members:
        variables["parameters"] = dataset["parameters"].assign_attrs(
            units="see `steppe parameters`"
        )
    exported = xr.Dataset(variables, attrs=_netcdf_attributes(dataset)).assign_coords(
        quarter=("time", dataset["quarter"].values)
    )
    for variable in exported.variables:
        exported[variable].encoding = {}
    packing = {
        "dtype": "uint16",
        "scale_factor": STEP,
        "_FillValue": MISSING,
        "zlib": True,
        "complevel": 4,
    }
    exported.to_netcdf(path, engine="h5netcdf", encoding=dict.fromkeys(packed, packing))


def _netcdf_attributes(dataset: xr.Dataset) -> dict[str, str | int]:
    request = dataset.attrs["request"]
    seed = int(request["seed"])
    return {
        "title": "Steppe: influence capacity in Central Asia",
        "source": f"steppe {version('steppe')}, model {request['model']}",
        "parameters_from": request["weights"],
        "seed": seed if seed <= np.iinfo(np.int64).max else str(seed),
        "members": request["members"],
        "Conventions": "CF-1.11",
    }


def write_iamc(dataset: xr.Dataset, members: bool, path: Path) -> None:
    """Write the wide layout of the IAMC: one row per variable, one column per year.

    As in the database of the IPCC's sixth assessment report, the variable names the quantile:
    `Influence|Security|Russia|50th Percentile`, or `Trade|Russia|50th Percentile` of an observable.
    Members have a column of their own.
    """
    import pandas as pd

    year_ends = dataset.isel(time=(dataset["time"].dt.month == 12).values)
    if year_ends.sizes["time"] == 0:
        raise RequestError(
            "nothing to write: the IAMC layout has years, and the batch holds no end of a year"
        )
    last_year = pd.Timestamp(year_ends["time"].values[-1]).year
    years = {format_quarter(last_quarter(year)): year for year in range(FIRST_YEAR, last_year + 1)}
    for number, frame in enumerate(iterate_tables(year_ends, members)):
        _append_csv(_iamc_table(frame, members, years), path, first=number == 0)


def _iamc_table(frame: pd.DataFrame, members: bool, years: dict[str, int]) -> pd.DataFrame:
    """Return a tidy table in the wide layout; `years` maps quarters to years."""
    channel = frame["channel"].map(lambda name: f"|{name.title()}" if name else "")
    quantity = frame["quantity"].map(_capitalise)
    variable = quantity + channel + "|" + frame["holder"].map(_capitalise)
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


def _capitalise(name: str) -> str:
    return name[:1].upper() + name[1:]


def _percentile(quantile: float) -> str:
    return f"{format_fixed(100 * quantile, 0)}th Percentile"


WRITERS: dict[str, Callable[[xr.Dataset, bool, Path], None]] = {
    "csv": write_csv,
    "parquet": write_parquet,
    "netcdf": write_netcdf,
    "iamc": write_iamc,
}

"""summary.csv: one row per scenario, time, republic, channel, holder and quantile.

Rows of observables have no channel; `quantity` names the observable.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steppe.experiments.storage.atomic_files import report_disk_errors
from steppe.experiments.storage.manifest import RESULTS
from steppe.experiments.storage.zarr_store import UNIT, open_results
from steppe.model.core.atomic_files import replace_file
from steppe.model.core.number_text import format_fixed

from .histogram_statistics import quantiles_of_counts
from .member_quantiles import drop_empty, member_quantiles
from .observed import INFLUENCE, StoredObservable, stored_observables

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)  # the median and the 50% and 90% bands
KEYS = ("scenario", "time", "republic", "channel", "holder")
ABOUT = ("value", "unit", "quantity")


def quantiles(
    dataset: xr.Dataset, observable: StoredObservable | None = None, **choice: Any
) -> xr.DataArray:
    """Return quantiles over members of shares, or of an observable, with a new first dimension.

    That is `quantile`. Loads one scenario at a time. In a batch that stores only counts, quantiles
    are read off the counts, to within 0.0005. `choice` is passed to `Dataset.sel`.
    """
    import xarray as xr

    if "counts" in dataset:
        counts = dataset[observable.variable if observable else "counts"]
        return quantiles_of_counts(counts.sel(**choice), QUANTILES)
    chosen = dataset[observable.variable if observable else "shares"].sel(**choice)
    parts = []
    for scenario in chosen["scenario"].values:
        one = chosen.sel(scenario=[scenario]).load()
        reached = drop_empty(one, "time")
        parts.append(_quantiles_over_members(reached).reindex(time=one["time"]))
    return xr.concat(parts, "scenario", join="exact", coords="minimal", compat="override")


def _quantiles_over_members(shares: xr.DataArray) -> xr.DataArray:
    import xarray as xr

    # members not run yet are dropped; a power outside a scenario's cast stays missing
    shares = drop_empty(shares, "member")
    names = [name for name in shares.dims if name != "member"]
    values = member_quantiles(shares.transpose("member", *names).values, QUANTILES)
    coordinates = {name: shares[name] for name in names} | {"quantile": list(QUANTILES)}
    return xr.DataArray(values, dims=["quantile", *names], coords=coordinates, name="shares")


def write_summary(folder: Path) -> Path:
    """Write summary.csv atomically and return its path."""
    dataset = open_results(folder / RESULTS)
    path = folder / "summary.csv"
    with (
        report_disk_errors(folder),
        replace_file(path) as draft,
        open(draft, "w", encoding="utf-8", newline="") as stream,
    ):
        stream.write(_as_line((*KEYS, "quantile", *ABOUT)))
        for observable in (None, *stored_observables(dataset)):
            values = quantiles(dataset, observable)
            stream.writelines(_summary_lines(values, dataset["quarter"], observable))
    return path


def _summary_lines(
    values: xr.DataArray, quarter: xr.DataArray, observable: StoredObservable | None
) -> Iterator[str]:
    """The rows of quantiles, as `tidy_frame` has them, without those that are missing.

    A table of pandas would say the same in ten times the time.
    """
    inner = ("republic", "channel", "holder") if observable is None else ("republic", "power")
    ordered = values.transpose("quantile", "scenario", "time", *inner)
    names = [list(map(str, ordered[name].values)) for name in inner]
    if observable is not None:
        names.insert(1, [""])  # an observable has no channel
    cells = [_as_line(cell, "") for cell in product(*names)]
    unit, quantity = (UNIT, INFLUENCE)
    if observable is not None:
        unit, quantity = observable.unit, observable.name
    about = _as_line(("", unit, quantity))
    scenarios = [_as_line((name,), "") for name in map(str, ordered["scenario"].values)]
    times = [_as_line((name,), "") for name in map(str, quarter.values)]
    for level, of_level in zip(ordered["quantile"].values, ordered.values, strict=True):
        middle = f",{format_fixed(float(level), 5)},"
        for scenario, of_scenario in zip(scenarios, of_level, strict=True):
            for time, row in zip(times, of_scenario, strict=True):
                head = f"{scenario},{time},"
                yield "".join(
                    [
                        f"{head}{cell}{middle}{format_fixed(value, 5)}{about}"
                        for cell, value in zip(cells, row.ravel().tolist(), strict=True)
                        if value == value  # not missing
                    ]
                )


def _as_line(fields: Sequence[str], end: str = "\n") -> str:
    """Fields as a line of CSV, with quotes where they are needed."""
    stream = StringIO()
    csv.writer(stream, lineterminator=end).writerow(fields)
    return stream.getvalue()


def tidy_frame(
    values: xr.DataArray, quarter: xr.DataArray, observable: StoredObservable | None, last: str
) -> pd.DataFrame:
    """Return shares, or an observable, as a tidy table without missing values.

    quarter : (time,), the text of each time. last : the column that follows those of `KEYS`,
    `quantile` or `member`.
    """
    names = dict(zip(quarter["time"].values, map(str, quarter.values), strict=True))
    plain = values.drop_vars("quarter", errors="ignore")
    frame = plain.to_dataframe("value").reset_index().dropna(subset="value")
    frame["time"] = frame["time"].map(names)
    if observable is None:
        frame = frame.assign(unit=UNIT, quantity=INFLUENCE)
    else:
        frame = frame.rename(columns={"power": "holder"}).assign(
            channel="", unit=observable.unit, quantity=observable.name
        )
    return frame[[*KEYS, last, *ABOUT]].reset_index(drop=True)

"""Results on disk: one Zarr group that xarray opens, written one block at a time.

Shares are packed into 16 bits, steps of 1/65534, about 0.000015; a quarter that a shorter
scenario does not reach is missing. One block of one scenario is one chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from ..model.calendar import QUARTERS_PER_YEAR, format_quarter, year_of
from ..model.cast import Cast

MISSING = 65535
STEP = 1.0 / 65534
DIMENSIONS = ("scenario", "member", "time", "republic", "channel", "holder")
UNIT = "influence capacity share, 0 to 1"


@dataclass(frozen=True)
class Layout:
    """Names along every axis of the results."""

    scenarios: tuple[str, ...]
    members: int
    block: int
    quarters: tuple[int, ...]
    cast: Cast
    parameters: tuple[str, ...]

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """First and one-past-last member of each block."""
        return [(start, min(start + self.block, self.members)) for start in range(0, self.members, self.block)]

    @property
    def shape(self) -> tuple[int, ...]:
        _, republics, channels = self.cast.shape
        return (len(self.scenarios), self.members, len(self.quarters), republics, channels, len(self.cast.holder_names))


def recorded_quarters(last: int, every: str) -> tuple[int, ...]:
    """Quarters that are kept: the fourth of each year, or all."""
    quarters = range(last + 1)
    if every == "quarter":
        return tuple(quarters)
    return tuple(quarter for quarter in quarters if (quarter + 1) % QUARTERS_PER_YEAR == 0)


def quarter_end(quarter: int) -> np.datetime64:
    """The last day of a quarter."""
    month = np.datetime64(f"{year_of(quarter)}-{(quarter % QUARTERS_PER_YEAR) * 3 + 3:02d}", "M")
    return ((month + 1).astype("datetime64[D]") - 1).astype("datetime64[ns]")


def packed(shares: np.ndarray) -> np.ndarray:
    """Shares in [0, 1] as 16-bit whole numbers; rounding is at most 0.000008."""
    return np.rint(shares / STEP).astype(np.uint16)


def create(path: Path, layout: Layout) -> None:
    """An empty store with its coordinates; every share is missing until its block is written."""
    import xarray as xr
    import zarr

    coordinates = {
        "scenario": _text(layout.scenarios), "member": np.arange(layout.members),
        "time": np.array([quarter_end(quarter) for quarter in layout.quarters]),
        "quarter": ("time", _text([format_quarter(quarter) for quarter in layout.quarters])),
        "republic": _text(layout.cast.republic_names), "channel": _text(layout.cast.channel_names),
        "holder": _text(layout.cast.holder_names), "parameter": _text(layout.parameters),
    }
    xr.Dataset(coords=coordinates).to_zarr(path, mode="w", consolidated=False, zarr_format=3)
    group = zarr.open_group(path, mode="r+")
    group.create_array(
        "shares", shape=layout.shape, chunks=(1, layout.block, *layout.shape[2:]), dtype="uint16",
        fill_value=MISSING, dimension_names=DIMENSIONS,
        attributes={"scale_factor": STEP, "_FillValue": _encoded_fill(), "units": "1", "long_name": UNIT},
    )
    group.create_array(
        "parameters", shape=(len(layout.scenarios), layout.members, len(layout.parameters)),
        chunks=(1, layout.block, len(layout.parameters)), dtype="float64", fill_value=float("nan"),
        dimension_names=("scenario", "member", "parameter"), attributes={"long_name": "parameters of each member"},
    )


def _encoded_fill() -> str:
    """The missing value as xarray writes it into attributes."""
    from xarray.backends.zarr import FillValueCoder

    return FillValueCoder.encode(np.uint16(MISSING), np.dtype("uint16"))


def _text(names: Sequence[str]) -> np.ndarray:
    """Text in the variable-length form that the Zarr 3 specification knows."""
    return np.array(list(names), dtype=np.dtypes.StringDType())


def write_block(path: Path, scenario: int, first: int, shares: np.ndarray, parameters: np.ndarray) -> None:
    """Put one block in its place; a shorter scenario fills the first of the kept quarters."""
    import zarr

    group = zarr.open_group(path, mode="r+")
    whole = np.full((shares.shape[0], *group["shares"].shape[2:]), MISSING, dtype=np.uint16)
    whole[:, : shares.shape[1]] = shares
    members = slice(first, first + shares.shape[0])
    group["parameters"][scenario, members] = parameters
    group["shares"][scenario, members] = whole


def block_hash(shares: np.ndarray, parameters: np.ndarray) -> str:
    """A hash of a block's content."""
    digest = sha256(np.ascontiguousarray(shares).tobytes())
    digest.update(np.ascontiguousarray(parameters).tobytes())
    return digest.hexdigest()[:32]


def read_block(path: Path, scenario: int, first: int, last: int, quarters: int) -> tuple[np.ndarray, np.ndarray]:
    """A block as it was written: packed shares (member, time, republic, channel, holder), and parameters."""
    import zarr

    group = zarr.open_group(path, mode="r")
    return group["shares"][scenario, first:last, :quarters], group["parameters"][scenario, first:last]


def open_results(path: Path):
    """The results as an xarray Dataset, shares unpacked to 32-bit floats."""
    import xarray as xr

    dataset = xr.open_zarr(path, consolidated=False)
    for name in ("scenario", "republic", "channel", "holder", "parameter", "quarter"):
        dataset[name] = dataset[name].astype(object)
    return dataset

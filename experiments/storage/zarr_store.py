"""Results on disk: one Zarr group that xarray opens, written one block at a time.

Shares are packed into 16 bits, steps of 1/65534, about 0.000015; a quarter that a shorter
scenario does not reach is missing. One block of one scenario is one chunk. The group lies
in a folder, or at an address that fsspec knows, such as `s3://bucket/run`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from steppe.experiments.errors import RequestError
from steppe.model.core.calendar import format_quarter, is_year_end, quarter_of_year, year_of
from steppe.model.core.cast import Cast

from .atomic_files import sync_to_disk

MISSING = 65535
STEP = 1.0 / 65534
DIMENSIONS = ("scenario", "member", "time", "republic", "channel", "holder")
UNIT = "influence capacity share, 0 to 1"
SHARES, PARAMETERS = "shares", "parameters"
TEXTS = ("scenario", "republic", "channel", "holder", "parameter", "quarter")

Place = Path | str  # a folder, or an address with `://` in it


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
        return [
            (start, min(start + self.block, self.members))
            for start in range(0, self.members, self.block)
        ]

    @property
    def shape(self) -> tuple[int, ...]:
        _, republics, channels = self.cast.shape
        return (
            len(self.scenarios),
            self.members,
            len(self.quarters),
            republics,
            channels,
            len(self.cast.holder_names),
        )

    @property
    def coordinates(self) -> dict:
        """What stands along the axes, as xarray takes it."""
        return {
            "scenario": _text(self.scenarios),
            "time": np.array([quarter_end(quarter) for quarter in self.quarters]),
            "quarter": ("time", _text([format_quarter(quarter) for quarter in self.quarters])),
            "republic": _text(self.cast.republic_names),
            "channel": _text(self.cast.channel_names),
            "holder": _text(self.cast.holder_names),
        }


def recorded_quarters(last: int, frequency: str) -> tuple[int, ...]:
    """Quarters that are kept: the fourth of each year, or all."""
    quarters = range(last + 1)
    if frequency == "quarter":
        return tuple(quarters)
    return tuple(quarter for quarter in quarters if is_year_end(quarter))


def quarter_end(quarter: int) -> np.datetime64:
    """The last day of a quarter."""
    month = np.datetime64(f"{year_of(quarter)}-{quarter_of_year(quarter) * 3:02d}", "M")
    return ((month + 1).astype("datetime64[D]") - 1).astype("datetime64[ns]")


def packed(shares: np.ndarray) -> np.ndarray:
    """Shares in [0, 1] as 16-bit whole numbers; rounding is at most 0.000008."""
    steps = shares / STEP
    return np.rint(steps, out=steps).astype(np.uint16)


def create(place: Place, layout: Layout) -> None:
    """A store with its coordinates, in which every share is missing until its block is written.

    In a folder, blocks that are already there stay: only what describes them is written
    anew. What was at an address is done away with.
    """
    import zarr

    with filled(place) as empty:
        coordinates = {
            **layout.coordinates,
            "member": np.arange(layout.members),
            "parameter": _text(layout.parameters),
        }
        write_coordinates(empty, coordinates)
        group = zarr.open_group(empty, mode="r+")
        group.create_array(
            SHARES,
            shape=layout.shape,
            chunks=(1, layout.block, *layout.shape[2:]),
            dtype="uint16",
            fill_value=MISSING,
            dimension_names=DIMENSIONS,
            **_codecs(),
            attributes={
                "scale_factor": STEP,
                "_FillValue": MISSING,
                "units": "1",
                "long_name": UNIT,
            },
        )
        group.create_array(
            PARAMETERS,
            shape=(len(layout.scenarios), layout.members, len(layout.parameters)),
            chunks=(1, layout.block, len(layout.parameters)),
            dtype="float64",
            fill_value=float("nan"),
            dimension_names=("scenario", "member", "parameter"),
            attributes={"long_name": "parameters of each member"},
        )


def write_coordinates(place: Place, coordinates: dict) -> None:
    """A new group that holds coordinates and nothing else, as xarray would write it.

    xarray brings pandas along, and the two take longer to import than the rest of a start.
    """
    import zarr

    beside = [name for name, values in coordinates.items() if isinstance(values, tuple)]
    group = zarr.open_group(
        place,
        mode="w",
        zarr_format=3,
        attributes={"coordinates": " ".join(beside)} if beside else {},
    )
    for name, given in coordinates.items():
        dimension, values = given if isinstance(given, tuple) else (name, given)
        attributes = {}
        if values.dtype.kind == "M":
            values, attributes = _days(values)
        group.create_array(
            name,
            data=values,
            chunks=values.shape,
            dimension_names=(dimension,),
            attributes=attributes,
        )


def _days(dates: np.ndarray) -> tuple[np.ndarray, dict[str, str]]:
    """Dates as whole days since the first of them, and the words by which xarray knows that."""
    first = dates[0].astype("datetime64[D]")
    return (dates.astype("datetime64[D]") - first).astype("int64"), {
        "units": f"days since {first} 00:00:00",
        "calendar": "proleptic_gregorian",
    }


@contextmanager
def filled(place: Place) -> Iterator[Place]:
    """Where to write an empty store, so that it comes into its place without harm to the blocks there."""
    if is_address(place):
        yield place
        return
    draft = place.with_name(f"{place.name}.draft")
    try:
        yield draft
        for path in sorted(path for path in draft.rglob("*") if path.is_file()):
            target = place / path.relative_to(draft)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def remove(place: Place) -> None:
    """Do away with results in a folder; those at an address go when new ones are created."""
    if not is_address(place):
        shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(place.with_name(f"{place.name}.draft"), ignore_errors=True)


def holds_something(place: Place) -> bool:
    """Whether something lies in a place, which creating results there would do away with."""
    if not is_address(place):
        return place.exists() and any(place.iterdir())
    try:
        import fsspec

        files, path = fsspec.core.url_to_fs(place)
    except (ImportError, ValueError) as error:
        raise RequestError(
            f"{place}: {error}; an address needs pip install 'steppe[cluster]', and the package for its kind, such as s3fs"
        ) from None
    return files.exists(path) and bool(files.ls(path))


def sweep(place: Place) -> None:
    """Remove pieces that a process left half written when it was killed."""
    if not is_address(place) and place.exists():
        for path in place.rglob("*.partial"):
            path.unlink(missing_ok=True)


def _codecs() -> dict:
    """Members beside each other and bits of equal weight together: a fifteenth smaller. zstd, and the quarters of a member
    beside each other, save a fifteenth more in five times the time."""
    from zarr.codecs import BloscCodec, TransposeCodec

    return {
        "filters": [TransposeCodec(order=(0, 2, 3, 4, 5, 1))],
        "compressors": [BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle", typesize=2)],
    }


def _text(names: Sequence[str]) -> np.ndarray:
    """Text in the variable-length form that the Zarr 3 specification knows."""
    return np.array(list(names), dtype=np.dtypes.StringDType())


def write_block(
    place: Place, scenario: int, first: int, shares: np.ndarray, parameters: np.ndarray
) -> None:
    """Put one block in its place; a shorter scenario fills the first of the kept quarters."""
    import zarr

    with zarr.config.set(
        {"array.write_empty_chunks": True}
    ):  # or each would be searched for one share that is there
        group = zarr.open_group(place, mode="r+")
        everywhere = group[SHARES]
    later = everywhere.shape[2] - shares.shape[1]
    if later:
        shares = np.moveaxis(
            np.pad(
                np.moveaxis(shares, 0, -1), ((0, later), *[(0, 0)] * 4), constant_values=MISSING
            ),
            -1,
            0,
        )
    block = (
        slice(scenario, scenario + 1),
        slice(first, first + shares.shape[0]),
    )  # a whole chunk, which Zarr takes as it is
    chunk = first // everywhere.chunks[1]
    group[PARAMETERS][block] = parameters[None]
    everywhere[block] = shares[None]
    settle(
        place, [f"{PARAMETERS}/c/{scenario}/{chunk}/0", f"{SHARES}/c/{scenario}/{chunk}/0/0/0/0"]
    )


def settle(place: Place, chunks: Sequence[str]) -> None:
    """Wait until chunks and the folders that name them are on the disk, so that a power cut loses none."""
    if is_address(place):
        return
    folders: dict[Path, None] = {}
    for chunk in chunks:
        sync_to_disk(place / chunk)
        folders |= dict.fromkeys(_between(place / chunk, place))
    for folder in folders:
        sync_to_disk(folder)


def _between(path: Path, top: Path) -> Iterator[Path]:
    while path != top:
        path = path.parent
        yield path


def block_hash(*arrays: np.ndarray) -> str:
    """A hash of a block's content, read with the first axis running fastest: that of members, as shares lie in memory."""
    digest = sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(np.moveaxis(array, 0, -1)).data)
    return digest.hexdigest()[:32]


def read_block(
    place: Place, scenario: int, first: int, last: int, quarters: int
) -> tuple[np.ndarray, np.ndarray]:
    """A block as it was written: packed shares (member, time, republic, channel, holder), and parameters."""
    import zarr

    group = zarr.open_group(place, mode="r")
    return group[SHARES][scenario, first:last, :quarters], group[PARAMETERS][scenario, first:last]


def is_address(place: Place) -> bool:
    """Whether results lie at an address rather than in a folder."""
    return "://" in str(place)


def place_of(words: str) -> Place:
    """A place from what a user writes; `file://` means a folder, which is written more safely as one."""
    return Path(words.removeprefix("file://")) if words.startswith("file://") else words


def located(path: Place) -> Place:
    """Where results are that should be at a path: there, or at the address that the manifest beside it names."""
    if is_address(path) or Path(path).exists():
        return path
    try:
        address = json.loads((Path(path).parent / "manifest.json").read_text(encoding="utf-8"))[
            "request"
        ]["results"]
    except (OSError, ValueError, KeyError, TypeError):
        return path
    return place_of(address) if is_address(address) else path


def open_results(path: Place):
    """The results as an xarray Dataset, shares unpacked to 32-bit floats."""
    import xarray as xr

    dataset = xr.open_zarr(
        located(path), consolidated=False, chunks=None
    )  # the same with Dask installed and without
    for name in TEXTS:
        if name in dataset:
            dataset[name] = dataset[name].astype(object)
    return dataset

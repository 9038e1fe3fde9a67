"""Results on disk: one Zarr group that xarray opens, written one block at a time.

Shares are packed into 16 bits, in steps of 1/65534, about 0.000015; a quarter that a shorter
scenario does not reach is missing. One block of one scenario is one chunk.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from steppe.model.core.array_types import Array, FloatArray
from steppe.model.core.calendar import (
    QUARTERS_PER_YEAR,
    format_quarter,
    is_year_end,
    quarter_of_year,
    year_of,
)
from steppe.model.core.cast import Cast
from steppe.model.observables.declarations import OBSERVABLES, Observable

from .atomic_files import sync_to_disk
from .coordinates import Coordinate, consolidate_metadata, write_coordinates
from .locations import Location, as_folder, delete_tree, is_address, open_files, resolve_location
from .store_errors import StoreError, store_errors_as, try_again

if TYPE_CHECKING:
    import xarray as xr

MISSING = 65535
STEP = 1.0 / 65534
DIMENSIONS = ("scenario", "member", "time", "republic", "channel", "holder")
OBSERVED_DIMENSIONS = ("scenario", "member", "time", "republic", "power")
PARAMETER_DIMENSIONS = ("scenario", "member", "parameter")
UNIT = "influence capacity share, 0 to 1"
SHARES, PARAMETERS = "shares", "parameters"
TEXTS = ("scenario", "republic", "channel", "holder", "power", "parameter", "quarter")

PackedShares = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Layout:
    """Names along every axis of the results, and the observables that are stored."""

    scenarios: tuple[str, ...]
    members: int
    block: int
    quarters: tuple[int, ...]
    cast: Cast
    parameters: tuple[str, ...]
    observables: tuple[Observable, ...] = ()

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
    def coordinates(self) -> dict[str, Coordinate]:
        """Labels along the axes that results with and without members share."""
        return {
            "scenario": _text(self.scenarios),
            "time": np.array([quarter_end(quarter) for quarter in self.quarters]),
            "quarter": ("time", _text([format_quarter(quarter) for quarter in self.quarters])),
            "republic": _text(self.cast.republic_names),
            "channel": _text(self.cast.channel_names),
            "holder": _text(self.cast.holder_names),
            **({"power": _text(self.cast.power_names)} if self.observables else {}),
        }


def recorded_quarters(last: int, frequency: str) -> tuple[int, ...]:
    """Quarters that are stored: the fourth of each year, or with `quarter` all."""
    quarters = range(last + 1)
    if frequency == "quarter":
        return tuple(quarters)
    return tuple(quarter for quarter in quarters if is_year_end(quarter))


def quarter_end(quarter: int) -> np.datetime64:
    """The last day of a quarter, in nanoseconds."""
    last_month = quarter_of_year(quarter) * 12 // QUARTERS_PER_YEAR
    month = np.datetime64(f"{year_of(quarter)}-{last_month:02d}", "M")
    return np.datetime64((month + 1).astype("datetime64[D]") - 1, "ns")


def pack_shares(shares: FloatArray) -> PackedShares:
    """Shares in [0, 1] as 16-bit whole numbers; rounding is at most 0.000008."""
    steps = shares / STEP
    return np.rint(steps, out=steps).astype(np.uint16)


def create_results(
    location: Location, layout: Layout, attributes: Mapping[str, Any] | None = None
) -> None:
    """Create a store with its coordinates, in which every share is missing until it is written.

    Blocks that are there already stay: only their metadata is replaced.
    """
    import zarr

    with replace_metadata(location) as new:
        coordinates: dict[str, Coordinate] = {
            **layout.coordinates,
            "member": np.arange(layout.members),
            "parameter": _text(layout.parameters),
        }
        write_coordinates(new, coordinates, attributes)
        group = zarr.open_group(new, mode="r+")
        group.create_array(
            SHARES, **_packed_array(DIMENSIONS, layout.shape, layout.block, {"long_name": UNIT})
        )
        shape = (*layout.shape[:4], len(layout.cast.powers))
        for row in layout.observables:
            group.create_array(
                row.name,
                **_packed_array(OBSERVED_DIMENSIONS, shape, layout.block, row.attributes),
            )
        group.create_array(
            PARAMETERS,
            shape=(len(layout.scenarios), layout.members, len(layout.parameters)),
            chunks=(1, layout.block, len(layout.parameters)),
            dtype="float64",
            fill_value=float("nan"),
            dimension_names=PARAMETER_DIMENSIONS,
            attributes={"long_name": "parameters of each member"},
        )
        consolidate_metadata(new)


def _packed_array(
    dimensions: tuple[str, ...], shape: tuple[int, ...], block: int, about: Mapping[str, str]
) -> dict[str, Any]:
    """How shares are stored, missing until they are written; one block is one chunk."""
    return {
        "shape": shape,
        "chunks": (1, block, *shape[2:]),
        "dtype": "uint16",
        "fill_value": MISSING,
        "dimension_names": dimensions,
        "attributes": {"scale_factor": STEP, "_FillValue": MISSING, "units": "1", **about},
        **_codecs(len(shape)),
    }


@contextmanager
def replace_metadata(location: Location) -> Iterator[Location]:
    """Yield a folder to write an empty store into, which then replaces all files but the blocks."""
    folder = as_folder(location)
    if folder is None:
        with TemporaryDirectory(prefix="steppe-") as name:
            draft = Path(name, "store")
            yield draft
            _put_store(draft, str(location))
        return
    folder = Path(os.path.realpath(folder))  # may be a link to another disk
    draft = _draft_of(folder)
    try:
        yield draft
        for path in sorted(path for path in draft.rglob("*") if path.is_file()):
            target = folder / path.relative_to(draft)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _put_store(draft: Path, address: str) -> None:
    """Put the files of a small store to an address, the one that makes it a store last."""
    files, top = open_files(address)
    paths = sorted(path for path in draft.rglob("*") if path.is_file())
    with store_errors_as(StoreError, address, "written"):
        for path in sorted(paths, key=lambda path: path.parent == draft):
            name, data = path.relative_to(draft).as_posix(), path.read_bytes()
            try_again(lambda name=name, data=data: files.pipe_file(f"{top}/{name}", data))  # type: ignore[misc]


def _draft_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.draft")


def remove_results(location: Location) -> None:
    """Delete results in a folder or at an address."""
    folder = as_folder(location)
    if folder is None:
        with store_errors_as(StoreError, str(location), "written"):
            delete_tree(location)
        return
    folder = Path(os.path.realpath(folder))
    delete_tree(folder)
    delete_tree(_draft_of(folder))


def delete_partial_files(location: Location) -> None:
    """Delete files that a process was writing when it was killed."""
    folder = as_folder(location)
    if folder is not None and folder.exists():
        for path in folder.rglob("*.partial"):
            path.unlink(missing_ok=True)


def _codecs(axes: int) -> dict[str, Any]:
    """Compression: members side by side and bits of equal weight together save a fifteenth.

    zstd, and the quarters of a member side by side, would save another fifteenth in five
    times the time.
    """
    from zarr.codecs import BloscCodec, TransposeCodec

    return {
        "filters": [TransposeCodec(order=(0, *range(2, axes), 1))],
        "compressors": [BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle", typesize=2)],
    }


def _text(names: Sequence[str]) -> Array:
    """Text in the variable-length form of the Zarr 3 specification."""
    return np.array(list(names), dtype=np.dtypes.StringDType())


def write_block(
    location: Location,
    scenario: int,
    first: int,
    shares: PackedShares,
    parameters: FloatArray,
    *observed: PackedShares,
) -> None:
    """Write one block; a shorter scenario fills the first of the stored quarters.

    shares : (member, time, republic, channel, holder). parameters : (member, parameter).
    observed : (member, time, republic, power) of each observable of the layout, in order.
    """
    import zarr

    # Without this setting, Zarr would search each chunk for one share that is not missing.
    with zarr.config.set({"array.write_empty_chunks": True}):
        group: Any = zarr.open_group(location, mode="r+", use_consolidated=False)
        packed = {SHARES: shares, **dict(zip(_observable_names(group), observed, strict=False))}
        arrays = {name: group[name] for name in packed}
    # A whole chunk, which Zarr takes without copying.
    block = (slice(scenario, scenario + 1), slice(first, first + shares.shape[0]))
    chunk = first // arrays[SHARES].chunks[1]
    group[PARAMETERS][block] = parameters[None]
    for name, array in arrays.items():
        array[block] = _until_last_time(packed[name], array.shape[2])[None]
    chunks = [block_chunk(name, scenario, chunk) for name in (PARAMETERS, *arrays)]
    sync_chunks(location, chunks)


def _until_last_time(packed: PackedShares, times: int) -> PackedShares:
    """Packed shares (member, time, ...) with missing values after the end of a shorter scenario."""
    later = times - packed.shape[1]
    if not later:
        return packed
    by_time = np.moveaxis(packed, 0, -1)
    width = ((0, later), *[(0, 0)] * (packed.ndim - 1))
    return np.moveaxis(np.pad(by_time, width, constant_values=MISSING), -1, 0)


def _observable_names(group: Any) -> list[str]:
    """The declared observables that a Zarr group holds."""
    return [name for name in OBSERVABLES if name in group]


def block_chunk(name: str, scenario: int, chunk: int) -> str:
    """The file of a block of an array, within the folder of the results."""
    axes = {SHARES: DIMENSIONS, PARAMETERS: PARAMETER_DIMENSIONS}.get(name, OBSERVED_DIMENSIONS)
    return f"{name}/c/{scenario}/{chunk}" + "/0" * (len(axes) - 2)


def delete_blocks(location: Location, layout: Layout, scenario: int) -> None:
    """Delete all blocks of a scenario; coordinates, which lie beside them, stay."""
    for name in (SHARES, PARAMETERS, *(row.name for row in layout.observables)):
        delete_tree(f"{location}/{name}/c/{scenario}")


def compressed_size(chunk: Path) -> int:
    """How long the file of a block of shares is by its own header, that of Blosc."""
    with open(chunk, "rb") as stream:
        return int.from_bytes(stream.read(16)[12:], "little")


def sync_chunks(location: Location, chunks: Sequence[str]) -> None:
    """Wait until chunks, and the folders that list them, are safe from a power cut."""
    top = as_folder(location)
    if top is None:
        return
    folders: dict[Path, None] = {}
    for chunk in chunks:
        sync_to_disk(top / chunk)
        folders |= dict.fromkeys(_parents_below(top / chunk, top))
    for folder in folders:
        sync_to_disk(folder)


def _parents_below(path: Path, top: Path) -> Iterator[Path]:
    """Parent folders of a path, up to and with `top`."""
    while path != top:
        path = path.parent
        yield path


def block_hash(*arrays: Array) -> str:
    """A hash of a block's content, with members, the first axis, running fastest as in memory."""
    digest = sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(np.moveaxis(array, 0, -1)).data)
    return digest.hexdigest()[:32]


def read_block(
    location: Location, scenario: int, first: int, last: int, quarters: int
) -> tuple[Array, ...]:
    """Read a block as it was written, members `first` to `last` (not included).

    Returns packed shares (member, time, republic, channel, holder), parameters (member,
    parameter), and each observable, packed, (member, time, republic, power).
    """
    import zarr

    group: Any = zarr.open_group(location, mode="r", use_consolidated=False)
    return (
        group[SHARES][scenario, first:last, :quarters],
        group[PARAMETERS][scenario, first:last],
        *(group[name][scenario, first:last, :quarters] for name in _observable_names(group)),
    )


def find_damage(location: Location) -> str:
    """The first part of stored results that cannot be read, with the reason; empty if all can."""
    import zarr

    part = "it"
    try:
        group: Any = zarr.open_group(location, mode="r", use_consolidated=False)
        for name, array in sorted(group.arrays()):
            part = f"'{name}'"
            for index in range(array.shape[0]):
                array[index]
    except Exception as error:  # whatever the codecs raise
        return f"{part} cannot be read ({error})"
    return ""


def open_results(path: Location) -> xr.Dataset:
    """The results as an xarray Dataset, shares unpacked to 32-bit floats."""
    import xarray as xr

    place = resolve_location(path)
    # At an address, what a store lists may be old. `chunks=None` gives the same with Dask
    # installed as without.
    dataset: xr.Dataset = xr.open_zarr(
        place, consolidated=None if is_address(place) else False, chunks=None
    )
    for name in TEXTS:
        if name in dataset:
            dataset[name] = dataset[name].astype(object)
    return dataset

"""Opening a batch, finished or not, to read it."""

from __future__ import annotations

import errno
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.core.os_errors import describe_os_error

from .histograms import SHARE_COUNTS
from .locations import address_of, as_folder, open_files, resolve_location
from .manifest import RESULTS, SUMMARY, Manifest, load_manifest
from .store_errors import describe_store_error, is_store_error
from .zarr_store import PARAMETERS, SHARES, block_chunk, compressed_size, find_damage, open_results

if TYPE_CHECKING:
    import xarray as xr

AXES = ("scenario", "time", "quarter", "republic", "channel", "holder")


def open_batch(out: Path, *, what_needs_members: str = "") -> xr.Dataset:
    """Open the results of a batch, with its request in the attributes.

    Raises
    ------
    RequestError
        If the folder holds no batch, its results cannot be read, or it stores counts alone
        and the named use needs members.
    """
    manifest = load_manifest(out)
    request = manifest.request
    if what_needs_members and request["keep"] == SUMMARY:
        raise RequestError(
            f"{out}: stores counts and no members (--store summary), and {what_needs_members} "
            "needs members; run it with --store members, or use summary.csv and `steppe plot`"
        )
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Object at .* is not recognized")  # a file cut short
            dataset = open_results(out / RESULTS)
        _check_parts(dataset, request)
        _check_blocks(out, manifest)
    except RequestError:
        raise
    except Exception as error:  # whatever Zarr and its codecs raise
        if _is_of_store(out, error):
            raise RequestError(f"{out / RESULTS}: {describe_store_error(error, 'read')}") from None
        raise _damage(out, _describe(error)) from None
    request = {**request, "starts": manifest.starts, "meanings": _lever_meanings(manifest)}
    dataset.attrs = {"request": request, "republics_in_all": dataset.sizes["republic"]}
    return dataset


def _lever_meanings(manifest: Manifest) -> dict[str, dict[str, str]]:
    """What the levers of each scenario mean, as its file says; empty if none is kept."""
    return {
        name: {
            lever: " ".join(str(about.get("meaning", "")).split())
            for lever, about in (row["merged"].get("levers") or {}).items()
        }
        for name, row in manifest.sources.get("scenarios", {}).items()
    }


def _check_parts(dataset: xr.Dataset, request: Mapping[str, Any]) -> None:
    """Raise ValueError if results lack a part, or are not those of the batch."""
    counted = request["keep"] == SUMMARY
    stored = SHARE_COUNTS if counted else (SHARES, PARAMETERS)
    observed = [f"{name}_counts" if counted else name for name in request.get("observables", ())]
    for name in (*stored, *observed, *AXES):
        if name not in dataset.variables:
            raise ValueError(f"'{name}' is missing")
    if list(dataset["scenario"].values) != list(request["scenarios"]):
        raise ValueError("other scenarios than in the manifest")
    if not counted and dataset.sizes["member"] != request["members"]:
        raise ValueError("another number of members than in the manifest")


def _check_blocks(out: Path, manifest: Manifest) -> None:
    """Raise ValueError if a block that the manifest lists is gone or cut short.

    Zarr reads the one as not run yet, and the other without an error.
    """
    if manifest.request["keep"] == SUMMARY:
        return
    place = resolve_location(out / RESULTS)
    folder = as_folder(place)
    if folder is None:
        _check_objects(str(place), manifest)
        return
    for key, name in _chunks(manifest):
        chunk = folder / name
        if not chunk.exists():
            raise ValueError(f"block {key} is missing")
        if chunk.stat().st_size != compressed_size(chunk):
            raise ValueError(f"block {key} is cut short")


def _chunks(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Key and file of each block that a manifest lists, for each array that has one."""
    positions = {name: index for index, name in enumerate(manifest.request["scenarios"])}
    for key in manifest.blocks:
        name, _, first = key.rpartition("/")
        number = int(first) // manifest.request["block"]
        for array in (SHARES, *manifest.request.get("observables", ())):
            yield key, block_chunk(array, positions[name], number)


def _check_objects(address: str, manifest: Manifest) -> None:
    """Raise ValueError if a block is gone from an address; a store writes objects whole."""
    files, top = open_files(address)
    arrays = (SHARES, *manifest.request.get("observables", ()))
    listed = {path for array in arrays for path in files.find(f"{top}/{array}/c")}
    for key, name in _chunks(manifest):
        path = f"{top}/{name}"
        if path not in listed and not files.exists(path):  # a store may list late
            raise ValueError(f"block {key} is missing")


def _is_of_store(out: Path, error: Exception) -> bool:
    """True if an error says that an address cannot be read, rather than what lies there."""
    place = resolve_location(out / RESULTS)
    missing = isinstance(error, FileNotFoundError)
    return as_folder(place) is None and not missing and is_store_error(error)


@contextmanager
def report_damage(out: Path) -> Iterator[None]:
    """Say what in the results of a batch cannot be read, where that is why something fails.

    Raises
    ------
    RequestError
        If so; any other error passes as it is.
    """
    try:
        yield
    except (RequestError, IncompleteRunError):
        raise
    except Exception as error:
        if _is_of_store(out, error):
            raise RequestError(f"{out / RESULTS}: {describe_store_error(error, 'read')}") from None
        damaged = find_damage(resolve_location(out / RESULTS))
        if not damaged:
            raise
        raise _damage(out, damaged) from None


def _damage(out: Path, reason: str) -> RequestError:
    return RequestError(
        f"{out / RESULTS}: {reason}; the command that made the batch repairs its blocks, "
        "or delete the folder and run again"
    )


def _describe(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno not in (None, errno.ENOENT):
        return describe_os_error(error, "read")
    reason = str(error.args[0] if error.args else error).partition("\n")[0]
    return f"cannot be read ({reason})"


def unfinished_notice(out: Path) -> str:
    """A sentence about a batch that is not finished; empty for one that is."""
    manifest = load_manifest(out)
    if manifest.finished:
        return ""
    return (
        f"{address_of(out) or out}: is unfinished ({len(manifest.blocks)} of "
        f"{manifest.request['blocks_in_all']} blocks); drawn from what is there, "
        "and the captions say so"
    )

"""Opening a batch, finished or not, to read it."""

from __future__ import annotations

import errno
from pathlib import Path

import xarray as xr

from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import describe_os_error

from .manifest import RESULTS, SUMMARY, load_manifest
from .zarr_store import open_results


def open_batch(out: Path, *, what_needs_members: str = "") -> xr.Dataset:
    """Open the results of a batch, with its request in the attributes.

    Raises
    ------
    RequestError
        If the folder holds no batch, its results cannot be read, or it stores counts alone
        and the named use needs members.
    """
    request = load_manifest(out).request
    if what_needs_members and request["keep"] == SUMMARY:
        raise RequestError(
            f"{out}: stores counts and no members (--store summary), and {what_needs_members} "
            "needs members; run it with --store members, or use summary.csv and `steppe plot`"
        )
    try:
        dataset = open_results(out / RESULTS)
    except (OSError, KeyError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.ENOENT):
            raise RequestError(f"{out / RESULTS}: {describe_os_error(error, 'read')}") from None
        reason = str(error).partition("\n")[0]
        raise RequestError(
            f"{out / RESULTS}: cannot be read ({reason}); delete the folder and run again"
        ) from None
    dataset.attrs = {"request": request, "republics_in_all": dataset.sizes["republic"]}
    return dataset


def unfinished_notice(out: Path) -> str:
    """A sentence about a batch that is not finished; empty for one that is."""
    manifest = load_manifest(out)
    if manifest.finished:
        return ""
    return (
        f"{out}: is unfinished ({len(manifest.blocks)} of "
        f"{manifest.request['blocks_in_all']} blocks); drawn from what is there, "
        "and the captions say so"
    )

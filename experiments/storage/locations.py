"""Where a batch lies: in a folder, or at an address that fsspec knows, such as `s3://bucket/run`."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from steppe.model.core.errors import RequestError
from steppe.model.core.optional_packages import install_command

FILE_ADDRESS = re.compile(r"file:(//(localhost)?)?(?P<path>/([^/].*)?)", re.IGNORECASE)
ADDRESS_FILE = ".address"  # in the working copy of a batch: the address that it is a copy of
Location = Path | str  # a folder, or an address with `://` in it


def is_address(location: Location) -> bool:
    """True if something lies at an address rather than in a folder."""
    return "://" in str(location)


def as_folder(location: Location) -> Path | None:
    """The folder of results; None if they lie at an address."""
    return None if is_address(location) else Path(location)


def parse_location(text: str) -> Location:
    """An address as a user writes it; `file://` is taken as a folder, where writes are safer.

    Raises
    ------
    RequestError
        If it is no address, or a `file://` address names no folder of this machine.
    """
    if not text.lower().startswith("file:"):
        if not is_address(text):
            raise RequestError(
                f"--results {text}: is no address; give one with ://, such as s3://bucket/run, "
                "or a folder with --out"
            )
        return text
    address = FILE_ADDRESS.fullmatch(text)
    if address is None:
        raise RequestError(
            f"{text}: names no folder of this machine; write its whole path after file://, "
            "as in file:///data/run"
        )
    as_written, folder = Path(address["path"]), Path(unquote(address["path"]))
    # earlier versions took %20 as it stands
    return as_written if as_written.exists() and not folder.exists() else folder


def parse_batch(text: str) -> Location:
    """The folder or the address of a batch, as a user writes it.

    Raises
    ------
    RequestError
        If it is a `file:` address that names no folder of this machine.
    """
    if text.lower().startswith("file:"):
        return parse_location(text)
    return text.rstrip("/") if is_address(text) else Path(text)


def address_of(folder: Path) -> str:
    """The address that a folder is the working copy of; empty for any other folder."""
    try:
        return (folder / ADDRESS_FILE).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def resolve_location(location: Location) -> Location:
    """Where results that belong into a folder lie: there, or at the address of its batch.

    A working copy says so itself; else the manifest beside a missing folder may name an address.
    """
    folder = as_folder(location)
    if folder is None or folder.exists():
        return location
    if address := address_of(folder.parent):
        return f"{address}/{folder.name}"
    try:
        text = (folder.parent / "manifest.json").read_bytes()
        address = json.loads(text)["request"]["results"]
    except (OSError, ValueError, KeyError, TypeError):
        return location
    return parse_location(address) if is_address(address) else location


def open_files(address: str) -> tuple[Any, str]:
    """The fsspec file system of an address, and the path there.

    Listings are not kept, as other processes write there too.

    Raises
    ------
    RequestError
        If no installed package knows addresses of this kind.
    """
    try:
        import fsspec  # type: ignore[import-untyped]

        files, path = fsspec.core.url_to_fs(address, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise RequestError(
            f"{address}: {error}; an address needs the package for its kind, such as s3fs, and: "
            f"{install_command('cluster')}"
        ) from None
    return files, path


def names_at(location: Location) -> list[str]:
    """Names of what lies in a folder or at an address, sorted; none where nothing does."""
    folder = as_folder(location)
    if folder is not None:
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    files, path = open_files(str(location))
    try:
        rows = files.ls(path, detail=False)
    except FileNotFoundError:
        return []
    return sorted(name for row in rows if (name := str(row).rstrip("/").rpartition("/")[2]))


def delete_tree(location: Location) -> None:
    """Delete a folder or what lies at an address, if it exists."""
    folder = as_folder(location)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
        return
    files, path = open_files(str(location))
    if files.exists(path):
        files.rm(path, recursive=True)

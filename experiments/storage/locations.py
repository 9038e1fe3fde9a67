"""Where results lie: in a folder, or at an address that fsspec knows, such as `s3://bucket/run`."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

from steppe.model.core.errors import RequestError
from steppe.model.core.optional_packages import install_command

FILE_ADDRESS = re.compile(r"file:(//(localhost)?)?(?P<path>/([^/].*)?)", re.IGNORECASE)
Location = Path | str  # a folder, or an address with `://` in it


def is_address(location: Location) -> bool:
    """True if results lie at an address rather than in a folder."""
    return "://" in str(location)


def as_folder(location: Location) -> Path | None:
    """The folder of results; None if they lie at an address."""
    return None if is_address(location) else Path(location)


def parse_location(text: str) -> Location:
    """A location as a user writes it; `file://` is taken as a folder, where writes are safer.

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


def resolve_location(location: Location) -> Location:
    """Follow the manifest beside a missing folder of results to the address that it names."""
    folder = as_folder(location)
    if folder is None or folder.exists():
        return location
    try:
        text = (folder.parent / "manifest.json").read_bytes()
        address = json.loads(text)["request"]["results"]
    except (OSError, ValueError, KeyError, TypeError):
        return location
    return parse_location(address) if is_address(address) else location


def is_nonempty(location: Location) -> bool:
    """True if anything lies at a location, which new results would overwrite.

    Raises
    ------
    RequestError
        If no installed package knows addresses of this kind.
    """
    folder = as_folder(location)
    if folder is not None:
        return folder.exists() and any(folder.iterdir())
    try:
        import fsspec  # type: ignore[import-untyped]

        files, path = fsspec.core.url_to_fs(location)
    except (ImportError, ValueError) as error:
        raise RequestError(
            f"{location}: {error}; an address needs the package for its kind, such as s3fs, and: "
            f"{install_command('cluster')}"
        ) from None
    return bool(files.exists(path) and files.ls(path))


def delete_tree(location: Location) -> None:
    """Delete a folder or what lies at an address, if it exists."""
    folder = as_folder(location)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
        return
    import fsspec

    files, path = fsspec.core.url_to_fs(location)
    if files.exists(path):
        files.rm(path, recursive=True)

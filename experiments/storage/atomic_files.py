"""Writing files that users asked for: errors they can act on, and data that survive a power cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from steppe.model.core.atomic_files import replace_file
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.core.os_errors import UNSUPPORTED, describe_os_error

from .store_errors import StoreError


@contextmanager
def replace_requested_file(path: Path) -> Iterator[Path]:
    """Yield a draft that replaces a file the user asked for, as `replace_file` does.

    Raises
    ------
    RequestError
        If the file cannot be written.
    """
    try:
        with replace_file(path) as draft:
            yield draft
    except OSError as error:
        raise RequestError(f"{path}: {describe_os_error(error)}") from None


def sync_to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk, where it can tell."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def report_disk_errors(folder: Path) -> Iterator[None]:
    """Turn an OSError into a message that says how to continue.

    Raises
    ------
    IncompleteRunError
        If something in the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise disk_error(folder, error) from None


def disk_error(folder: Path, error: OSError) -> IncompleteRunError:
    """What to raise when something in a folder cannot be written."""
    if isinstance(error, StoreError):
        return IncompleteRunError(
            f"{error}; finished work is kept, and the same command resumes once this is done"
        )
    return IncompleteRunError(
        f"{error.filename or folder}: {describe_os_error(error)}; finished work is kept, and the "
        "same command resumes once this is done"
    )

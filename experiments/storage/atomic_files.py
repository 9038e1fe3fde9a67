"""Files report_disk_errors whole or not at all, and brought to the disk where a power cut must lose none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from steppe.experiments.errors import IncompleteRunError, RequestError


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A draft beside a file that a user asked for, put in its place once it is complete and taken away if it is not.

    Raises
    ------
    RequestError
        If the place cannot be written.
    """
    try:
        with drafted(path, path.with_name(f".{path.name}.draft")) as draft:
            yield draft
    except OSError as error:
        raise RequestError(f"{path}: cannot be written ({error.strerror or error})") from None


@contextmanager
def drafted(path: Path, draft: Path) -> Iterator[Path]:
    """The same under a name of one's own, for who has something better to say of an OSError."""
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def synced(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def report_disk_errors(folder: Path) -> Iterator[None]:
    """Say so plainly when the disk gives out."""
    try:
        yield
    except OSError as error:
        raise IncompleteRunError(
            f"{error.filename or folder}: cannot be written ({error.strerror or error}); what is done is kept, "
            "and the same command goes on from there once that is mended"
        ) from None

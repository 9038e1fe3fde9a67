"""Files written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from tempfile import TemporaryDirectory
from typing import BinaryIO

STANDARD_STREAMS = (1, 2)  # descriptors of standard output and standard error


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yield a draft beside a file; it replaces the file on success and is deleted on failure.

    A link stays, and what it leads to is replaced. A pipe, a device or a standard stream
    stays as well: the finished draft is written into it.

    Raises
    ------
    OSError
        Before the draft is yielded, if the path is a folder or lies in none; afterwards, if
        the file cannot be replaced.
    """
    if is_stream(path):
        with TemporaryDirectory() as folder:
            draft = Path(folder, "draft")
            yield draft
            with open(draft, "rb") as source, _open_stream(path) as stream:
                shutil.copyfileobj(source, stream)
        return
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target.parent))
    draft = target.with_name(f"{target.name}.draft")
    try:
        yield draft
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def is_stream(path: Path) -> bool:
    """True if a path leads to something that is written into, such as a pipe, not replaced."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return False
    if S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return not S_ISREG(status.st_mode) or _standard_stream(path) is not None


def _standard_stream(path: Path) -> int | None:
    """The standard stream that a path leads to, such as `/dev/stdout`, whatever lies behind it."""
    status = os.stat(path)
    for number in STANDARD_STREAMS:
        with suppress(OSError):  # a closed stream
            if os.path.samestat(status, os.fstat(number)):
                return number
    return None


def _open_stream(path: Path) -> BinaryIO:
    """Open a pipe or device; a standard stream goes on where it stands."""
    number = _standard_stream(path)
    return open(path, "wb") if number is None else os.fdopen(os.dup(number), "wb")


def write_text_atomically(path: Path, text: str) -> Path:
    """Write a UTF-8 text file, whole or not at all, and return its path."""
    with replace_file(path) as draft:
        draft.write_text(text, encoding="utf-8")
    return path

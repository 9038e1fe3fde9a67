"""Values that never change for the same files, kept on disk between commands.

A file is named after a hash of everything that its value depends on: the code of the model and
its cast, the versions of Python and NumPy, how this processor rounds, and what the caller names.
A file that is cut short or cannot be read is made again, and a folder that cannot be written
keeps nothing: neither is an error.
"""

from __future__ import annotations

import os
import pickle
import platform
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .atomic_files import replace_file

Value = TypeVar("Value")

MODEL = Path(__file__).parents[1]
MOST_KEPT = 8
DIGEST = sha256().digest_size


def load_or_make(
    name: str, depends_on: Iterable[bytes], make: Callable[[], Value], most: int = MOST_KEPT
) -> Value:
    """The value that was kept under this name for the same dependencies, or a new one.

    Parameters
    ----------
    depends_on : what the value depends on beside the code of the model and this machine.
    make : computes the value, which pickle can write.
    most : files of this name that are kept; those used longest ago go first.
    """
    sources, folder = code_hash(), cache_folder()
    if not sources or folder is None:
        return make()
    digest = sha256(sources)
    for part in depends_on:
        digest.update(sha256(part).digest())
    path = folder / f"{name}-{digest.hexdigest()[:32]}"
    with suppress(Exception):  # whatever a file holds that was not written here
        found: Value = _read(path)
        return found
    value = make()
    with suppress(OSError):
        _write(path, pickle.dumps(value, protocol=5))
        _delete_oldest(path.parent, name, most)
    return value


def cache_folder() -> Path | None:
    """The folder of kept values, which need not exist; None if nothing is to be kept.

    `STEPPE_CACHE_DIR` names it, and if that is empty, nothing is kept; nor for a user without a
    home.
    """
    given = os.environ.get("STEPPE_CACHE_DIR")
    if given is not None:
        return Path(given).absolute() if given else None
    user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(user, "steppe") if os.path.isabs(user) else None


@cache
def code_hash() -> bytes:
    """A hash of the code of the model and of how this machine computes; empty without sources."""
    files = sorted([*MODEL.rglob("*.py"), *MODEL.glob("core/*.yaml")])
    if not any(path.suffix == ".py" for path in files):
        return b""
    machine = repr([sys.version, platform.machine(), np.__version__]).encode()
    # Exponentials and logarithms may differ in their last bit between processors.
    numbers = np.linspace(0.001, 8.0, 4096)
    return hash_files(files, machine + np.exp(numbers).tobytes() + np.log(numbers).tobytes())


def hash_files(files: Iterable[Path], beside: bytes = b"") -> bytes:
    """A hash of the names and contents of files, in order, and of what is given beside them."""
    digest = sha256(beside)
    for path in files:
        digest.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return digest.digest()


def _read(path: Path) -> Any:
    kept = path.read_bytes()
    if sha256(kept[DIGEST:]).digest() != kept[:DIGEST]:
        raise ValueError(f"{path} is not as it was written")
    value = pickle.loads(kept[DIGEST:])
    with suppress(OSError):
        os.utime(path)
    return value


def _write(path: Path, content: bytes) -> None:
    """Write a file; what writers at once leave in pieces is found by its hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(path) as draft:
        draft.write_bytes(sha256(content).digest() + content)


def _delete_oldest(folder: Path, name: str, most: int) -> None:
    """Delete all but the newest files of a name, drafts of processes that were killed included."""
    files = sorted(folder.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime)
    for path in files[:-most]:
        path.unlink(missing_ok=True)

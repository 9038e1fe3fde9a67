"""The working copy of a batch at an address: a temporary folder with its small files.

Its results stay at the address. The copy holds a file that names the address, by which
`locations.resolve_location` finds them. Files with names known beforehand are fetched by name,
since a store may list late what was written.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from steppe.model.core.errors import IncompleteRunError, RequestError

from .address_lock import AddressLock, check_held
from .folder_lock import FolderLock
from .locations import ADDRESS_FILE, Location, address_of, as_folder, names_at, open_files
from .manifest import ANSWERS, BEFORE, DRAWN, KEPT_POSTERIOR, LOCK, LOG, NAME, STATUS
from .store_errors import StoreError, store_errors_as, try_again

FETCHED = (NAME, KEPT_POSTERIOR, LOG, STATUS)
LOCAL = {ADDRESS_FILE, DRAWN, LOCK}
OF_RUN = {*FETCHED, BEFORE, *LOCAL}  # written while a run has the lock, or not at all
_State = dict[str, tuple[int, int]]  # size and time of change, by path within a folder


@contextmanager
def working_folder(location: Location, *, fetch: bool = True) -> Iterator[Path]:
    """The folder of a batch to work in; that of a batch at an address is a working copy.

    What is new or changed in a working copy is put to its address in the end, and errors name
    the address.

    Raises
    ------
    RequestError
        If the address cannot be read or written.
    """
    folder = as_folder(location)
    if folder is not None:
        yield folder
        return
    address = str(location)
    with tempfile.TemporaryDirectory(prefix="steppe-") as name, _errors_name(address, name):
        folder = Path(name)
        (folder / ADDRESS_FILE).write_text(address, encoding="utf-8")
        if fetch:
            _fetch_files(folder, [*FETCHED, *_names_of_answers(address)])
        before = _state_of(folder)
        yield folder
        with store_errors_as(RequestError, address, "written"):
            put_files(folder, _changed_since(before, folder))


@contextmanager
def lock_batch(folder: Path) -> Iterator[None]:
    """Lock the folder of a batch for one process; a working copy is fetched once it is locked.

    Raises
    ------
    RequestError
        If it cannot be written or locked, or another process holds it.
    """
    if not address_of(folder):
        with FolderLock(folder):
            yield
        return
    with AddressLock(folder):
        _fetch_files(folder, FETCHED)
        yield


def _fetch_files(folder: Path, names: Sequence[str]) -> None:
    """Fetch files of a batch into its working copy; one that is missing is left out."""
    address = address_of(folder)
    with store_errors_as(RequestError, address, "read"):
        files, top = open_files(address)
        for name in names:
            try:
                data = try_again(lambda name=name: files.cat_file(f"{top}/{name}"))  # type: ignore[misc]
            except FileNotFoundError:
                continue
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)


def _names_of_answers(address: str) -> list[str]:
    """Files of analyses beside a batch, as paths within it."""
    with store_errors_as(RequestError, address, "read"):
        files, top = open_files(f"{address}/{ANSWERS}")
        return [f"{ANSWERS}/{path[len(top) :].lstrip('/')}" for path in files.find(top)]


def put_files(folder: Path, names: Sequence[str]) -> None:
    """Put files of a working copy to its address, each whole; does nothing in other folders.

    Raises
    ------
    StoreError
        If one cannot be written.
    RequestError
        If another run has taken over.
    """
    address = address_of(folder)
    if not address or not names:
        return
    with store_errors_as(StoreError, address, "written"):
        check_held(folder)
        files, top = open_files(address)
        for name in names:
            if (folder / name).is_file():
                data = (folder / name).read_bytes()
                try_again(lambda name=name, data=data: files.pipe_file(f"{top}/{name}", data))  # type: ignore[misc]


def delete_file(folder: Path, name: str) -> None:
    """Delete a file of a batch, in its folder and at its address."""
    (folder / name).unlink(missing_ok=True)
    address = address_of(folder)
    if address:
        files, top = open_files(address)
        with store_errors_as(StoreError, address, "written"):
            try:
                files.rm_file(f"{top}/{name}")
            except FileNotFoundError:
                return


def names_in_batch(folder: Path) -> list[str]:
    """Names of what lies in the folder or at the address of a batch, sorted."""
    return [name for name in names_at(address_of(folder) or folder) if name not in LOCAL]


def _state_of(folder: Path) -> _State:
    """Size and time of change of the files that do not belong to a run."""
    return {
        name: (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and (name := path.relative_to(folder).as_posix()) not in OF_RUN
    }


def _changed_since(before: _State, folder: Path) -> list[str]:
    return [name for name, state in sorted(_state_of(folder).items()) if before.get(name) != state]


@contextmanager
def _errors_name(address: str, folder: str) -> Iterator[None]:
    """Have errors name the address where they name its working copy."""
    try:
        yield
    except StoreError as error:
        raise RequestError(str(error)) from None
    except (RequestError, IncompleteRunError) as error:
        if folder not in str(error):
            raise
        raise type(error)(str(error).replace(folder, address)) from None


def shown_path(path: Path) -> str:
    """A path as a user knows it: that of a file in a working copy is its address."""
    for folder in (path, *path.parents):
        if address := address_of(folder):
            within = path.relative_to(folder).as_posix()
            return address if within == "." else f"{address}/{within}"
    return str(path)

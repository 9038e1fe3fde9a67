"""Files that are asked for: links and pipes stay, and each failure has its own words."""

import errno
import os
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import batches
import pytest
import toys
import xarray as xr
from command import steppe
from small_batches import make_batch

from steppe.experiments.storage import atomic_files
from steppe.experiments.storage.folder_lock import FolderLock
from steppe.experiments.storage.locations import parse_location
from steppe.experiments.storage.manifest import BEFORE, NAME, RESULTS, load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import WAYS_OUT, describe_os_error


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("batch")
    batches.run(folder)
    return folder


# Links and pipes


@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to nothing yet"])
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path, there):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "table.csv", tmp_path / "table.csv"
    if there:
        target.write_text("old")
    link.symlink_to(target)
    write_text_atomically(link, "new")
    assert link.is_symlink() and target.read_text() == "new"
    assert os.listdir(tmp_path / "far") == ["table.csv"]


def test_a_link_that_leads_in_a_circle_is_an_error_in_words(tmp_path):
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with (
        pytest.raises(RequestError, match=r"one: cannot be written .*lead in a circle"),
        atomic_files.replace_requested_file(tmp_path / "one"),
    ):
        pass
    assert (tmp_path / "one").is_symlink()


def read_pipe(path: Path) -> tuple[threading.Thread, list[bytes]]:
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(path.read_bytes()), daemon=True)
    reader.start()
    return reader, received


@pytest.mark.parametrize(
    "words",
    [
        ("export", "--to", "csv", "--file"),
        ("export", "--to", "netcdf", "--file"),
    ],
    ids=" ".join,
)
def test_a_pipe_receives_the_whole_file_and_stays(batch, tmp_path, words):
    verb, *options = words
    pipe, plain = tmp_path / "pipe", tmp_path / "plain"
    os.mkfifo(pipe)
    reader, received = read_pipe(pipe)
    ended = steppe(verb, batch, *options, pipe)
    assert ended.returncode == 0, ended.stderr
    reader.join(60)
    assert pipe.is_fifo()
    assert steppe(verb, batch, *options, plain).returncode == 0
    if "netcdf" not in words:
        assert received == [plain.read_bytes()]
        return
    copy = tmp_path / "copy"
    copy.write_bytes(received[0])
    with xr.open_dataset(copy) as got, xr.open_dataset(plain) as expected:
        assert got.identical(expected)  # old versions of HDF5 write the time into the file


def test_a_comparison_follows_links_and_pipes(tmp_path):
    batch = make_batch(tmp_path / "batch", members=2, block=2)
    far, link, pipe = tmp_path / "far.png", tmp_path / "figure.png", tmp_path / "pipe"
    link.symlink_to(far)
    os.mkfifo(pipe)
    reader, received = read_pipe(pipe)
    words = ("--figure", link, "--csv", pipe)
    ended = steppe("compare", batch, "retreat", *words)
    assert ended.returncode == 0, ended.stderr
    reader.join(60)
    assert link.is_symlink() and far.read_bytes().startswith(b"\x89PNG")
    assert received[0].startswith(b"kind,scenario,")


def test_a_device_stays(tmp_path):
    before = os.stat("/dev/null")
    link = tmp_path / "nothing"
    link.symlink_to("/dev/null")
    write_text_atomically(link, "text")
    assert link.is_symlink() and os.path.samestat(before, os.stat("/dev/null"))


WRITE_TO_STANDARD_OUTPUT = """
import os
from pathlib import Path
from steppe.model.core.atomic_files import write_text_atomically
os.write(1, b"first,")
write_text_atomically(Path("/dev/stdout"), "second,")
os.write(1, b"third")
"""


def test_standard_output_goes_on_where_it_stands(tmp_path):
    """As a pipe, as a file, and as a file that is added to."""
    command = [sys.executable, "-c", WRITE_TO_STANDARD_OUTPUT]
    assert subprocess.run(command, stdout=subprocess.PIPE).stdout == b"first,second,third"
    path = tmp_path / "log"
    for mode, expected in (("w", "first,second,third"), ("a", "first,second,third" * 2)):
        with open(path, mode) as stream:
            subprocess.run(command, stdout=stream, check=True)
        assert path.read_text() == expected


def test_a_folder_and_a_missing_folder_are_refused_before_work(tmp_path):
    done = []
    for path, words in (
        (tmp_path, "Is a directory.*name a file"),
        (tmp_path / "no" / "x.csv", "No such file or directory.*make the folder"),
        (tmp_path / ("x" * 300), "File name too long.*choose a shorter name"),
    ):
        with (
            pytest.raises(RequestError, match=words),
            atomic_files.replace_requested_file(path),
        ):
            done.append(path)
    assert not done


def test_a_batch_lies_behind_links(tmp_path):
    """The folder, its results and its manifest may each be a link."""
    for name in ("folder", "disk"):
        (tmp_path / name).mkdir()
    out = tmp_path / "out"
    out.symlink_to(tmp_path / "folder")
    (out / RESULTS).symlink_to(tmp_path / "disk")
    (out / NAME).symlink_to(tmp_path / "far.json")
    batches.run(out)
    batches.run(out, batches.request(members=4), replace=True)
    assert all(path.is_symlink() for path in (out, out / RESULTS))
    assert (tmp_path / "disk" / "zarr.json").exists()
    assert open_batch(out).sizes["member"] == 4


def test_the_previous_manifest_is_no_link_to_the_newest(batch, tmp_path):
    target = tmp_path / "far.json"
    target.write_bytes((batch / NAME).read_bytes())
    (tmp_path / NAME).symlink_to(target)
    manifest = load_manifest(tmp_path)
    manifest.about["command"] = "changed"
    manifest.save(tmp_path)
    target.write_text("damaged}")
    assert not (tmp_path / BEFORE).is_symlink()
    assert load_manifest(tmp_path).about["command"] == "steppe run"


# Each failure in its own words


@pytest.mark.parametrize("number", sorted(WAYS_OUT), ids=errno.errorcode.get)
def test_each_error_of_the_system_has_a_way_out(number):
    error = OSError(number, os.strerror(number))
    told = describe_os_error(error, other_way="give another folder with --out")
    assert told.startswith(f"cannot be written ({os.strerror(number)}); ")
    assert told.endswith(f"{WAYS_OUT[number]}, or give another folder with --out")


@pytest.mark.parametrize("name", ["ENOLCK", "ENOSYS", "EOPNOTSUPP"])
def test_a_file_system_without_locks_is_named_as_that(tmp_path, monkeypatch, name):
    number = getattr(errno, name)
    refuse_locks(monkeypatch, number)
    with pytest.raises(RequestError, match=r"its file system has no file locks .*Lustre.*--out"):
        FolderLock(tmp_path).__enter__()


def test_a_lock_that_fails_for_another_cause_is_not_called_in_use(tmp_path, monkeypatch):
    refuse_locks(monkeypatch, errno.EIO)
    with pytest.raises(RequestError, match=r"cannot be written \(Input/output error\); check"):
        FolderLock(tmp_path).__enter__()


def refuse_locks(monkeypatch, number: int) -> None:
    def flock(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", flock)


def test_a_system_without_fcntl_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    ended = steppe("run", "baseline", "--members", "2", "--jobs", "1", "--out", tmp_path / "out")
    assert ended.returncode == 2
    assert re.fullmatch(r".*use Linux or macOS; on Windows.*Linux\n", ended.stderr)


def test_a_file_system_that_cannot_sync_is_no_error(tmp_path, monkeypatch):
    def fsync(_: int) -> None:
        raise OSError(failure, os.strerror(failure))

    monkeypatch.setattr(os, "fsync", fsync)
    for number in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
        failure = number
        atomic_files.sync_to_disk(tmp_path)
    failure = errno.EIO
    with pytest.raises(OSError, match="Input/output"):
        atomic_files.sync_to_disk(tmp_path)


def test_a_batch_that_may_not_be_read_is_not_called_damaged(batch, monkeypatch):
    def deny(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "read_bytes", deny)
    with pytest.raises(RequestError, match=r"Permission denied.*change the permissions") as refused:
        load_manifest(batch)
    assert "delete" not in str(refused.value)


def test_a_scenario_of_half_a_year_is_refused_with_the_way_to_store_it(tmp_path):
    half = batches.request()
    short = toys.scenario(toys.cast(), quarters=3, tags=[])
    half = replace(half, scenarios=[*half.scenarios, replace(short, name="half")])
    words = "'half' ends in 2000Q3, before the first quarter that is stored; use --frequency"
    with pytest.raises(RequestError, match=words):
        batches.run(tmp_path, half)
    assert not os.listdir(tmp_path)
    assert batches.run(tmp_path, replace(half, frequency="quarter")).finished


# Addresses


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("file:///data/my%20run", "/data/my run"),
        ("file://localhost/data/run", "/data/run"),
        ("file:/data/run", "/data/run"),
        ("FILE:///data/%D1%81%D1%82", "/data/ст"),
    ],
)
def test_an_address_of_a_file_is_decoded(text, folder):
    assert parse_location(text) == Path(folder)


@pytest.mark.parametrize("text", ["file://run", "file://~/run", "file://server/run", "file:run"])
def test_an_address_of_a_file_elsewhere_is_refused(text):
    with pytest.raises(RequestError, match=r"names no folder of this machine.*file:///"):
        parse_location(text)


def test_results_of_earlier_versions_at_an_address_with_signs_are_found(tmp_path):
    (tmp_path / "my%20run").mkdir()
    assert parse_location(f"file://{tmp_path}/my%20run") == tmp_path / "my%20run"

"""A batch at an address: all of it lies there, and every command reads it from there."""

from __future__ import annotations

import shutil

import batches
import bucket
import fsspec
import numpy as np
import pytest
from command import steppe as command

import steppe
from steppe.experiments.storage.manifest import DRAWN, RESULTS, load_manifest
from steppe.experiments.storage.working_copy import shown_path, working_folder
from steppe.model.core.errors import IncompleteRunError, RequestError

pytest.importorskip("s3fs")
pytest.importorskip("moto")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]
# slow: whole commands, against a server; s3fs leaves sockets to the garbage collector
RUN = ("run", "baseline", "russian-retreat", "--members", "6", "--jobs", "1", "--quiet")
TIMES = ("manifest.json", "manifest.json.before", "run.log", "status.json", "report.html")
HIDDEN = (".lock", DRAWN)


def files_at(place: str) -> dict[str, bytes]:
    """Every file at an address or in a folder, but those that hold times."""
    files, top = fsspec.core.url_to_fs(place, use_listings_cache=False)
    found = {path[len(top) :].lstrip("/"): path for path in files.find(top)}
    return {
        name: files.cat_file(path)
        for name, path in found.items()
        if name not in TIMES and not name.startswith(HIDDEN)
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A batch in a folder, with the files that commands add to it."""
    out = tmp_path_factory.mktemp("batch") / "run"
    for words in commands(out):
        ended = command(*words)
        assert ended.returncode == 0, ended.stderr
    return out


def commands(out):
    """A run, and what reads it and writes beside it."""
    yield (*RUN, "--out", out)
    yield ("plot", out, "--figure", "heatmap")
    yield ("export", out, "--to", "csv", "--republic", "Kazakhstan")
    yield ("report", out)


@pytest.fixture(params=["memory", "s3"])
def address(request, served, tmp_path):
    """An address where nothing lies yet."""
    if request.param == "s3":
        return f"s3://{bucket.BUCKET}/{tmp_path.name}"
    return f"memory://{tmp_path.name}"


def test_all_of_a_batch_lies_at_its_address_as_it_would_in_a_folder(address, folder):
    for words in commands(address):
        ended = command(*words)
        assert ended.returncode == 0, ended.stderr
        assert "/tmp" not in ended.stdout
        assert address in ended.stdout
    assert files_at(address) == files_at(str(folder))
    names = {"manifest.json", "run.log", "report.html"}
    found, top = fsspec.core.url_to_fs(address, use_listings_cache=False)
    assert names <= {path[len(top) + 1 :] for path in found.find(top)}
    for words in (("compare", "russian-retreat", "--top", "2"), ("verify",)):
        there = command(words[0], address, *words[1:])
        here = command(words[0], folder, *words[1:])
        assert (there.returncode, there.stdout) == (0, here.stdout), there.stderr
    assert files_at(address) == files_at(str(folder))


def test_a_copy_of_an_address_is_a_batch_in_a_folder(served, folder, tmp_path):
    address = f"s3://{bucket.BUCKET}/{tmp_path.name}"
    assert command(*RUN, "--no-figures", "--out", address).returncode == 0
    files, top = fsspec.core.url_to_fs(address)
    files.get(top, str(tmp_path / "copy"), recursive=True)
    shutil.rmtree(tmp_path / "copy" / ".lock", ignore_errors=True)
    assert batches.files(tmp_path / "copy") == batches.files(folder)
    assert command("verify", tmp_path / "copy").returncode == 0
    assert command(*RUN, "--no-figures", "--out", tmp_path / "copy").returncode == 0


def few(members=6, **keys):
    """A batch of two scenarios in few blocks, as each takes some fifteen requests to a store."""
    return batches.request(members=members, **keys)


def run_at(address, what=None, **keys):
    """Run a batch, that of six blocks by default, at an address."""
    with working_folder(address, fetch=False) as folder:
        return batches.run(folder, what or few(), **keys)


def manifest_at(address):
    with working_folder(address) as folder:
        return load_manifest(folder)


def test_a_stopped_run_goes_on_where_it_was(address, tmp_path, monkeypatch):
    from steppe.experiments.runs import batch

    done = []

    def stop_after_two(block):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(block.key)
        return run_block(block)

    run_block = batch.run_block
    monkeypatch.setattr(batch, "run_block", stop_after_two)
    with pytest.raises(IncompleteRunError, match="2 of 6 blocks are kept"):
        run_at(address)
    assert sorted(manifest_at(address).blocks) == sorted(done)
    monkeypatch.setattr(
        batch, "run_block", lambda block: done.append(block.key) or run_block(block)
    )
    assert run_at(address).finished
    assert len(done) == len(set(done)) == 6
    batches.run(tmp_path / "here", few())
    assert {
        name.removeprefix(f"{RESULTS}/"): data
        for name, data in files_at(address).items()
        if name.startswith(RESULTS)
    } == batches.files(tmp_path / "here")


def test_counts_lie_at_an_address_as_well(address, tmp_path):
    counts = few(4, store="summary")
    assert run_at(address, counts).finished
    batches.run(tmp_path, counts)
    there = {name: data for name, data in files_at(address).items() if RESULTS in name}
    assert there == {f"{RESULTS}/{name}": data for name, data in batches.files(tmp_path).items()}


def test_another_batch_and_other_things_there_are_not_overwritten(address):
    run_at(address)
    with pytest.raises(RequestError, match=f"^{address}: holds another batch .members: 6 stored"):
        run_at(address, few(8))
    run_at(address, few(8), replace=True)
    assert manifest_at(address).request["members"] == 8
    files, top = fsspec.core.url_to_fs(f"{address}-other")
    files.pipe_file(f"{top}/theses/mine.txt", b"years of work")
    with pytest.raises(
        RequestError, match=r"-other: is not empty and holds no batch .theses is in"
    ):
        run_at(f"{address}-other")
    assert files.cat_file(f"{top}/theses/mine.txt") == b"years of work"


def test_a_block_that_is_gone_is_named_and_run_again(address):
    run_at(address)
    files, top = fsspec.core.url_to_fs(address)
    files.rm_file(f"{top}/{RESULTS}/shares/c/1/2/0/0/0/0")
    ended = command("plot", address)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{address}/{RESULTS}: cannot be read (block other/4 is missing")
    assert len(ended.stderr.splitlines()) == 1
    assert run_at(address).finished
    assert files.exists(f"{top}/{RESULTS}/shares/c/1/2/0/0/0/0")


def test_worker_processes_write_to_a_bucket(served, tmp_path):
    address = f"s3://{bucket.BUCKET}/{tmp_path.name}"
    many = few(4)
    assert run_at(address, many, jobs=2).finished
    batches.run(tmp_path, many)
    there = {name: data for name, data in files_at(address).items() if RESULTS in name}
    assert there == {f"{RESULTS}/{name}": data for name, data in batches.files(tmp_path).items()}


def test_an_address_of_a_file_is_a_folder(tmp_path):
    ended = command(*RUN, "--no-figures", "--out", f"file://{tmp_path}/run")
    assert ended.returncode == 0, ended.stderr
    assert f"data        {tmp_path}/run/results.zarr" in ended.stdout
    assert (tmp_path / "run" / "manifest.json").exists()
    assert command("verify", f"file://{tmp_path}/run").returncode == 0


def test_results_alone_at_an_address_still_work_and_say_what_replaces_them(tmp_path):
    words = (*RUN, "--no-figures", "--results", f"file://{tmp_path}/far")
    ended = command(*words, "--out", tmp_path / "run")
    assert ended.returncode == 0
    assert "--results works until version 0.3; --out takes an address" in ended.stderr
    assert (tmp_path / "far" / "zarr.json").exists()
    both = command(*words, "--out", f"memory://{tmp_path.name}")
    assert both.returncode == 2
    assert "takes the results as well; leave out --results" in both.stderr


def test_python_runs_and_opens_at_an_address(address, folder):
    results = steppe.run(["baseline", "russian-retreat"], members=6, jobs=1, out=address)
    here = steppe.open_results(folder)
    np.testing.assert_array_equal(results["shares"].values, here["shares"].values)
    np.testing.assert_array_equal(
        steppe.open_results(address)["shares"].values, here["shares"].values
    )
    table = steppe.compare(address, "russian-retreat", top=2)
    assert str(table) == str(steppe.compare(folder, "russian-retreat", top=2))


def test_a_path_in_a_working_copy_is_shown_as_its_address(tmp_path):
    with working_folder("memory://shown/run", fetch=False) as folder:
        assert shown_path(folder) == "memory://shown/run"
        assert shown_path(folder / "figures" / "a.png") == "memory://shown/run/figures/a.png"
    assert not folder.exists()
    assert shown_path(tmp_path / "a") == str(tmp_path / "a")

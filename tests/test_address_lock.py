"""Two runs at one address: one works, whatever becomes of the other, and whatever is listed."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import batches
import bucket
import fsspec
import pytest
from test_addresses import few, files_at, manifest_at, run_at

from steppe.experiments.runs import batch
from steppe.experiments.storage import address_lock, working_copy
from steppe.experiments.storage.address_lock import AddressLock
from steppe.experiments.storage.working_copy import working_folder
from steppe.model.core.errors import RequestError

pytest.importorskip("s3fs")
pytest.importorskip("moto")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("quick_beats"),
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]
# slow: signs of life are waited for; s3fs leaves sockets to the garbage collector
LIMIT = 300.0


@pytest.fixture
def quick_beats(monkeypatch):
    monkeypatch.setattr(address_lock, "BEAT_SECONDS", 0.2)
    monkeypatch.setattr(address_lock, "LOOK_SECONDS", 0.1)


@pytest.fixture
def address(served, tmp_path):
    return f"s3://{bucket.BUCKET}/{tmp_path.name}"


def lock_record(address, number=1):
    files, top = fsspec.core.url_to_fs(address)
    return json.loads(files.cat_file(f"{top}/.lock/{number}"))


def write_lock(address, **changes):
    """Leave a lock as a process that was killed would."""
    record = {"holder": "process 7 on elsewhere", "token": "t", "machine": "other", "process": 7}
    files, top = fsspec.core.url_to_fs(address)
    files.pipe_file(f"{top}/.lock/1", json.dumps(record | {"beats": 0} | changes).encode())


def test_of_many_that_come_at_once_one_gets_the_lock(address):
    inside, all_here, refused = [], threading.Barrier(6), threading.Semaphore(0)

    def enter(number):
        with working_folder(address, fetch=False) as folder:
            all_here.wait(LIMIT)
            try:
                with AddressLock(folder):
                    inside.append(number)
                    for _ in range(5):
                        assert refused.acquire(timeout=LIMIT)
                    return "held"
            except RequestError as error:
                refused.release()
                return str(error)

    with ThreadPoolExecutor(6) as pool:
        ended = sorted(pool.map(enter, range(6)))
    assert len(inside) == 1 and ended.count("held") == 1
    others = [text for text in ended if text != "held"]
    assert all(
        text.startswith(f"{address}: is in use by process {os.getpid()} on ") for text in others
    )
    assert lock_record(address)["released"]


def test_a_second_run_is_refused_and_the_first_ends_as_if_alone(address, tmp_path, monkeypatch):
    run_block, first_inside, second_refused = batch.run_block, threading.Event(), threading.Event()

    def wait_once(block):
        first_inside.set()
        assert second_refused.wait(LIMIT)
        return run_block(block)

    monkeypatch.setattr(batch, "run_block", wait_once)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(run_at, address)
        assert first_inside.wait(LIMIT)
        with pytest.raises(RequestError, match="is in use by process"):
            run_at(address)
        second_refused.set()
        assert first.result(LIMIT).finished
    batches.run(tmp_path, few())
    there = {name: data for name, data in files_at(address).items() if "results.zarr" in name}
    assert there == {f"results.zarr/{name}": data for name, data in batches.files(tmp_path).items()}


def test_the_lock_of_a_process_of_this_machine_that_ended_is_taken_at_once(address, monkeypatch):
    ended = subprocess.Popen(["true"])
    ended.wait()
    monkeypatch.setattr(address_lock, "DEAD_SECONDS", LIMIT)
    write_lock(address, machine=address_lock._machine(), process=ended.pid)
    assert run_at(address).finished
    assert lock_record(address, 2)["released"]


def test_a_lock_without_signs_of_life_is_taken_and_its_holder_stops(address, tmp_path, monkeypatch):
    monkeypatch.setattr(address_lock, "DEAD_SECONDS", 0.3)
    write_lock(address)
    with working_folder(address, fetch=False) as former:
        (former / ".lock").write_text("1")
        assert run_at(address).finished
        (former / "manifest.json").write_text("{}")
        with pytest.raises(RequestError, match="another run has taken over, as this one gave no"):
            working_copy.put_files(former, ["manifest.json"])
    assert len(manifest_at(address).blocks) == 6


def test_a_lock_with_signs_of_life_is_not_taken(address, monkeypatch):
    write_lock(address)
    ended = threading.Event()

    def beat():
        for beats in range(1, 1000):
            if ended.wait(0.1):
                return
            write_lock(address, beats=beats)

    beating = threading.Thread(target=beat)
    beating.start()
    try:
        with pytest.raises(RequestError, match="is in use by process 7 on elsewhere; wait for it"):
            run_at(address)
    finally:
        ended.set()
        beating.join()
    assert not [name for name in files_at(address) if not name.startswith(".lock")]


def test_a_store_that_lists_late_loses_nothing(served, address, tmp_path):
    """Every listing is as of the start, when nothing lay there."""

    def list_nothing(environment):
        if "list-type=2" in environment["QUERY_STRING"]:
            environment["QUERY_STRING"] += "&prefix=before/anything"
            environment["QUERY_STRING"] = "list-type=2&prefix=before/anything"

    served.fault = list_nothing
    assert run_at(address).finished
    assert run_at(address).finished
    with pytest.raises(RequestError, match="holds another batch"):
        run_at(address, few(8))
    with working_folder(address) as folder:
        assert batches.agreeing(folder)
    served.fault = bucket.pass_all
    assert sorted(name for name in files_at_locks(address)) == ["1", "2", "3"]
    batches.run(tmp_path, few())
    there = {name: data for name, data in files_at(address).items() if "results.zarr" in name}
    assert there == {f"results.zarr/{name}": data for name, data in batches.files(tmp_path).items()}


def files_at_locks(address):
    files, top = fsspec.core.url_to_fs(f"{address}/.lock", use_listings_cache=False)
    return [path.rpartition("/")[2] for path in files.find(top)]


def test_a_store_without_conditional_writes_is_refused(served, address):
    def refuse(environment):
        if "HTTP_IF_NONE_MATCH" in environment:
            return 501, "NotImplemented", "A header you provided implies what is not implemented"
        return None

    served.fault = refuse
    with pytest.raises(RequestError, match="cannot keep two runs apart"):
        run_at(address)
    assert not files_at(address)

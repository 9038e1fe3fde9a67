"""A store that fails: the run gets over it, or ends in a line or two and leaves nothing half."""

from __future__ import annotations

import time
from types import SimpleNamespace

import batches
import bucket
import fsspec
import pytest
from command import steppe as command
from test_addresses import few, files_at, manifest_at, run_at

from steppe.experiments.storage import address_lock, store_errors
from steppe.model.core.errors import IncompleteRunError

pytest.importorskip("s3fs")
pytest.importorskip("moto")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]
# slow: requests are tried again; s3fs leaves sockets to the garbage collector
DENIED = (403, "AccessDenied", "Access Denied")


@pytest.fixture
def address(served, tmp_path):
    return f"s3://{bucket.BUCKET}/{tmp_path.name}"


@pytest.fixture
def impatient(monkeypatch):
    """Two tries in all, so that a store that stays away is noticed at once."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(store_errors, "WAITS", (0.01,))
    monkeypatch.setattr(address_lock, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(address_lock, "DEAD_SECONDS", 0.3)
    monkeypatch.setattr("s3fs.S3FileSystem.retries", 1)


@pytest.fixture
def short_waits(monkeypatch):
    """Botocore waits 10 milliseconds before a second try, not a random part of a second."""
    monkeypatch.setattr("botocore.retryhandler.random", SimpleNamespace(random=lambda: 0.01))


def is_chunk(environment):
    return environment["REQUEST_METHOD"] == "PUT" and "/c/" in environment["PATH_INFO"]


def slow(environment):
    time.sleep(0.02)


def busy_at_first():
    """Each object is refused the first time, as by a store that is too busy."""
    seen = set()

    def fault(environment):
        path = environment["PATH_INFO"]
        if environment["REQUEST_METHOD"] == "PUT" and path not in seen:
            seen.add(path)
            return 503, "SlowDown", "Please reduce your request rate."
        return None

    return fault


def cut_at_first():
    """The connection ends in the middle of each chunk, the first time."""
    seen = set()

    def fault(environment):
        path = environment["PATH_INFO"]
        if is_chunk(environment) and path not in seen:
            seen.add(path)
            environment["wsgi.input"].read(int(environment["CONTENT_LENGTH"]) // 2)
            raise bucket.CutConnection

    return fault


@pytest.mark.parametrize("fault", [lambda: slow, busy_at_first, cut_at_first])
@pytest.mark.usefixtures("short_waits")
def test_a_fault_that_passes_is_survived_with_the_same_bytes(served, address, tmp_path, fault):
    served.fault = fault()
    assert run_at(address).finished
    served.fault = bucket.pass_all
    batches.run(tmp_path, few())
    there = {name: data for name, data in files_at(address).items() if "results.zarr" in name}
    assert there == {f"results.zarr/{name}": data for name, data in batches.files(tmp_path).items()}


EXPIRED = (400, "ExpiredToken", "The provided token has expired.")
BUSY = (503, "SlowDown", "Please reduce your request rate.")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (EXPIRED, "The provided token has expired); renew the credentials"),
        (BUSY, "check the network and the store"),
        (DENIED, "(Access Denied); check the credentials, and what they allow there"),
    ],
)
def test_a_fault_that_stays_ends_the_run_and_the_same_command_goes_on(
    served, address, tmp_path, answer, advice
):
    chunks = []

    def fault(environment):
        if is_chunk(environment) and "/shares/" in environment["PATH_INFO"]:
            chunks.append(environment["PATH_INFO"])
        return answer if len(chunks) > 2 else None

    served.fault = fault
    with pytest.raises(IncompleteRunError) as error:
        run_at(address)
    lines = str(error.value).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{address}/results.zarr: cannot be written (")
    assert advice in lines[0]
    assert "of 6 blocks are kept, and the same command resumes from there" in lines[1]
    served.fault = bucket.pass_all
    kept = int(lines[1].split()[0])
    assert len(manifest_at(address).blocks) == kept
    assert run_at(address).finished
    batches.run(tmp_path, few())
    there = {name: data for name, data in files_at(address).items() if "results.zarr" in name}
    assert there == {f"results.zarr/{name}": data for name, data in batches.files(tmp_path).items()}


RUN = ("run", "baseline", "--members", "2", "--jobs", "1", "--no-figures", "--quiet")


def refusing(answer, *methods):
    return lambda environment: answer if environment["REQUEST_METHOD"] in methods else None


ALL = ("GET", "PUT", "HEAD", "POST", "DELETE")
KEY = (403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist.")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (refusing(DENIED, "PUT", "POST", "DELETE"), "Access Denied"),
        (refusing(KEY, *ALL), "cannot be written ("),
        (refusing(EXPIRED, *ALL), "renew the credentials"),
        (refusing(BUSY, *ALL), "check the network and the store"),
    ],
)
def test_a_store_that_refuses_from_the_start_ends_in_a_line(served, address, fault, reason):
    served.fault = fault
    ended = command(*RUN, "--out", address)
    assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith(f"{address}: cannot be ") and reason in ended.stderr
    served.fault = bucket.pass_all
    files, top = fsspec.core.url_to_fs(address, use_listings_cache=False)
    assert not files.find(top)


@pytest.mark.usefixtures("impatient", "served")
@pytest.mark.parametrize("verb", [RUN, ("plot",), ("verify",)])
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("s3://absent-bucket/run", "make the bucket, or check its name"),
        ("nosuch://bucket/run", "an address needs the package for its kind"),
        ("adl://bucket/run", "an address needs the package for its kind"),
    ],
)
def test_an_address_that_leads_nowhere_ends_in_a_line(tmp_path, verb, place, reason):
    words = (*verb, "--out", place) if verb is RUN else (*verb, place)
    ended = command(*words, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
    assert len(ended.stderr.splitlines()) <= 2
    assert ended.stderr.startswith(place)
    assert reason in ended.stderr or "holds no batch" in ended.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_not_there_and_credentials_that_are_missing(
    served, address, monkeypatch, tmp_path
):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    fresh()
    ended = command(*RUN, "--out", address)
    assert ended.returncode == 2
    assert "(Unable to locate credentials); check the credentials" in ended.stderr
    for name, value in bucket.SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    fresh()
    ended = command(*RUN, "--out", address)
    assert ended.returncode == 2
    assert "127.0.0.1:9" in ended.stderr and "check the network and the store" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def fresh():
    """Have the next file system read the settings again."""
    from s3fs import S3FileSystem

    S3FileSystem.clear_instance_cache()


@pytest.mark.usefixtures("impatient")
def test_a_batch_that_can_only_be_read_is_read_and_what_cannot_be_put_is_said(served, address):
    assert command(*RUN, "--out", address).returncode == 0
    before = files_at(address)
    served.fault = refusing(DENIED, "PUT", "POST", "DELETE")
    assert command("verify", address).returncode == 0
    ended = command("plot", address, "--figure", "region")
    assert ended.returncode == 2
    assert f"{address}: cannot be written (Access Denied)" in ended.stderr
    served.fault = refusing(BUSY, "GET")
    ended = command("compare", address, "baseline", "baseline")
    assert ended.returncode == 2 and len(ended.stderr.splitlines()) == 1
    assert "cannot be read (" in ended.stderr
    served.fault = bucket.pass_all
    assert files_at(address) == before

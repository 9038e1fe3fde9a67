"""Settings and fixtures of all tests; `pytest --refresh-goldens` refreshes goldens."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import bucket
import pytest

if TYPE_CHECKING:
    import xarray as xr

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests and what they start share the processors

os.environ["STEPPE_CACHE_DIR"] = ""  # nothing is kept from one test to another

GOLDENS = Path(__file__).parent / "goldens"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-goldens",
        action="store_true",
        help="write the goldens again from current results",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run modules with slow tests first, so that all processors finish at about the same time."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden of this name, or write it with --refresh-goldens."""

    def compare(name: str, text: str) -> None:
        path = GOLDENS / name
        if request.config.getoption("--refresh-goldens"):
            GOLDENS.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), (
            f"no golden {name}; make it with: pytest {request.node.path.name} --refresh-goldens"
        )
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session")
def page_batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic batch with members enough for titles to state findings, to read and draw."""
    from figure_pages import make_batch

    return make_batch(tmp_path_factory.mktemp("pages") / "batch", members=40, block=40)


@pytest.fixture(scope="session")
def page_measures(page_batch: Path) -> xr.Dataset:
    """Its statistics."""
    from steppe.experiments.results.statistics import compute_statistics
    from steppe.experiments.storage.open_batch import open_batch

    return compute_statistics(open_batch(page_batch))


@pytest.fixture
def served(own_bucket: bucket.Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[bucket.Bucket]:
    """An S3 server on this machine without a fault, to which `s3://bucket` leads.

    s3fs closes its sessions as they are collected, which must not fall into another test.
    """
    from s3fs import S3FileSystem

    gc.freeze()  # a collection that looks at all objects of the tests takes half a second
    S3FileSystem.clear_instance_cache()
    for name, value in (bucket.SETTINGS | {"AWS_ENDPOINT_URL": own_bucket.address}).items():
        monkeypatch.setenv(name, value)
    own_bucket.fault = bucket.pass_all
    own_bucket.seen.clear()
    yield own_bucket
    S3FileSystem.clear_instance_cache()
    gc.collect()
    gc.unfreeze()


@pytest.fixture(scope="session")
def own_bucket() -> Iterator[bucket.Bucket]:
    """The server, which ends with the tests."""
    with bucket.serve() as own:
        yield own

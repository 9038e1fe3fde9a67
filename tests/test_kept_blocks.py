"""A batch that replaces another keeps the blocks of scenarios that are the same, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import batches
import pytest
import toys

from steppe.experiments.runs import kept_blocks
from steppe.experiments.runs.batch_request import Request
from steppe.experiments.storage.manifest import NAME, RESULTS, load_manifest
from steppe.model.core import disk_cache
from steppe.model.core.errors import RequestError


def changed(name: str = "other", quarters: int = 12) -> Request:
    """The request with one scenario changed, as long as before unless told."""
    what = batches.request()
    louder = toys.scenario(toys.cast(), quarters=quarters, parameters={"sigma": 0.05})
    scenarios = [replace(louder, name=name) if one.name == name else one for one in what.scenarios]
    return replace(what, scenarios=scenarios)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of blocks, as they are computed."""
    from steppe.experiments.runs import batch

    found: list[str] = []
    run_block = batch.run_block

    def count(block):
        found.append(block.key)
        return run_block(block)

    monkeypatch.setattr(batch, "run_block", count)
    return found


@pytest.mark.parametrize("name", ["one", "other"])
def test_only_a_changed_scenario_is_computed(tmp_path: Path, counted: list[str], name: str) -> None:
    what = changed(name)
    before = {one.name: one.fingerprint for one in batches.request().scenarios}
    assert [one.name for one in what.scenarios if one.fingerprint != before[one.name]] == [name]
    batches.run(tmp_path / "anew", what)
    batches.run(tmp_path / "kept")
    counted.clear()
    assert batches.run(tmp_path / "kept", what, replace=True).finished
    assert {key.rpartition("/")[0] for key in counted} == {name}
    assert batches.files(tmp_path / "kept") == batches.files(tmp_path / "anew")
    assert load_manifest(tmp_path / "kept").request == load_manifest(tmp_path / "anew").request


def everything(folder: Path, what: Request, counted: list[str]) -> bool:
    """Whether a batch that replaces the one in a folder computes every block."""
    counted.clear()
    batches.run(folder, what, replace=True)
    return {key.rpartition("/")[0] for key in counted} == {one.name for one in what.scenarios}


@pytest.mark.parametrize(
    "differs", [{"seed": 4}, {"members": 8}, {"block": 5}, {"frequency": "quarter"}]
)
def test_another_request_computes_everything(
    tmp_path: Path, counted: list[str], differs: dict[str, int]
) -> None:
    batches.run(tmp_path)
    assert everything(tmp_path, replace(changed(), **differs), counted)


def test_other_names_or_another_order_compute_everything(
    tmp_path: Path, counted: list[str]
) -> None:
    batches.run(tmp_path)
    assert everything(tmp_path, batches.request(names=("other", "one")), counted)
    assert everything(tmp_path, batches.request(names=("other", "third")), counted)


def test_a_longer_scenario_computes_everything(tmp_path: Path, counted: list[str]) -> None:
    batches.run(tmp_path)
    assert everything(tmp_path, changed(quarters=16), counted)


def with_powers(*names: str) -> Request:
    """The request with powers added to its first scenario, and North to the second."""
    added = {"North": {"kind": "power"}, "South": {"kind": "power"}}
    of, what = toys.cast(), batches.request()
    one = toys.scenario(of, quarters=12, cast={name: added[name] for name in names})
    other = toys.scenario(of, quarters=12, cast={"North": added["North"]})
    return replace(what, scenarios=[replace(one, name="one"), replace(other, name="other")])


def test_added_powers_in_another_order_are_another_batch(
    tmp_path: Path, counted: list[str]
) -> None:
    stored, turned = with_powers("North", "South"), with_powers("South", "North")
    assert stored.scenarios[0].fingerprint == turned.scenarios[0].fingerprint
    batches.run(tmp_path, stored)
    assert not everything(tmp_path, stored, counted)
    order = "order of added actors: East, West, North, South, .* stored, East, West, South, North"
    with pytest.raises(RequestError, match=order):
        batches.run(tmp_path, turned)
    assert everything(tmp_path, turned, counted)


def test_scenarios_in_another_order_are_another_batch(tmp_path: Path) -> None:
    batches.run(tmp_path)
    before = batches.files(tmp_path)
    order = "order of scenarios: one, other stored, other, one requested"
    with pytest.raises(RequestError, match=order):
        batches.run(tmp_path, batches.request(names=("other", "one")))
    assert batches.files(tmp_path) == before


def test_counts_are_computed_anew(tmp_path: Path, counted: list[str]) -> None:
    batches.run(tmp_path, batches.request(store="summary"))
    assert everything(tmp_path, replace(changed(), store="summary"), counted)


@pytest.mark.parametrize("what", ["model", "blocks"])
def test_other_code_computes_everything(
    tmp_path: Path, counted: list[str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    batches.run(tmp_path)
    kept_blocks.made_with.cache_clear()
    if what == "model":
        monkeypatch.setattr(kept_blocks, "code_hash", lambda: b"of another model or machine")
    else:
        monkeypatch.setattr(kept_blocks, "FOLDERS", (Path(disk_cache.__file__).parent,))
    assert everything(tmp_path, changed(), counted)
    kept_blocks.made_with.cache_clear()


def test_a_damaged_block_is_computed_again(tmp_path: Path, counted: list[str]) -> None:
    batches.run(tmp_path / "anew", changed())
    batches.run(tmp_path / "kept")
    damaged = tmp_path / "kept" / RESULTS / "shares" / "c" / "0" / "1"
    (chunk,) = (path for path in damaged.rglob("*") if path.is_file())
    chunk.write_bytes(chunk.read_bytes()[:-3])
    counted.clear()
    batches.run(tmp_path / "kept", changed(), replace=True)
    assert {key for key in counted if key.startswith("one")} == {"one/2"}
    assert batches.files(tmp_path / "kept") == batches.files(tmp_path / "anew")


def test_a_damaged_manifest_computes_everything(tmp_path: Path, counted: list[str]) -> None:
    batches.run(tmp_path)
    for path in tmp_path.glob(f"{NAME}*"):
        path.write_text("{")
    assert everything(tmp_path, changed(), counted)

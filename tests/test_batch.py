"""Batches: the same bytes however they are run, verification, counts, progress and the log."""

from __future__ import annotations

import gc
import json
import random
from dataclasses import replace
from datetime import datetime

import batches
import numpy as np
import pytest
import toys
from click.testing import CliRunner

from steppe.experiments.cli.run import command as run_command
from steppe.experiments.cli.verify import command as verify_command
from steppe.experiments.results import histogram_statistics
from steppe.experiments.results.summary import QUANTILES, quantiles, write_summary
from steppe.experiments.runs import block as blocks
from steppe.experiments.runs import executors
from steppe.experiments.runs.batch_request import Request
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.experiments.runs.run_log import RunLog
from steppe.experiments.runs.verification import verify
from steppe.experiments.storage import histograms
from steppe.experiments.storage import zarr_store as store
from steppe.experiments.storage.manifest import RESULTS, load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.experiments.storage.zarr_store import open_results
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.scenario.load import load_scenario


def shares(folder):
    return open_results(folder / RESULTS)["shares"].load()


# The same bytes


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    batches.run(folder)
    return folder


@pytest.mark.parametrize("keep", ["members", "summary"])
def test_workers_and_order_change_no_byte(tmp_path, monkeypatch, keep):
    what = batches.request(store=keep)
    batches.run(tmp_path / "one", what)
    batches.run(tmp_path / "two", what, jobs=2)
    shuffled = Request.blocks
    monkeypatch.setattr(
        Request,
        "blocks",
        lambda self, folder: random.Random(1).sample(found := shuffled(self, folder), len(found)),
    )
    if keep == "members":
        batches.run(tmp_path / "shuffled", what)
        assert batches.files(tmp_path / "shuffled") == batches.files(tmp_path / "one")
    assert batches.files(tmp_path / "two") == batches.files(tmp_path / "one")


def test_a_scenario_is_the_same_alone_and_beside_others(tmp_path, one_by_one):
    batches.run(tmp_path, batches.request(names=("other",)))
    alone, beside = shares(tmp_path).sel(scenario="other"), shares(one_by_one).sel(scenario="other")
    assert alone.values.tobytes() == beside.values.tobytes()


@pytest.mark.parametrize("block", [1, 3, 10, 64])
def test_members_do_not_depend_on_the_size_of_blocks(tmp_path, one_by_one, block):
    batches.run(tmp_path, batches.request(names=("one",), block=block))
    assert (
        shares(tmp_path).sel(scenario="one").values.tobytes()
        == shares(one_by_one).sel(scenario="one").values.tobytes()
    )


def test_more_members_begin_with_the_fewer(tmp_path, one_by_one):
    batches.run(tmp_path, batches.request(members=13))
    assert np.array_equal(shares(tmp_path)[:, :10], shares(one_by_one))


def test_scenarios_that_add_actors_stand_beside_those_that_do_not(tmp_path):
    of = toys.cast()
    larger = replace(
        toys.scenario(
            of, quarters=12, cast={"South": {"kind": "power", "code": "SOU", "budget": 0.5}}
        ),
        name="larger",
    )
    what = batches.request(names=("one",))
    batches.run(tmp_path, replace(what, scenarios=[*what.scenarios, larger]))
    there = shares(tmp_path)
    assert list(there["holder"].values) == ["East", "West", "South", "autonomy"]
    assert there.sel(scenario="one", holder="South").isnull().all()
    assert np.allclose(there.sum("holder"), 1.0, atol=1e-4)


# Verified


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A batch of a shipped scenario and of a file, begun from the folder of the file."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "shorter.yaml").write_text("title: Shorter\nextends: history\nto: 2004Q4\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = CliRunner().invoke(
            run_command,
            [
                "shorter.yaml",
                "--members",
                "6",
                "--jobs",
                "1",
                "--parameters-from",
                "prior",
                "--out",
                "out",
                "--no-figures",
                "--quiet",
                "--json",
            ],
            catch_exceptions=False,
        )
    assert result.exit_code == 0 and json.loads(result.output)["seed"] == 1
    return folder


def test_verify_runs_sampled_members_again_from_any_folder(real, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(
        verify_command, [str(real / "out"), "--members", "4", "--json"], catch_exceptions=False
    )
    verdict = json.loads(result.output)
    assert (
        verdict["sound"]
        and verdict["members"] == 4
        and verdict["blocks"] == verdict["blocks_in_all"] == 1
    )


def test_verify_finds_other_bytes_and_damage(real):
    out = real / "out"
    there = store.read_block(out / RESULTS, 0, 0, 6, 5)
    changed = there[0].copy()
    changed[3, -1, 0, 0, 0] ^= 1
    manifest = load_manifest(out)
    sound = manifest.blocks["shorter/0"]["hash"]
    store.write_block(out / RESULTS, 0, 0, changed, *there[1:])
    assert verify(out, members=6).damaged == ["shorter/0"]
    manifest.blocks["shorter/0"]["hash"] = store.block_hash(changed, *there[1:])
    manifest.save(out)
    assert verify(out, members=6).different == ["shorter, member 3"]
    with pytest.raises(IncompleteRunError, match="shorter, member 3: gives different results"):
        CliRunner().invoke(verify_command, [str(out)], catch_exceptions=False)
    store.write_block(out / RESULTS, 0, 0, *there)
    manifest.blocks["shorter/0"]["hash"] = sound
    manifest.save(out)
    assert verify(out, members=6).sound


def test_verify_needs_no_file_and_says_which_has_changed_or_gone(real):
    path = real / "shorter.yaml"
    text = path.read_text()
    path.write_text(text.replace("2004", "2005"))
    (changed,) = verify(real / "out").files
    path.unlink()
    (gone,) = verify(real / "out").files
    path.write_text(text)
    assert "shorter.yaml: has changed since" in changed
    assert "shorter.yaml: is gone" in gone


# Counts in place of members


def test_quantiles_of_counts_agree_with_exact_ones():
    chance = np.random.default_rng(2)
    for size in (1, 2, 3, 10, 1000):
        members = np.stack(
            [
                chance.beta(0.2, 3, size),
                chance.beta(50, 70, size),
                np.repeat(0.25, size),
                chance.integers(0, 2, size),
            ]
        )
        counts = np.zeros((4, histograms.BINS), dtype=np.uint32)
        for row, values in zip(counts, store.pack_shares(members), strict=True):
            np.add.at(row, values >> histograms.SHIFT, 1)
        exact = np.quantile(members, QUANTILES, axis=1)
        assert (
            np.abs(histogram_statistics.quantiles_from_counts(counts, QUANTILES) - exact).max()
            <= histograms.WIDTH
        )
    assert histograms.WIDTH < 0.001 / 2
    assert np.isnan(
        histogram_statistics.quantiles_from_counts(
            np.zeros((1, histograms.BINS), dtype=np.uint32), QUANTILES
        )
    ).all()


def test_what_a_summary_shows_agrees_with_the_members(tmp_path):
    from steppe.experiments.results.statistics import compute_statistics

    coded = load_parameter_source("prior")
    for keep in ("members", "summary"):
        batches.run(
            tmp_path / keep, Request([load_scenario("history")], coded, 48, 1, block=16, store=keep)
        )
    of_members, of_counts = (
        open_results(tmp_path / keep / RESULTS) for keep in ("members", "summary")
    )
    assert float(abs(quantiles(of_members) - quantiles(of_counts)).max()) < 0.001
    exact, read = (
        compute_statistics(open_batch(tmp_path / keep)) for keep in ("members", "summary")
    )
    for name in ("share", "region", "rank"):
        assert float(abs(exact[name] - read[name]).max()) < 0.001, name
    assert read["change"].isnull().all() and list(read["members"].values) == [48]
    assert len(write_summary(tmp_path / "summary").read_text().splitlines()) == len(
        write_summary(tmp_path / "members").read_text().splitlines()
    )
    said = histogram_statistics.leader_sentences(of_counts)
    assert (
        said[0].startswith("history, 2019, mean of the republics, economic: ")
        and said[-1] == histogram_statistics.NEEDS_MEMBERS
    )


def test_a_summary_counts_every_member_once_however_it_is_interrupted(tmp_path, monkeypatch):
    what = batches.request(store="summary", members=8)
    batches.run(tmp_path / "whole", what)
    sum_parts, write, calls = histograms.sum_parts, histograms.write_part, []

    def stop(real):
        def failing(*arguments):
            calls.append(arguments)
            if len(calls) % 4 == 3:
                raise KeyboardInterrupt
            return real(*arguments)

        return failing

    monkeypatch.setattr(histograms, "write_part", stop(write))
    monkeypatch.setattr(histograms, "sum_parts", stop(sum_parts))
    for _ in range(100):
        try:
            batches.run(tmp_path / "stopped", what)
            break
        except (IncompleteRunError, KeyboardInterrupt):
            continue
    assert batches.files(tmp_path / "stopped") == batches.files(tmp_path / "whole")
    counts = open_results(tmp_path / "whole" / RESULTS)["counts"]
    assert (counts.sum("bin") == 8).all()
    assert not list((tmp_path / "whole" / RESULTS / "parts").rglob("c/*"))


def test_damaged_counts_are_found_and_counted_again(tmp_path):
    what = batches.request(store="summary")
    batches.run(tmp_path, what)
    whole = batches.files(tmp_path)
    next((tmp_path / RESULTS / "counts" / "c").rglob("0/0/0/0/0/0")).write_bytes(b"short")
    batches.run(tmp_path, what)
    assert batches.files(tmp_path) == whole


def test_a_summary_is_verified_by_counting_a_stretch_again(tmp_path):
    out = str(tmp_path / "out")
    result = CliRunner().invoke(
        run_command,
        [
            "history",
            "--members",
            "4",
            "--jobs",
            "1",
            "--parameters-from",
            "prior",
            "--store",
            "summary",
            "--out",
            out,
            "--no-figures",
        ],
        catch_exceptions=False,
    )
    assert histogram_statistics.NEEDS_MEMBERS in result.output
    assert verify(tmp_path / "out", members=1).sound
    (manifest := load_manifest(tmp_path / "out")).blocks["history/0"]["hash"] = "other"
    manifest.save(tmp_path / "out")
    assert verify(tmp_path / "out", members=1).different == ["history, members 0 to 3"]


# At an address


def test_results_can_lie_at_an_address(tmp_path, one_by_one):
    pytest.importorskip("fsspec")
    address = "memory://batch/results"
    what = batches.request(results=address)
    batches.run(tmp_path, what)
    assert not (tmp_path / RESULTS).exists()
    assert np.array_equal(shares(tmp_path), shares(one_by_one))
    assert batches.run(tmp_path, what).finished
    with pytest.raises(
        RequestError,
        match=r"place of the results: memory://batch/results stored, results\.zarr requested",
    ):
        batches.run(tmp_path)
    with pytest.raises(RequestError, match="memory://batch/results: is not empty"):
        batches.run(tmp_path / "second", what)


# On the way


def test_the_log_tells_what_was_done_and_never_stops_anything(tmp_path, one_by_one):
    logged = [json.loads(line) for line in (one_by_one / "run.log").read_text().splitlines()]
    times = [datetime.fromisoformat(line.pop("time")) for line in logged]
    assert all(moment.utcoffset() is not None for moment in times)
    assert logged == [
        {"event": "run started", "command": "steppe run"},
        {"event": "blocks to run", "missing": 10, "all": 10},
        {"event": "run finished", "done": 10, "failed": 0},
    ]
    RunLog(tmp_path / "no" / "such" / "folder").add("lost")


def test_a_worker_runs_any_task_on_any_block(tmp_path):
    found = {
        block.key: done.hash
        for block, done in executors.run_blocks(
            blocks.check_block, batches.request().blocks(tmp_path), 1
        )
    }
    assert set(found.values()) == {""} and len(found) == 10


def test_a_process_lets_go_of_every_model_that_it_has_run(tmp_path):
    def held() -> int:
        return sum(
            type(thing).__name__ == "InfluenceModel" and "share" in vars(thing)
            for thing in gc.get_objects()
        )

    before = held()
    for block in batches.request().blocks(tmp_path):
        blocks.simulate(block)
    assert held() == before

"""A power and a republic that one scenario of a batch lacks are missing there in every output."""

from __future__ import annotations

import json
from base64 import b64decode

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from command import steppe
from figure_pages import check_texts, drawn

from steppe.experiments.figures.draw_request import resolve_draw_request
from steppe.experiments.figures.groups import group_pages
from steppe.experiments.figures.style import register_colours
from steppe.experiments.results.packed_numbers import MISSING
from steppe.experiments.results.statistics import FINDINGS, compute_statistics, drop_absent
from steppe.experiments.storage.batch_cast import batch_cast
from steppe.experiments.storage.open_batch import open_batch

FILE = """
title: Iran arrives
extends: baseline
cast:
  Iran:
    kind: power
    code: IRN
    interests: [{republic: Tajikistan, channel: soft power, level: 3}]
  Georgia: {kind: republic}
events:
  iranian-money:
    when: 2026
    what: Iran spends more
    effects: [{budget: Iran, scale: 2, over: 8}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a batch that keeps members, `b`, and one that keeps counts, `counts`."""
    folder = tmp_path_factory.mktemp("absent")
    (folder / "iran.yaml").write_text(FILE, encoding="utf-8")
    common = ("--members", 6, "--jobs", 1, "--no-figures", "--quiet")
    for name, store in (("b", "members"), ("counts", "summary")):
        words = ("run", "baseline", "iran.yaml", *common, "--store", store, "--out", name)
        assert steppe(*words, cwd=folder).returncode == 0
    return folder


@pytest.fixture(scope="module")
def page(folder):
    """The data of the report, and its text."""
    assert steppe("report", "b", cwd=folder).returncode == 0
    text = (folder / "b" / "report.html").read_text(encoding="utf-8")
    data = text.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    return json.loads(data), text


@pytest.mark.parametrize("name", ["b", "counts"])
def test_statistics_have_no_value_of_an_absent_actor(folder, name):
    statistics = compute_statistics(open_batch(folder / name))
    base = statistics.sel(scenario="baseline")
    assert base["share"].sel(holder="Iran").isnull().all()
    assert base["rank"].sel(power="Iran").isnull().all()
    assert base["region"].sel(holder="Russia").notnull().all()
    assert base["region"].sel(holder="Iran").isnull().all()
    own = drop_absent(base)
    assert "Georgia" not in own["republic"].values and "Iran" not in own["holder"].values
    assert own["rank"].sel(place=1).sum("power").values == pytest.approx(1)


def test_a_regional_mean_is_over_the_republics_that_both_have(folder):
    dataset = open_batch(folder / "b")
    dataset.attrs["request"] = {**dataset.attrs["request"], "references": {}}
    change = compute_statistics(dataset, ["change"])["change"]
    last = change.sel(scenario="iran", quantile=0.5).isel(time=-1)
    assert last.sel(holder="Iran").isnull().all()
    shares = dataset["shares"].isel(time=-1, republic=slice(0, 5)).sel(holder="Russia")
    expected = (shares.sel(scenario="iran") - shares.sel(scenario="baseline")).mean("republic")
    assert last.sel(holder="Russia").values == pytest.approx(expected.median("member").values)


def test_a_comparison_names_what_has_no_difference(folder):
    text = steppe("compare", "b", "iran", "baseline", "--top", 1000, cwd=folder).stdout
    differences, _, gains = text.partition("Who gained")
    assert "not in baseline, and so without a difference: Iran and Georgia" in differences
    assert "Georgia, " not in differences and ", Iran:" not in differences
    assert "taken by Iran" in gains and "nan" not in text
    refused = steppe("compare", "b", "iran", "baseline", "--power", "Iran", cwd=folder)
    assert refused.returncode == 2 and "not in baseline: Iran and Georgia" in refused.stderr


@pytest.mark.parametrize("flag", ["--events", "--shapley"])
def test_contributions_add_up_with_the_cast_as_a_part_of_its_own(folder, flag):
    ended = steppe("compare", "b", "iran", "baseline", flag, "--top", 2, "--json", cwd=folder)
    for cell in json.loads(ended.stdout)["carried"]["cells"]:
        parts = sum(part["mean"] for part in cell["parts"])
        whole = parts + (cell["rest"] or 0) + cell["outside"]
        assert [part["name"] for part in cell["parts"]] == ["iranian-money"]
        assert cell["outside"] != 0 and whole == pytest.approx(cell["whole"]["mean"], abs=1e-9)
    shares = open_batch(folder / "b")["shares"].isel(time=-1)
    place = {name: cell[name] for name in ("republic", "channel", "holder")}
    stored = shares.sel(place).sel(scenario="iran") - shares.sel(place).sel(scenario="baseline")
    assert cell["whole"]["mean"] == pytest.approx(float(stored.mean()), abs=1e-4)
    text = steppe("compare", "b", "iran", "baseline", flag, "--top", 1, cwd=folder).stdout
    assert "comes from the powers and republics that one of them adds" in text


def test_the_smaller_cast_is_not_explained_by_events_of_the_larger(folder):
    ended = steppe("compare", "b", "baseline", "iran", "--events", cwd=folder)
    assert ended.returncode == 2 and "compare iran with baseline instead" in ended.stderr


def test_added_actors_are_known_by_name_and_code(folder):
    cast = batch_cast(open_batch(folder / "b"))
    assert cast.power_names[-1] == "Iran" and cast.republic_names[-1] == "Georgia"
    for words in (("--power", "irn"), ("--republic", "GEO"), ("--power", "Iran")):
        ended = steppe("plot", "b", "--figure", "trajectories", *words, "--jobs", 1, cwd=folder)
        assert ended.returncode == 0, ended.stderr
    assert "did you mean 'Iran'" in steppe("plot", "b", "--power", "Iraan", cwd=folder).stderr


def test_every_figure_is_drawn(folder):
    kinds = ("republic", "region", "leads", "heatmap", "difference", "ranks", "forest", "map")
    words = [word for kind in (*kinds, "coverage") for word in ("--figure", kind)]
    only = ("--republic", "Georgia", "--republic", "Tajikistan", "--channel", "security")
    ended = steppe("plot", "b", *words, *only, "--jobs", 1, cwd=folder)
    assert ended.returncode == 0, ended.stderr
    drawn = {path.stem for path in (folder / "b" / "figures").glob("*.png")}
    assert "republic-iran-georgia" in {name.partition("--")[0] for name in drawn}
    assert not any("baseline-georgia" in name for name in drawn)


def test_tables_have_no_row_of_an_absent_actor(folder, tmp_path):
    for form, column in (("csv", "holder"), ("iamc", "variable")):
        path = tmp_path / form
        assert steppe("export", "b", "--to", form, "--file", path, cwd=folder).returncode == 0
        table = pd.read_csv(path, low_memory=False)
        of_iran = table[table[column].str.contains("Iran")]
        assert set(of_iran["scenario"]) == {"iran", "iran-without-events"}
        assert (of_iran.select_dtypes("number") > 0).any(axis=None)
    summary = pd.read_csv(folder / "counts" / "summary.csv", low_memory=False)
    assert set(summary[summary["holder"] == "Iran"]["scenario"]) == {"iran", "iran-without-events"}
    assert set(summary[summary["republic"] == "Georgia"]["scenario"]) == {
        "iran",
        "iran-without-events",
    }


def test_a_netcdf_file_has_missing_values(folder, tmp_path):
    words = ("export", "b", "--to", "netcdf", "--file", tmp_path / "n.nc")
    assert steppe(*words, cwd=folder).returncode == 0
    with xr.open_dataset(tmp_path / "n.nc", engine="h5netcdf") as dataset:
        absent = dataset["shares"].sel(scenario="baseline", holder="Iran")
        assert absent.isnull().all()


def test_a_filter_that_leaves_nothing_is_refused(folder, tmp_path):
    words = ("--scenario", "baseline", "--power", "Iran", "--file", tmp_path / "x.csv")
    ended = steppe("export", "b", "--to", "csv", *words, cwd=folder)
    assert ended.returncode == 2 and "baseline has nothing of what" in ended.stderr


def test_a_report_packs_what_is_missing_as_missing(page):
    data, _ = page
    shape = (len(data["republics"]), len(data["channels"]), len(data["holders"]))
    iran = [row["name"] for row in data["holders"]].index("Iran")
    pair = np.frombuffer(b64decode(data["pairs"]["iran|baseline"]["cells"]), "<i2")
    cells = pair.reshape(*shape, 4)
    assert (cells[:, :, iran] == MISSING).all() and (cells[-1] == MISSING).all()
    assert (cells[:-1, :, 0] != MISSING).all()
    years = data["scenarios"]["baseline"]["years"]
    shares = np.frombuffer(b64decode(data["scenarios"]["baseline"]["shares"]), "<i2")
    assert (shares.reshape(*shape, 5, years)[:, :, iran] == MISSING).all()
    assert data["missing"] == MISSING


def test_a_report_speaks_of_the_cast_of_the_batch(page):
    data, text = page
    assert "How much capacity five powers may have to influence six republics" in text
    assert "the world economy, Turkey, India and the Gulf are not in the model" in text
    assert "What is assumed of Iran and Georgia comes from scenario files" in text
    assert [row["code"] for row in data["holders"] if row["name"] == "Iran"] == ["IRN"]


def test_a_title_compares_with_the_same_actors_or_says_that_only_one_scenario_has_them(folder):
    statistics = compute_statistics(open_batch(folder / "b"))
    end = statistics.attrs[FINDINGS]["iran"]
    assert (end.compared, end.absent) == ("iran-without-events", ())
    assert {item.holder for item in end.differences} >= {"Iran"}
    before = statistics.attrs[FINDINGS]["iran-without-events"]
    assert (before.compared, before.absent) == ("baseline", ("Georgia", "Iran"))
    assert {item.holder for item in before.differences}.isdisjoint({"Iran"})
    register_colours(statistics.attrs["request"]["colours"])
    dataset = open_batch(folder / "b")
    asked = resolve_draw_request(dataset, figures=["overlay"], scenarios=["iran", "baseline"])
    ((_, group),) = group_pages(asked, dataset)
    same, alone = (
        "the same without its events: ",
        "the baseline (only one has Georgia and Iran): ",
    )
    for kind, part, found, other in (
        ("region", {"scenario": "iran"}, statistics, same),
        ("overlay", {}, group, alone),
    ):
        figure = drawn(kind, found, **part)
        check_texts(figure)
        title = " ".join(text.get_text() for text in figure.texts if text.get_gid() == "title")
        assert f"against {other}" in title

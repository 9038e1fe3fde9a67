"""Families: how outcomes respond to a lever, from which value something holds, what is shared."""

import csv
from html import escape

import numpy as np
import pytest
import xarray as xr
from command import steppe

from steppe.experiments.results.families import (
    STATISTICS,
    find_responses,
    find_thresholds,
    threshold_sentences,
)
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.open_batch import open_batch

FILE = """\
title: China pays
extends: baseline
levers:
  scale: {meaning: factor on its means, default: 1, range: [0.5, 30]}
  start: {meaning: when, default: 2025, range: [2020, 2030]}
events:
  pay:
    when: start
    what: China pays
    effects: [{budget: China, scale: scale}]
vary: {grid: {scale: [1, 2, 8, 25], start: [2022, 2025, 2028]}}
"""
NAMES = {f"f[a={a},b={b}]": {"a": a, "b": b} for a in (3.0, 1.0, 2.0) for b in (5.0, 6.0, 7.0)}


def test_a_grid_holds_the_other_levers_at_the_middle():
    first, second = find_responses({"varied": NAMES}, [*NAMES])
    assert (first.family, first.lever, first.values) == ("f", "a", (1.0, 2.0, 3.0))
    assert first.held == {"b": 6.0}
    assert first.scenarios == tuple(f"f[a={a},b=6.0]" for a in (1.0, 2.0, 3.0))
    assert (second.lever, second.values, second.held) == ("b", (5.0, 6.0, 7.0), {"a": 2.0})


def test_paired_levers_are_shown_by_the_first():
    names = {"f[a=2,b=7]": {"a": 2.0, "b": 7.0}, "f[a=1,b=9]": {"a": 1.0, "b": 9.0}}
    (only,) = find_responses({"varied": names}, [*names])
    assert (only.lever, only.values, only.held) == ("a", (1.0, 2.0), {})
    assert not find_responses({"varied": names}, ["f[a=2,b=7]"])
    assert not find_responses({}, ["baseline"])


def test_thresholds_are_the_first_values_from_which_something_holds():
    """Agreement and leads by hand: the second power passes the first between 2 and 3."""
    names = [f"f[a={a}]" for a in (1, 2, 3, 4)]
    second, agree = [0.1, 0.3, 0.5, 0.6], [1.0, 0.5, 0.95, 1.0]
    region = np.zeros((4, 5, 1, 1, 3))
    region[:, :, 0, 0] = [[[0.4, value, 0.6 - value]] * 5 for value in second]
    change = np.full((4, 5, 1, 1, 3), 0.05)
    change[..., 2] = 0.001
    higher = np.zeros((4, 1, 1, 3))
    higher[:, 0, 0, 1] = higher[:, 0, 0, 2] = agree
    axes = ("scenario", "quantile", "time", "channel", "holder")
    statistics = xr.Dataset(
        {
            "region": (axes, region),
            "change": (axes, change),
            "higher": (axes[:1] + axes[2:], higher),
            "lower": (axes[:1] + axes[2:], 0 * higher),
        },
        {"scenario": names, "channel": ["economic"], "holder": ["A", "B", "autonomy"]},
        {"request": {"varied": {name: {"a": at + 1.0} for at, name in enumerate(names)}}},
    )
    sure, leads = find_thresholds(statistics)
    assert (sure.holder, sure.value, sure.not_at, sure.direction) == ("B", 3.0, 2.0, "higher")
    assert (leads.what, leads.holder, leads.value, leads.not_at) == ("leads", "B", 3.0, 2.0)
    assert threshold_sentences([sure, leads]) == [
        "f, economic: B is surely higher from a 3 on (not yet at 2)",
        "f, economic: B leads from a 3 on (not yet at 2)",
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("families")
    (folder / "china-pays.yaml").write_text(FILE, encoding="utf-8")
    few = FILE.replace("[1, 2, 8, 25]", "[1, 25]").replace("[2022, 2025, 2028]", "[2025]")
    (folder / "china-pays-twice.yaml").write_text(few, encoding="utf-8")
    words = ("--members", 8, "--jobs", 1, "--no-figures")
    for name, store in (("china-pays", "members"), ("china-pays-twice", "summary")):
        files = ("baseline", f"{name}.yaml")
        ended = steppe("run", *files, *words, "--out", store, "--store", store, cwd=folder)
        assert ended.returncode == 0, ended.stderr
        assert ("thresholds.csv" in ended.stdout) == (folder / store / "thresholds.csv").exists()
    return folder


def test_a_run_of_a_family_has_a_table_and_a_figure(folder):
    with open(folder / "members" / "thresholds.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["family"] for row in rows} == {"china-pays"}
    of_china = [row for row in rows if row["holder"] == "China" and row["what"] == "sure"]
    assert {row["lever"] for row in of_china} >= {"scale"}
    assert all(row["direction"] == "higher" for row in of_china)
    words = ("plot", "members", "--figure", "response", "--format", "svg")
    assert steppe(*words, cwd=folder).returncode == 0
    drawn = (folder / "members" / "figures" / "response.svg").read_text(encoding="utf-8")
    assert "china-pays, with start 2025" in drawn.replace("\n", " ") or "start 2025" in drawn
    assert "surely higher" in drawn and "(2040)" in drawn
    assert steppe("plot", "summary", "--figure", "response", cwd=folder).returncode == 0


def test_the_report_has_the_figure_and_every_threshold(folder):
    assert steppe("report", "members", "--file", "family.html", cwd=folder).returncode == 0
    page = (folder / "family.html").read_text(encoding="utf-8")
    section = page.partition('<section aria-labelledby="levers-title">')[2].partition("</section>")[
        0
    ]
    assert '<li><a href="#levers-title">' in page
    assert section.count('<img src="data:image/png;base64,') == 1
    statistics = compute_statistics(open_batch(folder / "members"), STATISTICS)
    sentences = threshold_sentences(find_thresholds(statistics))
    assert sentences and section.count("<li>") == len(sentences)
    assert all(escape(sentence) in section for sentence in sentences)


def test_a_batch_without_a_family_has_none(tmp_path):
    words = ("run", "baseline", "--members", 2, "--jobs", 1, "--out", "b")
    assert "response" not in steppe(*words, cwd=tmp_path).stdout
    assert not (tmp_path / "b" / "thresholds.csv").exists()
    assert steppe("report", "b", cwd=tmp_path).returncode == 0
    assert "levers-title" not in (tmp_path / "b" / "report.html").read_text(encoding="utf-8")
    ended = steppe("plot", "b", "--figure", "response", cwd=tmp_path)
    assert ended.returncode == 2 and "it needs a family, which a file with 'vary'" in ended.stderr


def test_check_explain_prints_what_a_family_shares_once(folder):
    text = steppe("check", "--explain", "china-pays.yaml", cwd=folder).stdout
    assert text.count("what: China pays") == 1
    assert text.count("alone") == 12
    assert "# china-pays[scale=25,start=2028] alone" in text
    assert "scale = 25" in text.partition("[scale=25,start=2028] alone")[2]

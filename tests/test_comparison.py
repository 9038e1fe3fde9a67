"""Comparison: pairing, gains and losses, contributions of events, and requests refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from click.testing import CliRunner
from small_batches import make_batch

from steppe.experiments.cli.compare import command
from steppe.experiments.results.attribution import Rerun, event_contributions, prepare_rerun
from steppe.experiments.results.comparison import Comparison, as_text, compare
from steppe.experiments.results.comparison_table import as_rows
from steppe.experiments.results.differences import (
    Difference,
    member_differences,
    paired_differences,
)
from steppe.experiments.runs.batch import run_batch
from steppe.experiments.runs.batch_request import Request
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.experiments.storage.open_batch import open_batch
from steppe.experiments.storage.zarr_store import STEP
from steppe.model.core.errors import RequestError
from steppe.model.scenario.load import load_scenario

LAST = 15  # a future that ends in 2003 is run in no time


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return make_batch(tmp_path_factory.mktemp("compare") / "out")


def run(*words: str):
    return CliRunner().invoke(command, list(map(str, words)))


def test_a_difference_is_taken_member_by_member(batch):
    shares = open_batch(batch)["shares"].isel(time=30)
    item = compare(batch, "retreat").differences[0]
    cell = {"republic": item.republic, "channel": item.channel, "holder": item.holder}
    by_hand = (
        shares.sel(scenario="retreat", **cell) - shares.sel(scenario="baseline", **cell)
    ).values
    assert item.median == pytest.approx(np.median(by_hand), abs=2 * STEP)
    assert (item.low, item.high) == pytest.approx(
        tuple(np.quantile(by_hand, (0.05, 0.95))), abs=2 * STEP
    )
    assert (item.holder, item.year, item.members) == ("Russia", 2030, 12)


def test_statements_come_surest_and_largest_first(batch):
    found = compare(batch, "retreat", top=75).differences
    sure = [abs(item.median) for item in found if item.same_sign >= 0.9]
    assert sure == sorted(sure, reverse=True) and len(found) == 75


def test_what_is_taken_adds_up_to_what_is_lost(batch):
    found = compare(batch, "retreat", powers=["Russia"]).losses
    assert found
    for loss in found:
        assert loss.loser == "Russia"
        assert sum(taker.mean for taker in loss.takers) == pytest.approx(loss.lost, abs=1e-4)
        assert sum(taker.part for taker in loss.takers) == pytest.approx(1, abs=1e-3)


def test_turning_two_scenarios_round_turns_the_sign(batch):
    dataset = open_batch(batch)
    there, back = (
        paired_differences(dataset, "retreat", "baseline")[0],
        member_differences(dataset, "baseline", "retreat"),
    )
    cell = back.sel(republic=there.republic, channel=there.channel, holder=there.holder)
    assert float(np.median(cell)) == pytest.approx(-there.median, abs=1e-6)


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"republics": ["KAZ"]}, ("republic", {"Kazakhstan"})),
        ({"channels": ["soft"]}, ("channel", {"soft power"})),
        ({"powers": ["China"]}, ("holder", {"China"})),
    ],
)
def test_filters_leave_what_they_name(batch, filters, kept):
    assert {
        getattr(item, kept[0]) for item in compare(batch, "retreat", **filters).differences
    } == kept[1]


def test_a_year_and_scenarios_of_different_length(batch):
    assert compare(batch, "retreat", year=2026).year == 2026
    assert compare(batch, "short").year == 2024
    assert compare(batch, "history").year == 2019


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["retrete"], "did you mean 'retreat'?"),
        (["retreat", "retreat"], "with itself"),
        (["retreat", "--year", "2039"], "from 2000 to 2030"),
        (["retreat", "--republic", "Kazakstan"], "did you mean 'Kazakhstan'?"),
        (["retreat", "--power", "Rusia"], "did you mean 'Russia'?"),
        (["retreat", "--events", "--shapley"], "one of them"),
        (["retreat", "--figure", "a.gif"], "unknown format"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(batch, words, said):
    found = run(batch, *words)
    assert (
        isinstance(found.exception, RequestError)
        and said in str(found.exception)
        and str(found.exception).count("\n") < 2
    )


def test_a_folder_without_a_batch_and_a_batch_not_begun(tmp_path):
    with pytest.raises(RequestError, match="holds no batch"):
        compare(tmp_path, "retreat")
    with pytest.raises(RequestError, match="no member in common"):
        compare(make_batch(tmp_path / "none", done=0), "retreat")


def test_an_unfinished_batch_is_compared_and_said_so(tmp_path):
    found = run(make_batch(tmp_path / "half", done=1), "retreat")
    assert found.exit_code == 0 and "unfinished: 6 of 12 members" in found.stderr


def test_one_member(tmp_path):
    item = compare(make_batch(tmp_path / "one", members=1), "retreat").differences[0]
    assert item.low == item.median == item.high and item.members == 1


def test_text_json_table_and_figure_say_the_same(batch, tmp_path):
    text = run(batch, "retreat", "--top", "3").stdout
    read = json.loads(
        run(
            batch,
            "retreat",
            "--top",
            "3",
            "--json",
            "--csv",
            tmp_path / "a.csv",
            "--figure",
            tmp_path / "a.svg",
        ).stdout
    )
    table = pd.read_csv(tmp_path / "a.csv")
    assert "retreat minus baseline, 2030" in text and "taken by" in text
    assert table["unit"].notna().all() and len(table[table["kind"] == "difference"]) == 3
    assert table["value"][0] == pytest.approx(read["differences"][0]["median"], abs=1e-5)
    assert (tmp_path / "a.svg").stat().st_size > 1000


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A few quarters of the real model: two futures with events of their own."""
    folder = tmp_path_factory.mktemp("real")
    texts = {
        "plain": {"title": "Plain", "extends": "history", "to": "2003Q4"},
        "struck": {
            "title": "Struck",
            "extends": "plain",
            "events": {
                "cut": {
                    "when": "2001Q1",
                    "what": "Russia cuts its means",
                    "effects": [{"budget": "Russia", "scale": 0.5, "over": 4}],
                },
                "gift": {
                    "when": "2002Q1",
                    "what": "China comes",
                    "effects": [
                        {
                            "shock": "effort",
                            "power": "China",
                            "republic": "all",
                            "channel": "security",
                            "intensity": 3,
                        }
                    ],
                },
            },
        },
    }
    for name, data in texts.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    scenarios = [load_scenario(folder / f"{name}.yaml") for name in texts]
    run_batch(
        Request(scenarios, load_parameter_source("prior"), 8, 3),
        folder / "out",
        jobs=1,
        command="steppe run",
    )
    return folder / "out"


def test_shapley_values_add_up_and_an_event_alone_is_what_goes_without_it(real):
    found = compare(real, "struck", "plain", top=4)
    rerun = prepare_rerun(real, "struck", "plain", LAST, members=8)
    values, alone = (
        event_contributions(rerun, found.differences, shapley=shapley) for shapley in (True, False)
    )
    assert values.runs == 4 and set(rerun.names) == {"cut", "gift"}
    for cell, one, item in zip(values.cells, alone.cells, found.differences, strict=True):
        assert sum(part.mean for part in cell.parts) == pytest.approx(cell.whole.mean, abs=1e-9)
        assert cell.whole.median == pytest.approx(item.median, abs=3 * STEP)
        assert one.rest == pytest.approx(
            one.whole.mean - sum(part.mean for part in one.parts), abs=1e-9
        )
    russia = next(cell for cell in alone.cells if cell.holder == "Russia")
    assert next(part for part in russia.parts if part.name == "cut").median < 0


def test_sampled_values_add_up_too(real, monkeypatch):
    monkeypatch.setattr("steppe.experiments.results.attribution.MAX_EXACT_EVENTS", 1)
    rerun = prepare_rerun(real, "struck", "plain", LAST, members=2)
    cell = event_contributions(
        rerun, compare(real, "struck", "plain", top=1).differences, shapley=True
    ).cells[0]
    assert sum(part.mean for part in cell.parts) == pytest.approx(cell.whole.mean, abs=1e-9)


def test_events_from_the_command_line(real):
    found = run(real, "struck", "plain", "--events", "--top", "2", "--members", "4")
    assert found.exit_code == 0, found.exception
    assert "Russia cuts its means" in found.stdout and "4 members" in found.stdout
    assert {row["kind"] for row in as_rows(compare(real, "struck", "plain"))} == {
        "difference",
        "taken",
    }
    assert "nobody lost" not in as_text(compare(real, "struck", "plain"))


def test_a_scenario_that_changed_since_is_run_again_as_it_was(real):
    words = (real, "struck", "plain", "--events", "--top", "1", "--members", "4")
    before, path = run(*words).stdout, real.parent / "struck.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("0.5", "0.4"), encoding="utf-8")
    try:
        assert run(*words).stdout == before
    finally:
        path.write_text(text, encoding="utf-8")


def test_the_same_events_carry_nothing(real):
    scenario = load_scenario(real.parent / "plain.yaml")
    rerun = Rerun(
        scenario, replace(scenario, name="twin"), load_parameter_source("prior"), 3, 2, LAST
    )
    with pytest.raises(RequestError, match="same events"):
        event_contributions(rerun, (), shapley=False)


def test_an_event_that_few_members_meet_is_not_passed_off_as_nothing():
    from steppe.experiments.results.differences import rank_differences

    values = np.zeros((100, 1, 1, 1))
    values[:30] = -0.1
    last = xr.DataArray(
        values,
        dims=("member", "republic", "channel", "holder"),
        coords={
            "time": np.datetime64("2040-12-31"),
            "republic": ["Tajikistan"],
            "channel": ["security"],
            "holder": ["Russia"],
        },
    )
    sentence = rank_differences(last, "mine", "baseline")[0].sentence()
    assert "unchanged in 70% of members" in sentence and "-0.03 on average" in sentence


def test_a_power_that_only_one_scenario_has_has_no_difference_and_counts_as_a_gain():
    from steppe.experiments.results.differences import member_differences, paired_differences

    shares = np.full((2, 3, 1, 1, 1, 2), 0.4)
    shares[0, ..., 1] = np.nan  # the second holder is in no member of the first scenario
    dataset = xr.Dataset(
        {"shares": (("scenario", "member", "time", "republic", "channel", "holder"), shares)},
        coords={
            "scenario": ["baseline", "mine"],
            "time": [np.datetime64("2040-12-31")],
            "republic": ["Kazakhstan"],
            "channel": ["economic"],
            "holder": ["Russia", "India"],
        },
    )
    found = {item.holder: item.median for item in paired_differences(dataset, "mine", "baseline")}
    assert found == {"Russia": 0}
    gains = member_differences(dataset, "mine", "baseline", absent_as_zero=True)
    assert gains.sel(holder="India").values == pytest.approx(0.4)


def test_who_gained_what_names_each_cell_once_and_all_that_lost_there(batch):
    """Where one power gains from four, there was a line for each of them, permuted."""
    found = compare(batch, "baseline", "retreat").losses
    cells = [(loss.republic, loss.channel) for loss in found]
    assert cells and len(cells) == len(set(cells))
    gained = {
        loss.republic: loss
        for loss in compare(batch, "baseline", "retreat", powers=["Russia"]).losses
    }
    assert gained and all(
        any(gain.holder == "Russia" for gain in loss.takers) for loss in gained.values()
    )


def test_the_figure_shows_all_cells_whatever_top_says_and_the_command_says_where(batch, tmp_path):
    from steppe.experiments.figures.comparison import make_page

    comparison = compare(batch, "retreat", top=1)
    axes = make_page(comparison).axes
    dots = [line for ax in axes for line in ax.lines if str(line.get_gid()).startswith("median:")]
    assert len(dots) == len(comparison.cells) == 5 * 3 * 5
    one = compare(batch, "retreat", republics=["KAZ"], channels=["security"], powers=["Russia"])
    assert [item.holder for item in one.cells][:2] == ["Russia", "China"] and len(one.cells) == 5
    figure, table = tmp_path / "a.png", tmp_path / "a.csv"
    words = ("retreat", "--top", "1", "--figure", figure, "--csv", table)
    assert run(batch, *words).stdout.splitlines()[-2:] == [
        f"table    {table}",
        f"figure   {figure}",
    ]
    read = json.loads(run(batch, *words, "--json").stdout)
    assert read["figure"] == str(figure) and "cells" not in read


def test_the_figure_draws_a_power_that_a_scenario_adds(tmp_path):
    from steppe.experiments.figures.comparison import write_comparison

    item = Difference("one", "other", 2040, "Kazakhstan", "economic", "Iran", 0.1, 0, 0.2, 1.0, 9)
    comparison = Comparison(
        "one", "other", 2040, 9, (item,), (), cells=(item,), colours={"Iran": "#123456"}
    )
    assert "#123456" in write_comparison(comparison, tmp_path / "a.svg").read_text()


def test_the_figure_looks_as_pages_of_plot_do(batch, tmp_path):
    from PIL import Image

    file, figure = tmp_path / "colours.yaml", tmp_path / "a.png"
    file.write_text('Russia: "#7B1FA2"\n', encoding="utf-8")
    words = ("retreat", "--figure", figure, "--style", "dark", "--size", "slide")
    result = run(batch, *words, "--colours", file, "--title", "Mine", "--note", "A note.")
    assert result.exit_code == 0, result.output
    with Image.open(figure) as picture:
        assert picture.size == (1920, 1080)
        seen = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24)}
    assert (0x7B, 0x1F, 0xA2) in seen and (255, 255, 255) not in seen
    drawn = tmp_path / "a.svg"
    run(batch, "retreat", "--figure", drawn, "--title", "Mine", "--note", "A note.")
    text = drawn.read_text(encoding="utf-8")
    assert ">Mine<" in text and "A note. Dot: median" in text and "against the baseline" in text
    for option, message in (("--size", "unknown size 'x'"), ("--style", "unknown style 'x'")):
        assert message in str(run(batch, "retreat", "--figure", drawn, option, "x").exception)

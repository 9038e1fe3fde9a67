"""`steppe.run`, `open_results` and scenarios as text: what Python gets is what commands get."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
import xarray as xr
from command import steppe as command

import steppe
from steppe.experiments.runs.run import BatchOptions
from steppe.model.parameters.table import BY_ID

PAIR = ["baseline", "russian-retreat"]


@pytest.fixture(scope="module")
def results():
    return steppe.run(PAIR, members=6, jobs=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "batch"
    steppe.run(PAIR, members=6, jobs=1, out=out)
    return out


def test_python_and_the_command_give_the_same_bits(results, tmp_path):
    command("run", *PAIR, "--members", "6", "--jobs", "1", "--no-figures", cwd=tmp_path)
    stored = steppe.open_results(tmp_path / "results")
    for name in ("shares", "parameters"):
        np.testing.assert_array_equal(results[name].values, stored[name].values)


def test_defaults_are_those_of_the_command():
    from steppe.experiments.cli.run import command as verb

    said = {option.name: option.default for option in verb.params}
    ours = vars(BatchOptions())
    for name in ("members", "seed", "parameters_from", "frequency", "store", "jobs"):
        assert said[name] == ours[name], name


def test_a_folder_and_memory_hold_the_same(results, folder):
    for path in (folder, folder / "results.zarr", str(folder)):
        xr.testing.assert_equal(steppe.open_results(path).load(), results)


def test_levers_and_parameters_reach_the_members():
    given = steppe.run(
        "russian-retreat", members=3, jobs=1, levers={"depth": 0.2}, parameters={"ρ": [1, 2, 3]}
    )
    assert given.attrs["levers"] == "russian-retreat: depth=0.2, start=2024"
    assert given["parameters"].sel(parameter="rho").values.tolist() == [[1, 2, 3]]
    model = steppe.InfluenceModel(
        "russian-retreat", 3, seed=1, levers={"depth": 0.2}, parameters={"rho": [1, 2, 3]}
    )
    model.run_model()
    last = given["shares"].isel(scenario=0, time=-1).transpose("holder", ..., "member").values
    assert last[:-1] == pytest.approx(model.share, abs=1e-5)


def test_numbers_and_arrays_of_the_same_value_are_the_same():
    runs = [
        steppe.run("baseline", members=2, jobs=1, parameters={"tau_0": value})
        for value in (0.4, [0.4, 0.4])
    ]
    np.testing.assert_array_equal(*(run["shares"].values for run in runs))


def test_a_batch_with_arrays_can_be_verified(tmp_path):
    out = tmp_path / "out"
    steppe.run("baseline", members=3, jobs=1, parameters={"rho": [0.1, 1 / 3, 7]}, out=out)
    said = command("verify", out).stdout
    assert "0 different" in said and "has changed" not in said


def test_a_value_takes_the_place_of_all_that_a_file_sets_for_it():
    text = "{title: Mine, extends: history, parameters: {beta: 1, rho: {times: 0.5}}}"
    mine = steppe.parse_scenario(text, "mine")
    values = {"beta[security]": [0.2, 0.4], "rho": 3}
    results = steppe.run(mine, members=2, jobs=1, parameters=values)
    found = results["parameters"].sel(scenario="mine")
    assert found.sel(parameter="rho").values.tolist() == [3, 3]
    assert found.sel(parameter="beta[security]").values.tolist() == [0.2, 0.4]
    assert found.sel(parameter="beta[economic]").values.tolist() == [1, 1]


def test_a_scenario_from_text_runs_like_one_from_a_file(tmp_path):
    text = "title: Deeper\nextends: russian-retreat\nlevers: {depth: {default: 0.9}}\n"
    (tmp_path / "deeper.yaml").write_text(text)
    from_text = steppe.run(steppe.parse_scenario(text, "deeper"), members=2, jobs=1)
    from_file = steppe.run(tmp_path / "deeper.yaml", members=2, jobs=1)
    np.testing.assert_array_equal(from_text["shares"].values, from_file["shares"].values)
    assert json.loads(from_text.attrs["scenario_files"]) == {"deeper": text}


def test_a_batch_of_a_scenario_from_text_can_be_verified(tmp_path):
    mine = steppe.parse_scenario("{title: Mine, extends: history}", "mine")
    steppe.run(mine, members=2, jobs=1, out=tmp_path / "out")
    said = command("verify", tmp_path / "out").stdout
    assert "0 different" in said and "is gone" not in said


def test_mistakes_in_text_have_a_line_and_a_column():
    with pytest.raises(steppe.RequestError, match=r"^mine\.yaml:3:1  unknown key 'evnts'"):
        steppe.parse_scenario("title: Mine\nextends: baseline\nevnts: {}\n", "mine")


def test_the_dataset_says_what_it_is_and_where_it_comes_from(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain = xr.open_zarr(folder / "results.zarr")
    ours = steppe.open_results(folder)
    assert ours.attrs == plain.attrs | {name: ours.attrs[name] for name in ("command", "history")}
    assert ours.attrs["title"] == "Influence in Central Asia: Baseline and Russian retreat"
    assert ours.attrs["seed"] == 1 and ours.attrs["members"] == 6
    assert "depth=0.6" in ours.attrs["levers"] and "mesa " in ours.attrs["versions"]
    assert ours.attrs["command"] == f"steppe.run({PAIR}, members=6, jobs=1)"
    assert "extends: baseline" in json.loads(ours.attrs["scenario_files"])["russian-retreat"]
    assert list(ours) == ["shares", "trade", "parameters"]
    assert ours["shares"].attrs["units"] == "1"
    assert ours["time"].attrs["standard_name"] == "time" and ours["time"].attrs["axis"] == "T"
    assert all("long_name" in plain[name].attrs for name in plain.coords)
    rho = ours["parameters"].sel(parameter="rho")
    assert (rho["unit"], rho["symbol"]) == (BY_ID["rho"].unit, "ρ")


def test_shares_become_a_tidy_table(results):
    table = results["shares"].to_dataframe()
    assert len(table) == results["shares"].size and list(table) == ["quarter", "shares"]
    assert table.index.names == list(results["shares"].dims)


def test_counts_are_opened_as_well(tmp_path):
    counts = steppe.run("baseline", members=4, jobs=1, store="summary", out=tmp_path / "out")
    assert int(counts["counts"].isel(time=0, republic=0, channel=0, holder=0).sum()) == 4
    with pytest.raises(steppe.RequestError, match="needs members"):
        steppe.compare(counts, "baseline")


UNGUARDED = """
import steppe
print(steppe.run(["baseline", "russian-retreat"], members=2, jobs=2).sizes["scenario"])
"""


def test_a_script_without_a_guard_runs_in_processes(tmp_path):
    (tmp_path / "script.py").write_text(UNGUARDED)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "2\n"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"scenarios": "russian-retret"},
            "russian-retret  unknown scenario 'russian-retret'; did you mean 'russian-retreat'?",
        ),
        ({"scenarios": 3}, "scenarios is 3; give names or paths of scenarios, one or several"),
        (
            {"scenarios": "russian-retreat", "levers": {"dept": 1}},
            "levers: unknown lever 'dept'; did you mean 'depth'?",
        ),
        (
            {"scenarios": "russian-retreat", "levers": {"depth": 3}},
            "levers: depth=3  out of range; in russian-retreat 'depth' runs from 0 to 0.95",
        ),
        ({"members": 0}, "members is 0; give a whole number, from 1 to 100,000,000"),
        ({"members": "5"}, "members is '5'; give a whole number, from 1 to 100,000,000"),
        ({"seed": -1}, "seed is -1; give a whole number, 0 or more"),
        ({"frequency": "years"}, "frequency is 'years'; did you mean 'year'?"),
        ({"jobs": 0}, "jobs is 0; give a whole number, from 1 to 1,024"),
        ({"parameters": {"rh": 1}}, "parameters: unknown parameter 'rh'; did you mean 'rho'?"),
        (
            {"members": 2, "parameters": {"rho": [1, float("nan")]}},
            "parameters: rho is bounded by 0 and 10 (per unit excess dependence), "
            "not nan (member 1)",
        ),
        (
            {"members": 2, "parameters": {"rho": [1, 2, 3]}},
            "parameters: rho has 3 values for 2 members; give one number, or one for each member",
        ),
        ({"parameters_from": 5}, "parameters_from is 5; give a name or a path"),
        (
            {"evidence": "nowhere"},
            "nowhere  is not a folder; evidence takes a folder with documents.yaml and files of "
            "claims",
        ),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(keys, message):
    with pytest.raises(steppe.RequestError) as refused:
        steppe.run(**keys)
    assert str(refused.value) == message


def test_a_guard_is_kept_for_numbers_and_for_arrays():
    for rho in (10, [10, 10]):
        with pytest.raises(steppe.RequestError, match=r"^2 of 2 members break a guard, the first"):
            steppe.run("baseline", members=2, jobs=1, parameters={"rho": rho, "h": 1})


@pytest.mark.parametrize("lambda_", [0.9, [0.9] * 20])
def test_a_number_and_an_array_are_refused_for_the_members_of_the_run(lambda_):
    """Those of the run in which 0.9 breaks the guard on lambda theta (1 + chi/2)."""
    drawn = steppe.InfluenceModel("baseline", 20, seed=1).parameters
    broken = 0.9 * drawn.theta * (1 + drawn.chi / 2) >= 0.9
    request = BatchOptions(["baseline"], 20, parameters={"lambda_": lambda_})
    with pytest.raises(steppe.RequestError) as of_run:
        request.request()
    with pytest.raises(steppe.RequestError) as of_model:
        steppe.InfluenceModel("baseline", 20, seed=1, parameters={"lambda_": lambda_})
    assert str(of_run.value) == str(of_model.value)
    assert 0 < broken.sum() < 20
    first = int(broken.argmax())
    words = f"{broken.sum()} of 20 members break a guard, the first being member {first}:"
    assert str(of_run.value).startswith(words)


@pytest.mark.parametrize("lambda_", [1.0, [1.0] * 20])
def test_guards_are_those_of_the_scenario_with_what_is_given(lambda_):
    text = "{title: Mine, extends: history, parameters: {theta: 0.2, chi: 0}}"
    mine = steppe.parse_scenario(text, "mine")
    BatchOptions([mine], 20, parameters={"lambda_": lambda_}).request()


def test_a_folder_with_another_batch_is_refused_in_the_words_of_python(folder):
    with pytest.raises(steppe.RequestError) as refused:
        steppe.run(PAIR, members=7, jobs=1, out=folder)
    assert str(refused.value) == (
        f"{folder}: holds another batch (members: 6 stored, 7 requested); "
        "give another `out`, or replace=True to delete it"
    )


def test_a_folder_without_a_batch_is_not_opened(tmp_path):
    with pytest.raises(steppe.RequestError, match="holds no batch"):
        steppe.open_results(tmp_path)


def test_the_record_of_a_call_can_be_run_again():
    results = steppe.run("baseline", members=2, jobs=1, evidence="measured")
    again = "steppe.run(['baseline'], members=2, evidence='measured', jobs=1)"
    assert results.attrs["command"] == again

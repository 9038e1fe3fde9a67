"""Parameters that Python gives as a plain mapping: as in a file, and over members."""

import numpy as np
import pytest

from steppe.model.core.errors import RequestError
from steppe.model.model import InfluenceModel
from steppe.model.parameters.table import TABLE
from steppe.model.scenario.load import load_scenario


def model(given, members=3, scenario="history", **keys):
    return InfluenceModel(scenario, members, 1, parameters=given, collect=None, **keys)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.id)
def test_identifier_symbol_and_name_are_the_same(row):
    middle = row.prior().quantiles(np.array([0.2]), row.bounds)[0]
    (expected,) = {
        getattr(model({label: middle}).parameters, row.id).tobytes()
        for label in (row.id, row.symbol, row.name)
    }
    values = np.frombuffer(expected).reshape(-1, 3)
    assert (values[1:] if row.per == "power" else values) == pytest.approx(middle)


def test_a_value_replaces_what_is_drawn_and_nothing_else():
    plain, given = model(None).parameters.as_table(), model({"rho": 5}).parameters.as_table()
    assert given["rho"].tolist() == [5, 5, 5]
    assert all(np.array_equal(plain[label], given[label]) for label in plain if label != "rho")


def test_arrays_are_over_members_and_entries_in_brackets():
    got = model({"resistance": [1, 2, 3], "beta[security]": 0.5, "β[economic]": np.ones(3)})
    assert got.parameters.rho.tolist() == [1, 2, 3]
    assert got.parameters.beta[:2].tolist() == [[1, 1, 1], [0.5, 0.5, 0.5]]


def test_what_is_given_comes_after_what_the_file_sets(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("title: Mine\nextends: history\nparameters: {rho: 2, beta: 1}\n")
    got = model({"beta[security]": 0.5, "rho": 4}, scenario=path).parameters
    assert got.rho.tolist() == [4, 4, 4]
    assert got.beta.T.tolist() == [[1, 0.5, 1]] * 3


def refusal(given, **keys):
    with pytest.raises(RequestError) as refused:
        model(given, **keys)
    return str(refused.value)


@pytest.mark.parametrize("value", [50, -1])
def test_out_of_bounds_is_refused_as_in_a_file(tmp_path, value):
    path = tmp_path / "mine.yaml"
    path.write_text(f"title: Mine\nextends: history\nparameters: {{rho: {value}}}\n")
    with pytest.raises(RequestError) as of_file:
        load_scenario(path)
    assert refusal({"rho": value}) == "parameters: " + str(of_file.value).split("  ", 1)[1]


def test_guards_hold():
    assert "3 of 3 members break a guard" in refusal({"rho": 10, "half_life": 1})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rh": 5}, "unknown parameter 'rh'; did you mean 'rho'?"),
        ({"resistence": 5}, "unknown parameter 'resistence'; did you mean 'resistance'?"),
        ({"tie_weight[econ]": 1}, "unknown entry of beta 'econ'; did you mean 'economic'?"),
        ({"rho": "5"}, "rho is '5'; give a number, or an array with a number for each member"),
        ({"rho": True}, "rho is True; give a number, or an array with a number for each member"),
        (
            {"rho": [1, 2]},
            "rho has 2 values for 3 members; give one number, or one for each member",
        ),
        (
            {"rho": [1, np.nan, 2]},
            "rho is bounded by 0 and 10 (per unit excess dependence), not nan (member 1)",
        ),
        ({"rho": 5, "ρ": 4}, "rho is given twice; give it once"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(given, message):
    assert refusal(given) == f"parameters: {message}"


def test_anything_but_a_mapping_is_refused():
    assert refusal(5).startswith("parameters is 5; give a mapping such as {'rho': 5}")

"""`InfluenceModel` keeps Mesa's conventions, in every version of Mesa that is supported."""

import inspect

import mesa
import numpy as np
import pytest

from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.model.agents import Power, Republic
from steppe.model.core.errors import RequestError
from steppe.model.model import InfluenceModel
from steppe.model.parameters.draw import draw_ensemble

CELL = "share[Russia, Kazakhstan, security]"


def run_batch(parameters, seeds):
    """`mesa.batch_run` with these seeds, in the way of the Mesa that is installed."""
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        return mesa.batch_run(InfluenceModel, parameters, rng=seeds, display_progress=False)
    return mesa.batch_run(InfluenceModel, {**parameters, "rng": seeds}, display_progress=False)


def of_russia(rows):
    return [row for row in rows if row["name"] == "Russia"]


@pytest.fixture(scope="module")
def ended():
    model = InfluenceModel("history", 6, rng=1)
    model.run_model()
    return model


def test_a_model_runs_to_the_end_of_its_scenario_and_no_further(ended):
    assert ended.steps == ended.scenario.quarters == 80 and not ended.running
    with pytest.raises(RequestError, match=r"^'history' ends in 2019Q4, .*; give the scenario a"):
        ended.step()
    assert ended.quarter == 79


def test_it_is_running_until_the_last_quarter():
    model = InfluenceModel("history", 1, rng=1, collect=None)
    for _ in range(79):
        model.step()
        assert model.running
    model.step()
    assert not model.running and model.datacollector is None


def test_seed_and_rng_are_the_same_and_each_model_without_them_is_another():
    def share(**keys):
        model = InfluenceModel("history", 2, collect=None, **keys)
        model.step()
        return model.seed, model.share.tolist()

    assert share(seed=7) == share(rng=7)
    assert share(rng=np.random.default_rng(3)) == share(rng=np.random.default_rng(3))
    (one, first), (other, second) = share(), share()
    assert one != other and first != second
    assert share(seed=one) == (one, first)


def test_by_default_parameters_and_inputs_are_those_of_the_command_line():
    source = load_parameter_source()
    model = InfluenceModel("russian-retreat", 5, seed=3)
    expected = draw_ensemble(
        model.scenario.parameters, source.inputs, 3, np.arange(5), source.posterior
    )
    for label, values in expected.as_table().items():
        np.testing.assert_array_equal(model.parameters.as_table()[label], values)
    assert model.inputs is source.inputs
    assert InfluenceModel("history", collect=None).member_numbers.size == 1000


def test_the_collector_has_a_row_for_every_quarter_with_medians_over_members(ended):
    table = ended.datacollector.get_model_vars_dataframe()
    assert list(table["quarter"].iloc[[0, -1]]) == ["2000Q1", "2019Q4"] and len(table) == 80
    assert table[CELL].iloc[-1] == np.median(ended.share[0, 0, 1])
    assert table["autonomy[Kazakhstan, soft power]"].iloc[-1] == np.median(ended.autonomy[0, 2])
    assert table["effort[China, Uzbekistan, economic]"].iloc[-1] == np.median(ended.effort[1, 4, 0])
    depends = ended.republics[2].dependence()[3]
    assert table["dependence[Tajikistan, European Union]"].iloc[-1] == np.median(depends)


def test_the_collector_has_a_row_for_every_agent(ended):
    table = ended.datacollector.get_agent_vars_dataframe()
    assert len(table) == 80 * 9
    last = table.loc[79].set_index("name")
    assert last.loc["China", "effort[economic]"] == np.median(
        ended.powers[1].effort[:, 0].sum(axis=0)
    )
    assert last.loc["China", "share[security]"] == np.median(ended.share[1, :, 1].mean(axis=0))
    assert np.isnan(last.loc["China", "dependence[Russia]"])
    assert last.loc["Kyrgyzstan", "autonomy[economic]"] == np.median(ended.autonomy[1, 0])


def test_the_collector_keeps_members_on_request():
    model = InfluenceModel("history", 4, rng=1, collect="members")
    model.step()
    first = model.share[0, 0, 1].copy()
    model.step()
    kept = model.datacollector.model_vars[CELL]
    np.testing.assert_array_equal(kept[0], first)
    np.testing.assert_array_equal(kept[1], model.share[0, 0, 1])


def test_a_batch_runs_over_scenarios_levers_parameters_and_seeds():
    rows = run_batch(
        {
            "scenario": "russian-retreat",
            "members": 2,
            "levers": [{"depth": 0.1}, {"depth": 0.9}],
            "parameters": [{"theta": 0.3}, {"effort_elasticity": 0.6}],
        },
        [1, 2],
    )
    assert len(rows) == 8 * 9
    assert {(row["Step"], row["quarter"]) for row in rows} == {(163, "2040Q4")}
    assert len({row[CELL] for row in of_russia(rows)}) == 8
    # the row is that of the model itself, agents and model at the same quarter
    row = of_russia(rows)[0]
    model = InfluenceModel(
        "russian-retreat", 2, rng=1, levers={"depth": 0.1}, parameters={"θ": 0.3}
    )
    model.run_model()
    assert row[CELL] == np.median(model.share[0, 0, 1])
    assert row["share[security]"] == np.median(model.share[0, :, 1].mean(axis=0))


def test_runs_of_a_batch_without_seeds_differ():
    rows = of_russia(run_batch({"scenario": "history", "members": 1}, [None, None]))
    assert len(rows) == 2 and rows[0][CELL] != rows[1][CELL]


def test_agent_sets_select_and_get(ended):
    powers = ended.agents.select(agent_type=Power)
    assert powers.get("name") == list(ended.cast.power_names)
    (china,) = ended.agents.select(lambda agent: agent.name == "China")
    assert china is ended.powers[1]
    assert list(ended.agents_by_type[Republic]) == ended.republics
    assert ended.agents.select(agent_type=Republic).agg("index", max) == 4


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"members": 0}, "members is 0; give a whole number, from 1 to 100,000,000"),
        ({"members": [1, -2]}, "members holds -2; members count from 0"),
        ({"seed": -1}, "seed is -1; give a whole number, 0 or more"),
        ({"rng": "x"}, "rng is 'x'; give a whole number, 0 or more"),
        ({"seed": 1, "rng": 1}, "seed and rng are both given; give one of them"),
        ({"scenario": "histry"}, "histry  unknown scenario 'histry'; did you mean 'history'?"),
        ({"scenario": 5}, "scenario is 5; give the name or the path of one"),
        (
            {"scenario": "russian-retreat", "levers": {"dept": 1}},
            "scenarios/russian-retreat.yaml  unknown lever 'dept'; did you mean 'depth'?",
        ),
        ({"levers": {"depth": "x"}}, "lever 'depth' is 'x'; give a finite number"),
        (
            {"levers": "depth"},
            "levers is 'depth'; give a mapping such as {'depth': 0.8} "
            "(to mesa.batch_run, a list of them)",
        ),
        ({"powers": {"Chna": Power}}, "powers: 'Chna' is not in the cast; did you mean 'China'?"),
        ({"powers": {"China": Republic}}, "powers: give China a subclass of Power"),
        ({"collect": "median"}, "collect is 'median'; did you mean 'medians'?"),
        (
            {"parameters_from": 3},
            "parameters_from is 3; give 'posterior', 'prior' or the path of a posterior",
        ),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(keys, message):
    with pytest.raises(RequestError) as refused:
        InfluenceModel(**keys)
    assert str(refused.value) == message

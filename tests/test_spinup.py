"""Members that repeat a draw inherit the same, and it is worked out once."""

from dataclasses import replace

import numpy as np
import pytest

from steppe.experiments.runs import spinup
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.experiments.runs.spinup import spinup_state
from steppe.model.model import SPINUP_QUARTERS, InfluenceModel, SpinupState
from steppe.model.scenario.load import load_scenario
from steppe.model.scenario.schema import Change


@pytest.fixture
def nothing_known(monkeypatch):
    monkeypatch.setattr(spinup, "_states", type(spinup._states)())


@pytest.fixture(scope="module")
def weights():
    return load_parameter_source()


def alone(scenario, numbers, weights, **more):
    return InfluenceModel(
        scenario,
        np.array(numbers),
        9,
        inputs=weights.inputs,
        parameters_from=weights.posterior,
        **more,
    )


def same(one, other):
    return all(
        np.array_equal(ours, theirs)
        for ours, theirs in zip(vars(one).values(), vars(other).values(), strict=True)
    )


def test_members_inherit_what_they_would_have_worked_out_alone(nothing_known, weights):
    scenario, draws = load_scenario("baseline"), weights.posterior.size
    for numbers in ([0, 3, draws, draws + 3], [3, 5, 2 * draws + 5], [5]):
        found = spinup_state(scenario, np.array(numbers), 9, weights)
        assert same(found, alone(scenario, numbers, weights).spinup)


def test_a_run_from_a_known_inheritance_is_the_same_to_the_last_bit(weights):
    scenario, numbers = load_scenario("history"), [2, 1002]
    known = alone(
        scenario,
        numbers,
        weights,
        spinup=spinup_state(scenario, np.array(numbers), 9, weights),
    )
    unknown = alone(scenario, numbers, weights)
    for one, other in zip(known.run(), unknown.run(), strict=True):
        assert (
            one == other
            and np.array_equal(known.share, unknown.share)
            and np.array_equal(known.effort, unknown.effort)
        )
        assert np.array_equal(known.share_a_year_ago, unknown.share_a_year_ago)


def test_each_draw_is_worked_out_once(nothing_known, weights, monkeypatch):
    quarters = []
    offers = InfluenceModel._move_effort
    monkeypatch.setattr(
        InfluenceModel,
        "_move_effort",
        lambda model: (quarters.append(model.member_numbers.tolist()), offers(model))[1],
    )
    scenario, draws = load_scenario("baseline"), weights.posterior.size
    spinup_state(scenario, np.array([4, 6, draws + 4]), 9, weights)
    spinup_state(scenario, np.array([6, 8, draws + 8, 3 * draws + 4]), 10, weights)
    assert quarters == [[4, 6]] * SPINUP_QUARTERS + [[8]] * SPINUP_QUARTERS


def test_other_parameters_have_another_inheritance(nothing_known, weights):
    scenario, numbers = load_scenario("baseline"), np.array([1, 2])
    doubled = replace(scenario, parameters={"zeta": Change(times=2.0)})
    assert same(spinup_state(doubled, numbers, 9, weights), alone(doubled, numbers, weights).spinup)
    assert not same(
        spinup_state(doubled, numbers, 9, weights), spinup_state(scenario, numbers, 9, weights)
    )


def test_nothing_is_shared_where_members_differ_beyond_their_draws(nothing_known, weights):
    scenario, numbers = load_scenario("baseline"), np.array([1, 2])
    assert (
        spinup_state(
            replace(scenario, parameters={"sigma": Change(uniform=(0.02, 0.05))}),
            numbers,
            9,
            weights,
        )
        is None
    )
    assert spinup_state(replace(scenario, added={"Turkey": object()}), numbers, 9, weights) is None
    assert spinup_state(scenario, numbers, 9, load_parameter_source("prior")) is None
    assert not spinup._states


def test_only_a_few_sets_of_draws_are_held(nothing_known, weights):
    scenario = load_scenario("baseline")
    for times in range(1, spinup.MAX_STATES + 3):
        spinup_state(
            replace(scenario, parameters={"zeta": Change(times=times / 10)}),
            np.array([1]),
            9,
            weights,
        )
    assert len(spinup._states) == spinup.MAX_STATES


def test_a_model_that_has_begun_no_longer_knows_what_it_inherited(weights):
    model = alone(load_scenario("history"), [0], weights)
    assert isinstance(model.spinup, SpinupState)
    model.step()
    with pytest.raises(ValueError, match="2000Q1"):
        _ = model.spinup

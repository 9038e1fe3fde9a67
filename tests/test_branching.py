"""A past that scenarios share is simulated once; a branch gives what a run of its own gives."""

import numpy as np
import pytest

from steppe.model.model import InfluenceModel
from steppe.model.scenario.common_prefix import count_shared_quarters
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import load_scenario

MEMBERS = np.arange(70, 110)  # across the boundary of two chunks of random numbers


def finished(model):
    for _ in model.run():
        pass
    return model


def written(folder, name, body):
    path = folder / f"{name}.yaml"
    path.write_text(f"title: {name}\nextends: baseline\n{body}", encoding="utf-8")
    return load_scenario(path)


@pytest.mark.parametrize(
    "name", ["russian-retreat", "great-rivalry", "uzbek-multivector", "after-2022"]
)
def test_a_branch_equals_a_run_of_its_own_to_the_last_bit(name):
    trunk, scenario = load_scenario("baseline"), load_scenario(name)
    model = InfluenceModel(trunk, MEMBERS, seed=3, parameters_from="prior")
    for _ in range(count_shared_quarters(trunk, scenario)):
        model.step()
    branch, alone = (
        finished(model.branch(scenario)),
        finished(InfluenceModel(scenario, MEMBERS, seed=3, parameters_from="prior")),
    )
    assert np.array_equal(branch.share, alone.share) and np.array_equal(branch.effort, alone.effort)
    assert np.array_equal(
        finished(model).share,
        finished(InfluenceModel(trunk, MEMBERS, seed=3, parameters_from="prior")).share,
    ), "branching changed the trunk"


def test_a_condition_met_before_the_branch_stays_met(tmp_path):
    condition = """events:
  wakes:
    if: {republic: Kazakhstan, channel: economic, power: China, share: "> 0.2"}
    what: China passes a fifth
    effects:
      - {budget: China, scale: 0.5, over: 40}
"""
    trunk = written(tmp_path, "trunk", condition)
    later = written(
        tmp_path,
        "later",
        condition
        + """  later:
    when: 2022
    what: Something else
    effects: [{shock: effort, power: Russia, republic: all, channel: all, intensity: 2}]
""",
    )
    assert count_shared_quarters(trunk, later) == 88
    model = InfluenceModel(trunk, MEMBERS, seed=3, parameters_from="prior")
    for _ in range(88):
        model.step()
    assert np.array_equal(
        finished(model.branch(later)).share,
        finished(InfluenceModel(later, MEMBERS, seed=3, parameters_from="prior")).share,
    )


def test_nothing_is_shared_where_parameters_casts_or_conditions_differ(tmp_path):
    baseline = load_scenario("baseline")
    assert (
        count_shared_quarters(baseline, written(tmp_path, "other", "parameters: {rho: 0}\n")) == 0
    )
    conditional = (
        "events:\n  it:\n"
        '    if: {republic: all, channel: all, power: China, share: "> 0.9"}\n'
        "    what: Never\n    effects: [{budget: China, scale: 2}]\n"
    )
    assert count_shared_quarters(baseline, written(tmp_path, "conditional", conditional)) == 80
    before = "version: 1\n" + conditional
    assert count_shared_quarters(baseline, written(tmp_path, "before", before)) == 0


def test_every_shipped_future_shares_the_history_with_the_baseline():
    baseline = load_scenario("baseline")
    for name in shipped_names():
        assert count_shared_quarters(baseline, load_scenario(name)) >= 80, name

"""Powers that are out of every sum, and powers that appear at a date."""

import numpy as np
import pytest

from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.model import InfluenceModel
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.common_prefix import count_shared_quarters
from steppe.model.scenario.lint import lint_scenario
from steppe.model.scenario.load import load_scenario

EXACT = 1e-12
JOINS = 108  # 2027Q1


def loaded(folder, keys, events=""):
    path = folder / "iran.yaml"
    text = f"title: Iran\nextends: baseline\ncast: {{Iran: {{kind: power{keys}}}}}\n{events}"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


def shares(scenario, members=6, **keys):
    model = InfluenceModel(scenario, members, **{"seed": 1, **keys})
    return np.array([model.share.copy() for _ in model.run()])


@pytest.fixture(scope="module")
def baseline():
    return shares(load_scenario("baseline"))


def test_a_power_without_means_changes_nobodys_share(tmp_path, baseline):
    found = shares(loaded(tmp_path, ", budget: 0"))
    assert abs(found[:, :4] - baseline).max() <= EXACT
    assert not found[:, 4].any()


def test_a_power_that_appears_is_in_no_sum_before(tmp_path, baseline):
    found = shares(loaded(tmp_path, ", from: 2027"))
    assert abs(found[:JOINS, :4] - baseline[:JOINS]).max() <= EXACT
    assert not found[:JOINS, 4].any()
    assert (found[JOINS:, 4] > 0).all()
    assert np.isfinite(found).all()
    assert abs(found[-1, :4] - baseline[-1]).max() > 1e-3


@pytest.mark.parametrize("entry", [-4.0, -1.0])
def test_it_enters_at_the_log_ratio_given_and_with_even_effort(tmp_path, entry):
    scenario = loaded(tmp_path, f", from: 2027, enters_at: {entry}")
    model = InfluenceModel(scenario, 3, 1, noise=False)
    for _ in range(JOINS):
        model.step()
    others = np.exp(model.log_ratio[:4]).sum(axis=0)
    model.quarter += 1
    model._admit_powers()
    expected = np.exp(entry) / (1 + np.exp(entry) + others)
    assert model.share[4] == pytest.approx(expected, abs=EXACT)
    assert (model.effort[4] == 1 / 15).all()


def test_compiled_loops_agree(tmp_path):
    pytest.importorskip("numba")
    from steppe.model.backends.compiled_backend import CompiledBackend

    scenario = loaded(tmp_path, ", from: 2027")
    assert (shares(scenario, backend=CompiledBackend()) == shares(scenario)).all()


def test_check_lists_what_is_assumed(tmp_path):
    def said(keys, events=""):
        scenario = loaded(tmp_path, keys, events)
        inputs = extend_inputs(scenario, default_inputs())
        return "\n".join(problem.message for problem in lint_scenario(scenario, inputs))

    nothing = said("")
    for words in (
        "budget: 1, Russia's means of 2000",
        "ties: 0.45",
        "interests: 1",
        "supply: half the mean",
        "relations: 0",
    ):
        assert words in nothing, words
    assert "enters_at" not in nothing and "changes history" in nothing
    later = said(", budget: 0.3, from: 2027")
    assert "enters_at: -3" in later and "budget" not in later
    assert "changes history" not in later
    early = "events: {e: {what: early, when: 2025, effects: [{budget: Iran, scale: 2}]}}\n"
    assert "Iran appears only in 2027Q1, and this can come in 2025Q1" in said(", from: 2027", early)
    assert "Iran takes no part" in said(", budget: 0", early)


def test_levers_in_the_cast_tell_histories_apart(tmp_path):
    """Two members of a family whose added power differs share no quarter of history."""
    levers = "levers: {means: {meaning: its means, default: 1, range: [0.1, 3]}}\n"
    one, other = (
        load_scenario(loaded(tmp_path, ", budget: means", levers).source.file, levers={"means": x})
        for x in (0.2, 2)
    )
    assert count_shared_quarters(one, other) == 0
    assert count_shared_quarters(one, one) == one.quarters

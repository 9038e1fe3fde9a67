"""Futures with levers of their own, simulated together, are to the last bit what each is alone."""

from __future__ import annotations

import numpy as np
import pytest
from test_sensitivity import PRIOR

from steppe.experiments.analysis.discovery import design
from steppe.experiments.analysis.discovery.design import DiscoveryRequest
from steppe.experiments.analysis.ensembles import lever_arrays as levers
from steppe.experiments.analysis.ensembles.simulate import Ensemble, read_expression, simulate
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.model.core.errors import RequestError
from steppe.model.scenario.load import load_scenario

EVERYTHING = """title: Everything that a lever can set
extends: baseline
levers:
  chance: {meaning: how likely, default: 0.5, range: [0, 1]}
  size: {meaning: how strong, default: 1, range: [0.5, 3]}
  year: {meaning: when, default: 2024, range: [2020, 2030]}
  slow: {meaning: how long it takes, default: 4, range: [1, 12]}
parameters:
  rho: {times: size / 10}
  gamma: 0.3 + chance / 10
  tau_0: {uniform: [0.3, 0.35 + chance / 10]}
events:
  perhaps:
    between: [year, year + 3]
    what: Perhaps it happens
    probability: chance
    effects:
      - {shock: effort, power: China, republic: all, channel: all, intensity: size}
      - {need: size, republic: Kazakhstan, channel: security}
      - {tolerance: size / 10, republic: all}
  reaction:
    if: {republic: Tajikistan, channel: economic, power: China, share: "> 0.2"}
    what: Tajikistan turns round
    probability: chance
    effects:
      - {institution: CSTO, leave: Tajikistan}
      - {interest: size, power: Russia, republic: Tajikistan, channel: security}
  founding:
    when: year
    what: A pact is founded
    effects:
      - {institution: Pact, found: {sponsors: China, channels: security, weight: size / 3},
         join: Kazakhstan}
      - {reroute: Russia, out_of: {republic: Kazakhstan}, into: {republic: Tajikistan},
         share: chance / 2, over: 4}
  slowly:
    when: year
    what: Means and views change slowly
    effects:
      - {budget: United States, scale: size, over: slow}
      - {relation: [China, Russia], becomes: size, over: slow}
      - {shock: ties, power: China, republic: all, channel: all, intensity: size, over: slow}
      - {shock: supply, power: Russia, channel: all, intensity: -size, permanent: true}
"""
ACTOR = """title: Another power
extends: baseline
levers:
  weight: {meaning: factor on its means, default: 1, range: [0.5, 4]}
cast:
  Turkey: {kind: power, code: TUR, interests: [{republic: all, channel: soft power, level: 3}]}
events:
  money: {when: 2026, what: It spends more, effects: [{budget: Turkey, scale: weight}]}
"""
TOGETHER = 4


@pytest.fixture
def everything(tmp_path):
    path = tmp_path / "everything.yaml"
    path.write_text(EVERYTHING, encoding="utf-8")
    return path


def make_request(word, text="autonomy(region) < 0.3", **keys) -> DiscoveryRequest:
    scenario = load_scenario(word)
    return DiscoveryRequest(
        scenario, read_expression(text, [scenario]), PRIOR, 1, str(word), **keys
    )


@pytest.mark.parametrize("word", ["everything", "sino-russian-condominium", "russian-retreat"])
def test_together_is_as_alone(word, everything):
    request = make_request(everything if word == "everything" else word, futures=200)
    columns, turned = design.draw_factors(request)
    numbers = np.flatnonzero(~design.guard_violations(request, columns, turned))
    columns, turned = design.select_rows(columns, numbers), design.select_rows(turned, numbers)
    some = design._simulation_groups(request.scenario, turned, len(numbers))[0][:TOGETHER]
    table = design.complete_parameters(design.select_rows(columns, some), request)
    own = {name: column[some] for name, column in turned.items()}
    assert any(np.ptp(column) > 0 for column in own.values())
    scenario = levers.scenario_with_lever_arrays(request.word, own, numbers[some], request.seed)
    together = simulate(Ensemble(scenario, numbers[some], request.seed, PRIOR, table), {130, 163})
    for place in range(len(some)):
        alone = load_scenario(
            request.word, levers={name: float(column[place]) for name, column in own.items()}
        )
        futures = Ensemble(
            alone,
            numbers[some][place : place + 1],
            request.seed,
            PRIOR,
            {label: column[place : place + 1] for label, column in table.items()},
        )
        for quarter, share in simulate(futures, {130, 163}).items():
            np.testing.assert_array_equal(together[quarter][..., place], share[..., 0])


def test_what_all_must_share_is_stepped(everything):
    request = make_request(everything, futures=400)
    assert levers.stepped_levers(request.scenario) == {"slow"} and levers.levers_change_parameters(
        request.scenario
    )
    assert levers.stepped_levers(load_scenario("russian-retreat")) == set()
    turned = design.draw_factors(request)[1]
    assert set(turned["slow"]) == set(range(1, 13)) and len(set(turned["size"])) == 400
    for places in design._simulation_groups(request.scenario, turned, 400):
        assert len(set(turned["slow"][places])) == 1


def test_levers_that_a_scenario_does_not_allow_together_are_refused(tmp_path):
    path = tmp_path / "strong.yaml"
    path.write_text(
        "title: Too strong\nextends: baseline\nlevers:\n"
        "  one: {meaning: a, default: 1, range: [0, 3]}\n"
        "  other: {meaning: b, default: 1, range: [0, 3]}\n"
        "events:\n  shock: {when: 2024, what: A shock, effects: [{shock: effort, power: China, "
        "republic: all, channel: all, intensity: one * other}]}\n"
    )
    with pytest.raises(RequestError, match=r"cannot be run at one .*within the ranges"):
        design.sample(make_request(path, futures=200), Checkpoints(tmp_path / "pieces"))


def test_a_scenario_with_an_actor_of_its_own_can_be_asked(tmp_path):
    path = tmp_path / "actor.yaml"
    path.write_text(ACTOR, encoding="utf-8")
    request = make_request(path, "share(Turkey, all, soft power) > 0.15", futures=200)
    found = design.sample(request, Checkpoints(tmp_path / "pieces"))
    assert {"b[Turkey]", "weight"} <= set(
        found.columns
    ) and 20 <= found.cases.sum() <= found.cases.size - 20
    assert (
        found.columns["b[Turkey]"][found.cases].mean()
        > found.columns["b[Turkey]"][~found.cases].mean()
    )
    with pytest.raises(RequestError, match="baseline does not have the actors"):
        read_expression("share(Turkey, all) > baseline.share(Turkey, all)", [request.scenario])
    with pytest.raises(RequestError, match="do not have the same actors"):
        read_expression("autonomy(region)", [request.scenario, load_scenario("baseline")])

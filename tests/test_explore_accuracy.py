"""First answers against whole ones, over five scenarios and random levers; `make test-all`: ten.

A scenario is opened and left alone for a second or two, so that there are runs along its levers;
then levers are set at random.
"""

from __future__ import annotations

import base64

import numpy as np
import pytest
from examples import examples

from steppe.experiments.explore.asked_scenario import Library
from steppe.experiments.explore.engine import Engine
from steppe.experiments.explore.interpolation import continuous_levers
from steppe.experiments.explore.question import Question
from steppe.model.backends.choice import compiled_backend, use_backend
from steppe.model.evidence.coding import HISTORY_QUARTERS

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]  # some 80 runs of a thousand members
SCENARIOS = (
    "russian-retreat",
    "china-russia-split",
    "american-return",
    "chinese-overstretch",
    "european-reengagement",
    "great-rivalry",
    "pipeline-rerouting",
    "vacuum-of-influence",
    "steppe-autonomy",
    "afghan-spillover",
)[: examples(5)]
CLOSE = 0.005


def shares(answer):
    """Quantiles of every share in the years that can differ."""
    packed = np.frombuffer(base64.b64decode(answer["shares"]), "<i2")
    return packed.reshape(-1, len(answer["years"]))[:, HISTORY_QUARTERS // 4 :] / 10_000


def random_levers(scenario, draws, names):
    continuous = continuous_levers(scenario)
    found = {}
    for name in names:
        low, high = scenario.levers[name].range
        drawn = draws.uniform(low, high) if name in continuous else draws.integers(low, high + 1)
        found[name] = float(drawn)
    return found


@pytest.fixture(scope="module")
def close():
    """By kind of first answer, the share of cells within `CLOSE` of the whole one."""
    use_backend(compiled_backend())
    try:
        engine, draws, found = Engine(Library()), np.random.default_rng(3), {}
        for name in SCENARIOS:
            scenario = engine.library.scenario(Question(name))
            for _ in engine.answers(Question(name)):
                pass
            for _ in engine.along(engine.ask(Question(name))):
                pass
            levers = list(scenario.levers)
            for chosen in ([levers[0]], [levers[-1]], levers):
                question = Question(name, levers=random_levers(scenario, draws, chosen))
                answers = [answer for answer in engine.answers(question) if answer]
                apart = np.abs(shares(answers[0]) - shares(answers[-1]))
                found.setdefault(answers[0]["kind"], []).append((apart <= CLOSE).mean())
        return found
    finally:
        use_backend(None)


def test_first_answers_are_within_0_005_of_the_whole_in_97_of_100_cells(close):
    assert len(close["first"]) >= len(SCENARIOS)
    assert np.mean(close["first"]) >= 0.97, close


def test_where_runs_bracket_the_lever_999_of_1000_cells_are(close):
    assert len(close["interpolated"]) >= 0.8 * len(SCENARIOS)
    assert np.mean(close["interpolated"]) >= 0.999, close

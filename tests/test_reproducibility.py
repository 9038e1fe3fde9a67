"""Reproducible results: bytes by seed, members by number, scenarios until they differ."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
import toys

from steppe.model.core.calendar import parse_quarter
from steppe.model.model import InfluenceModel


def digest(scenario="baseline", members=2):
    world = InfluenceModel(scenario, members, seed=5, parameters_from="prior")
    state = hashlib.sha256()
    for _ in world.run():
        state.update(world.share.tobytes() + world.effort.tobytes())
    return state.hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_this_process_and_in_another():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); "
        "import test_reproducibility; print(test_reproducibility.digest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, os.path.dirname(__file__)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "12345"},
    )
    assert digest() == digest() == other.stdout.strip()


def test_another_seed_gives_another_history():
    of = toys.cast()
    one, other = (
        toys.histories(
            InfluenceModel(
                toys.scenario(of), 3, inputs=toys.inputs(of), seed=seed, parameters_from="prior"
            )
        )
        for seed in (0, 1)
    )
    assert (one != other).all()


@pytest.fixture(scope="module")
def two_hundred():
    return toys.histories(InfluenceModel("baseline", 200, 0, parameters_from="prior"))


@pytest.mark.parametrize(
    "numbers",
    [[0], [137], [199, 3], range(60, 70), range(128, 192), range(199, -1, -1)],
    ids=["the first", "one alone", "two backwards", "across chunks", "one chunk", "all backwards"],
)
def test_a_member_is_the_same_to_the_last_bit_in_any_block(two_hundred, numbers):
    numbers = np.array(numbers)
    assert np.array_equal(
        toys.histories(InfluenceModel("baseline", numbers, 0, parameters_from="prior")),
        two_hundred[..., numbers],
    )


SPAN = ["2000Q2", "2003Q4"]
DRAWN = {
    "shocks and spans": {
        "first": {
            "between": SPAN,
            "effects": [
                {"relation": ["East", "West"], "becomes": 2, "over": 3},
                {"budget": "East", "scale": 3, "over": 5},
                {"interest": 3, "power": "West", "republic": "all", "channel": "trade"},
                {"tolerance": 0.1, "republic": "all"},
                {
                    "shock": "ties",
                    "power": "all",
                    "republic": "all",
                    "channel": "all",
                    "intensity": 2,
                },
            ],
        },
        "second": {
            "between": SPAN,
            "probability": 0.5,
            "effects": [{"relation": ["East", "West"], "becomes": -3, "over": 6}],
        },
        "third": {
            "if": {"power": "East", "republic": "Valley", "channel": "trade", "share": "> 0.15"},
            "probability": 0.7,
            "effects": [
                {"budget": "West", "scale": 3, "over": 4},
                {
                    "shock": "effort",
                    "power": "all",
                    "republic": "all",
                    "channel": "security",
                    "intensity": 2,
                },
            ],
        },
    },
    "two reroutes": {
        "there": {
            "between": SPAN,
            "effects": [
                {
                    "reroute": "East",
                    "share": 0.5,
                    "out_of": {"channel": "trade"},
                    "into": {"channel": "security"},
                }
            ],
        },
        "back": {
            "between": SPAN,
            "effects": [
                {
                    "reroute": "East",
                    "share": 0.5,
                    "out_of": {"channel": "security"},
                    "into": {"channel": "trade"},
                }
            ],
        },
    },
    "three foundings": {
        name: {
            "between": SPAN,
            "effects": [
                {
                    "institution": name,
                    "join": "Valley",
                    "found": {"sponsors": "all", "channels": "trade", "weight": weight},
                }
            ],
        }
        for name, weight in (("pact", 0.3), ("club", 0.17), ("union", 0.41))
    },
    "two ways to found one institution": {
        power: {
            "between": SPAN,
            "effects": [
                {
                    "institution": "pact",
                    "join": "Valley",
                    "found": {"sponsors": power, "channels": "trade", "weight": 0.5},
                }
            ],
        }
        for power in ("East", "West")
    },
}


@pytest.mark.parametrize("events", DRAWN.values(), ids=DRAWN.keys())
def test_events_with_drawn_dates_do_not_make_members_depend_on_their_block(events):
    of = toys.cast()
    future, coded = toys.scenario(of, events, quarters=24), toys.inputs(of)
    together = toys.histories(InfluenceModel(future, 20, 0, inputs=coded, parameters_from="prior"))
    for number in range(20):
        alone = toys.histories(
            InfluenceModel(future, np.array([number]), 0, inputs=coded, parameters_from="prior")
        )
        assert np.array_equal(alone[..., 0], together[..., number]), f"member {number}"


def test_two_scenarios_are_the_same_to_the_last_bit_until_they_differ(two_hundred):
    retreat, parting = (
        toys.histories(InfluenceModel("russian-retreat", 200, 0, parameters_from="prior")),
        parse_quarter("2024Q1"),
    )
    assert np.array_equal(retreat[:parting], two_hundred[:parting])
    assert (retreat[parting, 0] != two_hundred[parting, 0]).all()


def test_a_longer_run_begins_as_the_shorter_one(two_hundred):
    assert np.array_equal(
        toys.histories(InfluenceModel("history", 200, 0, parameters_from="prior")), two_hundred[:80]
    )

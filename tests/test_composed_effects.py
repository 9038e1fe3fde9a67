"""Quarrels, successions and blockades: what they are made of, and what is said of them."""

import json

import numpy as np
import pytest
import toys
from toys import EAST, SECURITY, TRADE, WEST, followed, one_event

from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.forcing.compositions import TOLERANCE_OF_STANCE
from steppe.model.model import InfluenceModel
from steppe.model.scenario.describe import describe_effect
from steppe.model.scenario.lint import lint_scenario
from steppe.model.scenario.load import load_scenario

EXACT = 1e-12
TIES = {"shock": "ties", "power": "Russia", "republic": "Kazakhstan", "permanent": True}
THREAT = {"shock": "threat", "republic": "all"}


def file_of(folder, *effects, parameters=None, **keys):
    event = {"what": "it comes", "when": 2026, **keys, "effects": list(effects)}
    events = {"it": event} if effects else {}
    text = json.dumps(
        {"title": "x", "extends": "baseline", "parameters": parameters or {}, "events": events}
    )
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    return load_scenario(folder / "x.yaml")


def trajectory(scenario):
    model = InfluenceModel(scenario, 12, 1)
    return np.array([model.share.copy() for _ in model.run()])


def test_a_level_of_stance_is_that_of_the_codebook():
    """Levels 0 and 3 lie 0.16 of tolerance apart (CODEBOOK.md: +0.08 to -0.08)."""
    assert pytest.approx(-0.16 / 3, abs=EXACT) == TOLERANCE_OF_STANCE


@pytest.mark.parametrize("keys", [{}, {"for": "2 years"}])
@pytest.mark.parametrize(
    ("effect", "parts"),
    [
        (
            {"succession": "all", "percent": 50, "stance": -1},
            [{**THREAT, "intensity": 1.5}, {"tolerance": 0.16 / 3, "republic": "all"}],
        ),
        ({"succession": "all", "intensity": 2}, [{**THREAT, "intensity": 2}]),
    ],
)
def test_it_is_its_parts(tmp_path, effect, parts, keys):
    found = trajectory(file_of(tmp_path, effect, **keys))
    assert abs(found - trajectory(file_of(tmp_path, *parts, **keys))).max() < EXACT
    assert abs(found - trajectory(load_scenario("baseline"))).max() > 1e-3


@pytest.mark.parametrize(("size", "levels"), [({"intensity": 1}, 1.0), ({"percent": "20%"}, 0.6)])
def test_a_quarrel_lowers_ties_and_guards_against_that_power_alone(size, levels):
    """A level is 1/3 of a tie, and 0.9 / 3 of a log-ratio (CODEBOOK.md: 1.3 to 2.2 over three)."""
    quarrel = {"quarrel": ["West", "Valley"], "channel": "trade", **size}
    events = one_event(quarrel, when=4, **{"for": "3 quarters"})
    forcing = toys.forcing(toys.inputs(toys.cast(), ties=0.9), events)
    read = lambda now: np.array([now.ties[:, 0, TRADE].mean(-1), now.wariness[:, 0].mean(-1)])  # noqa: E731
    ties, wariness = followed(forcing, read, 12).transpose(1, 0, 2)
    during = np.isin(np.arange(12), (4, 5, 6))
    assert ties[:, WEST] == pytest.approx(np.where(during, 0.9 - levels / 3, 0.9))
    assert wariness[:, WEST] == pytest.approx(np.where(during, 0.3 * levels, 0.0))
    assert ties[:, EAST] == pytest.approx(0.9) and (wariness[:, EAST] == 0).all()


def test_who_quarrels_with_one_power_turns_to_the_others(tmp_path):
    """Tolerance would have kept out all of them."""
    quarrel = {"quarrel": ["Russia", "Kazakhstan"], "channel": "economic", "intensity": 1}
    change = trajectory(file_of(tmp_path, quarrel)) - trajectory(load_scenario("baseline"))
    assert change[-1, 0, 0, 0].max() < -1e-3 < 1e-3 < change[-1, 1, 0, 0].min()


def needs(*effects, **keys):
    of = toys.cast()
    forcing = toys.forcing(toys.inputs(of, needs=0.6), one_event(*effects, **keys))
    return followed(forcing, lambda now: now.needs[..., 0], 12)


def test_a_blockade_keeps_supply_from_republics_until_it_ends():
    cut = {"blockade": "East", "republic": "Valley", "channel": "trade", "percent": 40}
    found = needs(cut, when=4, **{"for": "3 quarters"})
    assert abs(found[4:7, EAST, 0, TRADE] - 0.36).max() < EXACT
    found[4:7, EAST, 0, TRADE] += 0.24
    assert abs(found - 0.6).max() < EXACT


def test_blockades_add_up_to_all_of_the_supply():
    half = {"blockade": "all", "republic": "Valley", "percent": 50}
    third = {"blockade": "East", "republic": "Valley", "channel": "security", "intensity": 1}
    most = {"blockade": "West", "republic": "Valley", "intensity": 3}
    found = needs(half, third, most)[-1]
    assert found[EAST, 0, SECURITY] == pytest.approx(0.6 * (1 - 1 / 2 - 1 / 3))
    assert found[EAST, 0, TRADE] == pytest.approx(0.3)
    assert (found[WEST] == 0).all()


def test_a_blockade_moves_what_it_says(tmp_path):
    cut = {"blockade": "Russia", "republic": "Kazakhstan", "channel": "economic", "percent": 60}
    needed = {"parameters": {"eta": 1.0}}  # what needs weigh; drawn, it may be next to nothing
    change = trajectory(file_of(tmp_path, cut, **needed)) - trajectory(file_of(tmp_path, **needed))
    assert change[-1, 0, 0, 0].max() < -1e-3
    assert (change[: 4 * 26] == 0).all()


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        ({"quarrel": ["Russia", "China"], "intensity": 1}, "relation: [Russia, China]"),
        ({"quarrel": ["KGZ", "UZB"], "intensity": 1}, "shock: threat, republic: [KGZ, UZB]"),
        ({"quarrel": ["Russia", "Kazakstan"], "intensity": 1}, "did you mean 'Kazakhstan'"),
        ({"quarrel": "Russia", "intensity": 1}, "quarrel: [Russia, Kazakhstan]"),
        ({"quarrel": ["Russia", "KAZ"]}, "says how strong nowhere; give either an intensity"),
        (
            {"blockade": "Russia", "republic": "all", "intensity": 1, "percent": 5},
            "says how strong twice",
        ),
        ({"blockade": "Russia", "republic": "all", "percent": 140}, "at most 100"),
        ({"blockade": "Russia", "percent": 40}, "'republic' is missing"),
        ({"quarrel": ["Russia", "KAZ"], "power": "Russia", "percent": 5}, "names both after"),
        ({"election": "KGZ"}, "{succession: Kyrgyzstan, intensity: 1}"),
        ({"embargo": "KGZ"}, "{blockade: Russia, republic: Kazakhstan, percent: 40}"),
        ({"dispute": "KGZ"}, "{quarrel: [Russia, Kazakhstan], intensity: 1}"),
    ],
)
def test_mistakes_lead_out(tmp_path, effect, said):
    with pytest.raises(DiagnosticsError) as caught:
        file_of(tmp_path, effect)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        ({"quarrel": ["Russia", "KAZ"], "intensity": 0}, "an intensity of 0"),
        ({"succession": "KGZ", "intensity": 0}, "an intensity and a stance of 0"),
        ({"blockade": "Russia", "republic": "KAZ", "percent": 0}, "an intensity of 0"),
        ({"quarrel": ["Russia", "KAZ"], "intensity": 1}, ""),
        ({"blockade": "Russia", "republic": "KAZ", "percent": 1}, ""),
    ],
)
def test_check_warns_of_what_changes_nothing(tmp_path, effect, said):
    scenario = file_of(tmp_path, effect)
    found = [problem.message for problem in lint_scenario(scenario, default_inputs())]
    assert (not found) if not said else any(said in message for message in found)


def test_what_they_do_is_said(tmp_path):
    scenario = file_of(
        tmp_path,
        {"quarrel": ["Russia", "KAZ"], "percent": 50},
        {"blockade": "Russia", "republic": "KAZ", "percent": 40},
    )
    said = [describe_effect(one, scenario.cast) for one in scenario.events["it"].effects]
    assert (
        said[0]
        == "quarrel of Russia and Kazakhstan: ties -1.5 (all channels), stance towards it +1.5"
    )
    assert said[1] == "40% of the supply of Russia does not reach Kazakhstan (all channels)"

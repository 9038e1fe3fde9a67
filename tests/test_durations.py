"""Events that end: what they gave is taken back, and fading shocks have a closed form."""

import json

import numpy as np
import pytest
import toys
from toys import EAST, SECURITY, TRADE, WEST, followed, one_event, shock

from steppe.model.core.calendar import format_quarter
from steppe.model.forcing.dates import NEVER
from steppe.model.model import InfluenceModel
from steppe.model.scenario.load import load_scenario

EXACT = 1e-12
START, LENGTH = 4, 6
OPPOSITE = {"opened": "closed", "closed": "opened", "join": "leave", "leave": "join"}


def file_of(folder, name, events):
    path = folder / f"{name}.yaml"
    text = json.dumps({"title": name, "extends": "baseline", "events": events})
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


def trajectory(scenario, members=6):
    model = InfluenceModel(scenario, members, 1)
    return np.array([model.share.copy() for _ in model.run()])


@pytest.fixture(scope="module")
def plain():
    """What comes without an event."""
    return trajectory(load_scenario("baseline"))


@pytest.mark.parametrize(
    ("effect", "opposite"),
    [
        (
            {"institution": "EAEU", "join": ["Tajikistan", "Uzbekistan"]},
            {"institution": "EAEU", "leave": ["Tajikistan", "Uzbekistan"]},
        ),
        (
            {"institution": "CSTO", "leave": "Tajikistan"},
            {"institution": "CSTO", "join": "Tajikistan"},
        ),
        (
            {"base": "opened", "power": "United States", "republic": "Uzbekistan"},
            {"base": "closed", "power": "United States", "republic": "Uzbekistan"},
        ),
        *(
            (
                {"shock": kind, **cells, "intensity": size, "permanent": True},
                {"shock": kind, **cells, "intensity": -size, "permanent": True},
            )
            for kind, cells, size in (
                ("effort", {"power": "Russia", "republic": "all", "channel": "economic"}, 2),
                ("ties", {"power": "Russia", "republic": "all", "channel": "economic"}, -0.4),
                ("supply", {"power": "China", "channel": "security"}, 0.5),
                ("threat", {"republic": "all"}, 1.5),
            )
        ),
        ({"budget": "Russia", "scale": 0.4}, {"budget": "Russia", "scale": 2.5}),
        (
            {"tolerance": -0.1, "republic": "Kazakhstan"},
            {"tolerance": 0.1, "republic": "Kazakhstan"},
        ),
    ],
)
def test_an_end_equals_an_opposite_event(tmp_path, plain, effect, opposite):
    common = {"what": "it comes", "when": 2026}
    away = {"what": "it goes", "when": 2028, "effects": [opposite]}
    pair = file_of(tmp_path, "pair", {"it": {**common, "effects": [effect]}, "away": away})
    expected = trajectory(pair)
    for end in ({"for": "2 years"}, {"until": 2028}):
        events = {"it": {**common, **end, "effects": [effect]}}
        lasting = trajectory(file_of(tmp_path, "lasting", events))
        assert abs(lasting - expected).max() < EXACT, end
        assert abs(lasting - plain)[4 * 26 :].max() > 1e-4, end


def forced(effect, read, quarters=20, coded=None, **keys):
    coded = coded or toys.inputs(toys.cast())
    keys = {"for": f"{LENGTH} quarters", **keys}
    return followed(toys.forcing(coded, one_event(effect, when=START, **keys)), read, quarters)


AGES = np.arange(20) - START


@pytest.mark.parametrize("over", [1, 4, 9])
def test_a_fading_shock_fades_until_the_end_and_is_gone_then(over):
    urge = forced(shock("effort", 2, over=over), lambda now: now.urges[EAST, 0, TRADE, 0])
    parts = [
        np.where(part <= AGES, 2 * 0.3 / over * REMAINING ** (AGES - part), 0)
        for part in range(over)
    ]
    expected = np.where((AGES >= 0) & (AGES < LENGTH), sum(parts), 0)
    assert abs(urge - expected).max() < EXACT
    assert urge[START] > 0


@pytest.mark.parametrize("over", [1, 4, 9])
def test_a_permanent_shock_stands_in_full_until_the_end(over):
    ties = forced(shock("ties", 1.5, permanent=True, over=over), lambda now: now.ties[0, 0, 0, 0])
    expected = np.clip(AGES + 1, 0, over) / over * 0.5
    assert abs(ties - np.where(AGES < LENGTH, expected, 0)).max() < EXACT


REMAINING = 0.5 ** (1 / 6)
CLOSE = {"base": "closed", "power": "East", "republic": "Valley"}


@pytest.mark.parametrize(
    ("effect", "channel", "coded", "given"),
    [
        (shock("ties", 1.5, permanent=True), TRADE, 0.9, 0.1),
        (shock("ties", -3, permanent=True, over=3), TRADE, 0.2, -0.2),
        (CLOSE, SECURITY, 0.5, -0.5),
        (shock("ties", 1.5), TRADE, 0.9, 0.1),
        (shock("ties", -3), TRADE, 0.2, -0.2),
    ],
)
def test_an_end_takes_back_no_more_than_was_given(effect, channel, coded, given):
    """A scale ends at 0 and 1: what a shock could not move it by, its end does not take away."""
    fades = effect.get("shock") and not effect.get("permanent")
    ties = forced(
        effect, lambda now: now.ties[0, 0, channel, 0], coded=toys.inputs(toys.cast(), ties=coded)
    )
    part = np.clip(AGES + 1, 0, 1) * (REMAINING**AGES if fades else 1)
    if effect.get("over", 1) > 1:  # the first of three takes all
        part = np.clip(AGES + 1, 0, 1)
    expected = coded + np.where((AGES >= 0) & (AGES < LENGTH), given * part, 0)
    assert abs(ties - expected).max() < EXACT


def test_an_end_leaves_what_came_meanwhile():
    events = one_event(shock("ties", 1.5, permanent=True), when=START, **{"for": "6 quarters"})
    events["later"] = {"when": format_quarter(6), "effects": [shock("ties", -0.9, permanent=True)]}
    coded = toys.inputs(toys.cast(), ties=0.8)
    ties = followed(toys.forcing(coded, events), lambda now: now.ties[0, 0, 0, 0], 12)
    assert ties == pytest.approx([0.8] * 4 + [1.0] * 2 + [0.7] * 4 + [0.5] * 2)


def test_who_was_a_member_before_stays_one():
    joins = {"institution": "union", "join": "Valley"}
    union = toys.institution("union", [1, 0], [TRADE], [0], 0.7)
    events = {
        "first": {"when": format_quarter(2), "probability": 0.5, "effects": [joins]},
        "second": {
            "when": format_quarter(START),
            "for": f"{LENGTH} quarters",
            "probability": 0.5,
            "effects": [joins],
        },
    }
    forcing = toys.forcing(toys.inputs(toys.cast(), [union]), events, members=60)
    rows = followed(forcing, lambda now: now.members["union"][0] + np.zeros(60), 20)
    first, second = (forcing.starts[name] < NEVER for name in ("first", "second"))
    assert (first & second).any() and (~first & second).any()
    assert (rows[START] == (first | second)).all()
    assert (rows[START + LENGTH] == first).all()


@pytest.mark.parametrize(
    ("effect", "read", "during", "otherwise"),
    [
        (
            {"relation": ["East", "West"], "becomes": 3},
            lambda now: now.relations[EAST, WEST, 0],
            1,
            -1 / 3,
        ),
        (
            {"interest": 3, "power": "East", "republic": "Valley", "channel": "trade"},
            lambda now: now.interests[EAST, 0, TRADE, 0],
            1,
            1 / 3,
        ),
        (
            {"need": 0, "republic": "Valley", "channel": "security"},
            lambda now: now.needs[WEST, 0, SECURITY, 0],
            0,
            2 / 3,
        ),
        (
            {
                "institution": "union",
                "found": {"sponsors": "East", "channels": "trade", "weight": 0.7},
                "join": "Valley",
            },
            lambda now: now.membership[EAST, 0, TRADE, 0],
            0.7,
            0,
        ),
    ],
)
def test_what_is_set_is_put_back(effect, read, during, otherwise):
    of = toys.cast()
    coded = toys.inputs(of, relations=-1 / 3, interests=1 / 3, needs=2 / 3)
    found = forced(effect, read, coded=coded)
    expected = np.where((AGES >= 0) & (AGES < LENGTH), during, otherwise)
    assert abs(found - expected).max() < EXACT


def test_effort_that_went_elsewhere_comes_back():
    of = toys.cast()
    reroute = {
        "reroute": "East",
        "share": 0.8,
        "over": 9,
        "out_of": {"channel": "trade"},
        "into": {"channel": "security"},
    }
    share = forced(reroute, lambda now: now.routes[0].share[0], coded=toys.inputs(of))
    expected = np.where(AGES < LENGTH, 0.8 * np.clip(AGES + 1, 0, 9) / 9, 0)
    assert abs(share - expected).max() < EXACT


def test_each_member_has_an_end_of_its_own():
    event = one_event(
        shock("effort", 1, permanent=True),
        either={"2000Q3": 0.5, "2001Q1": 0.5},
        **{"for": "3 quarters"},
    )
    forcing = toys.forcing(toys.inputs(toys.cast()), event, members=40)
    starts = forcing.starts["it"]
    urges = followed(forcing, lambda now: now.urges[EAST, 0, TRADE] + np.zeros(40), 12)
    ages = np.arange(12)[:, None] - starts
    assert urges == pytest.approx(np.where((ages >= 0) & (ages < 3), 0.3, 0))


def test_what_would_end_before_it_starts_does_not_happen():
    event = one_event(shock("effort", 1), between=["2001Q1", "2003Q1"], until="2002Q1")
    forcing = toys.forcing(toys.inputs(toys.cast()), event, members=200)
    starts = forcing.starts["it"]
    assert set(starts) == {4, 5, 6, 7, NEVER}


@pytest.mark.parametrize("unit", ["8 quarters", "2 years", "24 months", "span years", 8])
def test_a_change_takes_as_long_with_every_unit(tmp_path, unit):
    effect = {"budget": "China", "scale": 2, "over": unit}
    events = {"it": {"what": "more", "when": 2026, "effects": [effect]}}
    levers = {"span": {"meaning": "how long", "default": 2, "range": [1, 3]}}
    data = {"title": "x", "extends": "baseline", "events": events}
    if unit == "span years":
        data["levers"] = levers
    (tmp_path / "x.yaml").write_text(json.dumps(data), encoding="utf-8")
    assert load_scenario(tmp_path / "x.yaml").events["it"].effects[0].over == 8


def test_a_branch_that_begins_within_an_event_ends_it_all_the_same():
    of = toys.cast()
    lasting = one_event(
        {"relation": ["East", "West"], "becomes": 3},
        {"interest": 3, "power": "East", "republic": "Valley", "channel": "trade"},
        shock("ties", 2),
        when=START,
        **{"for": f"{LENGTH} quarters"},
    )
    later = {"when": format_quarter(12), "effects": [shock("threat", 1)]}
    coded = toys.inputs(of, ties=0.2, interests=0.3, needs=0.5)
    first = toys.model(coded, toys.scenario(of, dict(lasting)), 3, noise=True)
    for _ in range(8):
        first.step()
    other = toys.scenario(of, {**lasting, "later": later})
    branch = first.branch(other)
    whole = toys.model(coded, other, 3, given=first.parameters, noise=True)
    assert (toys.histories(whole)[8:] == toys.histories(branch)).all()

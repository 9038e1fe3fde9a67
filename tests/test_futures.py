"""What the futures that ship move, and where most: the logic of each, checked in its results."""

from functools import cache

import numpy as np
import pytest

from steppe.model.core.calendar import parse_quarter
from steppe.model.core.cast import AUTONOMY, default_cast
from steppe.model.model import InfluenceModel
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import load_scenario

MEMBERS, SEED = 200, 1
CAST = default_cast()
FERGANA = {"Kyrgyzstan", "Tajikistan", "Uzbekistan"}
SCO = FERGANA | {"Kazakhstan"}
# scenario, whose share, channel, year, direction, and where it moves most
MOST = [
    ("afghan-spillover", "Russia", "security", 2030, +1, {"Tajikistan"}),
    ("american-return", "United States", "economic", 2040, +1, {"Kazakhstan", "Uzbekistan"}),
    ("chinese-overstretch", "China", "economic", 2040, -1, {"Kyrgyzstan", "Tajikistan"}),
    ("eurasian-deepening", "Russia", "economic", 2040, +1, {"Tajikistan", "Uzbekistan"}),
    ("european-reengagement", "European Union", "economic", 2040, +1, {"Kazakhstan", "Uzbekistan"}),
    ("pipeline-rerouting", "Russia", "economic", 2040, -1, {"Kazakhstan"}),
    ("remittance-shock", "Russia", "economic", 2030, -1, {"Kyrgyzstan", "Tajikistan"}),
    ("russophone-decline", "Russia", "soft power", 2040, -1, {"Kazakhstan", "Kyrgyzstan"}),
    ("turkmen-turn", "Russia", "security", 2030, +1, {"Turkmenistan"}),
    ("uzbek-multivector", "United States", "economic", 2040, +1, {"Uzbekistan"}),
    ("uzbek-multivector", "European Union", "economic", 2040, +1, {"Uzbekistan"}),
    ("sco-security-order", "China", "security", 2040, +1, SCO),
    ("vacuum-of-influence", AUTONOMY, "security", 2030, +1, FERGANA),
]


@cache
def run(name):
    """A finished model, and its shares and autonomy at the ends of 2030 and 2040, by year."""
    model, held = (
        InfluenceModel(load_scenario(name), MEMBERS, SEED, parameters_from="prior", collect=None),
        {},
    )
    for quarter in model.run():
        for year in (2030, 2040):
            if quarter == parse_quarter(f"{year}Q4"):
                held[year] = np.concatenate([model.share, model.autonomy[None]])
    return model, held


def effect(name, holder, channel, year):
    """Median difference from the baseline in each republic, (r,)."""
    row = -1 if holder == AUTONOMY else CAST.index("power", holder)
    difference = run(name)[1][year] - run("baseline")[1][year]
    return np.median(difference[row, :, CAST.index("channel", channel)], axis=-1)


@pytest.mark.parametrize(("name", "holder", "channel", "year", "sign", "where"), MOST)
def test_a_future_is_felt_most_where_it_happens(name, holder, channel, year, sign, where):
    moved = dict(zip(CAST.republic_names, sign * effect(name, holder, channel, year), strict=True))
    named = min(moved[republic] for republic in where)
    assert named > 0.005, moved
    assert named > max(moved[republic] for republic in set(moved) - where), moved


def test_a_retreat_leaves_nobody_in_the_alliance_or_the_union():
    model, _ = run("russian-retreat")
    before, _ = run("baseline")
    assert not model.forcing.members["CSTO"].any() and not model.forcing.members["EAEU"].any()
    allies = CAST.indices("republic", ["Kazakhstan", "Kyrgyzstan", "Tajikistan"])
    cells = np.ix_(CAST.indices("power", "Russia"), allies, CAST.indices("channel", "security"))
    bound = [
        np.broadcast_to(each.forcing.membership, (4, 5, 3, MEMBERS)) for each in (model, before)
    ]
    assert (bound[0][cells] < 0.8 * bound[1][cells]).all()


def test_rerouting_costs_russia_its_hold_on_kazakh_oil_and_no_turkmen_tolls():
    ties = [run(name)[0].forcing.ties for name in ("pipeline-rerouting", "baseline")]
    lost = (ties[1] - ties[0])[CAST.index("power", "Russia"), :, CAST.index("channel", "economic")]
    lost = dict(zip(CAST.republic_names, lost.max(axis=-1), strict=True))
    assert lost.pop("Kazakhstan") > 0.1
    assert not any(lost.values()), lost


def test_an_opening_to_all_raises_the_distant_and_not_the_nearest():
    gains = {
        power: effect("uzbek-multivector", power, "economic", 2040)[CAST.index("republic", "UZB")]
        for power in CAST.power_names
    }
    assert min(gains["United States"], gains["European Union"]) > 0.01
    assert max(gains["China"], gains["Russia"]) < 0


def test_no_future_turns_a_cell_over():
    """No share moves by more than a quarter in the median: these are futures, not collapses."""
    for name in shipped_names():
        if name not in ("history", "baseline"):
            difference = run(name)[1][2040] - run("baseline")[1][2040]
            assert np.abs(np.median(difference, axis=-1)).max() < 0.25, name

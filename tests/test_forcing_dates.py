"""When events happen: dates drawn per member, and conditions on the shares."""

import numpy as np
import pytest
import toys
from toys import EAST, SECURITY, TRADE, WEST, cast, followed, one_event, scenario, shock

from steppe.model.forcing.dates import NEVER, start_quarters

# Dates that are drawn per member

MANY = 20_000


def within_chance(count, odds, of=MANY):
    """Within five standard errors of a binomial; the seed is fixed."""
    return abs(count - odds * of) < 5 * np.sqrt(of * odds * (1 - odds))


def starts(event, seed=1, members=MANY):
    return toys.forcing(toys.inputs(toys.cast()), event, seed=seed, members=members).starts["it"]


def test_a_disputed_date_is_drawn_with_the_odds_given():
    drawn = starts(
        one_event(shock("effort", 1), either={"2003Q2": 0.2, "2001": 0.5, "2010Q4": 0.3})
    )
    assert set(drawn) == {13, 4, 43}
    for quarter, odds in ((13, 0.2), (4, 0.5), (43, 0.3)):
        assert within_chance((drawn == quarter).sum(), odds)


def test_a_span_is_drawn_evenly_from_its_first_to_its_last_quarter():
    drawn = starts(one_event(shock("effort", 1), between=["2001Q1", "2002Q1"]))
    assert set(drawn) == {4, 5, 6, 7, 8}
    for quarter in range(4, 9):
        assert within_chance((drawn == quarter).sum(), 0.2)


def test_a_span_that_a_lever_sets_is_that_of_each_member():
    """As in an analysis, where every member has a value of the lever: 2001 and 2005."""
    event = scenario(cast(), one_event(shock("effort", 1), between=["2001Q1", "2001Q4"]))
    first = np.where(np.arange(MANY) % 2, 4, 20)
    spans = event.events["it"].model_copy(update={"between": (first, first + 3)})
    drawn = start_quarters("it", spans, 1, np.arange(MANY))
    assert ((drawn >= first) & (drawn <= first + 3)).all()
    settled = np.where(np.arange(MANY) % 4 < 2, first, 0)  # 0 lies outside, and is drawn
    found = start_quarters("it", spans, 1, np.arange(MANY), settled)
    assert (found == np.where(settled == first, first, drawn)).all()


@pytest.mark.parametrize(
    "when",
    [{"between": ["2001Q1", "2001Q4"]}, {"either": {"2001Q1": 0.2, "2001Q4": 0.8}}],
)
def test_settled_dates_stand_where_the_event_can_have_them(when):
    settled = np.array([4, 7, 8, 7])  # the third lies outside, and is drawn
    event = scenario(cast(), one_event(shock("effort", 1), **when)).events["it"]
    drawn = start_quarters("it", event, 1, np.arange(4))
    found = start_quarters("it", event, 1, np.arange(4), settled)
    assert found.tolist() == [4, 7, drawn[2], 7] and drawn[2] in range(4, 8)


def test_an_event_that_may_not_happen_happens_as_often_as_it_says():
    drawn = starts(one_event(shock("effort", 1), when=7, probability=0.3))
    assert set(drawn) == {7, NEVER}
    assert within_chance((drawn == 7).sum(), 0.3)


def test_whether_and_when_an_event_happens_are_independent():
    drawn = starts(one_event(shock("effort", 1), between=["2001Q1", "2001Q2"], probability=0.5))
    assert within_chance((drawn == 4).sum(), 0.25) and within_chance((drawn == 5).sum(), 0.25)


@pytest.mark.parametrize(("probability", "happens"), [(0.0, False), (1.0, True)])
def test_what_is_impossible_never_happens_and_what_is_certain_always_does(probability, happens):
    forcing = toys.forcing(
        toys.inputs(toys.cast()),
        one_event(shock("effort", 1), when=2, probability=probability),
        members=500,
    )
    urge = followed(forcing, lambda now: np.broadcast_to(now.urges[EAST, 0, TRADE], 500), 3)
    assert (urge[2] > 0).tolist() == [happens] * 500


def test_a_date_belongs_to_the_member_the_event_and_the_seed():
    event = one_event(shock("effort", 1), between=["2001Q1", "2020Q4"])
    everyone = starts(event)
    assert np.array_equal(starts(event, members=np.array([700, 3])), everyone[[700, 3]])
    assert not np.array_equal(starts(event, seed=2), everyone)
    pair = {"it": event["it"], "other": {**event["it"]}}
    drawn = toys.forcing(toys.inputs(toys.cast()), pair, seed=1, members=MANY).starts
    assert np.array_equal(drawn["it"], everyone)
    assert not np.array_equal(drawn["other"], everyone)


def test_each_member_feels_the_event_from_its_own_date():
    event = one_event(
        shock("effort", 1, permanent=True),
        {"budget": "West", "scale": 16, "over": 4},
        {"relation": ["East", "West"], "becomes": 3, "over": 2},
        {
            "institution": "union",
            "found": {"sponsors": "East", "channels": "trade", "weight": 0.7},
            "join": "Valley",
        },
        either={"2000Q3": 0.5, "2001Q1": 0.5},
    )
    forcing = toys.forcing(toys.inputs(toys.cast()), event, members=40)
    dates = forcing.starts["it"]
    assert set(dates) == {2, 4}  # both kinds of member are there
    for quarter in range(10):
        forcing.advance(quarter, np.zeros((2, 1, 2, 40)))
        age = quarter - dates
        everyone = np.zeros(40)
        assert forcing.urges[EAST, 0, TRADE] + everyone == pytest.approx(np.where(age >= 0, 0.3, 0))
        assert forcing.ln_means[WEST] + everyone == pytest.approx(
            np.log(2) * np.clip(age + 1, 0, 4)
        )
        assert forcing.relations[EAST, WEST] + everyone == pytest.approx(
            np.clip((age + 1) / 2, 0, 1)
        )
        assert forcing.membership[EAST, 0, TRADE] + everyone == pytest.approx(
            np.where(age >= 0, 0.7, 0)
        )


def test_each_member_sends_effort_elsewhere_from_its_own_date():
    of = toys.cast()
    event = one_event(
        {
            "reroute": "East",
            "share": 0.8,
            "over": 2,
            "out_of": {"channel": "trade"},
            "into": {"channel": "security"},
        },
        either={"2000Q3": 0.5, "2001Q1": 0.5},
    )
    world = toys.model(
        toys.inputs(of),
        toys.scenario(of, event),
        members=40,
        given=toys.parameters(of, 40, lambda_=0),
    )
    dates = world.forcing.starts["it"]
    assert set(dates) == {2, 4}
    for _ in range(8):
        world.step()
        gone = np.clip(
            (world.quarter - dates + 1) * 0.2, 0, 0.4
        )  # of the half that goes to trade at precision 0
        assert world.powers[EAST].target_effort()[0] == pytest.approx(
            np.array([0.5 - gone, 0.5 + gone])
        )


# Conditions


def conditional(bound="> 0.4", power="East", channel="trade", effects=(), **keys):
    condition = {"republic": "Valley", "channel": channel, "power": power, "share": bound}
    return {"it": {"if": condition, **keys, "effects": list(effects) or [shock("effort", 1)]}}


def shares(east_trade, size):
    """Shares of one tenth everywhere but in one cell."""
    share = np.full((2, 1, 2, size), 0.1)
    share[EAST, 0, TRADE] = east_trade
    return share


def test_a_condition_fires_in_the_first_quarter_in_which_it_holds_and_then_never_again():
    forcing = toys.forcing(toys.inputs(toys.cast()), conditional(), members=3)
    never = NEVER
    history = [
        ([0.2, 0.5, 0.2], [never, 0, never]),
        ([0.4, 0.1, 0.39], [never, 0, never]),
        ([0.41, 0.9, 0.2], [2, 0, never]),
        ([0.9, 0.9, 0.2], [2, 0, never]),
    ]
    for quarter, (east_trade, expected) in enumerate(history):
        forcing.advance(quarter, shares(east_trade, 3))
        assert forcing.starts["it"].tolist() == expected
    # 0.3 faded by one quarter since quarter 2, by three since quarter 0, and nothing
    assert forcing.urges[EAST, 0, TRADE] == pytest.approx([0.3 * 0.5 ** (1 / 6), 0.3 * 0.5**0.5, 0])


@pytest.mark.parametrize(
    ("bound", "held"),
    [
        ("> 0.4", [False, False, True]),
        (">= 0.4", [False, True, True]),
        ("< 0.4", [True, False, False]),
        ("<= 0.4", [True, True, False]),
    ],
)
def test_a_condition_compares_in_each_of_four_ways(bound, held):
    forcing = toys.forcing(toys.inputs(toys.cast()), conditional(bound), members=3)
    forcing.advance(0, shares([0.3, 0.4, 0.5], 3))
    assert (forcing.starts["it"] == 0).tolist() == held


def test_a_condition_on_several_cells_waits_for_all_of_them():
    forcing = toys.forcing(
        toys.inputs(toys.cast()), conditional("> 0.05", power="all", channel="all"), members=2
    )
    share = shares(0.2, 2)
    share[WEST, 0, SECURITY, 1] = 0.01
    forcing.advance(0, share)
    assert (forcing.starts["it"] == 0).tolist() == [True, False]


def test_what_a_condition_sets_off_takes_its_time_from_there_in_each_member():
    forcing = toys.forcing(
        toys.inputs(toys.cast()),
        conditional(effects=[{"budget": "West", "scale": 4, "over": 2}]),
        members=2,
    )
    found = []
    for quarter, east_trade in enumerate(
        [[0.5, 0.1], [0.1, 0.1], [0.1, 0.1], [0.1, 0.5], [0.1, 0.1], [0.1, 0.1]]
    ):
        forcing.advance(quarter, shares(east_trade, 2))
        found.append(forcing.ln_means[WEST] + np.zeros(2))
    assert np.array(found) / np.log(2) == pytest.approx(
        np.array([[1, 0], [2, 0], [2, 0], [2, 1], [2, 2], [2, 2]])
    )


def test_a_condition_that_holds_sets_off_an_event_as_often_as_its_probability_says():
    forcing = toys.forcing(toys.inputs(toys.cast()), conditional(probability=0.25), members=MANY)
    for quarter in range(3):  # asking again in later quarters must not raise the odds
        forcing.advance(quarter, shares(0.9, MANY))
    fired = forcing.starts["it"] < NEVER
    assert within_chance(fired.sum(), 0.25)
    assert set(forcing.starts["it"][fired]) == {0}


def test_a_condition_sees_the_shares_of_the_quarter_before():
    # with even effort z rests near ln 1.05 / 2 - 1.75, a share of 0.15;
    # the tie lifts it past 0.2 in quarter 4
    of = toys.cast(powers=("East",), republics=("Valley", "Hills"), channels=("trade",))
    events = {
        "tie": {"when": "2001Q1", "effects": [shock("ties", 3, permanent=True)]},
        **conditional("> 0.2", effects=[{"budget": "East", "scale": 2}]),
    }
    given = toys.parameters(of, h=1, beta=2, delta=0.6, sigma=0, rho=0, zeta=0)
    world = toys.model(toys.inputs(of), toys.scenario(of, events), given=given)
    seen = [(quarter, world.share[EAST, 0, TRADE, 0] > 0.2) for quarter in world.run()]
    first_above = next(quarter for quarter, above in seen if above)
    assert first_above == 4
    assert world.forcing.starts["it"].tolist() == [5]

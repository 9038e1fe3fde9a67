"""Equations 1 and 6 and all the other things that act on the model from outside."""

import numpy as np
import pytest
import toys

from steppe.model.calendar import format_quarter
from steppe.model.forcing import NEVER

EAST, WEST = 0, 1
TRADE, SECURITY = 0, 1
FIRST, SECOND = 0, 1  # republics of the cast of two


def one_event(*effects, when=4, **keys):
    """An event at a quarter, given by number."""
    date = {} if {"between", "either", "if"} & set(keys) else {"when": format_quarter(when)}
    return {"it": {**date, **keys, "effects": list(effects)}}


def followed(forcing, read, quarters, share=None):
    """What `read` finds in the forcing in each quarter from the first."""
    found = []
    nobody = np.zeros((*forcing.inputs.cast.shape, forcing.size)) if share is None else share
    for quarter in range(quarters):
        forcing.advance(quarter, nobody)
        found.append(np.array(read(forcing)))
    return np.array(found)


def shock(target, intensity, *, permanent=False, power="East", republic="Valley", channel="trade"):
    names = {"effort": {"power": power, "republic": republic, "channel": channel},
             "ties": {"power": power, "republic": republic, "channel": channel},
             "supply": {"power": power, "channel": channel}, "threat": {"republic": republic}}[target]
    return {"shock": target, "intensity": intensity, "permanent": permanent, **names}


# Shocks


def test_a_shock_on_effort_begins_at_full_strength_and_fades_by_half_in_six_quarters():
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event(shock("effort", 2)), delta=0.3)
    urge = followed(forcing, lambda now: now.urges[EAST, 0, TRADE, 0], 23)
    assert urge[:4] == pytest.approx([0.0] * 4)
    assert urge[[4, 10, 16, 22]] == pytest.approx([0.6, 0.3, 0.15, 0.075])
    assert urge[7] == pytest.approx(0.6 / np.sqrt(2))


def test_a_permanent_shock_stays():
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event(shock("effort", -1, permanent=True)), delta=0.3)
    urge = followed(forcing, lambda now: now.urges[EAST, 0, TRADE, 0], 100)
    assert urge[:4] == pytest.approx([0.0] * 4)
    assert urge[4:] == pytest.approx([-0.3] * 96)


def test_a_shock_reaches_the_cells_it_names_and_no_other():
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event(shock("effort", 1, power="West", channel="security"), when=0))
    forcing.advance(0, np.zeros((2, 1, 2, 1)))
    assert forcing.urges[..., 0].tolist() == [[[0.0, 0.0]], [[0.0, 0.3]]]
    assert not forcing.ties.any() and not forcing.supply.any() and not forcing.threat.any()


def test_a_shock_on_several_powers_and_all_channels_reaches_every_combination():
    event = one_event(shock("effort", 1, power=["East", "West"], channel="all"), when=0)
    forcing = toys.forcing(toys.inputs(toys.cast()), event)
    forcing.advance(0, np.zeros((2, 1, 2, 1)))
    assert forcing.urges.ravel() == pytest.approx([0.3] * 4)


def test_every_member_feels_a_shock_by_its_own_scale_of_events():
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event(shock("effort", 3), when=0), delta=[0.0, 0.1, 0.6], members=3)
    forcing.advance(0, np.zeros((2, 1, 2, 3)))
    assert forcing.urges[EAST, 0, TRADE] == pytest.approx([0.0, 0.3, 1.8])


@pytest.mark.parametrize(("target", "read"), [
    ("ties", lambda now: now.ties[EAST, 0, TRADE, 0]),
    ("supply", lambda now: now.supply[EAST, TRADE, 0]),
    ("threat", lambda now: now.threat[0, 0]),
])
def test_a_shock_on_what_lives_between_0_and_1_is_a_third_as_large(target, read):
    coded = toys.inputs(toys.cast(), ties=0.25, supply=0.25, threat=0.25)
    forcing = toys.forcing(coded, one_event(shock(target, 2)), delta=0.3)  # 2 * 0.3 / 3 = 0.2
    assert followed(forcing, read, 11)[[3, 4, 10]] == pytest.approx([0.25, 0.45, 0.35])


def test_ties_are_cut_at_one_and_show_the_uncut_remainder_of_the_shock_later():
    coded = toys.inputs(toys.cast(), ties=0.5)
    forcing = toys.forcing(coded, one_event(shock("ties", 3)), delta=0.6)  # 0.5 + 0.6, then 0.5 + 0.3
    assert followed(forcing, lambda now: now.ties[EAST, 0, TRADE, 0], 17)[[4, 10, 16]] == pytest.approx([1.0, 0.8, 0.65])


def test_ties_are_cut_at_zero():
    coded = toys.inputs(toys.cast(), ties=0.5)
    forcing = toys.forcing(coded, one_event(shock("ties", -3, permanent=True)), delta=0.6)
    assert followed(forcing, lambda now: now.ties[EAST, 0, TRADE, 0], 6)[[3, 4, 5]] == pytest.approx([0.5, 0.0, 0.0])


def test_shocks_of_two_events_add_up():
    events = {"first": {"when": "2000Q1", "effects": [shock("effort", 2)]},
              "second": {"when": "2001Q3", "effects": [shock("effort", 1)]}}
    forcing = toys.forcing(toys.inputs(toys.cast()), events, delta=0.3)
    assert followed(forcing, lambda now: now.urges[EAST, 0, TRADE, 0], 13)[[0, 6, 12]] == pytest.approx([0.6, 0.6, 0.3])


def test_a_base_is_worth_two_levels_of_security_tie_for_good_and_closing_takes_as_much_away():
    events = {"opens": {"when": "2000Q2", "effects": [{"base": "opened", "power": "West", "republic": "Valley"}]},
              "closes": {"when": "2010Q1", "effects": [{"base": "closed", "power": "West", "republic": "Valley"}]}}
    forcing = toys.forcing(toys.inputs(toys.cast(), ties=0.1), events, delta=0.3)  # 2 * 0.3 / 3 = 0.2
    tie = followed(forcing, lambda now: now.ties[WEST, 0, :, 0], 50)
    assert tie[[0, 1, 39, 40, 49], SECURITY] == pytest.approx([0.1, 0.3, 0.3, 0.1, 0.1])
    assert tie[:, TRADE] == pytest.approx([0.1] * 50)


def test_after_the_coded_span_threats_end_and_everything_else_stays():
    coded = toys.inputs(toys.cast(), threat=0.5, supply=0.4, ln_means=0.3, relations=[[[0.0], [0.2]], [[-0.2], [0.0]]])
    forcing = toys.forcing(coded, {})
    forcing.advance(79, np.zeros((2, 1, 2, 1)))  # 2019Q4
    assert forcing.threat.item() == 0.5
    forcing.advance(80, np.zeros((2, 1, 2, 1)))
    assert forcing.threat.item() == 0.0
    assert forcing.supply.ravel() == pytest.approx([0.4] * 4)
    assert forcing.ln_means.ravel() == pytest.approx([0.3] * 2)
    assert forcing.relations[EAST, WEST].item() == 0.2 and forcing.relations[WEST, EAST].item() == -0.2


def test_a_shock_after_the_coded_span_threatens_a_republic_all_the_same():
    forcing = toys.forcing(toys.inputs(toys.cast(), threat=0.5), one_event(shock("threat", 3, permanent=True), when=90), delta=0.3)
    assert followed(forcing, lambda now: now.threat.item(), 92)[[79, 80, 89, 90, 91]] == pytest.approx([0.5, 0, 0, 0.3, 0.3])


# Means


def test_a_budget_grows_evenly_in_logarithm_over_its_quarters():
    forcing = toys.forcing(toys.inputs(toys.cast(), ln_means=0.5), one_event({"budget": "East", "scale": 16, "over": 4}))
    means = followed(forcing, lambda now: now.ln_means[:, 0], 12)
    doublings = [0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 4, 4]
    assert means[:, EAST] == pytest.approx(0.5 + np.log(2) * np.array(doublings))
    assert means[:, WEST] == pytest.approx([0.5] * 12)


def test_a_budget_without_a_span_changes_at_once():
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event({"budget": ["East", "West"], "scale": 0.25}))
    assert followed(forcing, lambda now: now.ln_means[:, 0], 6)[[3, 4, 5]] == pytest.approx(np.log([[1, 1], [0.25] * 2, [0.25] * 2]))


# Relations


def test_a_relation_moves_evenly_and_arrives_exactly_in_the_last_quarter_of_its_span():
    coded = toys.inputs(toys.cast(), relations=[[[0.0], [0.2]], [[-0.2], [0.0]]])
    forcing = toys.forcing(coded, one_event({"relation": ["East", "West"], "becomes": 3, "over": 4}))
    view = followed(forcing, lambda now: now.relations[..., 0], 10)
    assert view[3:10, EAST, WEST] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0], abs=1e-12)
    assert view[3:10, WEST, EAST] == pytest.approx([-0.2, 0.1, 0.4, 0.7, 1.0, 1.0, 1.0], abs=1e-12)
    assert not view[:, EAST, EAST].any() and not view[:, WEST, WEST].any()


def test_a_relation_that_is_not_mutual_changes_the_view_of_the_first_power_only():
    event = one_event({"relation": ["West", "East"], "becomes": -3, "mutual": False})
    forcing = toys.forcing(toys.inputs(toys.cast()), event)
    view = followed(forcing, lambda now: now.relations[..., 0], 6)
    assert view[[3, 4, 5], WEST, EAST] == pytest.approx([0, -1, -1])
    assert not view[:, EAST, WEST].any()


def test_a_relation_arrives_even_where_the_coded_relation_moves_under_way():
    coded = toys.inputs(toys.cast())
    coded.relations[EAST, WEST, 6:] = 0.5
    forcing = toys.forcing(coded, one_event({"relation": ["East", "West"], "becomes": -1.5, "over": 6}))
    view = followed(forcing, lambda now: now.relations[EAST, WEST, 0], 10)
    assert view[[9]] == pytest.approx([-0.5], abs=1e-12)
    # the gap to -1/2 grows to 5/6 at the third step, and a fourth of what is left is covered in each of the last four
    assert view[4:9] == pytest.approx([-1 / 12, -2 / 12, 1 / 3 - 5 / 24, 1 / 3 - 10 / 24, 1 / 3 - 15 / 24], abs=1e-12)


# Effort sent elsewhere


def test_a_reroute_grows_evenly_and_keeps_effort_at_one():
    of = toys.cast(powers=("East",), republics=("Valley", "Hills"))
    event = one_event({"reroute": "East", "share": 0.4, "over": 2, "out_of": {"republic": "Valley", "channel": "security"},
                       "into": {"channel": "trade"}}, when=1)
    # at precision 0 a power wants every one of its four cells alike
    world = toys.model(toys.inputs(of), toys.scenario(of, event), given=toys.parameters(of, lambda_=0))
    wanted = []
    for _ in range(4):
        world.step()
        wanted.append(world.powers[0].wanted_effort()[..., 0])
    assert wanted[0] == pytest.approx(np.full((2, 2), 0.25))
    assert wanted[1] == pytest.approx(np.array([[0.275, 0.2], [0.275, 0.25]]))
    for later in wanted[2:]:
        assert later == pytest.approx(np.array([[0.3, 0.15], [0.3, 0.25]]))
    assert world.effort.sum() == pytest.approx(1.0, abs=1e-12)


def test_a_reroute_concerns_only_the_powers_that_it_names():
    of = toys.cast()
    event = one_event({"reroute": "West", "share": 1, "out_of": {"channel": "trade"}, "into": {"channel": "security"}}, when=0)
    world = toys.model(toys.inputs(of), toys.scenario(of, event), given=toys.parameters(of, lambda_=0))
    world.step()
    assert world.powers[EAST].wanted_effort().ravel() == pytest.approx([0.5, 0.5])
    assert world.powers[WEST].wanted_effort().ravel() == pytest.approx([0.0, 1.0])


# Membership


def two_institutions():
    """The pact: East in full, weight 1/2, all channels. The club: East by half and West in full, weight 4/10, trade only."""
    return toys.inputs(toys.cast(), institutions=[
        toys.institution("pact", [1, 0], [TRADE, SECURITY], [1], 0.5),
        toys.institution("club", [0.5, 1], [TRADE], [1], 0.4),
    ])


def test_institutions_add_up_as_a_noisy_or():
    forcing = toys.forcing(two_institutions(), {})
    # East, trade: 1 - (1 - 0.5)(1 - 0.4 * 0.5) = 0.6
    assert forcing.membership[:, 0, :, 0] == pytest.approx(np.array([[0.6, 0.5], [0.4, 0.0]]))


@pytest.mark.parametrize("change", [{"leave": "Valley"}, {"dissolve": True}])
def test_leaving_an_institution_counts_from_its_quarter(change):
    forcing = toys.forcing(two_institutions(), one_event({"institution": "pact", **change}))
    member = followed(forcing, lambda now: now.membership[:, 0, :, 0], 6)
    assert member[3] == pytest.approx(np.array([[0.6, 0.5], [0.4, 0.0]]))
    for later in member[4:]:
        assert later == pytest.approx(np.array([[0.2, 0.0], [0.4, 0.0]]))


def test_republics_join_and_leave_one_by_one():
    of = toys.cast(powers=("East",), republics=("Valley", "Hills"))
    coded = toys.inputs(of, institutions=[toys.institution("pact", [1], [SECURITY], [0, 1], 0.5)])
    events = {"joins": {"when": "2000Q2", "effects": [{"institution": "pact", "join": "Valley"}]},
              "leaves": {"when": "2000Q3", "effects": [{"institution": "pact", "leave": "Hills"}]}}
    member = followed(toys.forcing(coded, events), lambda now: now.membership[EAST, :, SECURITY, 0], 4)
    assert member == pytest.approx(np.array([[0, 0.5], [0.5, 0.5], [0.5, 0], [0.5, 0]]))


def test_a_new_institution_binds_whoever_joins_it():
    effect = {"institution": "union", "found": {"sponsors": "West", "channels": "trade", "weight": 0.7}, "join": "Valley"}
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event(effect))
    member = followed(forcing, lambda now: now.membership[:, 0, :, 0], 6)
    assert not member[:4].any()
    for later in member[4:]:
        assert later == pytest.approx(np.array([[0.0, 0.0], [0.7, 0.0]]))


def test_an_institution_founded_without_members_binds_nobody():
    effect = {"institution": "union", "found": {"sponsors": "West", "channels": "trade", "weight": 0.7}}
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event(effect, when=0))
    forcing.advance(0, np.zeros((2, 1, 2, 1)))
    assert not forcing.membership.any()


# Interests, needs, tolerance


def test_interests_and_needs_are_set_in_thirds_where_named():
    coded = toys.inputs(toys.cast(), interests=0.1, needs=0.1)
    event = one_event({"interest": 2, "power": "West", "republic": "all", "channel": "trade"},
                      {"need": 3, "republic": "Valley", "channel": "security"})
    forcing = toys.forcing(coded, event)
    assert followed(forcing, lambda now: now.interests[:, 0, :, 0], 6)[[3, 5]] == pytest.approx(
        np.array([[[0.1, 0.1], [0.1, 0.1]], [[0.1, 0.1], [2 / 3, 0.1]]]))
    assert forcing.needs[0, :, 0] == pytest.approx([0.1, 1.0])


def test_tolerance_adds_to_what_the_stance_gives():
    # stance 0 offsets tolerance by 0.08; 0.08 - 0.2 = -0.12
    forcing = toys.forcing(toys.inputs(toys.cast(), stance=0), one_event({"tolerance": -0.2, "republic": "Valley"}))
    assert followed(forcing, lambda now: now.tolerance.item(), 6)[3:] == pytest.approx([0.08, -0.12, -0.12])


def test_effects_that_share_a_quarter_act_in_the_order_of_the_file():
    low = {"what": "set low", "effects": [{"need": 1, "republic": "Valley", "channel": "trade"}]}
    high = {"what": "set high", "effects": [{"need": 3, "republic": "Valley", "channel": "trade"}]}
    for names, value in ((("low", "high"), 1.0), (("high", "low"), 1 / 3)):
        # the one whose date is written in another way must not move to another place in the order
        dates = {"low": {"when": "2000Q3"}, "high": {"between": ["2000Q3", "2000Q3"]}}
        events = {name: {**dates[name], **{"low": low, "high": high}[name]} for name in names}
        forcing = toys.forcing(toys.inputs(toys.cast()), events, members=3)
        assert followed(forcing, lambda now: now.needs[0, TRADE, 0], 4)[-1] == pytest.approx(value)


# Dates that are drawn per member

MANY = 20_000


def within_chance(count, odds, of=MANY):
    """Within five standard errors of a binomial: a correct draw fails once in a million seeds, and the seed is fixed."""
    return abs(count - odds * of) < 5 * np.sqrt(of * odds * (1 - odds))


def starts(event, seed=1, members=MANY):
    return toys.forcing(toys.inputs(toys.cast()), event, seed=seed, members=members).starts["it"]


def test_a_disputed_date_is_drawn_with_the_odds_given():
    drawn = starts(one_event(shock("effort", 1), either={"2003Q2": 0.2, "2001": 0.5, "2010Q4": 0.3}))
    assert set(drawn) == {13, 4, 43}
    for quarter, odds in ((13, 0.2), (4, 0.5), (43, 0.3)):
        assert within_chance((drawn == quarter).sum(), odds)


def test_a_span_is_drawn_evenly_from_its_first_to_its_last_quarter():
    drawn = starts(one_event(shock("effort", 1), between=["2001Q1", "2002Q1"]))
    assert set(drawn) == {4, 5, 6, 7, 8}
    for quarter in range(4, 9):
        assert within_chance((drawn == quarter).sum(), 0.2)


def test_an_event_that_may_not_happen_happens_as_often_as_it_says():
    drawn = starts(one_event(shock("effort", 1), when=7, probability=0.3))
    assert set(drawn) == {7, NEVER}
    assert within_chance((drawn == 7).sum(), 0.3)


def test_whether_and_when_an_event_happens_are_independent():
    drawn = starts(one_event(shock("effort", 1), between=["2001Q1", "2001Q2"], probability=0.5))
    assert within_chance((drawn == 4).sum(), 0.25) and within_chance((drawn == 5).sum(), 0.25)


@pytest.mark.parametrize(("probability", "happens"), [(0.0, False), (1.0, True)])
def test_what_is_impossible_never_happens_and_what_is_certain_always_does(probability, happens):
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event(shock("effort", 1), when=2, probability=probability), members=500)
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
    event = one_event(shock("effort", 1, permanent=True), {"budget": "West", "scale": 16, "over": 4},
                      {"relation": ["East", "West"], "becomes": 3, "over": 2},
                      {"institution": "union", "found": {"sponsors": "East", "channels": "trade", "weight": 0.7}, "join": "Valley"},
                      either={"2000Q3": 0.5, "2001Q1": 0.5})
    forcing = toys.forcing(toys.inputs(toys.cast()), event, members=40)
    dates = forcing.starts["it"]
    assert set(dates) == {2, 4}  # both kinds of member are there
    for quarter in range(10):
        forcing.advance(quarter, np.zeros((2, 1, 2, 40)))
        age = quarter - dates
        everyone = np.zeros(40)
        assert forcing.urges[EAST, 0, TRADE] + everyone == pytest.approx(np.where(age >= 0, 0.3, 0))
        assert forcing.ln_means[WEST] + everyone == pytest.approx(np.log(2) * np.clip(age + 1, 0, 4))
        assert forcing.relations[EAST, WEST] + everyone == pytest.approx(np.clip((age + 1) / 2, 0, 1))
        assert forcing.membership[EAST, 0, TRADE] + everyone == pytest.approx(np.where(age >= 0, 0.7, 0))


def test_each_member_sends_effort_elsewhere_from_its_own_date():
    of = toys.cast()
    event = one_event({"reroute": "East", "share": 0.8, "over": 2, "out_of": {"channel": "trade"}, "into": {"channel": "security"}},
                      either={"2000Q3": 0.5, "2001Q1": 0.5})
    world = toys.model(toys.inputs(of), toys.scenario(of, event), members=40, given=toys.parameters(of, 40, lambda_=0))
    dates = world.forcing.starts["it"]
    assert set(dates) == {2, 4}
    for _ in range(8):
        world.step()
        gone = np.clip((world.quarter - dates + 1) * 0.2, 0, 0.4)  # of the half that goes to trade at precision 0
        assert world.powers[EAST].wanted_effort()[0] == pytest.approx(np.array([0.5 - gone, 0.5 + gone]))


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
    history = [([0.2, 0.5, 0.2], [never, 0, never]), ([0.4, 0.1, 0.39], [never, 0, never]),
               ([0.41, 0.9, 0.2], [2, 0, never]), ([0.9, 0.9, 0.2], [2, 0, never])]
    for quarter, (east_trade, expected) in enumerate(history):
        forcing.advance(quarter, shares(east_trade, 3))
        assert forcing.starts["it"].tolist() == expected
    # 0.3 faded by one quarter since quarter 2, by three since quarter 0, and nothing
    assert forcing.urges[EAST, 0, TRADE] == pytest.approx([0.3 * 0.5 ** (1 / 6), 0.3 * 0.5 ** 0.5, 0])


@pytest.mark.parametrize(("bound", "held"), [
    ("> 0.4", [False, False, True]), (">= 0.4", [False, True, True]),
    ("< 0.4", [True, False, False]), ("<= 0.4", [True, True, False]),
])
def test_a_condition_compares_in_each_of_four_ways(bound, held):
    forcing = toys.forcing(toys.inputs(toys.cast()), conditional(bound), members=3)
    forcing.advance(0, shares([0.3, 0.4, 0.5], 3))
    assert (forcing.starts["it"] == 0).tolist() == held


def test_a_condition_on_several_cells_waits_for_all_of_them():
    forcing = toys.forcing(toys.inputs(toys.cast()), conditional("> 0.05", power="all", channel="all"), members=2)
    share = shares(0.2, 2)
    share[WEST, 0, SECURITY, 1] = 0.01
    forcing.advance(0, share)
    assert (forcing.starts["it"] == 0).tolist() == [True, False]


def test_what_a_condition_sets_off_takes_its_time_from_there_in_each_member():
    forcing = toys.forcing(toys.inputs(toys.cast()), conditional(effects=[{"budget": "West", "scale": 4, "over": 2}]), members=2)
    found = []
    for quarter, east_trade in enumerate([[0.5, 0.1], [0.1, 0.1], [0.1, 0.1], [0.1, 0.5], [0.1, 0.1], [0.1, 0.1]]):
        forcing.advance(quarter, shares(east_trade, 2))
        found.append(forcing.ln_means[WEST] + np.zeros(2))
    assert np.array(found) / np.log(2) == pytest.approx(np.array([[1, 0], [2, 0], [2, 0], [2, 1], [2, 2], [2, 2]]))


def test_a_condition_that_holds_sets_off_an_event_as_often_as_its_probability_says():
    forcing = toys.forcing(toys.inputs(toys.cast()), conditional(probability=0.25), members=MANY)
    for quarter in range(3):  # asking again in later quarters must not raise the odds
        forcing.advance(quarter, shares(0.9, MANY))
    fired = forcing.starts["it"] < NEVER
    assert within_chance(fired.sum(), 0.25)
    assert set(forcing.starts["it"][fired]) == {0}


def test_a_condition_sees_the_shares_of_the_quarter_before():
    # with effort spread evenly z rests near ln 1.05 / 2 - 1.75, a share of 0.15; the tie lifts it past 0.2 in quarter 4
    of = toys.cast(powers=("East",), republics=("Valley", "Hills"), channels=("trade",))
    events = {"tie": {"when": "2001Q1", "effects": [shock("ties", 3, permanent=True)]},
              **conditional("> 0.2", effects=[{"budget": "East", "scale": 2}])}
    given = toys.parameters(of, h=1, beta=2, delta=0.6, sigma=0, rho=0, zeta=0)
    world = toys.model(toys.inputs(of), toys.scenario(of, events), given=given)
    seen = [(quarter, world.share[EAST, 0, TRADE, 0] > 0.2) for quarter in world.run()]
    first_above = next(quarter for quarter, above in seen if above)
    assert first_above == 4
    assert world.forcing.starts["it"].tolist() == [5]

"""Equation 6 and all that acts on the model from outside beside shocks."""

import numpy as np
import pytest
import toys
from toys import EAST, SECURITY, TRADE, WEST, followed, one_event

# After history


def test_after_the_coded_span_threats_end_and_everything_else_stays():
    coded = toys.inputs(
        toys.cast(),
        threat=0.5,
        ties=0.6,
        interests=0.7,
        needs=0.8,
        supply=0.4,
        ln_means=0.3,
        relations=[[[0.0], [0.2]], [[-0.2], [0.0]]],
    )
    forcing = toys.forcing(coded, {})
    forcing.advance(79, np.zeros((2, 1, 2, 1)))  # 2019Q4
    assert forcing.threat.item() == 0.5
    forcing.advance(80, np.zeros((2, 1, 2, 1)))
    assert forcing.threat.item() == 0.0
    for name, level in (("ties", 0.6), ("interests", 0.7), ("needs", 0.8), ("supply", 0.4)):
        assert getattr(forcing, name).ravel() == pytest.approx([level] * 4)
    assert forcing.ln_means.ravel() == pytest.approx([0.3] * 2)
    assert (
        forcing.relations[EAST, WEST].item() == 0.2 and forcing.relations[WEST, EAST].item() == -0.2
    )


# Means


def test_a_budget_grows_evenly_in_logarithm_over_its_quarters():
    forcing = toys.forcing(
        toys.inputs(toys.cast(), ln_means=0.5),
        one_event({"budget": "East", "scale": 16, "over": 4}),
    )
    means = followed(forcing, lambda now: now.ln_means[:, 0], 12)
    doublings = [0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 4, 4]
    assert means[:, EAST] == pytest.approx(0.5 + np.log(2) * np.array(doublings))
    assert means[:, WEST] == pytest.approx([0.5] * 12)


def test_a_budget_without_a_span_changes_at_once():
    forcing = toys.forcing(
        toys.inputs(toys.cast()), one_event({"budget": ["East", "West"], "scale": 0.25})
    )
    assert followed(forcing, lambda now: now.ln_means[:, 0], 6)[[3, 4, 5]] == pytest.approx(
        np.log([[1, 1], [0.25] * 2, [0.25] * 2])
    )


# Relations


def test_a_relation_moves_evenly_and_arrives_exactly_in_the_last_quarter_of_its_span():
    coded = toys.inputs(toys.cast(), relations=[[[0.0], [0.2]], [[-0.2], [0.0]]])
    forcing = toys.forcing(
        coded, one_event({"relation": ["East", "West"], "becomes": 3, "over": 4})
    )
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
    forcing = toys.forcing(
        coded, one_event({"relation": ["East", "West"], "becomes": -1.5, "over": 6})
    )
    view = followed(forcing, lambda now: now.relations[EAST, WEST, 0], 10)
    assert view[[9]] == pytest.approx([-0.5], abs=1e-12)
    # the gap to -1/2 grows to 5/6 at the third step, then closes by 1/4, 1/3, 1/2 and the rest
    assert view[4:9] == pytest.approx(
        [-1 / 12, -2 / 12, 1 / 3 - 5 / 24, 1 / 3 - 10 / 24, 1 / 3 - 15 / 24], abs=1e-12
    )


# Effort sent elsewhere


def test_a_reroute_grows_evenly_and_keeps_effort_at_one():
    of = toys.cast(powers=("East",), republics=("Valley", "Hills"))
    event = one_event(
        {
            "reroute": "East",
            "share": 0.4,
            "over": 2,
            "out_of": {"republic": "Valley", "channel": "security"},
            "into": {"channel": "trade"},
        },
        when=1,
    )
    # at precision 0 a power wants every one of its four cells alike
    world = toys.model(
        toys.inputs(of), toys.scenario(of, event), given=toys.parameters(of, lambda_=0)
    )
    wanted = []
    for _ in range(4):
        world.step()
        wanted.append(world.powers[0].target_effort()[..., 0])
    assert wanted[0] == pytest.approx(np.full((2, 2), 0.25))
    assert wanted[1] == pytest.approx(np.array([[0.275, 0.2], [0.275, 0.25]]))
    for later in wanted[2:]:
        assert later == pytest.approx(np.array([[0.3, 0.15], [0.3, 0.25]]))
    assert world.effort.sum() == pytest.approx(1.0, abs=1e-12)


def test_a_reroute_concerns_only_the_powers_that_it_names():
    of = toys.cast()
    event = one_event(
        {
            "reroute": "West",
            "share": 1,
            "out_of": {"channel": "trade"},
            "into": {"channel": "security"},
        },
        when=0,
    )
    world = toys.model(
        toys.inputs(of), toys.scenario(of, event), given=toys.parameters(of, lambda_=0)
    )
    world.step()
    assert world.powers[EAST].target_effort().ravel() == pytest.approx([0.5, 0.5])
    assert world.powers[WEST].target_effort().ravel() == pytest.approx([0.0, 1.0])


# Membership


def two_institutions():
    """A pact of East (weight 1/2, all channels); a club of half East and West (4/10, trade)."""
    return toys.inputs(
        toys.cast(),
        institutions=[
            toys.institution("pact", [1, 0], [TRADE, SECURITY], [1], 0.5),
            toys.institution("club", [0.5, 1], [TRADE], [1], 0.4),
        ],
    )


def test_institutions_add_up_as_a_noisy_or():
    forcing = toys.forcing(two_institutions(), {})
    # East, trade: 1 - (1 - 0.5)(1 - 0.4 * 0.5) = 0.6
    assert forcing.membership[:, 0, :, 0] == pytest.approx(np.array([[0.6, 0.5], [0.4, 0.0]]))


def test_two_institutions_of_one_body_bind_once_by_the_stronger():
    coded = toys.inputs(
        toys.cast(),
        institutions=[
            toys.institution("old", [1, 0], [TRADE, SECURITY], [1], [[0.2], [0.6]], "union"),
            toys.institution("new", [1, 0.5], [TRADE, SECURITY], [1], [[0.5], [0.3]], "union"),
            toys.institution("pact", [1, 0], [SECURITY], [1], 0.5),
        ],
    )
    event = one_event({"institution": "new", "leave": "Valley"})
    bound = followed(toys.forcing(coded, event), lambda now: now.membership[:, 0, :, 0], 6)
    # East: trade max(0.2, 0.5); security 1 - (1 - max(0.6, 0.3)) (1 - 0.5); West: half of new
    assert bound[3] == pytest.approx(np.array([[0.5, 0.8], [0.25, 0.15]]))
    assert bound[4] == pytest.approx(np.array([[0.2, 0.8], [0.0, 0.0]]))


def test_how_much_an_institution_binds_may_change_at_a_quarter():
    weight = np.full((2, 80), 0.3)
    weight[SECURITY, 10:] = 0.9
    coded = toys.inputs(
        toys.cast(), institutions=[toys.institution("pact", [1, 0], [0, 1], [1], weight)]
    )
    event = one_event({"institution": "pact", "leave": "Valley"}, when=85)
    bound = followed(toys.forcing(coded, event), lambda now: now.membership[EAST, 0, :, 0], 86)
    assert bound[[9, 10, 84, 85]] == pytest.approx(
        np.array([[0.3, 0.3], *[[0.3, 0.9]] * 2, [0, 0]])
    )


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
    events = {
        "joins": {"when": "2000Q2", "effects": [{"institution": "pact", "join": "Valley"}]},
        "leaves": {"when": "2000Q3", "effects": [{"institution": "pact", "leave": "Hills"}]},
    }
    member = followed(
        toys.forcing(coded, events), lambda now: now.membership[EAST, :, SECURITY, 0], 4
    )
    assert member == pytest.approx(np.array([[0, 0.5], [0.5, 0.5], [0.5, 0], [0.5, 0]]))


def test_a_new_institution_binds_whoever_joins_it():
    effect = {
        "institution": "union",
        "found": {"sponsors": "West", "channels": "trade", "weight": 0.7},
        "join": "Valley",
    }
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event(effect))
    member = followed(forcing, lambda now: now.membership[:, 0, :, 0], 6)
    assert not member[:4].any()
    for later in member[4:]:
        assert later == pytest.approx(np.array([[0.0, 0.0], [0.7, 0.0]]))


def test_an_institution_founded_without_members_binds_nobody():
    effect = {
        "institution": "union",
        "found": {"sponsors": "West", "channels": "trade", "weight": 0.7},
    }
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event(effect, when=0))
    forcing.advance(0, np.zeros((2, 1, 2, 1)))
    assert not forcing.membership.any()


# Interests, needs, tolerance


def test_interests_and_needs_are_set_in_thirds_where_named():
    coded = toys.inputs(toys.cast(), interests=0.1, needs=0.1)
    event = one_event(
        {"interest": 2, "power": "West", "republic": "all", "channel": "trade"},
        {"need": 3, "republic": "Valley", "channel": "security"},
    )
    forcing = toys.forcing(coded, event)
    assert followed(forcing, lambda now: now.interests[:, 0, :, 0], 6)[[3, 5]] == pytest.approx(
        np.array([[[0.1, 0.1], [0.1, 0.1]], [[0.1, 0.1], [2 / 3, 0.1]]])
    )
    for needs in forcing.needs[:, 0, :, 0]:  # whoever may meet them
        assert needs == pytest.approx([0.1, 1.0])


@pytest.mark.parametrize("name", ["interests", "needs"])
def test_what_is_coded_changes_at_its_quarter(name):
    coded = toys.inputs(toys.cast())
    getattr(coded, name)[WEST, 0, TRADE] = np.repeat([0.2, 0.5, 0.4], [10, 20, 50])
    forcing = toys.forcing(coded, {})
    level = followed(forcing, lambda now: getattr(now, name)[WEST, 0, TRADE, 0], 90)
    assert level == pytest.approx(np.repeat([0.2, 0.5, 0.4], [10, 20, 60]))
    assert (
        not getattr(forcing, name)[EAST].any() and not getattr(forcing, name)[:, :, SECURITY].any()
    )


def test_what_an_event_sets_holds_over_what_is_coded_later():
    coded = toys.inputs(toys.cast())
    coded.interests[..., 6:], coded.needs[..., 6:] = 0.5, 0.9
    event = one_event(
        {"interest": 1, "power": "West", "republic": "Valley", "channel": "trade"},
        {"need": 2, "republic": "Valley", "channel": "security"},
    )
    forcing = toys.forcing(coded, event)
    now = followed(forcing, lambda at: [at.interests[:, 0, :, 0], at.needs[:, 0, :, 0]], 8)
    interests, needs = now[:, 0], now[:, 1]
    assert not interests[3].any() and not needs[3].any()
    assert interests[5] == pytest.approx(np.array([[0, 0], [1 / 3, 0]]))
    assert interests[7] == pytest.approx(np.array([[0.5, 0.5], [1 / 3, 0.5]]))
    assert needs[5] == pytest.approx(np.array([[0, 2 / 3], [0, 2 / 3]]))
    assert needs[7] == pytest.approx(np.array([[0.9, 2 / 3], [0.9, 2 / 3]]))


def test_what_an_event_sets_in_one_member_stays_as_coded_in_another():
    coded = toys.inputs(toys.cast(), needs=0.2)
    coded.needs[..., 3:] = 0.4
    event = one_event(
        {"need": 3, "republic": "Valley", "channel": "trade"}, between=["2000Q1", "2001Q4"]
    )
    forcing = toys.forcing(coded, event, members=20)
    early = forcing.starts["it"] <= 3
    assert early.any() and not early.all()
    forcing.advance(0, np.zeros((2, 1, 2, 20)))
    for quarter in (1, 2, 3):
        forcing.advance(quarter, np.zeros((2, 1, 2, 20)))
    assert forcing.needs[EAST, 0, TRADE] == pytest.approx(np.where(early, 1.0, 0.4))


def test_a_need_that_names_a_power_raises_no_other():
    coded = toys.inputs(toys.cast(), supply=0.5)
    coded.needs[WEST, 0, TRADE] = 0.6
    without = toys.inputs(toys.cast(), supply=0.5)
    given = toys.parameters(coded.cast, eta=2)  # 2 * 0.6 * 0.5 = 0.6
    drawn, not_drawn = (
        toys.model(inputs, given=given).republics[0].baseline_attraction()[..., 0]
        for inputs in (coded, without)
    )
    assert drawn - not_drawn == pytest.approx(np.array([[0, 0], [0.6, 0]]))


def test_tolerance_adds_to_what_the_stance_gives():
    # stance 0 offsets tolerance by 0.08; 0.08 - 0.2 = -0.12
    forcing = toys.forcing(
        toys.inputs(toys.cast(), stance=0), one_event({"tolerance": -0.2, "republic": "Valley"})
    )
    assert followed(forcing, lambda now: now.tolerance.item(), 6)[3:] == pytest.approx(
        [0.08, -0.12, -0.12]
    )


def test_effects_that_share_a_quarter_act_in_the_order_of_the_file():
    low = {"what": "set low", "effects": [{"need": 1, "republic": "Valley", "channel": "trade"}]}
    high = {"what": "set high", "effects": [{"need": 3, "republic": "Valley", "channel": "trade"}]}
    for names, value in ((("low", "high"), 1.0), (("high", "low"), 1 / 3)):
        # the one whose date is written in another way must not move to another place in the order
        dates = {"low": {"when": "2000Q3"}, "high": {"between": ["2000Q3", "2000Q3"]}}
        events = {name: {**dates[name], **{"low": low, "high": high}[name]} for name in names}
        forcing = toys.forcing(toys.inputs(toys.cast()), events, members=3)
        need = followed(forcing, lambda now: now.needs[EAST, 0, TRADE, 0], 4)
        assert need[-1] == pytest.approx(value)

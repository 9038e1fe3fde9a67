"""Equation 1: shocks on effort, ties, supply and threat, how they fade and where they are cut."""

import numpy as np
import pytest
import toys
from toys import EAST, SECURITY, TRADE, WEST, followed, one_event, shock

from steppe.model.core.calendar import format_quarter

# Shocks on effort


def test_a_shock_on_effort_begins_at_full_strength_and_fades_by_half_in_six_quarters():
    forcing = toys.forcing(toys.inputs(toys.cast()), one_event(shock("effort", 2)), delta=0.3)
    urge = followed(forcing, lambda now: now.urges[EAST, 0, TRADE, 0], 23)
    assert urge[:4] == pytest.approx([0.0] * 4)
    assert urge[[4, 10, 16, 22]] == pytest.approx([0.6, 0.3, 0.15, 0.075])
    assert urge[7] == pytest.approx(0.6 / np.sqrt(2))


def test_a_permanent_shock_stays():
    forcing = toys.forcing(
        toys.inputs(toys.cast()), one_event(shock("effort", -1, permanent=True)), delta=0.3
    )
    urge = followed(forcing, lambda now: now.urges[EAST, 0, TRADE, 0], 100)
    assert urge[:4] == pytest.approx([0.0] * 4)
    assert urge[4:] == pytest.approx([-0.3] * 96)


def test_a_shock_reaches_the_cells_it_names_and_no_other():
    forcing = toys.forcing(
        toys.inputs(toys.cast()),
        one_event(shock("effort", 1, power="West", channel="security"), when=0),
    )
    forcing.advance(0, np.zeros((2, 1, 2, 1)))
    assert forcing.urges[..., 0].tolist() == [[[0.0, 0.0]], [[0.0, 0.3]]]
    assert not forcing.ties.any() and not forcing.supply.any() and not forcing.threat.any()


def test_a_shock_on_several_powers_and_all_channels_reaches_every_combination():
    event = one_event(shock("effort", 1, power=["East", "West"], channel="all"), when=0)
    forcing = toys.forcing(toys.inputs(toys.cast()), event)
    forcing.advance(0, np.zeros((2, 1, 2, 1)))
    assert forcing.urges.ravel() == pytest.approx([0.3] * 4)


def test_every_member_feels_a_shock_by_its_own_scale_of_events():
    forcing = toys.forcing(
        toys.inputs(toys.cast()),
        one_event(shock("effort", 3), when=0),
        delta=[0.0, 0.1, 0.6],
        members=3,
    )
    forcing.advance(0, np.zeros((2, 1, 2, 3)))
    assert forcing.urges[EAST, 0, TRADE] == pytest.approx([0.0, 0.3, 1.8])


@pytest.mark.parametrize(
    ("target", "read"),
    [
        ("ties", lambda now: now.ties[EAST, 0, TRADE, 0]),
        ("supply", lambda now: now.supply[EAST, TRADE, 0]),
        ("threat", lambda now: now.threat[0, 0]),
    ],
)
@pytest.mark.parametrize("delta", [0.0, 0.6])
def test_a_shock_on_what_lives_between_0_and_1_is_a_level_whatever_delta_is(target, read, delta):
    coded = toys.inputs(toys.cast(), ties=0.25, supply=0.25, threat=0.25)
    forcing = toys.forcing(coded, one_event(shock(target, 1.5)), delta=delta)  # 1.5 / 3 = 0.5
    assert followed(forcing, read, 11)[[3, 4, 10]] == pytest.approx([0.25, 0.75, 0.5])


def ties_after(events, coded=0.5, quarters=40, **keys):
    """East's trade tie with the Valley in each quarter, (quarters,) or (quarters, m)."""
    forcing = toys.forcing(toys.inputs(toys.cast(), ties=coded), events, **keys)
    ties = followed(forcing, lambda now: now.ties[EAST, 0, TRADE], quarters)
    return ties[:, 0] if forcing.size == 1 else ties


def dated(**effects):
    """An event for each effect, at a quarter given as the name, such as q12."""
    return {
        name: {"when": format_quarter(int(name[1:])), "effects": [effect]}
        for name, effect in effects.items()
    }


def test_what_would_rise_above_one_is_lost_and_the_rest_fades():
    tie = ties_after(one_event(shock("ties", 3)))  # 0.5 + 1, of which a half comes
    assert tie[[3, 4, 10, 16]] == pytest.approx([0.5, 1.0, 0.75, 0.625])


def test_what_would_fall_below_zero_is_lost_and_the_rest_fades():
    tie = ties_after(one_event(shock("ties", -3)))
    assert tie[[3, 4, 10, 16]] == pytest.approx([0.5, 0.0, 0.25, 0.375])


def test_a_loss_takes_away_from_one_and_not_from_what_was_above():
    permanent = {"permanent": True}
    tie = ties_after(
        dated(
            q4=shock("ties", 3, **permanent),
            q8=shock("ties", 3, **permanent),
            q12=shock("ties", -1, **permanent),
        )
    )
    assert tie[[4, 8, 11, 12, 39]] == pytest.approx([1, 1, 1, 2 / 3, 2 / 3])


def test_a_gain_counts_from_zero_and_not_from_what_was_below():
    permanent = {"permanent": True}
    tie = ties_after(dated(q4=shock("ties", -3, **permanent), q8=shock("ties", 1, **permanent)))
    assert tie[[4, 7, 8, 39]] == pytest.approx([0, 0, 1 / 3, 1 / 3])


def test_a_fading_loss_takes_away_from_one_and_comes_back():
    tie = ties_after(dated(q4=shock("ties", 3, permanent=True), q8=shock("ties", -2)))
    assert tie[[7, 8, 14, 20]] == pytest.approx([1, 1 / 3, 2 / 3, 5 / 6])


def test_a_loss_counts_from_one_where_what_is_coded_has_risen_under_a_gain():
    coded = np.full((2, 1, 2, 80), 0.5)
    coded[..., 6:] = 0.8  # with the gain of a half, 0.3 above one
    tie = ties_after(
        dated(q4=shock("ties", 3, permanent=True), q8=shock("ties", -1, permanent=True)), coded
    )
    assert tie[[5, 6, 8, 39]] == pytest.approx([1, 1, 2 / 3, 2 / 3])


def test_a_loss_counts_from_one_where_an_earlier_loss_has_faded_under_a_gain():
    events = dated(
        q0=shock("ties", -1.5),  # 1.0 - 0.5, a quarter of it left at quarter 12
        q6=shock("ties", 0.75, permanent=True),  # 0.75 + 0.25 = 1
        q12=shock("ties", -1, permanent=True),
    )
    tie = ties_after(events, coded=1.0)
    assert tie[[0, 6, 11, 12]] == pytest.approx([0.5, 1, 1, 2 / 3])


def test_shocks_that_share_a_quarter_are_cut_one_after_the_other_in_the_order_of_the_file():
    gain, loss = shock("ties", 3, permanent=True), shock("ties", -1, permanent=True)
    assert ties_after(one_event(gain, loss))[-1] == pytest.approx(2 / 3)  # 1, then 2/3
    assert ties_after(one_event(loss, gain))[-1] == pytest.approx(1)  # 1/6, then 1


def test_each_member_loses_what_is_above_one_at_its_own_date():
    events = {
        "gain": {"between": ["2000Q1", "2004Q4"], "effects": [shock("ties", 2, permanent=True)]},
        "loss": {"when": "2002Q3", "effects": [shock("ties", -1, permanent=True)]},
    }
    forcing = toys.forcing(toys.inputs(toys.cast(), ties=0.5), events, members=40)
    gains = forcing.starts["gain"]
    early, late = gains <= 10, gains > 10  # in the same quarter the gain, first in the file, acts
    assert early.any() and late.any()
    tie = followed(forcing, lambda now: now.ties[EAST, 0, TRADE], 20)
    assert tie[9, gains <= 9] == pytest.approx(np.full((gains <= 9).sum(), 1.0))
    # 0.5 + 2/3 is cut to 1, then 1 - 1/3; or 0.5 - 1/3 + 2/3
    assert tie[-1] == pytest.approx(np.where(early, 2 / 3, 5 / 6))


def test_an_event_in_other_members_leaves_a_member_as_it_is():
    coded = np.full((2, 1, 2, 80), 0.5)
    coded[..., 6:] = 0.8
    events = {
        "gain": {"when": "2000Q1", "effects": [shock("ties", 3, permanent=True)]},
        "loss": {
            "when": "2003Q1",
            "probability": 0.5,
            "effects": [shock("ties", -1, permanent=True)],
        },
    }
    coded[..., 20:] = 0.1  # takes away what is above one, where no shock has come since
    tie = ties_after(events, coded, members=30)
    happened = tie[15] < 0.9
    assert happened.any() and not happened.all()
    # 0.1 and the gain of 0.5; or, after the loss, 0.1 and 2/3 - 0.8
    assert tie[25] == pytest.approx(np.where(happened, 0.0, 0.6), abs=1e-12)


# Ramps


def test_a_ramp_adds_equal_parts():
    tie = ties_after(one_event(shock("ties", 3, permanent=True, over=4)), coded=0.0)
    assert tie[3:10] == pytest.approx([0, 0.25, 0.5, 0.75, 1, 1, 1])


def test_each_part_of_a_ramp_fades_from_its_own_quarter():
    events = one_event(shock("effort", 3, over=2))
    forcing = toys.forcing(toys.inputs(toys.cast()), events, delta=0.4)  # twice 0.6
    urge = followed(forcing, lambda now: now.urges[EAST, 0, TRADE, 0], 12)
    quarter = 2 ** (-1 / 6)
    assert urge[[4, 5, 11]] == pytest.approx([0.6, 0.6 + 0.6 * quarter, 0.3 + 0.3 * quarter])


def test_the_parts_of_a_ramp_beyond_one_are_lost():
    events = dated(
        q4=shock("ties", 3, permanent=True, over=4), q10=shock("ties", -1, permanent=True)
    )
    tie = ties_after(events, coded=0.5)  # 0.75, 1, 1, 1, then 2/3
    assert tie[[4, 5, 6, 7, 10]] == pytest.approx([0.75, 1, 1, 1, 2 / 3])


# Several shocks, and bases


def test_shocks_of_two_events_add_up():
    events = {
        "first": {"when": "2000Q1", "effects": [shock("effort", 2)]},
        "second": {"when": "2001Q3", "effects": [shock("effort", 1)]},
    }
    forcing = toys.forcing(toys.inputs(toys.cast()), events, delta=0.3)
    assert followed(forcing, lambda now: now.urges[EAST, 0, TRADE, 0], 13)[
        [0, 6, 12]
    ] == pytest.approx([0.6, 0.6, 0.3])


def test_a_base_is_worth_two_levels_of_security_tie_for_good_and_closing_takes_as_much_away():
    events = {
        "opens": {
            "when": "2000Q2",
            "effects": [{"base": "opened", "power": "West", "republic": "Valley"}],
        },
        "closes": {
            "when": "2010Q1",
            "effects": [{"base": "closed", "power": "West", "republic": "Valley"}],
        },
    }
    forcing = toys.forcing(toys.inputs(toys.cast(), ties=0.1), events, delta=0.0)
    tie = followed(forcing, lambda now: now.ties[WEST, 0, :, 0], 50)
    high = 0.1 + 2 / 3
    assert tie[[0, 1, 39, 40, 49], SECURITY] == pytest.approx([0.1, high, high, 0.1, 0.1])
    assert tie[:, TRADE] == pytest.approx([0.1] * 50)


def test_a_shock_after_the_coded_span_threatens_a_republic_all_the_same():
    forcing = toys.forcing(
        toys.inputs(toys.cast(), threat=0.5),
        one_event(shock("threat", 2, permanent=True), when=90),
    )
    assert followed(forcing, lambda now: now.threat.item(), 92)[
        [79, 80, 89, 90, 91]
    ] == pytest.approx([0.5, 0, 0, 2 / 3, 2 / 3])


# Members apart from each other


CROWDED = {
    "gain": {"between": ["2000Q1", "2002Q4"], "effects": [shock("ties", 2.1, over=3)]},
    "loss": {
        "between": ["2001Q1", "2003Q4"],
        "probability": 0.7,
        "effects": [shock("ties", -0.7, permanent=True), shock("supply", -3), shock("threat", 1.3)],
    },
    "more": {
        "between": ["2002Q1", "2004Q4"],
        "effects": [shock("ties", 1.1, permanent=True), shock("supply", 0.9, over=5)],
    },
}


def crowded(members):
    coded = toys.inputs(toys.cast(), ties=0.45, supply=0.7, threat=0.1)
    coded.ties[..., 9:] = 0.8
    return toys.forcing(coded, CROWDED, members=members)


def read_all(forcing):
    values = forcing.ties, forcing.supply, forcing.threat
    return np.concatenate([value.reshape(-1, forcing.size) for value in values])


def test_a_member_is_the_same_to_the_last_bit_alone_and_among_others():
    together = followed(crowded(12), read_all, 24)
    for member in range(12):
        alone = followed(crowded(np.array([member])), read_all, 24)
        assert np.array_equal(alone[..., 0], together[..., member])


def test_a_forcing_that_is_moved_to_a_quarter_at_once_is_the_same_to_the_last_bit():
    followed(step_by_step := crowded(12), read_all, 24)
    (at_once := crowded(12)).replay(23, {})
    assert np.array_equal(read_all(step_by_step), read_all(at_once))

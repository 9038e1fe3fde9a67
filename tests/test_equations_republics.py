"""Equations of republics and measures, each against a closed form or a limiting case."""

import numpy as np
import pytest

from steppe.model import equations

LN2 = np.log(2.0)


def one(value):
    """A number as the single member of an ensemble."""
    return np.array([float(value)])


# Equations 4 and 5: dependence and its excess


def test_dependence_is_the_weighted_mean_over_channels():
    share = np.array([[0.6, 0.3, 0.0], [0.1, 0.1, 0.1]])[..., None]
    assert equations.dependence(share, np.full(3, 1 / 3)).ravel() == pytest.approx([0.3, 0.1])
    assert equations.dependence(share, np.array([0.5, 0.5, 0.0])).ravel() == pytest.approx(
        [0.45, 0.1]
    )


def test_dependence_within_tolerance_is_no_excess():
    depends = np.array([[0.3], [0.5]])
    assert equations.excess_dependence(
        depends, one(0.4), one(0), one(0.2)
    ).ravel() == pytest.approx([0.0, 0.1])


def test_a_threatened_republic_tolerates_more():
    # 0.5 - 0.3 - 0.2 * 0.5 = 0.1, and at full threat nothing is left
    depends = np.array([[0.5]])
    assert equations.excess_dependence(
        depends, one(0.3), one(0.5), one(0.2)
    ).item() == pytest.approx(0.1)
    assert equations.excess_dependence(
        depends, one(0.3), one(1.0), one(0.2)
    ).item() == pytest.approx(0.0, abs=1e-15)
    assert equations.excess_dependence(depends, one(0.3), one(1.0), one(0.9)).item() == 0.0


# Equation 1: coded inputs under shocks


def test_shocks_add_to_coded_inputs_up_to_the_bounds():
    value = equations.apply_shocks(
        np.array([[0.5], [0.9]]),
        np.array([[0.1, -0.3], [0.5, 0.5]]),
        np.array([[0.1], [0.0]]),
        np.array([1.0, 2.0]),
        0.0,
        1.0,
    )
    assert value == pytest.approx(np.array([[0.7, 0.1], [1.0, 1.0]]))


def test_a_fading_shock_halves_in_its_half_life():
    shock = one(0.8)
    for _ in range(6):
        shock = equations.fade_shocks(shock, 1.0 - equations.adjustment_rate(6.0))
    assert shock == pytest.approx([0.4])


# Equations 7 and 8: attraction


def standing(**changes):
    """The standing attraction of one power in one channel; everything is zero but what is given."""
    names = (
        "ties",
        "membership",
        "need",
        "supply",
        "autonomy_weight",
        "tie_weight",
        "institution_weight",
        "need_weight",
    )
    shapes = ((1, 1, 1), (1, 1, 1), (1, 1), (1, 1, 1), (1,), (1, 1), (1,), (1,))
    arrays = {
        name: np.full(shape, changes.pop(name, 0.0))
        for name, shape in zip(names, shapes, strict=True)
    }
    assert not changes
    return equations.baseline_attraction(**arrays).item()


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"ties": 2 / 3, "tie_weight": 1.5}, 1.0),
        ({"membership": 0.5, "institution_weight": 1.2}, 0.6),
        ({"need": 2 / 3, "supply": 0.75, "need_weight": 2.0}, 1.0),
        ({"need": 1.0, "supply": 0.0, "need_weight": 2.0}, 0.0),
        ({"autonomy_weight": 1.75}, -1.75),
        (
            {
                "ties": 2 / 3,
                "tie_weight": 1.5,
                "membership": 0.5,
                "institution_weight": 1.2,
                "need": 2 / 3,
                "supply": 0.75,
                "need_weight": 2.0,
                "autonomy_weight": 1.75,
            },
            1.0 + 0.6 + 1.0 - 1.75,
        ),
    ],
)
def test_what_draws_a_republic_whatever_effort_is_made(given, value):
    assert standing(**given) == pytest.approx(value, abs=1e-15)


def test_each_channel_has_a_tie_weight_of_its_own_and_the_republic_one_need_in_each():
    value = equations.baseline_attraction(
        ties=np.array([[[1.0], [0.0]], [[0.0], [1.0]]]),
        membership=np.zeros((2, 2, 1)),
        need=np.array([[1.0], [0.5]]),
        supply=np.array([[[1.0], [1.0]], [[0.0], [0.0]]]),
        autonomy_weight=one(0),
        tie_weight=np.array([[2.0], [3.0]]),
        institution_weight=one(0),
        need_weight=one(4),
    )
    assert value[..., 0] == pytest.approx(np.array([[2.0 + 4.0, 0.0 + 2.0], [0.0, 3.0]]))


def test_an_even_spread_of_effort_counts_as_105_hundredths_and_none_as_5():
    cells = 4
    effort = np.array([[[1 / cells], [0.0]]])
    drawn = equations.attraction(
        np.zeros((1, 2, 1)), effort, cells, np.zeros((1, 1)), one(0.5), np.zeros((1, 1)), one(3)
    )
    assert drawn.ravel() == pytest.approx([0.5 * np.log(1.05), 0.5 * np.log(0.05)])


def test_means_draw_as_effort_does_in_every_channel_alike():
    effort = np.full((1, 2, 1), 0.2)
    poor, rich = (
        equations.attraction(
            np.zeros((1, 2, 1)),
            effort,
            2,
            np.full((1, 1), means),
            one(0.5),
            np.zeros((1, 1)),
            one(3),
        )
        for means in (0.0, LN2)
    )
    assert (rich - poor).ravel() == pytest.approx([0.5 * LN2] * 2)


def test_excess_dependence_repels_in_every_channel_of_that_power_and_of_no_other():
    quiet = equations.attraction(
        np.zeros((2, 2, 1)),
        np.full((2, 2, 1), 0.5),
        2,
        np.zeros((2, 1)),
        one(0.5),
        np.zeros((2, 1)),
        one(3),
    )
    tense = equations.attraction(
        np.zeros((2, 2, 1)),
        np.full((2, 2, 1), 0.5),
        2,
        np.zeros((2, 1)),
        one(0.5),
        np.array([[0.1], [0.0]]),
        one(3),
    )
    assert (quiet - tense)[..., 0] == pytest.approx(np.array([[0.3, 0.3], [0.0, 0.0]]))


# Equation 9: influence moves


def test_influence_moves_its_share_of_the_way_and_is_shaken_by_noise():
    # 1 + 0.25 (3 - 1) + 0.1 * 2 = 1.7
    moved = equations.step_log_ratios(
        np.array([[[1.0]]]), np.array([[[3.0]]]), np.array([[0.25]]), one(0.1), np.array([[[2.0]]])
    )
    assert moved.item() == pytest.approx(1.7)


def test_influence_at_rest_stays_where_it_is_drawn_and_a_rate_of_one_arrives_at_once():
    here, there, quiet = np.full((1, 1, 1), 0.7), np.full((1, 1, 1), -2.0), np.zeros((1, 1, 1))
    assert equations.step_log_ratios(here, here, np.array([[0.3]]), one(0.1), quiet).item() == 0.7
    assert equations.step_log_ratios(here, there, np.array([[1.0]]), one(0.1), quiet).item() == -2.0


# Measures


@pytest.mark.parametrize(
    ("share", "value"),
    [
        ([0.2, 0.2, 0.2, 0.2], 0.0),
        ([0.3, 0.0, 0.0], 1.0),
        ([0.6, 0.2], 0.25),  # shares among themselves 3/4 and 1/4: (10/16 - 1/2) / (1/2)
    ],
)
def test_concentration_of_the_powers_among_themselves(share, value):
    assert equations.concentration(np.array(share)[:, None]).item() == pytest.approx(
        value, abs=1e-15
    )


def test_concentration_does_not_depend_on_how_much_the_republic_keeps():
    share = np.array([[0.5], [0.25]])
    assert equations.concentration(share) == pytest.approx(equations.concentration(share / 7))


def test_leverage_is_zero_without_dependence_and_grows_without_bound():
    assert equations.leverage(np.array([0.0, 0.5, 1 - 1 / np.e])) == pytest.approx([0.0, LN2, 1.0])
    assert equations.leverage(np.array([1 - 1e-12]))[0] > 27

"""Each equation against a closed form or a limiting case; expected numbers come from algebra."""

import numpy as np
import pytest

from steppe.model import equations

LN2, LN3 = np.log(2.0), np.log(3.0)


def one(value):
    """A number as the single member of an ensemble."""
    return np.array([float(value)])


# Equation 11: half-lives


@pytest.mark.parametrize(
    ("half_life", "rate"), [(1, 0.5), (0.5, 0.75), (2, 1 - 0.5**0.5), (1e12, 0.0)]
)
def test_the_rate_of_a_half_life(half_life, rate):
    assert equations.adjustment_rate(half_life) == pytest.approx(rate, abs=1e-11)


@pytest.mark.parametrize("half_life", [2, 6, 40])
def test_half_of_the_way_is_left_after_one_half_life(half_life):
    assert (1 - equations.adjustment_rate(half_life)) ** half_life == pytest.approx(0.5, rel=1e-12)


# Equation 10: shares


def test_log_ratios_of_zero_divide_a_cell_evenly_between_the_powers_and_the_republic():
    share = equations.shares_from_log_ratios(np.zeros((3, 1)))
    assert share.ravel() == pytest.approx([0.25] * 3)
    assert equations.autonomy(share) == pytest.approx(0.25)


def test_a_log_ratio_is_the_logarithm_of_share_over_autonomy():
    share = equations.shares_from_log_ratios(np.array([[LN2], [LN3]]))
    assert share.ravel() == pytest.approx([2 / 6, 3 / 6])
    assert equations.autonomy(share) == pytest.approx(1 / 6)


def test_one_power_alone_has_the_logistic_share():
    assert equations.shares_from_log_ratios(np.array([LN3])) == pytest.approx(0.75)


def test_a_republic_that_nobody_draws_keeps_everything():
    assert equations.autonomy(
        equations.shares_from_log_ratios(np.full((4, 1), -60.0))
    ) == pytest.approx(1.0, abs=1e-20)


def test_each_member_has_shares_of_its_own():
    share = equations.shares_from_log_ratios(np.array([[0.0, LN2], [0.0, LN2]]))
    assert share == pytest.approx(np.array([[1 / 3, 2 / 5], [1 / 3, 2 / 5]]))


def test_a_total_adds_rows_one_after_the_other_and_leaves_its_rows_alone():
    # 1e16 + 1 is 1e16 in double precision, so only this order of additions gives exactly 0
    rows = np.array([[1e16], [1.0], [-1e16]])
    assert equations.total(rows) == 0.0
    assert rows[0] == 1e16


# Equation 2: what a cell is worth


def scored(
    share,
    *,
    loss=0.0,
    interest=0.0,
    relation=(0.0, 0.0),
    held=(0.0, 0.0),
    precision=1.0,
    interest_weight=0.0,
    loss_weight=0.0,
    rival_weight=0.0,
):
    """The score of a single cell."""
    cell = np.array(share, dtype=float).reshape(1, 1, 1)
    return equations.allocation_score(
        cell,
        cell + loss,
        np.full_like(cell, interest),
        np.array(relation, dtype=float)[:, None],
        np.array(held, dtype=float).reshape(-1, 1, 1, 1),
        one(precision),
        one(interest_weight),
        one(loss_weight),
        one(rival_weight),
    ).item()


def test_a_cell_held_by_half_is_worth_the_most():
    assert scored(0.5) == pytest.approx(-2 * LN2)
    assert scored(0.5) > scored(0.51) and scored(0.5) > scored(0.49)
    assert scored(0.2) == pytest.approx(scored(0.8)) == pytest.approx(np.log(0.16))


def test_interest_and_loss_add_to_the_worth_of_a_cell():
    # 2 (1.5 * 2/3 + ln 1/4 + 4 * 0.1) = 2.8 - 4 ln 2
    value = scored(0.5, interest=2 / 3, interest_weight=1.5, loss=0.1, loss_weight=4, precision=2)
    assert value == pytest.approx(2.8 - 4 * LN2)


def test_rivals_attract_effort_and_partners_repel_it():
    # 1.5 * (1 * 0.2 - 0.5 * 0.4) = 0; the rival's part alone is 0.3
    assert scored(0.5, relation=(1, -0.5), held=(0.2, 0.4), rival_weight=1.5) == pytest.approx(
        -2 * LN2
    )
    assert scored(0.5, relation=(1, 0), held=(0.2, 0.4), rival_weight=1.5) == pytest.approx(
        0.3 - 2 * LN2
    )
    assert scored(0.5, relation=(-1, 0), held=(0.2, 0.4), rival_weight=1.5) == pytest.approx(
        -0.3 - 2 * LN2
    )


def test_a_power_without_precision_sees_no_difference_between_cells():
    assert (
        scored(
            0.01,
            interest=1,
            interest_weight=3,
            loss=0.5,
            loss_weight=9,
            relation=(1, 1),
            held=(0.5, 0.4),
            rival_weight=3,
            precision=0,
        )
        == 0.0
    )


def test_a_view_that_differs_between_members_counts_for_each_member():
    share, relation = np.full((1, 1, 2), 0.5), np.array([[0.0, 0.0], [0.0, 1.0]])
    both = np.ones(2)
    score = equations.allocation_score(
        share, share, 0 * share, relation, np.full((2, 1, 1, 2), 0.25), both, both, both, both
    )
    assert score.ravel() == pytest.approx([-2 * LN2, 0.25 - 2 * LN2])


def test_urges_add_to_scores():
    score, urges = np.log([[1.0, 2.0]])[..., None], np.log([[6.0, 1.0]])[..., None]
    assert equations.effort_target(score, urges)[0, :, 0] == pytest.approx([0.75, 0.25])


def test_what_a_power_lost_counts_and_what_it_won_does_not():
    assert equations.recent_loss(
        np.array([0.3, 0.5]), np.array([0.4, 0.4])
    ).tolist() == pytest.approx([0.1, 0.0])


# Equation 3: effort


def test_effort_is_spread_in_proportion_to_the_exponential_of_the_score():
    score = np.log([[1.0, 2.0], [3.0, 4.0]])[..., None]
    assert equations.effort_target(score)[..., 0] == pytest.approx(
        np.array([[0.1, 0.2], [0.3, 0.4]])
    )


def test_only_differences_between_scores_count_however_large_they_are():
    score = np.log([[1.0, 3.0]])[..., None]
    assert equations.effort_target(score + 5000.0)[0, :, 0] == pytest.approx([0.25, 0.75])
    assert equations.effort_target(score - 5000.0)[0, :, 0] == pytest.approx([0.25, 0.75])


def test_the_myopic_best_reply_spends_in_proportion_to_the_marginal_gain():
    # d s / d ln e is theta s (1 - s): at precision 1 efforts stand as 0.25 to 0.09 to 0.16
    share = np.array([[0.5, 0.1, 0.8]])[..., None]
    none, unity = np.zeros_like(share), one(1)
    score = equations.allocation_score(
        share, share, none, np.zeros((1, 1)), share[None], unity, unity, unity, unity
    )
    assert equations.effort_target(score)[0, :, 0] == pytest.approx([0.5, 0.18, 0.32])


def test_members_spread_effort_apart_from_each_other():
    score = np.log([[[1.0, 1.0], [1.0, 3.0]]])
    assert equations.effort_target(score)[0] == pytest.approx(np.array([[0.5, 0.25], [0.5, 0.75]]))


def test_effort_covers_half_the_way_in_its_half_life():
    effort, target = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    for _ in range(2):
        effort = equations.partial_adjustment(effort, target, equations.adjustment_rate(2.0))
    assert effort == pytest.approx([0.5, 0.5])


def test_rerouted_effort_leaves_some_cells_in_proportion_and_reaches_others_evenly():
    target = np.array([[0.4, 0.1], [0.2, 0.3]])[..., None]
    out_of, into = np.array([[1, 0], [1, 0]])[..., None], np.array([[0, 1], [0, 1]])[..., None]
    moved = equations.reroute_effort(target, out_of, into, one(0.5))
    assert moved[..., 0] == pytest.approx(np.array([[0.2, 0.25], [0.1, 0.45]]))


def test_effort_rerouted_into_the_cells_it_came_from_is_evened_out():
    target = np.array([[0.7, 0.3]])[..., None]
    everywhere = np.ones((1, 2, 1))
    assert equations.reroute_effort(target, everywhere, everywhere, one(1))[
        0, :, 0
    ] == pytest.approx([0.5, 0.5])

"""Budgets, threats and stances, which are coded without the seven rules."""

from __future__ import annotations

import pytest
from evidence_files import coded, coder, made

from steppe.model.core.calendar import parse_quarter
from steppe.model.core.cast import default_cast
from steppe.model.evidence.coding import stance_to_alpha, stance_to_tolerance

KAZAKHSTAN = 0


def test_a_budget_is_spread_over_its_period_and_kept():
    growth = made("growth", "budget", 2, (2001, 2001), powers="China")
    series, claims = coder(growth).budget("China")
    assert series[:9] == pytest.approx([0, 0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.4])
    assert series[-1] == pytest.approx(0.4) and claims == ("growth",)


def test_budgets_of_two_matters_are_averaged_by_confidence_while_both_speak():
    """0.1 a quarter (high) and -0.025 (medium): (0.8 * 0.1 - 0.5 * 0.025) / 1.3, then -0.025."""
    growth = made("growth", "budget", 2, (2001, 2001), powers="China")
    cut = made("cut", "budget", -1, (2001, 2002), confidence="medium", powers="China")
    series, _ = coder(growth, cut).budget("China")
    both = (0.8 * 0.1 - 0.5 * 0.025) / 1.3
    assert series[7] == pytest.approx(4 * both) and series[-1] == pytest.approx(4 * both - 0.1)


def test_budgets_of_one_matter_keep_their_own_lengths():
    """Over 2001: 0.2 * 2 / 4 and 0.2 * 2 / 8 a quarter, averaged; over 2002 the second alone."""
    claims = [
        made("short", "budget", 2, (2001, 2001), powers="China", cluster="means"),
        made("long", "budget", 2, (2001, 2002), powers="China", cluster="means"),
    ]
    for order in (claims, claims[::-1]):
        series, _ = coder(*order).budget("China")
        assert series[7] == pytest.approx(4 * (0.1 + 0.05) / 2)
        assert series[-1] == pytest.approx(0.3 + 0.2)


def test_a_threat_holds_within_its_period_only():
    """Beside a worry of level 1 over the year, an incursion of level 2 for two quarters."""
    incursion = made("incursion", "threat", 2, ("2010Q2", "2010Q3"), republics="Tajikistan")
    worry = made("worry", "threat", 1, (2010, 2010), republics="all")
    first = parse_quarter("2010Q1")
    series, _ = coder(incursion).threat("Tajikistan")
    assert series[first : first + 4] == pytest.approx([0, 2 / 3, 2 / 3, 0])
    assert series.sum() == pytest.approx(4 / 3)
    series, _ = coder(incursion, worry).threat("Tajikistan")
    assert series[first : first + 4] == pytest.approx([1 / 3, 0.5, 0.5, 1 / 3])
    late = made("late", "threat", 3, (2030, 2030), republics="Tajikistan")
    assert coder(late).threat("Tajikistan")[1] == ()


def test_stance_becomes_alpha_and_tolerance():
    assert stance_to_alpha(0) == pytest.approx(1.3) and stance_to_alpha(1) == pytest.approx(2.2)
    assert stance_to_tolerance(0) == pytest.approx(0.08)
    assert stance_to_tolerance(1) == pytest.approx(-0.08)
    inputs = coded(
        made("bargains", "stance", 1, republics="Kazakhstan"),
        made("balances", "stance", 2, republics="Kazakhstan"),
    )
    assert inputs.alpha_means["Kazakhstan"] == pytest.approx(1.75)  # mean 1.5, half of the scale
    assert inputs.alpha_means["Uzbekistan"] == pytest.approx(1.75)  # silence: mean of the others
    assert inputs.tolerance_offset[KAZAKHSTAN] == pytest.approx(0)
    assert not inputs.wariness.any()  # nothing is said of a power in particular


def test_a_stance_towards_one_power_keeps_out_that_power_alone():
    """Towards Russia (3 + 1) / 2, towards the others 1; the mean over four powers is 5/4."""
    inputs = coded(
        made("aloof", "stance", 3, powers="Russia", republics="Uzbekistan"),
        made("bargains", "stance", 1, republics="Uzbekistan"),
    )
    uzbekistan = default_cast().index("republic", "Uzbekistan")
    assert inputs.stance[:, uzbekistan] * 3 == pytest.approx([2, 1, 1, 1])
    assert inputs.wariness[:, uzbekistan] == pytest.approx([0.225, -0.075, -0.075, -0.075])
    assert inputs.alpha_means["Uzbekistan"] == pytest.approx(1.3 + 0.9 * 5 / 12)

"""Findings: sentences that say no more than the paired differences that `compare` lists."""

from dataclasses import replace

import pytest

from steppe.experiments.results.differences import Difference
from steppe.experiments.results.findings import (
    MIN_MEMBERS,
    Lead,
    describe_agreement,
    describe_places,
    state_finding,
    state_leads,
)

REPUBLICS = ("Kazakhstan", "Kyrgyzstan", "Tajikistan", "Turkmenistan", "Uzbekistan")


def difference(republic, holder, median, same_sign=1.0, channel="security", members=300):
    low, high = sorted((median * 0.5, median * 1.5))
    return Difference(
        "one", "two", 2040, republic, channel, holder, median, low, high, same_sign, members
    )


def said(items, title="A", other="Baseline", absent=()):
    return state_finding(items, title, other, absent).sentence


def test_who_where_when_and_how_sure():
    items = [difference(name, "Russia", -0.1 - 0.01 * len(name), 0.978) for name in REPUBLICS]
    items += [difference(name, "China", 0.05, 0.953) for name in REPUBLICS[:2]]
    assert said(items) == (
        "A against the baseline: by 2040, Russia's security share is lower in all five republics, "
        "most in Turkmenistan (-0.22); China's security share is higher in Kazakhstan and "
        "Kyrgyzstan; each in at least 95% of members"
    )
    assert state_finding(items, "A", "B").holders == ("Russia", "China")


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([difference("Kazakhstan", "Russia", -0.2, 0.89)], "no share differs surely"),
        ([difference("Kazakhstan", "Russia", -0.009)], "every sure difference is below 0.01"),
        ([difference("Kazakhstan", "Russia", 0.0, 0.0)], "no share differs surely"),
        ([difference("Kazakhstan", "Russia", -0.2, members=28)], "28 members are too few"),
        ([difference("Kazakhstan", "Russia", -0.2, members=1)], "one member is too few"),
        ([], "nothing to compare"),
    ],
)
def test_nothing_is_claimed_that_is_not_sure(items, words):
    found = state_finding(items, "A", "B")
    assert words in found.sentence
    assert found.holders == () and found.size == 0


def test_unsure_cells_are_in_no_count_and_set_no_certainty():
    items = [difference(name, "Russia", -0.1) for name in REPUBLICS[:4]]
    items.append(difference("Uzbekistan", "Russia", -0.3, 0.89))
    sentence = said(items)
    assert "all republics but Uzbekistan" in sentence
    assert "-0.30" not in sentence
    assert sentence.startswith("A against the baseline: by 2040, in every member, Russia's")


def test_the_bound_on_members_is_where_chance_alone_could_make_all_agree():
    assert 0.9 ** (MIN_MEMBERS - 1) > 0.05 > 0.9**MIN_MEMBERS


def test_certainty_is_rounded_down():
    assert describe_agreement([0.9999, 1.0]) == "each in at least 99% of members"
    assert describe_agreement([0.97]) == "in 97% of members"
    assert describe_agreement([1.0, 1.0]) == "in every member"


def test_actors_of_one_scenario_alone_and_members_of_a_family_are_named_so():
    items = [difference("Kazakhstan", "United States", 0.2)]
    assert said(items, absent=["Turkey"]).startswith("A against the baseline (only one has Turkey)")
    assert said(items, "Turkey joins, weight 3", "Turkey joins, weight 1").startswith(
        "Turkey joins, weight 3 against weight 1: by 2040, in every member, the United States' "
        "security share is higher in Kazakhstan (+0.20)"
    )


def test_a_reference_is_named_as_the_same_without_its_events():
    items = [difference("Kazakhstan", "Russia", -0.2)]
    for title in ("Turkey joins", "Turkey joins, scale 3"):
        assert said(items, title, "Turkey joins, without its events").startswith(
            f"{title} against the same without its events: by 2040, in every member, Russia's"
        )


def test_a_power_that_gains_here_and_loses_there_is_named_once():
    items = [difference("Kazakhstan", "China", 0.2), difference("Uzbekistan", "China", -0.1)]
    assert said(items) == (
        "A against the baseline: by 2040, in every member, China's security share is higher in "
        "Kazakhstan (+0.20); it is lower in Uzbekistan"
    )


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "there"),
        (2, "in both"),
        (3, "in the same three"),
        (4, "in the same four"),
        (5, "in all five"),
    ],
)
def test_places_named_before_are_named_again_without_doubt(count, words):
    """`there` after `most in Kyrgyzstan` could be Kyrgyzstan alone."""
    items = [difference(name, "Russia", -0.1) for name in REPUBLICS]
    items = items[:count] + [difference(name, "autonomy", 0.05) for name in REPUBLICS[:count]]
    nothing = [difference(name, "China", 0.0, 0.0) for name in REPUBLICS]
    assert said(items + nothing).endswith(f"; autonomy in security is higher {words}")


def test_places_are_named_or_counted():
    assert describe_places(REPUBLICS, REPUBLICS) == "all five republics"
    assert describe_places(REPUBLICS[:3], REPUBLICS) == "Kazakhstan, Kyrgyzstan and Tajikistan"
    assert describe_places(REPUBLICS[1:], REPUBLICS) == "all republics but Kazakhstan"
    assert describe_places(REPUBLICS[:1], REPUBLICS[:1]) == "Kazakhstan"
    six = (*REPUBLICS, "Atlantis")
    assert describe_places(six[:4], six) == "four of the six republics"


def lead(republic, channel, power, probability):
    return Lead(republic, channel, power, probability, 2040, 300)


def test_who_leads_surely_and_what_is_open():
    leads = [lead(name, "security", "Russia", 0.95) for name in REPUBLICS]
    leads += [lead(name, "economic", "China", 0.5) for name in REPUBLICS[:4]]
    leads += [lead("Uzbekistan", "economic", "Russia", 0.92)]
    leads += [lead(name, "soft power", "United States", 0.6) for name in REPUBLICS]
    assert state_leads(leads, "A").sentence == (
        "A: in 2040, Russia leads security in all five republics, and the economic channel in "
        "Uzbekistan, each in at least 92% of members; no power surely leads in soft power"
    )
    alike = [lead(name, channel, "China", 0.95) for channel in ("economic", "security")
             for name in REPUBLICS[:4]]  # fmt: skip
    others = [lead("Uzbekistan", "economic", "Russia", 0.95)]
    assert state_leads([*alike, *others], "A").sentence == (
        "A: in 2040, China leads the economic channel and security in all republics but "
        "Uzbekistan; Russia leads the economic channel in Uzbekistan; each in at least 95% of "
        "members"
    )
    unsure = [replace(one, probability=0.8) for one in leads]
    assert state_leads(unsure, "A").sentence == "A: in 2040, no power surely leads anywhere"
    few = [replace(one, members=3) for one in leads]
    assert "three members are too few" in state_leads(few, "A").sentence

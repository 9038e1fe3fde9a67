"""Margins of targets and averages of channels, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import toys
from toy_calibration import TOY, ordinals, target

from steppe.experiments.calibration.margins import target_margins
from steppe.experiments.calibration.variants import geometric_channel_mean, weighted_channel_mean

THREE = toys.cast(powers=("East", "West", "North"), republics=("Valley", "Hills"))
SIZES = {"Valley": 3.0, "Hills": 1.0}
SHARES = {  # of trade, by year: of each power in Valley and in Hills
    2003: [[0.1, 0.1], [0.2, 0.5], [0.2, 0.1]],  # region: 0.1, 0.35, 0.15
    2010: [[0.3, 0.1], [0.2, 0.4], [0.1, 0.2]],  # region: 0.2, 0.3, 0.15; by size 0.25 0.25 0.125
}
EAST = {"powers": ["East"], "republics": "all", "channels": ["trade"], "when": 2010}
WEST_NORTH = {**EAST, "powers": ["West", "North"]}
VOLUME = {"reading": "volume", "link": "trade"}


# Trade is divided among the powers: the shares above over 0.6 and 0.7 in 2010, 0.5 and 0.7 in 2003.
TRADE_OF_REGION = {  # by size, 3 to 1
    "East": 0.75 * 3 / 6 + 0.25 * 1 / 7,
    "West": 0.75 * 2 / 6 + 0.25 * 4 / 7,
    "North": 0.75 * 1 / 6 + 0.25 * 2 / 7,
    "East in 2003": 0.75 * 1 / 5 + 0.25 * 1 / 7,
}


def margin_of(
    expect: dict, sizes: dict[str, float] | None = SIZES, offsets: tuple = (0.0, 0.0, 0.0)
) -> float:
    """The margin or level of one target under `SHARES`, with offsets of trade."""
    means = np.zeros((20, 3, 2, 2, 1))
    for year, shares in SHARES.items():
        means[year - 2000, :, :, 0, 0] = shares
    asked = target("it", "d", None, expect, cast=THREE)
    if expect.get("across") == "size":
        asked = replace(asked, sizes=sizes)
    return target_margins((asked,), means, THREE, offsets={"trade": np.array(offsets)[:, None]})[
        0, 0
    ]


def test_margins_by_hand():
    """Shares of two powers in two republics by channel, the same in all years but 2003."""
    means = np.zeros((20, 2, 2, 3, 1))
    means[..., 0] = [[[0.3, 0.5, 0], [0.1, 0.2, 0]], [[0.2, 0.1, 0], [0.4, 0.3, 0]]]
    means[3] = 0.1
    lead = {
        "reading": "lead",
        "more": {"powers": ["East"], "republics": "all", "channels": ["security"], "when": 2010},
        "less": {"powers": "others"},
    }
    questions = ordinals(
        ("mean", "d", None, lead),
        ("each", "d", None, {**lead, "across": "each", "quantifier": "every"}),
        ("most", "d", None, {**lead, "across": "most", "quantifier": "most"}),
        (
            "change",
            "d",
            None,
            {
                "reading": "change",
                "more": {
                    "powers": ["East"],
                    "republics": ["Valley"],
                    "channels": ["trade", "security"],
                    "when": 2010,
                },
                "less": {"when": 2003},
            },
        ),
        (
            "places",
            "d",
            None,
            {
                "reading": "republics",
                "more": {
                    "powers": ["East"],
                    "republics": ["Valley"],
                    "channels": ["trade"],
                    "when": 2010,
                },
                "less": {"republics": "others"},
            },
        ),
        (
            "alone",
            "d",
            None,
            {
                "reading": "lead",
                "more": {
                    "powers": "autonomy",
                    "republics": ["Hills"],
                    "channels": ["trade"],
                    "when": 2010,
                },
                "less": {"powers": ["West"]},
            },
        ),
        (
            "level",
            "d",
            None,
            {
                "reading": "figure",
                "share": {
                    "powers": ["East", "West"],
                    "republics": "all",
                    "channels": ["trade"],
                    "when": 2010,
                },
                "figure": 0.5,
            },
        ),
    )
    assert target_margins(questions, means, TOY)[:, 0] == pytest.approx(
        [
            *np.log([0.35 / 0.2, 0.2 / 0.3]),
            (np.log(0.5 / 0.1) + np.log(0.2 / 0.3)) / 2,
            *np.log([0.4 / 0.1, 0.3 / 0.1, 0.5 / 0.4]),
            0.5,
        ]
    )


def test_variants_average_channels_differently():
    share = np.array([0.2, 0.8]).reshape(1, 1, 2, 1)
    assert geometric_channel_mean(share, [0, 1]) == pytest.approx(0.4)
    assert weighted_channel_mean(share, [0, 1]) == pytest.approx((0.5 * 0.2 + 0.3 * 0.8) / 0.8)


@pytest.mark.parametrize(
    ("take", "ratio"),
    [
        ("sum", (0.3 + 0.15) / 0.2),
        (None, (0.3 + 0.15) / 0.2),
        ("largest", 0.3 / 0.2),  # West or North leads East
        ("smallest", 0.15 / 0.2),  # both do
    ],
)
def test_several_powers_are_taken_together(take, ratio):
    more = {**WEST_NORTH, **({"take": take} if take else {})}
    expect = {"reading": "lead", "more": more, "less": {"powers": ["East"]}}
    assert margin_of(expect) == pytest.approx(np.log(ratio))


def test_the_larger_of_two_in_each_republic():
    """Valley: ln(0.2 / 0.3). Hills: ln(0.4 / 0.1). The smallest margin counts, or the median."""
    expect = {
        "reading": "lead",
        "more": {**WEST_NORTH, "take": "largest"},
        "less": {"powers": ["East"]},
        "quantifier": "every",
    }
    assert margin_of({**expect, "across": "each"}) == pytest.approx(np.log(2 / 3))
    assert margin_of({**expect, "across": "most"}) == pytest.approx((np.log(2 / 3) + np.log(4)) / 2)


def test_a_balance_is_the_change_of_a_ratio():
    """East over West: 0.2 / 0.3 in 2010, 0.1 / 0.35 in 2003."""
    expect = {"reading": "balance", "more": {**EAST, "against": ["West"]}, "less": {"when": 2003}}
    assert margin_of(expect) == pytest.approx(np.log((0.2 / 0.3) / (0.1 / 0.35)))


def test_growth_relative_to_rivals_is_a_share_among_them():
    """North stays at 0.15, and gains as West falls: 0.15 / 0.45 from 0.15 / 0.5."""
    north = {**EAST, "powers": ["North"], "among": ["West"]}
    expect = {"reading": "relative", "more": north, "less": {"when": 2003}}
    assert margin_of(expect) == pytest.approx(np.log((0.15 / 0.45) / (0.15 / 0.5)))
    alone = {"reading": "change", "more": {**EAST, "powers": ["North"]}, "less": {"when": 2003}}
    assert margin_of(alone) == pytest.approx(0)


@pytest.mark.parametrize(
    ("less", "ratio"),
    [
        ({"powers": ["West"]}, TRADE_OF_REGION["East"] / TRADE_OF_REGION["West"]),
        ({"powers": ["North"]}, TRADE_OF_REGION["East"] / TRADE_OF_REGION["North"]),
        ({"powers": "others"}, TRADE_OF_REGION["East"] / TRADE_OF_REGION["West"]),
        ({"when": 2003}, TRADE_OF_REGION["East"] / TRADE_OF_REGION["East in 2003"]),
    ],
)
def test_a_total_of_trade_is_weighted_by_size_and_compared_by_ratio(less, ratio):
    expect = {**VOLUME, "more": EAST, "less": less, "across": "size"}
    assert margin_of(expect) == pytest.approx(np.log(ratio))


def test_without_sizes_republics_count_alike():
    expect = {**VOLUME, "more": EAST, "less": {"powers": ["West"]}, "across": "size"}
    assert margin_of(expect, sizes=None) == pytest.approx(np.log((3 / 6 + 1 / 7) / (2 / 6 + 4 / 7)))


def test_offsets_tilt_trade_and_leave_influence_alone():
    """East doubled: 0.6 of 0.9 in Valley, 0.2 of 0.8 in Hills."""
    doubled = (np.log(2.0), 0.0, 0.0)
    share = {"reading": "figure", "share": EAST, "figure": 0.5}
    traded = {**share, "link": "trade", "across": "size"}
    assert margin_of(traded, offsets=doubled) == pytest.approx(0.75 * 2 / 3 + 0.25 * 1 / 4)
    assert margin_of(share, offsets=doubled) == pytest.approx(0.2)
    in_hills = {**EAST, "republics": ["Hills"]}
    lead = {**VOLUME, "more": in_hills, "less": {"powers": ["West"]}}
    assert margin_of(lead, offsets=doubled) == pytest.approx(np.log(2 * 0.1 / 0.4))


def test_trade_in_most_and_in_each_republic():
    """Valley: ln(0.3 / 0.2). Hills: ln(0.1 / 0.4)."""
    expect = {**VOLUME, "more": EAST, "less": {"powers": ["West"]}, "quantifier": "every"}
    ratios = np.log([0.3 / 0.2, 0.1 / 0.4])
    assert margin_of({**expect, "across": "each"}) == pytest.approx(ratios.min())
    assert margin_of({**expect, "across": "most"}) == pytest.approx(ratios.mean())


def test_a_figure_of_a_total_is_weighted_by_size():
    expect = {"reading": "figure", "share": EAST, "figure": 0.5}
    assert margin_of(expect) == pytest.approx(0.2)
    assert margin_of({**expect, "link": "trade", "across": "size"}) == pytest.approx(
        TRADE_OF_REGION["East"]
    )


def test_other_republics_stand_on_either_side():
    """East in the Hills, 0.1, over East in the Valley, 0.3."""
    expect = {
        "reading": "republics",
        "more": {**EAST, "republics": "others"},
        "less": {"republics": ["Valley"]},
    }
    assert margin_of(expect) == pytest.approx(np.log(0.1 / 0.3))

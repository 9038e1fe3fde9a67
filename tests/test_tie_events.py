"""Events on ties: each changes the level of one matter of a cell, whose share it has."""

from __future__ import annotations

import numpy as np
import pytest
from evidence_files import CAST, ON_TIES, TURKMEN, events_of, evidence_of, made

from steppe.model.evidence.claim_schema import Claim
from steppe.model.evidence.coded_inputs import code_inputs
from steppe.model.evidence.coding import HISTORY_QUARTERS, UNEVIDENCED_TIE
from steppe.model.evidence.history import render_history
from steppe.model.evidence.tie_events import changes_of_ties
from steppe.model.forcing.forcing import Forcing
from steppe.model.scenario.load import load_scenario

# confidence: very high 0.95, high 0.8, fair 0.65, medium 0.5
GAS = made("gas", "tie", 3, cluster="gas", **TURKMEN)
MACHINES = made("machines", "tie", 1, **TURKMEN)
END = made("gas-stops", period=("2016Q1", "2016Q1"), ends="gas", **ON_TIES)


# Rule 1: one scale for a tie, and one weight


def test_the_intensity_of_an_event_is_the_mean_level_of_its_claims():
    """(0.95 * 3 + 0.65 * 2) / 1.6 = 2.594, on the only matter; the forcing adds a third of it."""
    events = events_of(
        made(
            "one", level=3, confidence="very high", cluster="line", period=(2009, 2009), **ON_TIES
        ),
        made("two", level=2, confidence="fair", cluster="line", period=(2009, 2009), **ON_TIES),
    )
    assert events == {
        "line": {
            "what": "made up for a test",
            "between": ["2009Q1", "2009Q4"],
            "claims": ["one", "two"],
            "effects": [
                {
                    "shock": "ties",
                    "power": "Russia",
                    "republic": "Turkmenistan",
                    "channel": "economic",
                    "intensity": 2.594,
                }
            ],
        }
    }


def ties_over_time(tmp_path, *claims: Claim, together: bool = False) -> np.ndarray:
    """Russia's economic tie to Turkmenistan in each quarter, with coded values and events."""
    evidence = evidence_of(*claims, together=together)
    path = tmp_path / "history.yaml"
    path.write_text(render_history(evidence, CAST), encoding="utf-8")
    events = load_scenario(path).events
    forcing = Forcing(code_inputs(evidence, CAST), events, np.full(1, 0.3), 1, np.arange(1))
    cell = tuple(
        CAST.index(kind, name) for kind, name in zip(CAST.kinds, TURKMEN.values(), strict=True)
    )
    found = []
    for quarter in range(HISTORY_QUARTERS):
        forcing.advance(quarter, np.zeros((*CAST.shape, 1)))
        found.append(forcing.ties[cell][0])
    return np.array(found)


def test_a_fact_weighs_the_same_as_a_tie_and_as_an_event(tmp_path):
    """Level 2 from 2009Q4 on, told as a standing tie after none, or as an event on none."""
    lasting = {**ON_TIES, "permanent": True}
    none = made("none", "tie", 0, (2000, "2009Q3"), cluster="line", **TURKMEN)
    standing = made("standing", "tie", 2, ("2009Q4", 2019), cluster="line", **TURKMEN)
    event = made("opens", level=2, period=("2009Q4", "2009Q4"), **lasting)
    other = made("other", "tie", 3, **TURKMEN)
    as_tie = ties_over_time(tmp_path, none, standing, other)
    as_event = ties_over_time(tmp_path, event, other)
    assert as_tie == pytest.approx(as_event)
    assert 3 * as_tie[38:40] == pytest.approx([1.5, 2.5])


def test_a_loss_without_a_matter_was_there_before(tmp_path):
    """Level 1 beside another of 3, weighted 0.5 and 0.8: 2.2 / 1.3 * 1, then the other alone."""
    loss = made("loss", level=-1, period=("2005Q1", "2005Q1"), confidence="medium", permanent=True,
                **ON_TIES)  # fmt: skip
    found = ties_over_time(tmp_path, made("other", "tie", 3, **TURKMEN), loss)
    assert 3 * found[[19, 20]] == pytest.approx(
        [(0.8 * 3 + 0.5 * 1) / 1.3, 0.8 * 3 / 1.3], abs=1e-3
    )


def test_an_event_is_cut_to_what_its_matter_may_hold(tmp_path):
    """Gas is 2, rises to 3 and no higher, falls by 1; each counts half, beside machines of 1."""
    lasting = {**ON_TIES, "permanent": True, "of": "gas"}
    found = ties_over_time(
        tmp_path,
        made("gas", "tie", 2, **TURKMEN),
        MACHINES,
        made("gain", level=3, period=("2005Q1", "2005Q1"), **lasting),
        made("loss", level=-1, period=("2010Q1", "2010Q1"), **lasting),
    )
    assert 3 * found[[19, 20, 39, 40]] == pytest.approx([1.5, 2, 2, 1.5])


def test_what_an_event_brought_another_takes_away_whole(tmp_path):
    """A base of level 2.5 comes and goes; a tie of 1 beside it is as it was."""
    found = ties_over_time(
        tmp_path,
        MACHINES,
        made("base", level=2.5, period=("2001Q4", "2001Q4"), permanent=True, **ON_TIES),
        made("out", period=("2005Q4", "2005Q4"), ends="base", **ON_TIES),
    )
    assert 3 * found[[6, 7, 22, 23]] == pytest.approx([0.5, 1.75, 1.75, 0.5])


def test_where_the_text_gives_a_part_the_level_falls_by_that_part(tmp_path):
    """Gas of 3 falls by 28 per cent though the loss is coded as 2: to 2.16, half of it counts."""
    figure = {"value": 28, "unit": "percent", "as": "28 %"}
    fall = made("fall", level=-2, period=("2005Q1", "2005Q1"), of="gas", figure=figure,
                permanent=True, **ON_TIES)  # fmt: skip
    found = ties_over_time(tmp_path, GAS, MACHINES, fall)
    assert 3 * found[[19, 20]] == pytest.approx([2, (0.72 * 3 + 1) / 2])


def test_a_part_is_lost_of_what_the_others_come_to_where_no_claim_tells_of_what(tmp_path):
    """Gas of 3 and machines of 1 come to 2; of a third matter as large 30 per cent are lost."""
    figure = {"value": 30, "unit": "percent", "as": "30 %"}
    fall = made("fall", level=-1, period=("2005Q1", "2005Q1"), figure=figure,
                permanent=True, **ON_TIES)  # fmt: skip
    found = ties_over_time(tmp_path, GAS, MACHINES, fall)
    assert 3 * found[[0, 19, 20]] == pytest.approx([2, 2, (4 + 2 * 0.7) / 3])
    assert 3 * ties_over_time(tmp_path, fall) == pytest.approx(3 * UNEVIDENCED_TIE)


def test_what_a_document_says_is_left_after_a_fall_is_the_level_after_it(tmp_path):
    """Gas of 1.5 after a fall by half was 3; coal of 1 after a loss of level 1 was 2."""
    figure = {"value": 50, "unit": "percent", "as": "half"}
    lasting = {**ON_TIES, "permanent": True}
    claims = (
        made("gas", "tie", 1.5, **TURKMEN),
        made("coal", "tie", 1, **TURKMEN),
        made("less-gas", level=-2, period=("2005Q1", "2005Q1"), of="gas", figure=figure, **lasting),
        made("less-coal", level=-1, period=("2005Q1", "2005Q1"), of="coal", **lasting),
    )
    found = ties_over_time(tmp_path, *claims, together=True)
    assert 3 * found[[19, 20]] == pytest.approx([2.5, 1.25])
    apart = ties_over_time(tmp_path, *claims)
    assert 3 * apart[[19, 20]] == pytest.approx([1.25, 0.375])


def test_two_falls_told_beside_what_is_left_are_both_undone(tmp_path):
    """Gas of 0.5 is left after losses of 1 in 2005, told twice, and in 2010: 2.5, 1.5, 0.5."""
    lasting = {**ON_TIES, "permanent": True, "of": "gas"}
    once = {"period": ("2005Q1", "2005Q1"), "cluster": "fall"}
    found = ties_over_time(
        tmp_path,
        made("gas", "tie", 0.5, **TURKMEN),
        made("once", level=-1, **once, **lasting),
        made("as-others-say", level=-1, **once, **lasting),
        made("again", level=-1, period=("2010Q1", "2010Q1"), **lasting),
        together=True,
    )
    assert 3 * found[[19, 20, 39, 40]] == pytest.approx([2.5, 1.5, 1.5, 0.5])


def test_a_fall_elsewhere_or_after_the_claim_leaves_its_level_as_it_is(tmp_path):
    """Gas of 2 until 2010, in the document of a fall by 1 in 2012; and a fall told of others."""
    fall = {**ON_TIES, "permanent": True, "of": "gas", "level": -1}
    earlier = made("gas", "tie", 2, (2000, 2010), **TURKMEN)
    after = made("after", period=("2012Q1", "2012Q1"), **fall)
    found = ties_over_time(tmp_path, earlier, after, together=True)
    assert 3 * found[[47, 48]] == pytest.approx([2, 1])
    general = made("gas", "tie", 2, **{**TURKMEN, "republics": ["Turkmenistan", "Uzbekistan"]})
    found = ties_over_time(tmp_path, general, after, together=True)
    assert 3 * found[[47, 48]] == pytest.approx([2, 1])


def test_what_fades_leaves_the_matter_where_it_was(tmp_path):
    """A loss of 2 from 3 fades, so that a later end takes 3 and what is left is no less than 0."""
    found = ties_over_time(
        tmp_path,
        GAS,
        MACHINES,
        made("dip", level=-2, period=("2005Q1", "2005Q1"), of="gas", **ON_TIES),
        END,
    )
    assert 3 * found[[19, 20]] == pytest.approx([2, 1])
    assert 3 * found[64] == pytest.approx(0.5, abs=0.01)


def test_what_ends_is_gone_from_the_tie(tmp_path):
    """Gas 3 and machines 1 make 2; without gas the mean is 0.5, from the quarter of the end on."""
    found = ties_over_time(tmp_path, GAS, MACHINES, END)
    assert 3 * found[[63, 64, 79]] == pytest.approx([2, 0.5, 0.5])


# Endings


def test_an_event_takes_away_what_the_matter_adds():
    """With both the tie is level (3 + 1) / 2 = 2, with gas at 0 it is 0.5: the loss is 1.5."""
    (effect,) = events_of(GAS, MACHINES, END)["gas-stops"]["effects"]
    assert effect == {
        "shock": "ties",
        "power": "Russia",
        "republic": "Turkmenistan",
        "channel": "economic",
        "intensity": -1.5,
        "permanent": True,
    }
    (change,) = changes_of_ties(evidence_of(GAS, MACHINES, END))["gas-stops"].values()
    assert (change.before, change.after) == pytest.approx((3, 0))
    assert (change.matter, change.share, change.matters) == ("gas", 0.5, 2)


def test_what_is_not_there_has_nothing_to_lose():
    assert events_of(MACHINES, END) == {}


def test_an_ending_takes_from_each_republic_what_it_has():
    """Kazakhstan has gas alone, level 3, and loses it all; the Turkmen tie loses 1.5."""
    both = ["Kazakhstan", "Turkmenistan"]
    claims = (
        made("gas", "tie", 3, cluster="gas", **{**TURKMEN, "republics": both}),
        MACHINES,
        made("stop", period=("2016Q1", "2016Q1"), ends="gas", **{**ON_TIES, "republics": both}),
    )
    effects = events_of(*claims)["stop"]["effects"]
    assert {effect["republic"]: effect["intensity"] for effect in effects} == {
        "Kazakhstan": -3,
        "Turkmenistan": -1.5,
    }


def test_an_ending_takes_nothing_where_the_matter_holds_nothing():
    everywhere = {**ON_TIES, "republics": "all"}
    stop = made("stop", period=("2016Q1", "2016Q1"), ends="gas", **everywhere)
    effects = events_of(GAS, MACHINES, stop)["stop"]["effects"]
    assert [effect["republic"] for effect in effects] == ["Turkmenistan"]


def test_an_ending_by_the_name_of_a_claim():
    one = made("gas", "tie", 3, **TURKMEN)
    (effect,) = events_of(one, MACHINES, END)["gas-stops"]["effects"]
    assert effect["intensity"] == -1.5


def test_an_event_changes_nothing_where_nobody_speaks_of_its_matter():
    """The first claim names gas, the second a republic without gas and no matter."""
    where = {**ON_TIES, "republics": "Kazakhstan"}
    claims = (
        GAS,
        made("one", level=-1, cluster="it", of="gas", period=("2010Q1", "2010Q1"), **ON_TIES),
        made("two", level=-1, cluster="it", period=("2010Q1", "2010Q1"), **where),
    )
    assert set(changes_of_ties(evidence_of(*claims))["it"]) == {tuple(TURKMEN.values())}

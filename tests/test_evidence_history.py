"""The history that claims give: sizes, dates, spans, endings, the public record; and what ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml
from evidence_files import CAST, evidence_of, made

from steppe.model.evidence.claim_schema import Claim
from steppe.model.evidence.claims import DOCUMENTS_ONLY, PUBLIC_RECORD, Evidence, load_evidence
from steppe.model.evidence.coded_inputs import code_inputs, default_inputs
from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.evidence.history import render_history
from steppe.model.evidence.institutions import load_institutions
from steppe.model.evidence.tie_events import changes_of_ties
from steppe.model.forcing.forcing import Forcing
from steppe.model.scenario.effect_schema import Membership
from steppe.model.scenario.load import load_scenario
from steppe.model.scenario.load_history import load_history

# confidence: very high 0.95, high 0.8, fair 0.65, medium 0.5
CELL = {"powers": "Russia", "republics": "Turkmenistan", "channels": "economic"}
EVENT = {"kind": "event", "moves": "ties", **CELL}
REFERENCES = [
    {"publisher": name, "title": "A page on it", "date": 2018} for name in ("An agency", "A paper")
]


def history(*claims: Claim) -> dict:
    """The events that claims give."""
    return history_of(evidence_of(*claims))


def history_of(evidence: Evidence) -> dict:
    return yaml.safe_load(render_history(evidence, CAST))["events"] or {}


def dates_of(*claims: Claim) -> dict:
    """When the only event happens, and over how many quarters if more than one."""
    (event,) = history(*claims).values()
    (effect,) = event["effects"]
    found = {key: event[key] for key in ("when", "between", "either") if key in event}
    return found | {key: effect[key] for key in ("over",) if key in effect}


def public_date(of: str | list[str], period: tuple) -> Claim:
    references = {"lines": None, "references": REFERENCES}
    return made("record-it", "date", period=period, of=of, **references)


# Rule 1: one scale for a tie, and one weight


def test_the_intensity_of_an_event_is_the_mean_level_of_its_claims():
    """(0.95 * 3 + 0.65 * 2) / 1.6 = 2.594, on the only matter; the forcing adds a third of it."""
    events = history(
        made("one", level=3, confidence="very high", cluster="line", period=(2009, 2009), **EVENT),
        made("two", level=2, confidence="fair", cluster="line", period=(2009, 2009), **EVENT),
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


def ties_over_time(tmp_path, *claims: Claim) -> np.ndarray:
    """Russia's economic tie to Turkmenistan in each quarter, with coded values and events."""
    evidence = evidence_of(*claims)
    path = tmp_path / "history.yaml"
    path.write_text(render_history(evidence, CAST), encoding="utf-8")
    events = load_scenario(path).events
    forcing = Forcing(code_inputs(evidence, CAST), events, np.full(1, 0.3), 1, np.arange(1))
    cell = tuple(
        CAST.index(kind, name) for kind, name in zip(CAST.kinds, CELL.values(), strict=True)
    )
    found = []
    for quarter in range(HISTORY_QUARTERS):
        forcing.advance(quarter, np.zeros((*CAST.shape, 1)))
        found.append(forcing.ties[cell][0])
    return np.array(found)


def test_a_fact_weighs_the_same_as_a_tie_and_as_an_event(tmp_path):
    """Level 2 from 2009Q4 on, told as a standing tie after none, or as an event on none."""
    lasting = {**EVENT, "permanent": True}
    none = made("none", "tie", 0, (2000, "2009Q3"), cluster="line", **CELL)
    standing = made("standing", "tie", 2, ("2009Q4", 2019), cluster="line", **CELL)
    event = made("opens", level=2, period=("2009Q4", "2009Q4"), **lasting)
    other = made("other", "tie", 3, **CELL)
    as_tie = ties_over_time(tmp_path, none, standing, other)
    as_event = ties_over_time(tmp_path, event, other)
    assert as_tie == pytest.approx(as_event)
    assert 3 * as_tie[38:40] == pytest.approx([1.5, 2.5])


def test_a_loss_without_a_matter_was_there_before(tmp_path):
    """Level 1 beside another of 3, weighted 0.5 and 0.8: 2.2 / 1.3 * 1, then the other alone."""
    loss = made("loss", level=-1, period=("2005Q1", "2005Q1"), confidence="medium", permanent=True,
                **EVENT)  # fmt: skip
    found = ties_over_time(tmp_path, made("other", "tie", 3, **CELL), loss)
    assert 3 * found[[19, 20]] == pytest.approx(
        [(0.8 * 3 + 0.5 * 1) / 1.3, 0.8 * 3 / 1.3], abs=1e-3
    )


def test_an_event_is_cut_to_what_its_matter_may_hold(tmp_path):
    """Gas is 2, rises to 3 and no higher, falls by 1; each counts half, beside machines of 1."""
    lasting = {**EVENT, "permanent": True, "of": "gas"}
    found = ties_over_time(
        tmp_path,
        made("gas", "tie", 2, **CELL),
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
        made("base", level=2.5, period=("2001Q4", "2001Q4"), permanent=True, **EVENT),
        made("out", period=("2005Q4", "2005Q4"), ends="base", **EVENT),
    )
    assert 3 * found[[6, 7, 22, 23]] == pytest.approx([0.5, 1.75, 1.75, 0.5])


def test_where_the_text_gives_a_part_the_level_falls_by_that_part(tmp_path):
    """Gas of 3 falls by 28 per cent though the loss is coded as 2: to 2.16, half of it counts."""
    figure = {"value": 28, "unit": "percent", "as": "28 %"}
    fall = made("fall", level=-2, period=("2005Q1", "2005Q1"), of="gas", figure=figure,
                permanent=True, **EVENT)  # fmt: skip
    found = ties_over_time(tmp_path, GAS, MACHINES, fall)
    assert 3 * found[[19, 20]] == pytest.approx([2, (0.72 * 3 + 1) / 2])


def test_what_fades_leaves_the_matter_where_it_was(tmp_path):
    """A loss of 2 from 3 fades, so that a later end takes 3 and what is left is no less than 0."""
    found = ties_over_time(
        tmp_path,
        GAS,
        MACHINES,
        made("dip", level=-2, period=("2005Q1", "2005Q1"), of="gas", **EVENT),
        END,
    )
    assert 3 * found[[19, 20]] == pytest.approx([2, 1])
    assert 3 * found[64] == pytest.approx(0.5, abs=0.01)


def test_what_ends_is_gone_from_the_tie(tmp_path):
    """Gas 3 and machines 1 make 2; without gas the mean is 0.5, from the quarter of the end on."""
    found = ties_over_time(tmp_path, GAS, MACHINES, END)
    assert 3 * found[[63, 64, 79]] == pytest.approx([2, 0.5, 0.5])


# Dates


@pytest.mark.parametrize(
    ("period", "dates"),
    [
        (("2009Q4", "2009Q4"), {"when": "2009Q4"}),
        ((2009, 2009), {"between": ["2009Q1", "2009Q4"]}),
        (("2009Q3", "2009Q4"), {"when": "2009Q3", "over": 2}),
        ((2009, 2011), {"when": "2009Q1", "over": 12}),
        (("2009Q2", "2010Q1"), {"when": "2009Q2", "over": 4}),  # a year long, and no year
        ((2018, 2020), {"when": "2018Q1", "over": 8}),  # history ends with 2019
    ],
)
def test_a_quarter_a_year_and_a_span(period, dates):
    assert dates_of(made("it", level=2, period=period, **EVENT)) == dates


def test_the_most_precise_date_wins():
    """The vague claim still counts for the size: (0.95 * 3 + 0.5 * 1) / 1.45 = 2.31."""
    vague = made("vague", level=3, period=(2008, 2011), cluster="it", confidence="very high",
                 **EVENT)  # fmt: skip
    precise = made("precise", level=1, period=("2009Q3", "2009Q3"), cluster="it",
                   confidence="medium", **EVENT)  # fmt: skip
    assert dates_of(vague, precise) == {"when": "2009Q3"}
    assert history(vague, precise)["it"]["effects"][0]["intensity"] == 2.31


def test_equally_precise_dates_are_drawn_with_odds_by_confidence():
    """Of 0.8 and 0.5 in all, the first has 0.8 / 1.3; two years share theirs over quarters."""
    one = made("one", level=2, period=("2009Q1", "2009Q1"), cluster="it", **EVENT)
    other = made("other", level=2, period=("2010Q3", "2010Q3"), cluster="it", confidence="medium",
                 **EVENT)  # fmt: skip
    assert dates_of(one, other) == {"either": {"2009Q1": 0.6154, "2010Q3": 0.3846}}
    years = [
        made(f"in-{year}", level=2, period=(year, year), cluster="it", **EVENT)
        for year in (2009, 2010)
    ]
    assert dates_of(*years) == {
        "either": {f"{year}Q{quarter}": 0.125 for year in (2009, 2010) for quarter in (1, 2, 3, 4)}
    }


def test_claims_of_one_year_agree_on_it():
    claims = [
        made(name, level=2, period=(2009, 2009), cluster="it", **EVENT) for name in ("one", "two")
    ]
    assert dates_of(*claims[:1]) == dates_of(*claims)


def test_events_outside_history_leave_it_empty():
    for year in (1999, 2020):
        assert history(made("it", level=2, period=(year, year), **EVENT)) == {}


# Endings

GAS = made("gas", "tie", 3, cluster="gas", **CELL)
MACHINES = made("machines", "tie", 1, **CELL)
END = made("gas-stops", period=("2016Q1", "2016Q1"), ends="gas", **EVENT)


def test_an_event_takes_away_what_the_matter_adds():
    """With both the tie is level (3 + 1) / 2 = 2, with gas at 0 it is 0.5: the loss is 1.5."""
    (effect,) = history(GAS, MACHINES, END)["gas-stops"]["effects"]
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
    assert history(MACHINES, END) == {}


def test_an_ending_takes_from_each_republic_what_it_has():
    """Kazakhstan has gas alone, level 3, and loses it all; the Turkmen tie loses 1.5."""
    both = ["Kazakhstan", "Turkmenistan"]
    claims = (
        made("gas", "tie", 3, cluster="gas", **{**CELL, "republics": both}),
        MACHINES,
        made("stop", period=("2016Q1", "2016Q1"), ends="gas", **{**EVENT, "republics": both}),
    )
    effects = history(*claims)["stop"]["effects"]
    assert {effect["republic"]: effect["intensity"] for effect in effects} == {
        "Kazakhstan": -3,
        "Turkmenistan": -1.5,
    }


def test_an_ending_takes_nothing_where_the_matter_holds_nothing():
    everywhere = {**EVENT, "republics": "all"}
    stop = made("stop", period=("2016Q1", "2016Q1"), ends="gas", **everywhere)
    effects = history(GAS, MACHINES, stop)["stop"]["effects"]
    assert [effect["republic"] for effect in effects] == ["Turkmenistan"]


def test_an_ending_by_the_name_of_a_claim():
    one = made("gas", "tie", 3, **CELL)
    (effect,) = history(one, MACHINES, END)["gas-stops"]["effects"]
    assert effect["intensity"] == -1.5


# Organisations


def membership(identifier: str, change: str, republics, period) -> Claim:
    fields = {"kind": "event", "moves": "membership", "institution": "EurAsEC", "change": change}
    return made(identifier, period=period, republics=republics, **fields)


def test_joining_leaving_and_dissolving():
    events = history(
        membership("begins", "found", ["Kazakhstan", "Uzbekistan"], ("2000Q4", "2000Q4")),
        membership("freezes", "suspend", "Uzbekistan", ("2008Q4", "2008Q4")),
        membership("is-dissolved", "dissolve", "all", ("2014Q4", "2014Q4")),
    )
    assert [event["effects"] for event in events.values()] == [
        [{"institution": "EurAsEC", "join": ["Kazakhstan", "Uzbekistan"]}],
        [{"institution": "EurAsEC", "leave": "Uzbekistan"}],
        [{"institution": "EurAsEC", "dissolve": True}],
    ]


def test_nobody_leaves_what_no_claim_has_them_join():
    assert history(membership("freezes", "suspend", "Uzbekistan", (2008, 2008))) == {}


# The public record


def test_an_event_happens_when_the_public_record_says():
    event = made("it", level=2, period=(2013, 2016), **EVENT)
    record = public_date("it", ("2014Q2", "2014Q2"))
    assert dates_of(event, record) == {"when": "2014Q2"}
    assert history(event, record)["it"]["claims"] == ["it", "record-it"]
    assert dates_of(event) == {"when": "2013Q1", "over": 16}


def test_a_date_of_a_matter_dates_all_its_claims_and_ends_none():
    """A tie begins with the public date, and lasts as its own document says."""
    claims = (
        made("one", "tie", 3, (2012, 2016), cluster="gas", **CELL),
        made("two", "tie", 1, (2012, 2016), cluster="gas", **CELL),
        public_date("gas", ("2009Q4", "2009Q4")),
    )
    evidence = evidence_of(*claims)
    assert [claim.quarters() for claim in evidence.inputs("tie")] == [(39, 67)] * 2
    with_record = code_inputs(evidence, CAST).trail["tie", *CELL.values()]
    without = code_inputs(evidence.without("record-it"), CAST).trail["tie", *CELL.values()]
    assert [value.since for value in with_record] == [0, 39]
    assert [value.since for value in without] == [0, 48]


def test_one_date_of_several_claims():
    claims = (
        made("it", level=2, period=(2013, 2013), **EVENT),
        made("that", level=1, period=(2014, 2014), **EVENT),
        public_date(["it", "that"], ("2014Q2", "2014Q2")),
    )
    found = {name: (event["when"], event["claims"]) for name, event in history(*claims).items()}
    assert found == {name: ("2014Q2", [name, "record-it"]) for name in ("it", "that")}


def test_without_the_public_record_the_documents_date_their_events():
    event = made("it", level=2, period=(2013, 2013), **EVENT)
    record = public_date("it", ("2014Q2", "2014Q2"))
    evidence = evidence_of(event, record)
    documents = {"it": "d", "record-it": PUBLIC_RECORD}
    left = replace(evidence, document_of=documents).without_document(PUBLIC_RECORD)
    assert history_of(left)["it"]["between"] == ["2013Q1", "2013Q4"]
    assert left.sizes is None


def test_documents_only_is_what_ships_without_the_public_record():
    whole, left = load_evidence(), load_evidence(DOCUMENTS_ONLY)
    assert set(left.claims) == {
        claim for claim in whole.claims if whole.document_of[claim.id] != PUBLIC_RECORD
    }
    assert not left.inputs("date") and left.sizes is None and whole.sizes is not None
    named = {
        name for event in load_history(DOCUMENTS_ONLY).events.values() for name in event.claims
    }
    assert named <= {claim.id for claim in left.claims}


# What ends, in the history that ships

MEMBERS = 16


@pytest.fixture(scope="module")
def memberships() -> tuple[Forcing, dict[str, np.ndarray]]:
    """The forcing after history, and who was where in each quarter, (quarters, r, m)."""
    inputs, events = default_inputs(), load_history().events
    forcing = Forcing(inputs, events, np.full(MEMBERS, 0.3), 1, np.arange(MEMBERS))
    nobody = np.zeros((*CAST.shape, MEMBERS))
    rows: dict[str, list[np.ndarray]] = {row.name: [] for row in inputs.institutions}
    for quarter in range(HISTORY_QUARTERS):
        forcing.advance(quarter, nobody)
        for name, found in rows.items():
            shape = (len(CAST.republics), MEMBERS)
            found.append(np.broadcast_to(forcing.members[name], shape).copy())
    return forcing, {name: np.array(found) for name, found in rows.items()}


def test_no_institution_has_members_after_its_end(memberships):
    forcing, rows = memberships
    ended = set()
    for name, event in load_history().events.items():
        for effect in event.effects:
            if isinstance(effect, Membership) and effect.dissolve:
                starts = np.broadcast_to(forcing.starts[name], (MEMBERS,))
                for member, start in enumerate(starts):
                    assert not rows[effect.institution][start:, :, member].any(), name
                ended.add(effect.institution)
    assert ended


def test_every_institution_has_members_at_some_time(memberships):
    _, rows = memberships
    assert [name for name, found in rows.items() if not found.any()] == []


@pytest.mark.parametrize(
    ("name", "predecessor"),
    [(name, row.succeeds) for name, row in load_institutions(CAST).items() if row.succeeds],
)
def test_a_predecessor_has_no_members_once_its_successor_has(memberships, name, predecessor):
    _, rows = memberships
    begun = rows[name].any(axis=1).cumsum(axis=0) > 0  # (quarters, m)
    assert begun.any() and not (rows[predecessor].any(axis=1) & begun).any()

"""The history that claims give: sizes, dates, spans, endings, the public record; and what ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evidence_files import CAST, ON_TIES, TURKMEN, events_of, evidence_of, history_of, made

from steppe.model.evidence.claim_schema import Claim
from steppe.model.evidence.claims import DOCUMENTS_ONLY, PUBLIC_RECORD, load_evidence
from steppe.model.evidence.coded_inputs import code_inputs, default_inputs
from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.evidence.institutions import load_institutions
from steppe.model.forcing.forcing import Forcing
from steppe.model.scenario.effect_schema import Membership
from steppe.model.scenario.load_history import load_history

# confidence: very high 0.95, high 0.8, fair 0.65, medium 0.5
REFERENCES = [
    {"publisher": name, "title": "A page on it", "date": 2018} for name in ("An agency", "A paper")
]


def dates_of(*claims: Claim) -> dict:
    """When the only event happens, and over how many quarters if more than one."""
    (event,) = events_of(*claims).values()
    (effect,) = event["effects"]
    found = {key: event[key] for key in ("when", "between", "either") if key in event}
    return found | {key: effect[key] for key in ("over",) if key in effect}


def public_date(of: str | list[str], period: tuple, **fields) -> Claim:
    references = {"lines": None, "references": REFERENCES}
    return made("record-it", "date", period=period, of=of, **references, **fields)


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
    assert dates_of(made("it", level=2, period=period, **ON_TIES)) == dates


def test_what_the_public_record_dates_is_told_in_its_words():
    """Of several events that it dates, the first; the others keep the words of their documents."""
    events = [
        made(name, level=2, period=(2009, 2009), says=f"{name} happened", **ON_TIES)
        for name in ("first", "second")
    ]
    record = public_date(["first", "second"], ("2009Q4", "2009Q4"), says="On a day, it began.")
    told = {name: event["what"] for name, event in events_of(*events, record).items()}
    assert told == {"first": "On a day, it began", "second": "second happened"}


def test_the_most_precise_date_wins():
    """The vague claim still counts for the size: (0.95 * 3 + 0.5 * 1) / 1.45 = 2.31."""
    vague = made("vague", level=3, period=(2008, 2011), cluster="it", confidence="very high",
                 **ON_TIES)  # fmt: skip
    precise = made("precise", level=1, period=("2009Q3", "2009Q3"), cluster="it",
                   confidence="medium", **ON_TIES)  # fmt: skip
    assert dates_of(vague, precise) == {"when": "2009Q3"}
    assert events_of(vague, precise)["it"]["effects"][0]["intensity"] == 2.31


def test_equally_precise_dates_are_drawn_with_odds_by_confidence():
    """Of 0.8 and 0.5 in all, the first has 0.8 / 1.3; two years share theirs over quarters."""
    one = made("one", level=2, period=("2009Q1", "2009Q1"), cluster="it", **ON_TIES)
    other = made("other", level=2, period=("2010Q3", "2010Q3"), cluster="it", confidence="medium",
                 **ON_TIES)  # fmt: skip
    assert dates_of(one, other) == {"either": {"2009Q1": 0.6154, "2010Q3": 0.3846}}
    years = [
        made(f"in-{year}", level=2, period=(year, year), cluster="it", **ON_TIES)
        for year in (2009, 2010)
    ]
    assert dates_of(*years) == {
        "either": {f"{year}Q{quarter}": 0.125 for year in (2009, 2010) for quarter in (1, 2, 3, 4)}
    }


def test_claims_of_one_year_agree_on_it():
    claims = [
        made(name, level=2, period=(2009, 2009), cluster="it", **ON_TIES) for name in ("one", "two")
    ]
    assert dates_of(*claims[:1]) == dates_of(*claims)


def test_events_outside_history_leave_it_empty():
    for year in (1999, 2020):
        assert events_of(made("it", level=2, period=(year, year), **ON_TIES)) == {}


# Organisations


def membership(identifier: str, change: str, republics, period) -> Claim:
    fields = {"kind": "event", "moves": "membership", "institution": "EurAsEC", "change": change}
    return made(identifier, period=period, republics=republics, **fields)


def test_joining_leaving_and_dissolving():
    events = events_of(
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
    assert events_of(membership("freezes", "suspend", "Uzbekistan", (2008, 2008))) == {}


# The public record


def test_an_event_happens_when_the_public_record_says():
    event = made("it", level=2, period=(2013, 2016), **ON_TIES)
    record = public_date("it", ("2014Q2", "2014Q2"))
    assert dates_of(event, record) == {"when": "2014Q2"}
    assert events_of(event, record)["it"]["claims"] == ["it", "record-it"]
    assert dates_of(event) == {"when": "2013Q1", "over": 16}


def test_a_date_of_a_matter_dates_all_its_claims_and_ends_none():
    """A tie begins with the public date, and lasts as its own document says."""
    claims = (
        made("one", "tie", 3, (2012, 2016), cluster="gas", **TURKMEN),
        made("two", "tie", 1, (2012, 2016), cluster="gas", **TURKMEN),
        public_date("gas", ("2009Q4", "2009Q4")),
    )
    evidence = evidence_of(*claims)
    assert [claim.quarters() for claim in evidence.inputs("tie")] == [(39, 67)] * 2
    with_record = code_inputs(evidence, CAST).trail["tie", *TURKMEN.values()]
    without = code_inputs(evidence.without("record-it"), CAST).trail["tie", *TURKMEN.values()]
    assert [value.since for value in with_record] == [0, 39]
    assert [value.since for value in without] == [0, 48]


def test_one_date_of_several_claims():
    claims = (
        made("it", level=2, period=(2013, 2013), **ON_TIES),
        made("that", level=1, period=(2014, 2014), **ON_TIES),
        public_date(["it", "that"], ("2014Q2", "2014Q2")),
    )
    found = {name: (event["when"], event["claims"]) for name, event in events_of(*claims).items()}
    assert found == {name: ("2014Q2", [name, "record-it"]) for name in ("it", "that")}


def test_without_the_public_record_the_documents_date_their_events():
    event = made("it", level=2, period=(2013, 2013), **ON_TIES)
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

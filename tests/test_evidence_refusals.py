"""What the codebook's rules forbid a claim is refused at its line.

All forbidden claims stand in one file, which is checked once. Forms of targets have a file of
their own, test_target_forms.py.
"""

from __future__ import annotations

import re

import pytest
from evidence_files import (
    FILE,
    claim_text,
    copy_shipped,
    line_of,
    messages_by_line,
    own_evidence,
    run,
    target_text,
    write_claims,
)

from steppe.model.evidence.audit import check_evidence

LEAD = {
    "reading": "lead",
    "more": {"powers": ["China"], "republics": "all", "channels": ["economic"], "when": 2018},
    "less": {"powers": ["Russia"]},
}
REFERENCE = {"publisher": "An agency", "title": "A page on it", "date": 2018}


def public(identifier: str, **changes) -> dict:
    """A claim with references in place of lines."""
    sound = {"references": [REFERENCE, {**REFERENCE, "publisher": "A paper"}]}
    claim = claim_text(identifier, **{**sound, **changes})
    return {key: value for key, value in claim.items() if key not in ("lines", "hash")}


# Claims that a rule forbids, by id, with the key at whose line it is said

ENDED = {"kind": "event", "moves": "ties", "level": None}
FAULTY = {
    "link-to-nothing-declared": (
        target_text("link-to-nothing-declared", {**LEAD, "reading": "volume", "link": "trad"}),
        "  link",  # within `expect`
        "unknown observable 'trad'; did you mean 'trade'?",
    ),
    "medium-target": (
        target_text("medium-target", LEAD, confidence="medium"),
        "id",
        "a claim of medium confidence used as target",
    ),
    "word-not-in-text": (
        target_text(
            "word-not-in-text",
            {**LEAD, "across": "each", "quantifier": "every"},
        ),
        "expect",
        "the quantifier 'every' does not occur in line 7; without such a word the statement is "
        "read as a mean (rule 8)",
    ),
    "on-event-lines": (
        target_text("on-event-lines", LEAD, lines=[5, 5], hash="c016171ccaf1"),
        "lines",
        "the target rests on lines that give the event 'scholars-come' in the same cell; one "
        "sentence has one use (rule 10), so make one of them context",
    ),
    "beginning-of-a-need": (
        claim_text("beginning-of-a-need", kind="need", want="buyers", begins=True),
        "id",
        "a claim of kind need has no 'begins'; a tie has it whose text says that it began",
    ),
    "part-of-a-stance": (
        claim_text("part-of-a-stance", kind="stance", cluster="stances", part=True),
        "id",
        "a claim of kind stance has no 'part'; kinds with parts: tie, need, supply, interest",
    ),
    "part-of-nothing": (
        claim_text("part-of-nothing", part=True),
        "id",
        "a part of nothing; name in 'cluster' the matter that it is part of",
    ),
    "part-without-a-whole": (
        claim_text("part-without-a-whole", cluster="sites", part=True),
        "part",
        "no tie of 'sites' is on the whole; leave 'part' out of the one that tells most",
    ),
    "another-part-of-it": (
        claim_text("another-part-of-it", cluster="sites", part=True),
        "part",
        "no tie of 'sites' is on the whole",
    ),
    "need-without-want": (
        claim_text("need-without-want", kind="need"),
        "id",
        "a need that names a power and no want of it; say in 'want' what is sought",
    ),
    "want-of-nobody": (
        {
            key: value
            for key, value in claim_text("want-of-nobody", kind="need", want="buyers").items()
            if key != "powers"
        },
        "id",
        "a want of nobody; name in 'powers' of whom it is sought, or leave out 'want'",
    ),
    "supply-with-want": (
        claim_text("supply-with-want", kind="supply", want="buyers"),
        "id",
        "a claim of kind supply has no 'want'; needs and ties have one",
    ),
    "ends-nothing": (
        claim_text("ends-nothing", **ENDED, ends="lorrys"),
        "ends",
        "no tie and no event on ties is called 'lorrys'; did you mean 'lorries'?",
    ),
    "changes-nothing": (
        claim_text("changes-nothing", **{**ENDED, "level": -1}, of="lorrys"),
        "of",
        "no tie and no event on ties is called 'lorrys'; did you mean 'lorries'?",
    ),
    "changes-two": (
        claim_text("changes-two", **{**ENDED, "level": -1}, of=["lorries", "scholars-come"]),
        "id",
        "an event that changes or ends several matters; name one in 'of' or 'ends', and give each "
        "other matter an event of its own",
    ),
    "another-event-of-one-matter": (
        claim_text(
            "another-event-of-one-matter",
            kind="event",
            moves="ties",
            cluster="coming",
            period=[2017, 2017],
        ),
        "moves",
        "'moves' differs from that of 'scholars-come' in the same matter; claims of one matter "
        "make one event, so give this one a matter of its own",
    ),
    "another-matter-of-one-event": (
        claim_text(
            "another-matter-of-one-event", **{**ENDED, "level": -1}, of="lorries", cluster="loss"
        ),
        "of",
        "'of' differs from that of 'lorries-lost' in the same matter; claims of one matter make "
        "one event, so give this one a matter of its own",
    ),
    "ends-elsewhere": (
        claim_text("ends-elsewhere", **ENDED, ends="lorries", republics=["Tajikistan"]),
        "ends",
        "'lorries' holds nothing by then in any cell of the event; name its powers, republics and "
        "channels, or the matter that ends",
    ),
    "ends-membership": (
        claim_text("ends-membership", kind="event", moves="effort", ends="lorries"),
        "id",
        "'ends' goes with an event that has 'moves: ties'; it takes away a tie, and nothing else",
    ),
    "begins-after-its-end": (
        claim_text("begins-after-its-end", cluster="lorries", period=[2017, 2018]),
        "period",
        "the period begins in 2017Q1, after 'lorries-stop' has ended 'lorries' in 2016Q1; date one "
        "of them anew, or make one of them context",
    ),
    "one-reference": (
        public("one-reference", references=[REFERENCE]),
        "id",
        "a public fact with one reference; give a second one in which it was checked",
    ),
    "lines-and-references": (
        {**claim_text("lines-and-references"), "references": [REFERENCE, REFERENCE]},
        "id",
        "a claim has either 'lines' of its document or, in the public record, 'references'",
    ),
    "neither-lines-nor-references": (
        {
            key: value
            for key, value in claim_text("neither-lines-nor-references").items()
            if key not in ("lines", "hash")
        },
        "id",
        "a claim has either 'lines' of its document or, in the public record, 'references'",
    ),
    "date-of-nothing": (
        public("date-of-nothing", kind="date", of="lorries-stopp"),
        "use",
        "no dated input is called 'lorries-stopp', or is on that matter; name the claims it dates",
    ),
    "second-date": (
        public("second-date", kind="date", of="scholars-come"),
        "of",
        "'scholars-come' is dated by 'first-date' already; leave one of the two out",
    ),
    "date-of-a-tie-claim": (
        claim_text("date-of-a-tie-claim", of="lorries"),
        "id",
        "a claim of kind tie has no 'of'; a date names there what it dates, and an event that has "
        "'moves: ties' the matter that it changes",
    ),
    "date-on-lines": (
        claim_text("date-on-lines", kind="date", of="scholars-come"),
        "id",
        "a date with 'lines'; dates come from the public record, with 'references'",
    ),
    "organ-without-channel": (
        {
            key: value
            for key, value in claim_text(
                "organ-without-channel", kind="institution", institution="SCO"
            ).items()
            if key != "channels"
        },
        "id",
        "a claim of kind institution without 'channels'; an input of this kind needs it",
    ),
}
SOUND = [
    claim_text("lorries-then", cluster="lorries", period=[2010, 2015]),
    claim_text("lorries-still", cluster="lorries", period=[2012, 2015]),
    claim_text("lorries-stop", **ENDED, ends="lorries", period=[2016, 2016]),
    claim_text("lorries-lost", **{**ENDED, "level": -1}, cluster="loss", period=[2017, 2017]),
    claim_text("lorries-lost-too", **{**ENDED, "level": -1}, cluster="loss", period=[2017, 2017]),
    claim_text(
        "scholars-come",
        kind="event",
        cluster="coming",
        moves="effort",
        lines=[5, 5],
        hash="c016171ccaf1",
        period=[2017, 2017],
    ),
    claim_text("scholars-come-too", kind="event", cluster="coming", moves="effort"),
    public("first-date", kind="date", of="scholars-come", period=["2017Q3", "2017Q3"]),
]


@pytest.fixture(scope="module")
def refusals(tmp_path_factory) -> tuple[str, dict[int, str]]:
    """The text of a file of forbidden claims, and what is said at each of its lines."""
    path = own_evidence(tmp_path_factory.mktemp("refusals")) / "faulty.yaml"
    text = write_claims(path, [*SOUND, *(claim for claim, _, _ in FAULTY.values())])
    return text, messages_by_line(path)


@pytest.mark.parametrize("name", FAULTY)
def test_a_claim_that_a_rule_forbids_is_refused_at_its_line(refusals, name):
    text, said = refusals
    _, key, message = FAULTY[name]
    assert said.get(line_of(text, name, key), "").startswith(message)


def test_nothing_else_is_refused(refusals):
    text, said = refusals
    assert set(said) == {line_of(text, name, key) for name, (_, key, _) in FAULTY.items()}


def test_the_claims_beside_them_are_sound(tmp_path):
    path = own_evidence(tmp_path) / "sound.yaml"
    write_claims(path, SOUND)
    assert run("evidence", "check", "--evidence", path.parent).exit_code == 0


# Institutions


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("succeeds: EurAsEC", "succeeds: @EurAsEK", "unknown institution 'EurAsEK'; did you mean"),
        (
            "    channels: [economic]\n    succeeds: EurAsEC",
            "    channels: [economic]\n    succeeds: @EAEU",
            "'EAEU' succeeds itself, or one that does; the first of a body succeeds none",
        ),
        (
            "succeeds: Collective Security Treaty",
            "succeeds: @EurAsEC",
            "'EurAsEC' has two successors, 'EAEU' and 'CSTO'; a body goes on in one",
        ),
    ],
)
def test_a_faulty_succession_is_found_at_its_place(tmp_path, monkeypatch, before, after, message):
    path = copy_shipped(tmp_path, monkeypatch) / "institutions.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    text = text.replace(before, after)
    place = text.index("@")
    path.write_text(text.replace("@", ""), encoding="utf-8")
    (found,) = check_evidence().diagnostics
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    assert str(found).startswith(f"model/evidence/institutions.yaml:{line}:{column}  {message}")


def test_the_made_up_document_is_as_the_tests_take_it(tmp_path):
    text = (own_evidence(tmp_path) / FILE).read_text(encoding="utf-8")
    assert {"hash: 8661f73f53f5", "hash: c016171ccaf1"} <= set(re.findall(r"hash: \w+", text))

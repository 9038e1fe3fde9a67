"""What the codebook's rules forbid is refused at its line; what they allow passes.

All forbidden claims stand in one file, which is checked once.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from evidence_files import FILE, claim_text, copy_shipped, own_evidence, run

from steppe.model.evidence.audit import check_evidence

CHINA = {
    "powers": ["China"],
    "republics": ["Uzbekistan"],
    "channels": ["economic"],
    "when": 2018,
}
REGION = {**CHINA, "republics": "all"}
RUSSIA = {"powers": ["Russia"]}
EARLIER = {"when": 2008}
TRADE = {"reading": "volume", "link": "trade"}
REFERENCE = {"publisher": "An agency", "title": "A page on it", "date": 2018}


def target(identifier: str, expect: dict, **changes) -> dict:
    """A target on the sentence about trade, which holds the words `by now` and `larger`."""
    sound = {"lines": [7, 7], "kind": "target", "use": "target", "hash": "8661f73f53f5"}
    claim = claim_text(identifier, expect=expect, **{**sound, **changes})
    del claim["level"]
    return claim


def public(identifier: str, **changes) -> dict:
    """A claim with references in place of lines."""
    sound = {"references": [REFERENCE, {**REFERENCE, "publisher": "A paper"}]}
    claim = claim_text(identifier, **{**sound, **changes})
    return {key: value for key, value in claim.items() if key not in ("lines", "hash")}


# What a target may expect: by rule, then by form

FORBIDDEN = {
    "lead-of-two-years": (
        {"reading": "lead", "more": CHINA, "less": {**RUSSIA, **EARLIER}},
        "'reading: lead' compares two powers, and nothing else differs",
    ),
    "change-of-power": (
        {"reading": "change", "more": CHINA, "less": RUSSIA},
        "'reading: change' compares two years, and nothing else differs",
    ),
    "channels-of-two-powers": (
        {"reading": "channels", "more": CHINA, "less": {**RUSSIA, "channels": ["security"]}},
        "'reading: channels' compares two sets of channels, and nothing else differs",
    ),
    "republics-at-two-dates": (
        {"reading": "republics", "more": CHINA, "less": {"republics": "others", **EARLIER}},
        "'reading: republics' compares two sets of republics, and nothing else differs",
    ),
    "volume-without-link": (
        {"reading": "volume", "more": CHINA, "less": RUSSIA},
        "'reading: volume' goes with 'link: trade', and only with it (rule 3)",
    ),
    "lead-with-link": (
        {"reading": "lead", "more": CHINA, "less": RUSSIA, "link": "trade"},
        "'reading: volume' goes with 'link: trade', and only with it (rule 3)",
    ),
    "volume-across-republics": (
        {**TRADE, "more": CHINA, "less": {"republics": "others"}},
        "volumes are not compared across republics; compare within them (rule 3)",
    ),
    "volume-of-the-mean": (
        {**TRADE, "more": REGION, "less": RUSSIA},
        "a volume of several republics has 'across: size', each or most (rule 3)",
    ),
    "volume-of-itself": (
        {**TRADE, "more": CHINA, "less": {"powers": ["China"]}},
        "'reading: volume' compares two powers or two years, and nothing else differs",
    ),
    "size-without-volume": (
        {"reading": "lead", "more": REGION, "less": RUSSIA, "across": "size"},
        "'across: size' without 'link: trade'; only volumes have totals (rule 3)",
    ),
    "balance-without-against": (
        {"reading": "balance", "more": CHINA, "less": EARLIER},
        "'against' goes with 'reading: balance', and only with it (rule 5)",
    ),
    "change-with-against": (
        {"reading": "change", "more": {**CHINA, "against": ["Russia"]}, "less": EARLIER},
        "'against' goes with 'reading: balance', and only with it (rule 5)",
    ),
    "balance-of-one-date": (
        {"reading": "balance", "more": {**CHINA, "against": ["Russia"]}, "less": {}},
        "'reading: balance' compares two years, and nothing else differs",
    ),
    "relative-without-among": (
        {"reading": "relative", "more": CHINA, "less": EARLIER},
        "'among' goes with 'reading: relative', and only with it (rule 6)",
    ),
    "among-on-the-other-side": (
        {"reading": "lead", "more": CHINA, "less": {**RUSSIA, "among": ["China"]}},
        "'among' in 'less'; write it in 'more', from which 'less' takes it",
    ),
    "each-without-word": (
        {"reading": "lead", "more": REGION, "less": RUSSIA, "across": "each"},
        "'across: each' without 'quantifier'; give the word of the text, such as all, only or "
        "most (rule 8)",
    ),
    "mean-with-word": (
        {"reading": "lead", "more": REGION, "less": RUSSIA, "quantifier": "larger"},
        "a 'quantifier' with 'across: mean'; it goes with each or most",
    ),
    "most-between-republics": (
        {
            "reading": "republics",
            "more": CHINA,
            "less": {"republics": "others"},
            "across": "most",
            "quantifier": "larger",
        },
        "'across: most' between republics; it compares within the same republics",
    ),
    "figure-of-each": (
        {
            "reading": "figure",
            "share": REGION,
            "figure": 0.5,
            "across": "each",
            "quantifier": "larger",
        },
        "'across: each' of a figure; a figure is of one republic, or of their mean",
    ),
    "figure-and-comparison": (
        {"reading": "figure", "share": CHINA, "figure": 0.5, "more": CHINA, "less": RUSSIA},
        "an expectation has either 'more' and 'less', or 'share' and 'figure'",
    ),
    "figure-as-lead": (
        {"reading": "lead", "share": CHINA, "figure": 0.5},
        "'reading: figure' goes with 'share' and 'figure', and only with them",
    ),
    "share-without-figure": (
        {"reading": "figure", "share": CHINA},
        "the key 'figure' is missing",
    ),
    "more-without-less": ({"reading": "lead", "more": CHINA}, "the key 'less' is missing"),
    "without-year": (
        {
            "reading": "lead",
            "more": {key: value for key, value in CHINA.items() if key != "when"},
            "less": RUSSIA,
        },
        "'more' without 'when'; it has 'powers', 'republics', 'channels' and 'when'",
    ),
    "others-lead": (
        {"reading": "lead", "more": {**CHINA, "powers": "others"}, "less": RUSSIA},
        "'powers: others' in 'more'; others are those not in 'more', so name the powers",
    ),
    "others-beside-others": (
        {
            "reading": "republics",
            "more": {**CHINA, "republics": "others"},
            "less": {"republics": "others"},
        },
        "'republics: others' in 'more', and none to tell them from; name them",
    ),
}
ALLOWED = {
    "lead": {"reading": "lead", "more": CHINA, "less": {"powers": "others"}},
    "lead-of-the-region": {"reading": "lead", "more": REGION, "less": RUSSIA, "across": "mean"},
    "lead-in-each": {
        "reading": "lead",
        "more": REGION,
        "less": RUSSIA,
        "across": "each",
        "quantifier": "larger",
    },
    "either-of-two": {
        "reading": "lead",
        "more": {**CHINA, "powers": ["China", "European Union"], "take": "largest"},
        "less": RUSSIA,
    },
    "both-of-two": {
        "reading": "lead",
        "more": {**CHINA, "powers": ["China", "European Union"], "take": "smallest"},
        "less": RUSSIA,
    },
    "change": {"reading": "change", "more": CHINA, "less": EARLIER},
    "balance": {
        "reading": "balance",
        "more": {**CHINA, "against": ["Russia"]},
        "less": EARLIER,
    },
    "relative": {"reading": "relative", "more": {**CHINA, "among": ["Russia"]}, "less": EARLIER},
    "volume": {**TRADE, "more": CHINA, "less": RUSSIA},
    "volume-of-the-region": {**TRADE, "more": REGION, "less": RUSSIA, "across": "size"},
    "volume-in-most": {
        **TRADE,
        "more": REGION,
        "less": RUSSIA,
        "across": "most",
        "quantifier": "by now",
    },
    "volume-of-two-years": {**TRADE, "more": CHINA, "less": EARLIER},
    "channels": {"reading": "channels", "more": CHINA, "less": {"channels": ["security"]}},
    "republics": {"reading": "republics", "more": CHINA, "less": {"republics": "others"}},
    "other-republics": {
        "reading": "republics",
        "more": {**CHINA, "republics": "others"},
        "less": {"republics": ["Uzbekistan"]},
    },
    "figure": {"reading": "figure", "share": CHINA, "figure": 0.4},
    "figure-of-trade": {"reading": "figure", "share": CHINA, "figure": 0.4, "link": "trade"},
}

# Claims that a rule forbids, by id, with the key at whose line it is said

ENDED = {"kind": "event", "moves": "ties", "level": None}
FAULTY = {
    "medium-target": (
        target("medium-target", ALLOWED["lead"], confidence="medium"),
        "id",
        "a claim of medium confidence used as target",
    ),
    "word-not-in-text": (
        target(
            "word-not-in-text",
            {**ALLOWED["lead-in-each"], "quantifier": "every"},
        ),
        "expect",
        "the quantifier 'every' does not occur in line 7; without such a word the statement is "
        "read as a mean (rule 8)",
    ),
    "on-event-lines": (
        target("on-event-lines", ALLOWED["lead"], lines=[5, 5], hash="c016171ccaf1"),
        "lines",
        "the target rests on lines that give the event 'scholars-come' in the same cell; one "
        "sentence has one use (rule 10), so make one of them context",
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
        "no tie is called 'lorrys'; did you mean 'lorries'?",
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
        "the period begins in 2017Q1, after 'lorries-stop' has ended it in 2016Q1; date one of "
        "them anew",
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
        "a claim of kind tie has no 'of'; only a date is of a claim",
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


def write(path: Path, claims: list[dict]) -> str:
    """Write claims to a file; return its text."""
    apart = json.loads(json.dumps(claims))  # nothing shared, which would be written as an alias
    text = yaml.safe_dump(
        {"document": "made-up-2018", "claims": apart}, sort_keys=False, default_flow_style=None
    )
    path.write_text(text, encoding="utf-8")
    return text


def line_of(text: str, identifier: str, key: str) -> int:
    """The line of a key of a claim; of `expect`, that of the first key in it."""
    start = text.index(f"id: {identifier}\n")
    if key == "id":
        return text.count("\n", 0, start) + 1
    place = text.index(f"\n  {key}:", start)
    return text.count("\n", 0, place) + (3 if key == "expect" else 2)


@pytest.fixture(scope="module")
def refusals(tmp_path_factory) -> tuple[str, dict[int, str]]:
    """The text of a file of forbidden claims, and what is said at each of its lines."""
    own = own_evidence(tmp_path_factory.mktemp("refusals"))
    path = own / "faulty.yaml"
    claims = [target(name, expect) for name, (expect, _) in FORBIDDEN.items()]
    text = write(path, [*SOUND, *claims, *(claim for claim, _, _ in FAULTY.values())])
    said = {}
    for line in run("evidence", "check", "--evidence", own).output.splitlines():
        found = re.fullmatch(re.escape(str(path)) + r":(\d+):\d+  (.*)", line)
        assert found, line
        assert int(found[1]) not in said, line
        said[int(found[1])] = found[2]
    return text, said


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_form_that_a_rule_forbids_is_refused_at_its_line(refusals, name):
    text, said = refusals
    assert said.get(line_of(text, name, "expect")) == FORBIDDEN[name][1]


@pytest.mark.parametrize("name", FAULTY)
def test_a_claim_that_a_rule_forbids_is_refused_at_its_line(refusals, name):
    text, said = refusals
    _, key, message = FAULTY[name]
    assert said.get(line_of(text, name, key), "").startswith(message)


def test_nothing_else_is_refused(refusals):
    text, said = refusals
    expected = {line_of(text, name, "expect") for name in FORBIDDEN}
    expected |= {line_of(text, name, key) for name, (_, key, _) in FAULTY.items()}
    assert set(said) == expected


def test_every_form_that_the_rules_allow_passes(tmp_path):
    own = own_evidence(tmp_path)
    write(own / "sound.yaml", [*SOUND, *(target(*item) for item in ALLOWED.items())])
    result = run("evidence", "check", "--evidence", own)
    assert result.exit_code == 0, result.output
    assert {expect["reading"] for expect in ALLOWED.values()} == {
        "lead", "change", "balance", "relative", "volume", "channels", "republics", "figure",
    }  # fmt: skip


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

"""The forms of a target: what the codebook's rules forbid is refused at its line.

All forbidden targets stand in one file, which is checked once.
"""

from __future__ import annotations

import re

import pytest
from evidence_files import (
    line_of,
    messages_by_line,
    own_evidence,
    run,
    target_text,
    write_claims,
)

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

# By rule, then by form

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
    "volume-of-another-channel": (
        {**TRADE, "more": {**CHINA, "channels": ["security"]}, "less": RUSSIA},
        "'link: trade' with other channels; write 'channels: [economic]' (rule 3)",
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
    "figure-with-band": (
        {"reading": "figure", "share": CHINA, "figure": 0.5, "band": {"m0": 0.1}},
        "a 'band' with a 'figure'; it goes with 'more' and 'less'",
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
    "with-a-band": {
        "reading": "lead",
        "more": CHINA,
        "less": RUSSIA,
        "band": {"m0": 0.1, "top": 1.1},
    },
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


@pytest.fixture(scope="module")
def refusals(tmp_path_factory) -> tuple[str, dict[int, str]]:
    """The text of a file of forbidden targets, and what is said at each of its lines."""
    path = own_evidence(tmp_path_factory.mktemp("forms")) / "faulty.yaml"
    text = write_claims(path, [target_text(name, form) for name, (form, _) in FORBIDDEN.items()])
    return text, messages_by_line(path)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_form_that_a_rule_forbids_is_refused_at_its_line(refusals, name):
    text, said = refusals
    assert said.get(line_of(text, name, "expect")) == FORBIDDEN[name][1]


def test_nothing_else_is_refused(refusals):
    text, said = refusals
    assert set(said) == {line_of(text, name, "expect") for name in FORBIDDEN}


def test_a_band_upside_down_is_refused_at_its_line(tmp_path):
    own = own_evidence(tmp_path)
    lead = {"reading": "lead", "more": CHINA, "less": RUSSIA, "band": {"m0": 0.4, "top": 0.3}}
    text = write_claims(own / "faulty.yaml", [target_text("upside-down", lead)])
    line = text.count("\n", 0, text.index("band:")) + 1
    said = run("evidence", "check", "--evidence", own).output
    assert re.search(rf"faulty\.yaml:{line}:\d+  a band upside down: 'top: 0\.3'", said)


def test_every_form_that_the_rules_allow_passes(tmp_path):
    own = own_evidence(tmp_path)
    write_claims(own / "sound.yaml", [target_text(*item) for item in ALLOWED.items()])
    result = run("evidence", "check", "--evidence", own)
    assert result.exit_code == 0, result.output
    assert {expect["reading"] for expect in ALLOWED.values()} == {
        "lead", "change", "balance", "relative", "volume", "channels", "republics", "figure",
    }  # fmt: skip

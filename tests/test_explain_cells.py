"""Explanations of cells, relations and claims.

Goldens are refreshed with `pytest tests/test_explain_cells.py --refresh-goldens`.
"""

from __future__ import annotations

import json

import pytest
from evidence_files import (
    run,
)

from steppe.experiments.provenance.explain import explain
from steppe.experiments.provenance.explanation_text import format_explanation
from steppe.model.core.errors import RequestError


@pytest.mark.parametrize(
    "words",
    ["Russia Kazakhstan security", "China Turkmenistan economic", "EU Uzbekistan soft_power"],
)
def test_explain_three_cells(golden, words):
    golden(
        f"explain-{words.replace(' ', '-')}.txt", format_explanation(explain(words.split())) + "\n"
    )


def test_explain_follows_a_value_to_its_lines_and_back():
    found = json.loads(run("explain", "security", "kazakhstan", "russia", "--json").output)
    tie = found["values"][0]
    assert tie["what"] == "tie" and {"eprs-kazakh-facilities", "essay-baikonur"} <= {
        claim["id"] for claim in tie["claims"]
    }
    assert all(claim["document"] and claim["lines"] for claim in tie["claims"])
    back = explain(["eprs-kazakh-facilities"])
    assert {
        "kind": "tie",
        "names": ["Russia", "Kazakhstan", "security"],
        "value": tie["value"],
    } in back["values_resting_on_it"]
    assert explain(["eprs-sco-membership"])["events_resting_on_it"] == ["eprs-sco-membership"]


def test_explain_two_powers_gives_their_relation():
    found = explain(["China", "US"])
    assert [value["what"] for value in found["values"]] == [
        "China towards United States",
        "United States towards China",
    ]
    assert "Contradictions" in format_explanation(found)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["Rusia"],
            "'Rusia' is not the name of anything here: a power, republic, channel, parameter, "
            "observable, claim, document, institution, scenario, lever, event or term; "
            "did you mean 'Russia'?",
        ),
        (
            ["Russia", "Russia"],
            "'Russia' is named twice; name one power, one republic, one channel",
        ),
        (
            ["Russia", "China", "economic"],
            "'China' is a second power beside 'Russia'; name one power, one republic, one channel",
        ),
    ],
)
def test_explain_refuses_in_one_line(words, message):
    with pytest.raises(RequestError) as refusal:
        explain(words)
    assert str(refusal.value) == message

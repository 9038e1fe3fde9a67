"""A planted threshold is found; missing thresholds and non-monotone responses are reported."""

from __future__ import annotations

import json

import numpy as np
import pytest
from test_sensitivity import refused

from steppe.experiments.analysis.ensembles.simulate import read_expression
from steppe.experiments.analysis.tipping import analysis as tipping
from steppe.experiments.analysis.tipping import findings
from steppe.experiments.cli.app import steppe
from steppe.model.core.errors import RequestError
from steppe.model.scenario.load import load_scenario

SCENARIO = load_scenario("russian-retreat")
CONDITION = read_expression("P(leads(China, 3 of 5, security)) > 0.5", [SCENARIO])
MEMBERS = 400


def toy(rule):
    """Members of a toy model in which a condition holds by a rule of (lever, member)."""
    members = np.random.default_rng(3).normal(0.62, 0.1, MEMBERS)

    def columns_at(values):
        return [np.array([rule(value, members)], dtype=float) for value in values]

    return columns_at, members


def test_a_planted_threshold_is_found_within_its_interval():
    columns_at, members = toy(lambda value, own: value > own)
    found = tipping.search_threshold(columns_at, CONDITION, 0.0, 1.0, seed=1)
    assert found.threshold == pytest.approx(np.median(members), abs=1 / 8 / 2**tipping.STEPS)
    low, high = tipping.threshold_interval(found.draws)
    assert low < np.median(members) < high and high - low < 0.08
    assert not found.non_monotone and len(found.crossings) == 1


def test_nowhere_and_everywhere_are_said_as_such():
    nowhere = tipping.search_threshold(
        toy(lambda value, own: own > 5)[0], CONDITION, 0.0, 1.0, seed=1
    )
    everywhere = tipping.search_threshold(
        toy(lambda value, own: own < 5)[0], CONDITION, 0.0, 1.0, seed=1
    )
    request = make_request()
    for found, words in ((nowhere, "nowhere"), (everywhere, "already")):
        said = findings.summary_sentences(found, request)
        assert (
            found.threshold is None
            and said[0].startswith("not within the range")
            and words in said[0]
        )


def test_a_response_that_comes_and_goes_is_reported():
    found = tipping.search_threshold(
        toy(lambda value, own: (value > 0.3) & (value < 0.7) & (own > 0))[0],
        CONDITION,
        0.0,
        1.0,
        seed=1,
    )
    assert found.non_monotone and [begins for _, begins in found.crossings] == [True, False]
    assert found.threshold == pytest.approx(0.3, abs=0.005) and found.crossings[1][
        0
    ] == pytest.approx(0.7, abs=0.005)
    assert any(
        "changes 2 times" in sentence
        for sentence in findings.summary_sentences(found, make_request())
    )


def test_a_threshold_near_the_end_has_an_open_interval():
    found = tipping.search_threshold(
        toy(lambda value, own: value > own + 0.375)[0], CONDITION, 0.0, 1.0, seed=1
    )
    assert np.isinf(tipping.threshold_interval(found.draws)[1])


def make_request(**keys) -> tipping.TippingRequest:
    from steppe.experiments.runs.parameter_source import load_parameter_source

    values = {"low": 0.0, "high": 1.0, "members": MEMBERS, **keys}
    return tipping.TippingRequest(
        SCENARIO,
        CONDITION,
        load_parameter_source("prior"),
        1,
        "russian-retreat",
        "depth",
        values["low"],
        values["high"],
        values["members"],
    )


@pytest.mark.slow  # simulates fourteen scenarios and draws a figure
def test_the_command_answers_and_says_what_it_wrote(tmp_path):
    out = tmp_path / "answer"
    steppe.main(
        [
            "tipping",
            "russian-retreat",
            "--lever",
            "russian-retreat.depth",
            "--from",
            "0",
            "--to",
            "1",
            "--condition",
            "mean(share(Russia, all, security)) < 0.25",
            "--members",
            "20",
            "--parameters-from",
            "prior",
            "--jobs",
            "1",
            "--out",
            str(out),
        ],
        standalone_mode=False,
    )
    manifest = json.loads((out / "manifest.json").read_text())
    assert (
        manifest["finished"]
        and manifest["request"]["to"] == 0.95
        and "figures/response.png" in manifest["files"]
    )
    assert (out / "response.csv").read_text().startswith("lever,value,response") and "<article" in (
        out / "page.html"
    ).read_text()


def test_bad_questions_are_refused_in_a_line():
    ask = ("tipping", "russian-retreat", "--condition", "P(leads(China, all)) > 0.5")
    assert "did you mean 'depth'" in refused(*ask, "--lever", "dept")
    assert "no lever" in refused(
        "tipping", "baseline", "--condition", "P(leads(China, all)) > 0.5", "--lever", "depth"
    )
    assert "the scenario is russian-retreat" in refused(*ask, "--lever", "other.depth")
    assert "range is empty" in refused(*ask, "--lever", "depth", "--from", "1", "--to", "0")
    assert "outside the range" in refused(*ask, "--lever", "depth", "--from", "2", "--to", "3")
    assert "about all members" in refused(
        "tipping", "russian-retreat", "--lever", "depth", "--condition", "leads(China, all)"
    )


def test_a_lever_that_the_request_sets_cannot_be_searched():
    with pytest.raises(RequestError, match=r"sets it already; take it out of the brackets"):
        tipping.resolve_lever(load_scenario("russian-retreat[depth=0.3]"), "depth")

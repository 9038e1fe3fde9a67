"""The scenarios that ship: sound, told, sourced, and moving things the way they say."""

import re

import pytest
from expectations import check_expectations, compared_quarters

from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.model import InfluenceModel
from steppe.model.scenario.find_files import SHIPPED, shipped_names
from steppe.model.scenario.lint import lint_scenario
from steppe.model.scenario.load import load_scenario

MEMBERS, SEED = 200, 1
NAMES = shipped_names()
FUTURES = [name for name in NAMES if name != "history"]
DOCUMENTS = {
    "thesis-2020": 9,
    "letter-2023": 30,
    "essay-2010": 141,
    "eprs-2016": 54,
    "ispi-2019": 164,
}  # and the last line of each
NO_DOCUMENT = ("outside the documents", "public-record")
ASKED = {
    "history",
    "baseline",
    "russian-retreat",
    "china-russia-split",
    "sino-russian-condominium",
    "eurasian-deepening",
    "american-return",
    "european-reengagement",
    "chinese-overstretch",
    "afghan-spillover",
    "remittance-shock",
    "pipeline-rerouting",
    "uzbek-multivector",
    "turkmen-turn",
    "russophone-decline",
    "steppe-autonomy",
    "great-rivalry",
    "after-2022",
    "russian-engine",
    "chinese-land-bridge",
    "sco-security-order",
    "europe-with-russia",
    "vacuum-of-influence",
    "spheres-of-influence",
}
# What files expect and the model does not show, which scenarios/README.md reports. A file's
# expectation comes from the documents and stays, whatever the model does.
MISSED = {
    "great-rivalry": ["autonomy, all republics, economic: higher than in the baseline at 2040Q4"]
}


def run(scenario, quarters):
    model = InfluenceModel(scenario, MEMBERS, SEED, parameters_from="prior", collect=None)
    return {quarter: model.share.copy() for quarter in model.run() if quarter in quarters}


@pytest.fixture(scope="module")
def baseline():
    wanted = set().union(*(compared_quarters(load_scenario(name)) for name in FUTURES))
    return run(load_scenario("baseline"), wanted)


def test_all_that_were_asked_for_are_there():
    assert set(NAMES) >= ASKED


@pytest.mark.parametrize("name", FUTURES)
def test_a_future_moves_things_in_the_direction_that_it_expects(name, baseline):
    scenario = load_scenario(name)
    assert scenario.expects
    outcomes = check_expectations(scenario, run(scenario, compared_quarters(scenario)), baseline)
    missed = [outcome for outcome in outcomes if not outcome.met]
    assert [outcome.description for outcome in missed] == MISSED.get(name, []), [
        outcome.sentence() for outcome in outcomes
    ]


def test_the_readme_reports_every_expectation_that_is_missed():
    text = " ".join((SHIPPED / "README.md").read_text(encoding="utf-8").split())
    for name, missed in MISSED.items():
        assert f"`{name}` expects" in text.partition("not met:")[2], missed


@pytest.mark.parametrize("name", NAMES)
def test_each_is_told_and_sourced_and_names_the_schema_first(name):
    scenario = load_scenario(name)
    text = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    assert len(scenario.narrative) > 80
    assert scenario.sources
    for source in scenario.sources:
        document = re.match(r"[a-z]+-\d{4}", source)
        assert (document and document[0] in DOCUMENTS) or source in NO_DOCUMENT
        lines = [
            int(number)
            for number in re.findall(
                r"(?<![\d-])\d+", source.partition(":")[0].partition("line")[2]
            )
        ]
        assert all(1 <= line <= DOCUMENTS[document[0]] for line in lines)


@pytest.mark.parametrize("name", FUTURES)
def test_nothing_in_a_shipped_future_is_without_effect(name):
    assert lint_scenario(load_scenario(name), default_inputs()) == []


def test_only_after_2022_is_outside_the_documents():
    assert [name for name in NAMES if "outside the documents" in load_scenario(name).sources] == [
        "after-2022"
    ]


@pytest.mark.parametrize("name", FUTURES)
def test_every_lever_may_be_turned_to_both_ends(name):
    scenario = load_scenario(name)
    for lever, row in scenario.levers.items():
        for value in row.range:
            assert load_scenario(name, levers={lever: value}).lever_values[lever] == value

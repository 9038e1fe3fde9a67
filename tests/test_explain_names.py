"""`steppe explain` of names that are no actor, parameter or claim, and of every term shown."""

import pytest
from command import steppe

from steppe.experiments.analysis.expressions.syntax_tree import FUNCTIONS
from steppe.experiments.provenance.explain import explain
from steppe.experiments.provenance.explanation_text import format_explanation
from steppe.experiments.provenance.names import load_terms
from steppe.model.core.errors import RequestError
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.scenario.effect_schema import EFFECTS


def text_of(*words):
    return format_explanation(explain(words))


def test_autonomy_is_explained():
    text = text_of("autonomy")
    assert text.startswith("autonomy (term)\n    The share of a republic") and "dashed" in text


@pytest.mark.parametrize("word", ["Needs", "coded inputs", "ties", "mu_star"])
def test_a_term_is_found_in_the_plural_and_in_capitals(word):
    assert "(term)" in text_of(word) and text_of(*word.split()) == text_of(word)


def test_every_kind_of_input_effect_and_function_is_a_term():
    kinds = {key[0] for key in default_inputs().trail}
    functions = {function.name.lower() for function in FUNCTIONS if function.name != "leads"}
    functions -= set(OBSERVABLES)  # explained by their declarations
    told = "power republic channel holder cell member band quarter lever effort attraction batch"
    assert (kinds | set(EFFECTS) | functions | set(told.split())) - set(load_terms()) == set()


def test_a_term_says_something_and_names_no_command_that_is_missing():
    for name, text in load_terms().items():
        assert name == name.lower() and text.rstrip().endswith((".", ")")) and len(text) > 20, name
    assert "`steppe explain box`" in load_terms()["density"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("essay-2010", ["essay-2010 (document)", "standpoint: "]),
        (
            "russian-retreat",
            ["(scenario)", "lever depth: share of", "0.6, from 0 to 0.95", "2024Q1"],
        ),
        ("depth", ["depth of russian-retreat (lever)", "depth of chinese-overstretch (lever)"]),
        ("russian-retreat.depth", ["depth of russian-retreat (lever)", "default 0.6"]),
        ("CSTO", ["CSTO (institution)", "sponsors: Russia; binds in: security"]),
        ("garrisons-leave", ["garrisons-leave of russian-retreat (event)", "2025Q1"]),
    ],
)
def test_documents_scenarios_levers_institutions_and_events_are_explained(word, said):
    text = text_of(word)
    assert all(part in text for part in said), text


def test_an_unknown_word_gets_a_suggestion_among_all_names():
    with pytest.raises(RequestError, match="did you mean 'autonomy'"):
        explain(["autonmy"])
    with pytest.raises(RequestError, match="did you mean 'russian-retreat'"):
        explain(["russian-retreet"])


def test_json_holds_the_same():
    assert '"kind": "term"' in steppe("explain", "autonomy", "--json").stdout

"""`steppe help`: every word of the language has a meaning, and its example runs."""

import json
import re

import pytest
from command import steppe
from speed import least, of_command

from steppe.experiments.cli.help import TERMS
from steppe.model.core.type_errors import keys_of
from steppe.model.scenario.effect_schema import EFFECTS
from steppe.model.scenario.event_schema import Event
from steppe.model.scenario.help_terms import EVERYDAY, language_terms
from steppe.model.scenario.load import load_family
from steppe.model.scenario.schema import ScenarioFile

MOST_SECONDS = 0.3  # of processor time
FILES = sorted({term.file for term in language_terms() if term.file})


@pytest.mark.parametrize("number", range(len(FILES)))
def test_every_example_loads(tmp_path, number):
    path = tmp_path / "example.yaml"
    path.write_text(FILES[number], encoding="utf-8")
    assert load_family(path)


def test_every_key_and_effect_has_a_term_with_a_meaning_and_an_example():
    terms = {(term.where, term.term): term for term in language_terms()}
    assert all(term.meaning for term in terms.values())
    wanted = [("a scenario file", key) for key in keys_of(ScenarioFile)]
    wanted += [("an event", key) for key in keys_of(Event)]
    for kind, model in EFFECTS.items():
        wanted.append(("an effect", kind))
        wanted += [(f"the effect {kind}", key) for key in keys_of(model) if key != kind]
    for key in wanted:
        assert terms[key].example, key


def test_the_example_of_a_word_has_the_word():
    """But for `what`, which every event has, and organisations that ended."""
    for term in language_terms():
        ended = term.where == "the effect institution" and "2019: none" in term.meaning
        if term.where != EVERYDAY and not ended and term.term != "what":
            assert re.search(rf"\b{re.escape(term.term)}(?!\w)", term.example), term
            assert term.file


def test_terms_say_where_they_are_used():
    terms = {(term.where, term.term): term for term in language_terms()}
    assert "russian-retreat" in terms["an effect", "budget"].used_in
    assert "russian-retreat" in terms["the effect budget", "scale"].used_in
    assert "after-2022" in terms["the cast", "Russia"].used_in
    assert not terms["an event", "for"].used_in


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["for"], ["how long its effects last", "for: 2 years"]),
        (["shock"], ["- {shock: ties", "used in: "]),
        (["CSTO"], ["an organisation"]),
        (["soft", "power"], ["a channel of the cast"]),
        (["year"], ["four quarters each"]),
        (["share"], ["share held by a power", "part of the effort that moves"]),
        ([], ["an event: what, when", "parameters: theta"]),
    ],
)
def test_help_says_what_a_word_means(words, says):
    answer = steppe("help", *words)
    assert answer.returncode == 0
    assert all(text in answer.stdout for text in says), answer.stdout


def test_a_wrong_word_is_answered_with_the_nearest_and_its_meaning():
    answer = steppe("help", "intensty")
    assert answer.returncode == 2
    assert "did you mean 'intensity'? -3 to 3; on effort" in answer.stderr


def test_scripts_read_the_same():
    rows = json.loads(steppe("help", "until", "--json").stdout)
    assert [row["where"] for row in rows] == ["an event"]
    assert rows[0] in json.loads(TERMS.read_text(encoding="utf-8"))


def test_help_is_quick():
    assert least(lambda: of_command("help", "shock"), MOST_SECONDS) <= MOST_SECONDS


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("sanctions", "{budget: Russia, scale: 0.8}"),
        ("corridor", "adds ties where it passes"),
        ("election", "{succession: Kyrgyzstan, intensity: 1}"),
        ("Iran", "no word 'Iran'; an actor that the cast lacks is added, as in cast: {Iran:"),
        ("Kazakstan", "did you mean 'Kazakhstan'?"),
    ],
)
def test_words_for_other_things_lead_to_them(word, said):
    ended = steppe("help", word)
    assert said in ended.stdout + ended.stderr

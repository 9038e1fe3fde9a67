"""More mistakes that analysts make, by kind: what to write follows from the message alone."""

import pytest

from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.scenario.lint import lint_scenario
from steppe.model.scenario.load import load_family, load_scenario

BUDGET = "{budget: China, scale: 0.5}"


def file_of(folder, body):
    path = folder / "mine.yaml"
    path.write_text(f"title: Mine\nextends: baseline\n{body}", encoding="utf-8")
    return path


def event(keys, effect=BUDGET):
    lines = "".join(f"    {line}\n" for line in keys.split("; "))
    return (
        f"events:\n  war: {{when: 2026, what: war, effects: [{BUDGET}]}}\n"
        f"  it:\n    what: it comes\n{lines}    effects:\n      - {effect}\n"
    )


def effect(text):
    return event("when: 2027", text)


LEVER = "levers: {depth: {meaning: x, default: 0, range: [0, 1]}}\nparameters: {theta: depth}\n"
TIES = "shock: ties, power: Russia, republic: Kazakhstan, channel: security"
MISTAKES = {
    # dates and lengths
    event("when: spring 2027"): "write the quarter, 2027Q2",
    event("when: late 2027"): "write the quarter, 2027Q4",
    event("when: Sept. 2027"): "write the quarter, 2027Q3",
    event("when: in the summer of 2027"): "write the quarter, 2027Q3",
    event("when: Q3 2027"): "write the quarter, 2027Q3",
    event("when: 2027-05"): "write the quarter, 2027Q2",
    event("when: after 2027"): "write 2028",
    event("when: end of 2027"): "write 2027Q4",
    event("when: 2027; until: end of 2029"): "write 2030",
    event("when: 2027; until: 2 years"): "write for: 2 years, in place of 'until'",
    event("when: 2027; for: 2029"): "write until: 2029, in place of 'for'",
    event("for: 2027-2029"): "write when: 2027 and until: 2029",
    event("when: 2027; for: two years"): "write 2; for: how long",
    event("between: 2025 to 2030"): "write between: [2025, 2030]",
    event("after: war + 1 year"): "write after: {event: war, delay: 1 year}",
    event("after: [war]"): "write after: war",
    event("for: 2 years"): "the event has no date; give one of when",
    event("when: 2027; after: war"): "not when and after; keep one",
    # names of another kind
    effect("{budget: Kazakhstan, scale: 2}"): "'Kazakhstan' is a republic; a power belongs here",
    effect("{succession: Russia, intensity: 1}"): "'Russia' is a power; a republic belongs here",
    effect("{blockade: sec, republic: KAZ, percent: 5}"): "'sec' is a channel; a power belongs",
    effect("{budget: Europe, scale: 2}"): "did you mean 'European Union'?",
    effect("{share: 0.1, power: Russia}"): "shares follow from what moves them",
    effect("{need: 2, power: China, republic: KAZ, channel: sec}"): "counts for every power",
    # numbers
    effect(f"{{{TIES}, intensity: 1, permanent: 2 years}}"): "beside 'when', as in for: 2 years",
    effect("{quarrel: [Russia, KAZ], percent: 140%}"): "'percent' is 140; it must be at most 100",
    "parameters: {theta: 80%}\n": "for a factor on a parameter {times: 0.8}",
    "parameters: {theta: times 0.8}\n": "for a parameter {times: 0.8}",
    "parameters: {theta: '*0.8'}\n": "for a parameter {times: 0.8}",
    # forms
    f"{LEVER}vary: {{depth: [0.1, 0.5]}}\n": "write grid: {depth: [0.1, 0.5]}",
    f"{LEVER}vary: {{grid: {{depth: 0 to 1}}}}\n": "write depth: [0, 1]",
    "cast: [Iran]\n": "write cast: {Iran: {kind: power}}",
    "cast: Iran\n": "write cast: {Iran: {kind: power}}",
    event("when: 2027").replace("it comes", "'Russia's exit'"): "apostrophe in double quotes",
    event("when: 2027").replace("it comes", "x"): "'what' has 1 character; it must have at least 3",
}


@pytest.mark.parametrize("body", MISTAKES)
def test_the_message_says_what_to_write(tmp_path, body):
    with pytest.raises(DiagnosticsError) as caught:
        load_family(file_of(tmp_path, body))
    assert MISTAKES[body] in str(caught.value)


def test_a_percentage_below_one_is_asked_about(tmp_path):
    body = effect("{blockade: Russia, republic: Kazakhstan, channel: economic, percent: 0.4}")
    found = lint_scenario(load_scenario(file_of(tmp_path, body)), default_inputs())
    assert [one.message for one in found] == ["this is 0.4 per cent; for 40 per cent write 40"]


def test_a_file_named_without_its_ending_is_offered(tmp_path, monkeypatch):
    file_of(tmp_path, effect(BUDGET))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DiagnosticsError, match=r"unknown scenario 'mine'; for the file write mine\.yaml"
    ):
        load_scenario("mine")

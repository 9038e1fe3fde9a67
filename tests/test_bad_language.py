"""What is wrong between keys of the language, each with a message that leads out."""

import pytest

from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.scenario.added_actors import extend_inputs
from steppe.model.scenario.lint import lint_scenario
from steppe.model.scenario.load import load_scenario

BUDGET = "effects: [{budget: China, scale: 0.5}]"
LATE = "cast: {Iran: {kind: power, from: 2029}}\n"
EMPTY = (
    "cast: {Iran: {kind: power, ties: [{republic: all, channel: all, level: 0}], "
    "supply: [{channel: all, level: 0}]}}\n"
)


def text(head="", **events):
    written = "".join(f"  {name}: {{what: it comes, {keys}}}\n" for name, keys in events.items())
    return f"title: X\nextends: baseline\n{head}events:\n{written}"


def acts(effect, date="when: 2028"):
    return f"{date}, effects: [{effect}]"


def loaded(folder, content):
    (folder / "mine.yaml").write_text(content, encoding="utf-8")
    return load_scenario(folder / "mine.yaml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (text(a=f"after: a, {BUDGET}"), "'a' waits for itself; give it a date, or another event"),
        (
            text(a=f"after: b, {BUDGET}", b=f"after: {{event: c, delay: 1 year}}, {BUDGET}")
            + f"  c: {{what: it comes, after: a, {BUDGET}}}\n",
            "'a', 'b' and 'c' wait for each other; give one of them a date",
        ),
        (
            text(a=f"when: 2028, until: 2027, {BUDGET}"),
            "it ends (2027Q1) before it begins (2028Q1); give a later 'until'",
        ),
        (
            text(
                a=f"when: 2028, for: 2 years, {BUDGET}",
                b=f"after: {{event: a, end: true}}, until: 2029, {BUDGET}",
            ),
            "it ends (2029Q1) before it can begin (2030Q1); give a later 'until'",
        ),
        (
            text(a=f"when: 2028, for: 0 years, {BUDGET}"),
            "'0 years' is out of range; give 1 quarter to 40 years",
        ),
        (
            text(a=f"when: 2028, for: 0, {BUDGET}"),
            "0 is no length of time; give one such as 2 years, or take it out",
        ),
        (
            text(a=f"when: 2028, for: 200 years, {BUDGET}"),
            "'200 years' is out of range; give 1 quarter to 40 years",
        ),
        (
            text(a=f"when: 2028, for: 2, {BUDGET}"),
            "2 of what? give a unit, such as 2 years or 2 quarters",
        ),
        (
            text("chances: {war: 0.5}\n", a=f"when: 2028, chance: war, {BUDGET}"),
            "only 'a' has the chance 'war', so nothing is shared; write probability: 0.5",
        ),
        (
            text("chances: {war: 0.5}\n", a=f"when: 2028, {BUDGET}"),
            "no event has the chance 'war'; remove it, or use it",
        ),
        (
            text(
                "cast: {Georgia: {kind: republic}}\n", a=acts("{institution: CSTO, leave: Georgia}")
            ),
            "Georgia is not in CSTO, and never joined it; take this out, or let it join first",
        ),
    ],
)
def test_it_is_refused(tmp_path, content, said):
    with pytest.raises(DiagnosticsError) as caught:
        loaded(tmp_path, content)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        *(
            (
                text(LATE, a=acts(effect)),
                "Iran appears only in 2029Q1, and this can come in 2028Q1; date it later, or give",
            )
            for effect in (
                "{budget: Iran, scale: 2}",
                "{quarrel: [Iran, Kazakhstan], intensity: 1}",
                "{blockade: Iran, republic: Kazakhstan, percent: 40}",
                "{relation: [Iran, China], becomes: 3}",
                "{institution: Union, found: {sponsors: Iran, channels: economic, weight: 0.5}, "
                "join: Kazakhstan}",
            )
        ),
        (
            text(a=acts("{budget: China, scale: 0.5}"), b=acts("{budget: China, scale: 2}")),
            "this undoes what 'a' does in the same quarter, 2028Q1; together they change nothing",
        ),
        (
            text(
                EMPTY,
                a=acts(
                    "{shock: ties, power: Iran, republic: KAZ, channel: economic, intensity: -1}"
                ),
            ),
            "the ties named are at their lower bound, zero, already; it changes nothing",
        ),
        (
            text(EMPTY, a=acts("{blockade: Iran, republic: Kazakhstan, percent: 40}")),
            "nothing that it supplies is needed there; it changes nothing",
        ),
        (
            text(EMPTY, a=acts("{quarrel: [Iran, Kazakhstan], intensity: 1}")),
            "the two have no ties to lose; it moves the republic's stance alone",
        ),
    ],
)
def test_check_warns_of_it(tmp_path, content, said):
    scenario = loaded(tmp_path, content)
    inputs = extend_inputs(scenario, default_inputs())
    found = [problem.message for problem in lint_scenario(scenario, inputs)]
    assert any(said in message for message in found), found

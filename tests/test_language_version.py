"""A future does not rewrite the past: when conditions count, and what `check` says of history."""

import pytest

from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.forcing.dates import NEVER
from steppe.model.model import InfluenceModel
from steppe.model.scenario.common_prefix import count_shared_quarters
from steppe.model.scenario.lint import lint_scenario
from steppe.model.scenario.load import load_scenario

FUTURE = 80  # 2020Q1
CONDITION = """\
events:
  tipping:
    {window}if: {{republic: Tajikistan, channel: economic, power: China, share: "> 0.3"}}
    what: Tajikistan turns to China
    effects:
      - {{shock: ties, power: China, republic: Tajikistan, channel: security, intensity: 2}}
"""


def loaded(folder, text, name="mine"):
    path = folder / f"{name}.yaml"
    path.write_text(f"title: Mine\nextends: baseline\n{text}", encoding="utf-8")
    return load_scenario(path)


def warnings(scenario):
    return [problem.message for problem in lint_scenario(scenario, default_inputs())]


def starts(scenario):
    model = InfluenceModel(scenario, 40, 1)
    for _ in model.run():
        pass
    found = model.forcing.starts["tipping"]
    return found[found < NEVER]


@pytest.mark.parametrize(
    ("version", "window", "first"),
    [
        ("", "", FUTURE),
        ("version: 2\n", "", FUTURE),
        ("version: 1\n", "", 0),
        ("", "when: 2000\n    ", 0),
        ("version: 2\n", "when: 2010\n    ", 40),
    ],
)
def test_a_condition_counts_from_the_first_quarter_after_history(tmp_path, version, window, first):
    scenario = loaded(tmp_path, version + CONDITION.format(window=window))
    assert scenario.events["tipping"].when == first
    found = starts(scenario)
    assert found.size and found.min() >= first
    assert (found < FUTURE).any() == (first < FUTURE)
    assert count_shared_quarters(load_scenario("baseline"), scenario) == first
    said = "this condition counts from 2020Q1"
    assert any(said in message for message in warnings(scenario)) == (not version and not window)


def test_the_past_is_the_baselines_in_every_member(tmp_path):
    mine, baseline = (
        InfluenceModel(scenario, 20, 1)
        for scenario in (loaded(tmp_path, CONDITION.format(window="")), load_scenario("baseline"))
    )
    for model in (mine, baseline):
        for _ in range(FUTURE):
            model.step()
    assert (mine.share == baseline.share).all()


def test_a_child_keeps_the_version_of_its_parent(tmp_path):
    loaded(tmp_path, "version: 1\n" + CONDITION.format(window=""), "parent")
    (tmp_path / "child.yaml").write_text("title: Child\nextends: parent\n", encoding="utf-8")
    assert load_scenario(tmp_path / "child.yaml").events["tipping"].when == 0


def test_a_version_that_is_not_there_yet_is_refused(tmp_path):
    with pytest.raises(DiagnosticsError, match="'version' is 3; it must be at most 2"):
        loaded(tmp_path, "version: 3\n")


EARLY = "{what: early, when: 2015, effects: [{budget: China, scale: 2}]}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"events: {{early: {EARLY}}}\n", "'early' can begin in 2015Q1 and so changes history"),
        ("parameters: {theta: 0.3}\n", "so 'theta' changes history as well"),
        ("cast: {Iran: {kind: power}}\n", "'Iran' takes part before 2020Q1"),
        (
            f"events: {{early: {EARLY}, next: {{what: next, after: early, "
            "effects: [{budget: China, scale: 2}]}}\n",
            "'next' can begin in 2015Q1",
        ),
    ],
)
def test_check_warns_of_what_changes_history(tmp_path, text, says):
    assert any(says in message for message in warnings(loaded(tmp_path, text)))


def test_nothing_that_ships_changes_history():
    for name in ("history", "baseline", "russian-retreat"):
        assert not any("history" in message for message in warnings(load_scenario(name)))


@pytest.mark.parametrize(
    ("one", "other", "undone"),
    [
        (
            "{institution: EAEU, join: Tajikistan}",
            "{institution: EAEU, leave: Tajikistan}",
            True,
        ),
        ("{budget: China, scale: 0.4}", "{budget: China, scale: 2.5}", True),
        ("{budget: China, scale: 0.4}", "{budget: China, scale: 2}", False),
        (
            "{base: opened, power: China, republic: Tajikistan}",
            "{base: closed, power: China, republic: Tajikistan}",
            True,
        ),
        (
            "{shock: threat, republic: all, intensity: 1}",
            "{shock: threat, republic: all, intensity: -1}",
            True,
        ),
    ],
)
def test_check_warns_of_events_that_undo_each_other(tmp_path, one, other, undone):
    def text(second):
        return (
            f"events:\n  one: {{what: one, when: 2026, effects: [{one}]}}\n"
            f"  two: {{what: two, when: {second}, effects: [{other}]}}\n"
        )

    said = "this undoes what 'one' does in the same quarter, 2026Q1"
    assert any(said in message for message in warnings(loaded(tmp_path, text(2026)))) == undone
    assert not any(said in message for message in warnings(loaded(tmp_path, text(2027))))


def test_the_default_window_is_the_end_of_coded_history():
    assert default_inputs().ln_means.shape[-1] == FUTURE

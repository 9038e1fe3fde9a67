"""What scenarios may cost: the library, large files, conditions, and files sent to workers."""

import pickle
import time

import numpy as np
import pytest
from speed import least, of_command

from steppe.model.core.cast import default_cast
from steppe.model.model import InfluenceModel
from steppe.model.scenario.load import load_scenario

EVENT = """\
  event-{number}:
    what: number {number}
    when: {year}
    effects:
      - {{shock: ties, power: Russia, republic: [Kazakhstan, Uzbekistan],
          channel: security, intensity: 0.1 * depth}}
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A file of ten thousand events."""
    path = tmp_path_factory.mktemp("many") / "many.yaml"
    events = "".join(
        EVENT.format(number=number, year=2020 + number % 20) for number in range(10_000)
    )
    path.write_text(
        "title: Many\nextends: baseline\nlevers:\n  depth: {meaning: how deep, default: "
        "0.5, range: [0, 1]}\nevents:\n" + events,
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="module")
def loaded(many):
    return load_scenario(many)


def test_the_whole_library_is_checked_within_a_second():
    assert least(lambda: of_command("check"), 1.0) <= 1.0


def test_ten_thousand_events_are_checked_within_five_seconds(many):
    assert least(lambda: of_command("check", many), 5.0) <= 5.0


def test_ten_thousand_events_are_run(loaded):
    assert len(loaded.own_events) == 10_000
    model = InfluenceModel(loaded, 2, 0, parameters_from="prior", collect=None)
    for _ in model.run():
        pass
    assert np.isfinite(model.share).all()


def test_a_scenario_travels_to_a_worker_without_its_places(loaded):
    parcel = pickle.dumps(loaded)
    assert len(parcel) < 6_000_000
    assert pickle.loads(parcel).fingerprint == loaded.fingerprint


# Conditions

EVENT_OF_ONE = """\
  it-{code}:
    what: it happens in {republic}
    {when}
    effects: [{{shock: ties, power: China, republic: {republic}, channel: security, intensity: 1}}]
"""
UNMET = 'if: {{republic: {republic}, channel: all, power: China, share: "> 0.99"}}'
MET_AT_TIMES = 'if: {{republic: {republic}, channel: economic, power: China, share: "> 0.3"}}'
DATED = "between: [2001, 2009]"
LASTING = DATED + "\n    for: 2 years"
MEMBERS, QUARTERS = 1000, 40
PAIRS, AT_LEAST, MOST_COST = 20, 3, 1.1


def with_events(folder, name, when):
    """History, and an event of this kind in every republic."""
    events = "".join(
        EVENT_OF_ONE.format(
            code=row.code.lower(), republic=row.name, when=when.format(republic=row.name)
        )
        for row in default_cast().republics
    )
    path = folder / f"{name}.yaml"
    path.write_text(
        f"version: 1\ntitle: {name}\nextends: history\nevents:\n{events}", encoding="utf-8"
    )
    return load_scenario(path)


def seconds(scenario):
    """Processor time of each later quarter, and in how many members each own event began."""
    model = InfluenceModel(scenario, MEMBERS, 0, parameters_from="prior", collect=None)
    quarters = model.run()
    for _ in range(4):
        next(quarters)
    moments = [time.process_time()]
    for _ in range(QUARTERS):
        next(quarters)
        moments.append(time.process_time())
    return np.diff(moments), [
        (model.forcing.starts[name] < QUARTERS).mean()
        for name in scenario.own_events
        if name.startswith("it-")
    ]


@pytest.mark.parametrize(
    ("kind", "begins"),
    [(UNMET, False), (MET_AT_TIMES, True), (LASTING, True)],
    ids=[
        "never met, against no events",
        "met by some, against dates of their own",
        "lasting, against events without an end",
    ],
)
def test_conditions_and_durations_cost_no_more_than_a_tenth(tmp_path, kind, begins):
    """In alternating pairs that differ only in the condition or the end.

    Of each quarter the least of all pairs counts, which other work can hardly raise.
    """
    conditional = with_events(tmp_path, "conditional", kind)
    without = with_events(tmp_path, "dated", DATED) if begins else load_scenario("history")
    least_with = least_without = np.full(QUARTERS, np.inf)
    for pair in range(1, PAIRS + 1):
        least_without = np.minimum(least_without, seconds(without)[0])
        spent, begun = seconds(conditional)
        least_with = np.minimum(least_with, spent)
        if pair >= AT_LEAST and least_with.sum() <= MOST_COST * least_without.sum():
            break
    assert (max(begun) > 0) == begins
    assert least_with.sum() <= MOST_COST * least_without.sum()

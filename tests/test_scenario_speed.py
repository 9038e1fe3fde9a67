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
    model = InfluenceModel(loaded, 2)
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
MEMBERS, QUARTERS = 1000, 40
PAIRS, AT_LEAST = 20, 3


def with_events(folder, name, when):
    """History, and an event of this kind in every republic."""
    events = "".join(
        EVENT_OF_ONE.format(
            code=row.code.lower(), republic=row.name, when=when.format(republic=row.name)
        )
        for row in default_cast().republics
    )
    path = folder / f"{name}.yaml"
    path.write_text(f"title: {name}\nextends: history\nevents:\n{events}", encoding="utf-8")
    return load_scenario(path)


def seconds(scenario):
    """Processor time of later quarters, and the share of members in which each own event began."""
    model = InfluenceModel(scenario, MEMBERS)
    quarters = model.run()
    for _ in range(4):
        next(quarters)
    started = time.process_time()
    for _ in range(QUARTERS):
        next(quarters)
    spent = time.process_time() - started
    return spent, [
        (model.forcing.starts[name] < QUARTERS).mean()
        for name in scenario.own_events
        if name.startswith("it-")
    ]


@pytest.mark.parametrize(
    "met",
    [False, True],
    ids=["never met, against no events", "met by some, against dates of their own"],
)
def test_conditions_cost_no_more_than_a_fifth(tmp_path, met):
    """The least of each side, in alternating pairs that differ only in the condition."""
    conditional = with_events(tmp_path, "conditional", MET_AT_TIMES if met else UNMET)
    without = with_events(tmp_path, "dated", DATED) if met else load_scenario("history")
    least_with = least_without = float("inf")
    for pair in range(1, PAIRS + 1):
        least_without = min(least_without, seconds(without)[0])
        spent, begun = seconds(conditional)
        least_with = min(least_with, spent)
        if pair >= AT_LEAST and least_with <= 1.2 * least_without:
            break
    assert (max(begun) > 0) == met
    assert least_with <= 1.2 * least_without

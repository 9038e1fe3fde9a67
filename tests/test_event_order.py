"""Events that hang on others, conditions with a window, and chances that several events share."""

from dataclasses import replace

import numpy as np
import pytest
import toys
from toys import EAST, TRADE, shock

from steppe.model.forcing.dates import NEVER
from steppe.model.scenario.describe import describe_end
from steppe.model.scenario.event_order import possible_dates
from steppe.model.scenario.load import load_scenario

MANY = 4_000
URGE = shock("effort", 1, permanent=True)
HIGH = {"power": "East", "republic": "Valley", "channel": "trade", "share": "> 0.5"}


def forcing(events, members=MANY):
    events = {name: {"effects": [URGE], **event} for name, event in events.items()}
    return toys.forcing(toys.inputs(toys.cast()), events, seed=3, members=members)


def run(forcing, quarters, share_at):
    """Advance with East's share of trade in the Valley, (m,), as given for each quarter."""
    for quarter in range(quarters):
        share = np.zeros((2, 1, 2, forcing.size))
        share[EAST, 0, TRADE] = share_at(quarter)
        forcing.advance(quarter, share)
    return forcing.starts


def test_an_event_follows_the_start_or_the_end_of_another():
    starts = forcing(
        {
            "quarrel": {"between": ["2001Q1", "2003Q1"], "for": "2 years"},
            "with-it": {"after": "quarrel"},
            "later": {"after": {"event": "quarrel", "delay": "3 quarters"}},
            "over": {"after": {"event": "quarrel", "end": True, "delay": "1 year"}},
        }
    ).starts
    assert len(set(starts["quarrel"])) == 9
    for name, gap in (("with-it", 0), ("later", 3), ("over", 12)):
        assert (starts[name] == starts["quarrel"] + gap).all()


def test_what_never_happened_starts_nothing():
    starts = forcing(
        {
            "third": {"after": "second", "probability": 0.5},
            "second": {"after": {"event": "first", "delay": "1 year"}},
            "first": {"when": 2001, "probability": 0.4},
        }
    ).starts
    happened = starts["first"] < NEVER
    assert ((starts["second"] < NEVER) == happened).all()
    assert not (starts["third"] < NEVER)[~happened].any()
    assert abs((starts["third"] < NEVER).mean() - 0.2) < 5 * np.sqrt(0.16 / MANY)


def test_what_hangs_on_an_event_that_was_taken_out_never_happens():
    events = {"first": {"when": 2001}, "second": {"after": "first"}}
    of = toys.cast()
    future = toys.scenario(of, {name: {"effects": [URGE], **row} for name, row in events.items()})
    without = replace(future, events={"second": future.events["second"]})
    world = toys.model(toys.inputs(of), without, 2)
    assert toys.histories(world).shape[0] == 40
    assert (world.forcing.starts["second"] == NEVER).all()


def test_an_event_follows_a_condition_in_the_members_that_meet_it():
    world = forcing(
        {
            "after-all": {"after": {"event": "it", "end": True}, "effects": [URGE]},
            "it": {"when": 2000, "if": HIGH, "for": "3 quarters"},
        },
        members=3,
    )
    starts = run(world, 12, lambda quarter: [quarter >= 2, quarter >= 5, 0])
    assert starts["it"].tolist() == [2, 5, NEVER]
    assert starts["after-all"].tolist() == [5, 8, NEVER]
    urges = world.urges[EAST, 0, TRADE] + np.zeros(3)
    assert urges == pytest.approx([0.3, 0.3, 0])


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"when": "2001Q1"}, [4, 7, 4]),
        ({"between": ["2001Q1", "2001Q3"]}, [4, NEVER, 4]),
        ({"when": "2000Q1", "until": "2001Q3"}, [1, NEVER, 3]),
        ({"after": {"event": "first", "delay": "2 quarters"}}, [5, 7, 5]),
    ],
)
def test_a_condition_counts_within_its_window(window, expected):
    world = forcing({"first": {"when": "2000Q4"}, "it": {**window, "if": HIGH}}, members=3)
    starts = run(world, 12, lambda quarter: [quarter >= 1, quarter >= 7, quarter >= 3])
    assert starts["it"].tolist() == expected


def test_events_with_one_chance_happen_together_and_others_do_not():
    of = toys.cast()
    events = {
        name: {"when": 2001 + number, "chance": "war", "effects": [URGE]}
        for number, name in enumerate(("one", "two"))
    }
    events["alone"] = {"when": 2001, "probability": 0.3, "effects": [URGE]}
    future = toys.scenario(of, events, chances={"war": 0.3})
    assert future.events["one"].probability == 0.3
    world = toys.model(toys.inputs(of), future, MANY)
    happened = {name: world.forcing.starts[name] < NEVER for name in events}
    assert (happened["one"] == happened["two"]).all()
    assert abs(happened["one"].mean() - 0.3) < 5 * np.sqrt(0.21 / MANY)
    both = (happened["one"] & happened["alone"]).mean()
    assert abs(both - 0.09) < 5 * np.sqrt(0.09 * 0.91 / MANY)


def test_a_child_changes_when_an_event_happens_and_how_long(tmp_path):
    parent = """title: Parent
extends: baseline
chances: {war: 0.5}
events:
  quarrel: {what: a quarrel, when: 2026, for: 2 years, chance: war,
            effects: [{budget: Russia, scale: 2}]}
  peace: {what: a peace, after: {event: quarrel, end: true}, chance: war,
          effects: [{budget: Russia, scale: 2}]}
"""
    (tmp_path / "parent.yaml").write_text(parent, encoding="utf-8")
    child = """title: Child
extends: parent
chances: {war: 0.25}
events: {quarrel: {until: 2030}, peace: {when: 2031, probability: 1}}
"""
    (tmp_path / "child.yaml").write_text(child, encoding="utf-8")
    with pytest.raises(Exception, match="only 'quarrel' has the chance 'war'"):
        load_scenario(tmp_path / "child.yaml")
    (tmp_path / "child.yaml").write_text(child.replace(", probability: 1", ""), encoding="utf-8")
    events = load_scenario(tmp_path / "child.yaml").events
    assert (events["quarrel"].for_, events["quarrel"].until) == (None, 120)
    assert (events["peace"].after, events["peace"].when) == (None, 124)
    assert events["peace"].probability == events["quarrel"].probability == 0.25


def test_figures_show_what_follows_another_event_at_its_dates(tmp_path):
    text = """title: Mine
extends: baseline
events:
  one: {what: one, between: [2026, 2027], for: 2 years, effects: [{budget: Russia, scale: 2}]}
  two: {what: two, after: {event: one, end: true, delay: 1 year},
        effects: [{budget: Russia, scale: 2}]}
  three: {what: three, after: two, effects: [{budget: China, scale: 2}]}
  four: {what: four, effects: [{budget: China, scale: 2}],
         if: {republic: all, channel: all, power: China, share: "> 0.9"}}
  five: {what: five, after: four, effects: [{budget: China, scale: 2}]}
"""
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    events = load_scenario(tmp_path / "mine.yaml").events
    dates = {name: possible_dates(name, events) for name in ("one", "two", "three", "four", "five")}
    assert dates["one"] == (104, 108)
    assert dates["two"] == dates["three"] == (116, 120)
    assert dates["four"] == dates["five"] == ()
    assert describe_end(events["one"]) == ", for 2 years"

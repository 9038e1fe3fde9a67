"""Large files: read in bounded time, and light enough to send to a worker."""

import pickle
import time

import numpy as np
import pytest

from steppe.model import InfluenceModel, load_scenario

EVENT = """\
  event-{number}:
    what: number {number}
    when: {year}
    effects:
      - {{shock: ties, power: Russia, republic: [Kazakhstan, Uzbekistan], channel: security, intensity: 0.1 * depth}}
"""


@pytest.fixture
def many(tmp_path):
    path = tmp_path / "many.yaml"
    events = "".join(EVENT.format(number=number, year=2020 + number % 20) for number in range(10_000))
    path.write_text("title: Many\nextends: baseline\nlevers:\n  depth: {meaning: how deep, default: 0.5, range: [0, 1]}\nevents:\n" + events, encoding="utf-8")
    return path


def test_ten_thousand_events_are_checked_in_bounded_time_and_run(many):
    """Checking takes some 2.5 s of processor time; a quadratic step would take minutes."""
    started = time.process_time()
    scenario = load_scenario(many)
    assert time.process_time() - started < 20
    assert len(scenario.own_events) == 10_000
    model = InfluenceModel(scenario, 2)
    for _ in model.run():
        pass
    assert np.isfinite(model.share).all()


def test_a_scenario_travels_to_a_worker_without_its_places(many):
    scenario = load_scenario(many)
    parcel = pickle.dumps(scenario)
    assert len(parcel) < 6_000_000
    assert pickle.loads(parcel).fingerprint == scenario.fingerprint

"""Worlds of the live page: what they share, what they leave behind, and what is held of runs."""

from __future__ import annotations

import gc

import pytest

from steppe.experiments.explore import engine as engines
from steppe.experiments.explore import worlds
from steppe.experiments.explore.asked_scenario import Library
from steppe.experiments.explore.engine import Engine
from steppe.experiments.explore.question import Question
from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.model import InfluenceModel

RETREAT = "russian-retreat"
RESISTS = Question(RETREAT, factors={"rho": 0.8})


def answers(engine, question):
    return [answer for answer in engine.answers(question) if answer is not None]


@pytest.mark.parametrize("many", [30, 500], ids=["noise of the future", "noise of all years"])
def test_a_second_world_reads_the_noise_of_the_first_and_has_the_same_bits(monkeypatch, many):
    monkeypatch.setattr(worlds, "MANY", many)
    engine = Engine(Library(), few=10, all_members=40)
    alone = Engine(Library(), few=10, all_members=40)
    answers(engine, Question(RETREAT))
    *_, shared = answers(engine, RESISTS)
    *_, own = answers(alone, RESISTS)
    assert shared["shares"] == own["shares"]
    of_all = [world for (_, size), world in engine._worlds.items() if size == 40]
    first, second = of_all
    assert first.run is not second.run
    slabs = {id(state.noise._slabs) for world in of_all for state in world._kept}
    assert len(slabs) == 1
    held = of_all[0]._kept[0].noise._slabs._slabs
    assert (min(held) * len(held[max(held)]) >= HISTORY_QUARTERS) == (many == 30)


def test_worlds_left_half_way_leave_no_model_behind():
    def models():
        gc.collect()
        return sum(isinstance(one, InfluenceModel) and bool(vars(one)) for one in gc.get_objects())

    engine = Engine(Library(), few=10, all_members=20)
    answers(engine, Question(RETREAT))
    before = models()
    for factor in (0.5, 0.6, 0.7, 0.8):
        steps = engine.whole_answer(Question(RETREAT, factors={"rho": factor}))
        for _ in range(5):
            next(steps)
        steps.close()
    assert models() <= before + engines.MOST_WORLDS
    answers(engine, Question(RETREAT, factors={"rho": 0.9}))
    assert models() == before


def test_a_world_that_two_answers_drive_lives_on_when_one_is_dropped_and_others_push_it_out():
    engine = Engine(Library(), few=10, all_members=20)
    one, other = engine.whole_answer(RESISTS), engine.whole_answer(RESISTS)
    for _ in range(5):
        next(one)
        next(other)
    one.close()
    for factor in (0.5, 0.6):
        answers(engine, Question(RETREAT, factors={"rho": factor}))
    *_, found = [answer for answer in other if answer]
    *_, alone = answers(Engine(Library(), few=10, all_members=20), RESISTS)
    assert found["shares"] == alone["shares"]


def test_a_moved_factor_puts_no_file_in_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("STEPPE_CACHE_DIR", str(tmp_path))
    engine = Engine(Library(), few=10, all_members=20)
    answers(engine, Question(RETREAT))
    kept = sorted(tmp_path.glob("spinup-*"))
    assert kept
    answers(engine, RESISTS)
    assert sorted(tmp_path.glob("spinup-*")) == kept


def test_runs_are_held_up_to_a_number_and_up_to_a_size(monkeypatch):
    engine = Engine(Library(), few=10, all_members=20)
    depths = [
        Question(RETREAT, levers={"depth": depth}) for depth in (0.1, 0.2, 0.3, 0.4, 0.5, 0.7)
    ]
    monkeypatch.setattr(engines, "MOST_RUNS", 4)
    for question in depths:
        answers(engine, question)
    assert len(engine.runs) == 4
    size = next(iter(engine.runs.values())).nbytes
    monkeypatch.setattr(engines, "MOST_BYTES", 2 * size)
    answers(engine, depths[0])
    assert len(engine.runs) == 2
    monkeypatch.setattr(engines, "MOST_BYTES", size // 2)
    *_, last = answers(engine, depths[1])
    assert last["kind"] == "whole" and len(engine.runs) == 1

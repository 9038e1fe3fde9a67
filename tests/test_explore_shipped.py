"""Answers that ship: those of the engine, fresh, and shown before anything is simulated."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from steppe.experiments.explore import shipped_answers
from steppe.experiments.explore.asked_scenario import Library
from steppe.experiments.explore.engine import Engine
from steppe.experiments.explore.question import Question
from steppe.experiments.explore.shipped_answers import (
    FOLDER,
    _pack,
    _unpack,
    inputs_hash,
    shipped_answer,
    shipped_start,
    write_answers,
)
from steppe.experiments.explore.start_data import start_data
from steppe.model.scenario.find_files import shipped_names

STALE = "run `python -m steppe.experiments.generated --figures`"


def numbers(text):
    return np.frombuffer(base64.b64decode(text), "<i2")


def test_there_is_a_fresh_answer_for_every_shipped_scenario():
    for name in shipped_names():
        assert (shipped_answer(name) is not None) == (name != "history"), STALE
    assert shipped_start() == start_data(Library()), STALE


def test_what_is_no_scenario_has_no_answer():
    for name in ("start", "inputs", "history", "", "../start", f"{FOLDER}baseline"):
        assert shipped_answer(name) is None


def test_numbers_are_packed_without_loss():
    draws = np.random.default_rng(1)
    one, other = (draws.integers(-32768, 32768, 5000).astype("<i2") for _ in range(2))
    text, base = (base64.b64encode(row.tobytes()).decode() for row in (one, other))
    for beside in (base, "", base64.b64encode(other[:9].tobytes()).decode()):
        assert _unpack(_pack(text, beside), beside) == text


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Answers of a few members, in a file of their own."""
    engine = Engine(Library(), few=10, all_members=20)
    monkeypatch.setattr(shipped_answers, "PATH", tmp_path / "answers.zip")
    monkeypatch.setattr("steppe.experiments.explore.engine.Engine", lambda library: engine)
    monkeypatch.setattr(
        "steppe.model.scenario.find_files.shipped_names", lambda: ("baseline", "american-return")
    )
    write_answers(shipped_answers.PATH)
    return engine


def test_what_is_written_is_what_the_engine_answers(small):
    for name in ("baseline", "american-return"):
        *_, whole = small.answers(Question(name))
        assert shipped_answer(name) == {**whole, "kind": "shipped"}
    first = shipped_answers.PATH.read_bytes()
    write_answers(shipped_answers.PATH)
    assert shipped_answers.PATH.read_bytes() == first


def test_a_python_without_lzma_has_no_answers(monkeypatch):
    monkeypatch.setattr("zipfile.lzma", None)
    assert shipped_start() is None and shipped_answer("baseline") is None


def test_answers_from_other_files_or_of_another_model_are_not_shown(small, monkeypatch):
    assert shipped_answer("baseline") and shipped_start()
    monkeypatch.setattr(shipped_answers, "MODEL_VERSION", "another")
    inputs_hash.cache_clear()
    try:
        assert shipped_answer("baseline") is None and shipped_start() is None
    finally:
        monkeypatch.undo()
        inputs_hash.cache_clear()

"""What a process keeps of a history that scenarios share, and that it keeps nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from steppe.experiments.runs import shared_history
from steppe.experiments.runs.batch_request import Request
from steppe.experiments.runs.block import run_block, simulate
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.model.model import InfluenceModel
from steppe.model.scenario.load import load_scenario


@pytest.fixture
def blocks(tmp_path):
    """A block of the baseline, and one of a scenario with another history."""
    shared_history._histories.clear()
    trunk = load_scenario("baseline")
    unlike = replace(trunk, name="louder", parameters={"sigma": 0.05})
    yield Request([trunk, unlike], load_parameter_source(), 4, 1).blocks(tmp_path)
    shared_history._histories.clear()


def kept_models():
    return [kept.model for kept in shared_history._histories.values()]


def test_a_history_that_another_replaces_is_released(blocks):
    simulate(blocks[0])
    (first,) = kept_models()
    simulate(blocks[1])
    (second,) = kept_models()
    assert not vars(first) and second.share.shape[-1] == 4, "the same members under another history"


def test_histories_beyond_those_that_are_kept_are_released(blocks):
    models = []
    for first in range(shared_history.MAX_HISTORIES + 1):
        simulate(blocks[0], np.arange(first, first + 4))
        models.append(kept_models()[-1])
    assert [bool(vars(model)) for model in models] == [False] + [
        True
    ] * shared_history.MAX_HISTORIES


def test_a_block_that_fails_leaves_nothing_behind(blocks, monkeypatch):
    failed = []

    def breaks(self):
        failed.append(self)
        raise ValueError("the ground gives way")

    monkeypatch.setattr(InfluenceModel, "step", breaks)
    assert run_block(blocks[0]).failure == "ValueError: the ground gives way"
    assert len(failed) == 1 and not vars(failed[0])

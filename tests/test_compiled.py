"""Compiled equations give what the plain ones give, to the last bit, whatever the shapes; the plain ones serve where there is no Numba."""

import subprocess
import sys
from inspect import signature

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steppe.model import agents, equations
from steppe.model import kernels as compiled
from steppe.model import model as influence
from steppe.model.forcing import forcing
from steppe.model.model import InfluenceModel

POWERS, REPUBLICS, CHANNELS = 4, 5, 3
NAMES = [
    name for name in compiled.__all__ if getattr(compiled, name) is not getattr(equations, name)
]


class Drawn:
    """Arrays of a model with so many members; `one_or_all` gives arrays in which some inputs are the same for every member."""

    def __init__(self, members, seed, apart):
        self.members, self.apart = members, apart
        self._draw = np.random.default_rng(seed)

    def __call__(self, *shape, low=0.001, high=0.249):
        return self._draw.uniform(low, high, (*shape, self.members))

    def one_or_all(self, *shape, low=0.0, high=1.0):
        return self._draw.uniform(low, high, (*shape, self.members if self.apart else 1))

    def some(self, *shape):
        return self._draw.random(shape) < 0.5


def scored(at, draw):
    views = draw.one_or_all(POWERS, low=-1.0)
    views[1] = 0.0
    given = (
        draw(REPUBLICS, CHANNELS),
        draw(REPUBLICS, CHANNELS),
        draw.one_or_all(REPUBLICS, CHANNELS),
        views,
        draw(POWERS, REPUBLICS, CHANNELS),
        *(draw(high=3.0) for _ in range(4)),
    )
    room = np.full((3, REPUBLICS, CHANNELS, draw.members), np.nan)
    return at.allocation_score(*given, out=room[0], work=room[1:])


def targeted(at, draw):
    return at.effort_target(
        draw(REPUBLICS, CHANNELS, high=900.0),
        draw(REPUBLICS, CHANNELS, low=-2.0),
        out=np.full((REPUBLICS, CHANNELS, draw.members), np.nan),
    )


def moved_on(at, draw, rate):
    current = draw(REPUBLICS, CHANNELS)
    at.move_towards(current, draw(REPUBLICS, CHANNELS), rate, work=np.empty_like(current))
    return current


def drawn_to(at, draw):
    # efforts of one republic lie apart in memory
    return at.attraction(
        draw(POWERS, CHANNELS),
        draw(POWERS, REPUBLICS, CHANNELS)[:, 2],
        15,
        draw(POWERS),
        draw(high=0.9),
        draw(POWERS),
        draw(high=10.0),
        out=np.full((POWERS, CHANNELS, draw.members), np.nan),
    )


def influenced(at, draw, noisy):
    log_ratio = draw(POWERS, CHANNELS, low=-3.0, high=3.0)
    at.step_log_ratios(
        log_ratio,
        draw(POWERS, CHANNELS),
        draw(CHANNELS),
        draw(),
        draw(POWERS, CHANNELS, low=-2.0) if noisy else None,
        out=log_ratio,
        work=np.empty((2, POWERS, CHANNELS, draw.members)),
    )
    return log_ratio


def standing(at, draw):
    out = np.full((POWERS, CHANNELS, draw.members), 7.0)
    at.baseline_attraction(
        draw(POWERS, CHANNELS),
        draw.one_or_all(POWERS, CHANNELS),
        draw.one_or_all(CHANNELS),
        draw(POWERS, CHANNELS),
        draw(),
        draw(CHANNELS),
        draw(),
        draw(),
        out=out,
        where=draw.some(POWERS, CHANNELS),
    )
    return out


def shocked(at, draw, low, high):
    out = np.full((POWERS, REPUBLICS, CHANNELS, draw.members), 7.0)
    at.shocked(
        draw.one_or_all(POWERS, REPUBLICS, CHANNELS),
        draw.one_or_all(POWERS, REPUBLICS, CHANNELS, low=-2.0),
        draw(POWERS, REPUBLICS, CHANNELS),
        draw(high=0.6),
        low,
        high,
        out=out,
        where=draw.some(POWERS, REPUBLICS, CHANNELS),
    )
    return out


def faded(at, draw):
    shocks = draw.one_or_all(POWERS, REPUBLICS, CHANNELS)
    at.fade(shocks, 0.89, where=draw.some(POWERS, REPUBLICS, CHANNELS))
    return shocks


WAYS = {
    "fade": [faded],
    "allocation_score": [scored],
    "effort_target": [targeted],
    "move_towards": [
        lambda at, draw: moved_on(at, draw, 0.29),
        lambda at, draw: moved_on(at, draw, draw()),
        lambda at, draw: moved_on(at, draw, draw(CHANNELS)),
        lambda at, draw: moved_on(at, draw, draw(REPUBLICS, CHANNELS)),
    ],
    "attraction": [drawn_to],
    "step_log_ratios": [
        lambda at, draw: influenced(at, draw, True),
        lambda at, draw: influenced(at, draw, False),
    ],
    "baseline_attraction": [standing],
    "shocked": [
        lambda at, draw: shocked(at, draw, 0.0, 1.0),
        lambda at, draw: shocked(at, draw, -np.inf, np.inf),
    ],
    "dependence": [
        lambda at, draw: at.dependence(
            draw(POWERS, REPUBLICS, CHANNELS)[:, 3], np.full(CHANNELS, 1 / 3)
        )
    ],
    "excess_dependence": [
        lambda at, draw: at.excess_dependence(draw(POWERS), draw(), draw(), draw(high=0.3)),
        lambda at, draw: at.excess_dependence(
            draw(POWERS), draw(), draw.one_or_all(), draw(high=0.3)
        ),
    ],
    "shares_from_log_ratios": [
        lambda at, draw: at.shares_from_log_ratios(
            draw(POWERS, REPUBLICS, CHANNELS, low=-6.0, high=6.0)
        ),
        lambda at, draw: at.shares_from_log_ratios(
            draw(REPUBLICS, POWERS, CHANNELS, low=-6.0).swapaxes(0, 1)
        ),
        lambda at, draw: at.shares_from_log_ratios(draw(POWERS, low=-6.0)),
    ],
}


def test_every_compiled_equation_is_held_against_the_plain_one():
    assert set(WAYS) == set(NAMES)
    for name in NAMES:
        assert signature(getattr(compiled, name)) == signature(getattr(equations, name))


@pytest.mark.parametrize("name", sorted(WAYS))
@settings(deadline=None)  # the first call compiles
@given(members=st.sampled_from([1, 2, 3, 64, 65]), seed=st.integers(0, 1000), apart=st.booleans())
def test_a_compiled_equation_gives_the_bits_of_the_plain_one(name, members, seed, apart):
    for way in WAYS[name]:
        plain, fast = (way(at, Drawn(members, seed, apart)) for at in (equations, compiled))
        assert not np.isnan(plain).any()
        assert np.array_equal(plain, fast)


class Even(agents.Power):
    """Wants the same everywhere, and says so for all members at once."""

    def target_effort(self):
        return np.full((REPUBLICS, CHANNELS, 1), 1 / (REPUBLICS * CHANNELS))

    def effort_rate(self):
        return np.full(self.effort.shape[-1], 0.4)


class Indifferent(agents.Power):
    def allocation_score(self):
        return np.zeros((REPUBLICS, CHANNELS, 1))


class Rule(agents.Republic):
    def dependence(self):
        return np.full((POWERS, 1), 0.3)

    def tolerance(self):
        return 0.25


class Bare(agents.Republic):
    def baseline_attraction(self):
        return np.zeros((1, CHANNELS, 1))


@pytest.mark.parametrize(
    "changed",
    [
        {"powers": {"China": Even}},
        {"powers": {"Russia": Indifferent}},
        {"republics": {"Kyrgyzstan": Rule}},
        {"republics": {"Uzbekistan": Bare}},
    ],
    ids=lambda changed: next(iter(next(iter(changed.values())).values())).__name__,
)
def test_a_subclass_may_hand_over_what_is_to_be_broadcast(monkeypatch, changed):
    fast = followed("history", **changed)
    for module in (agents, forcing, influence):
        monkeypatch.setattr(module, "equations", equations)
    assert np.array_equal(fast, followed("history", **changed))


@pytest.mark.parametrize("broken", [np.nan, np.inf])
@np.errstate(all="ignore")
def test_what_is_not_a_number_is_not_lost_on_the_way(broken):
    for at in (equations, compiled):
        log_ratio = np.zeros((POWERS, REPUBLICS, CHANNELS, 3))
        log_ratio[1, 2, 0, 1] = broken
        share = at.shares_from_log_ratios(log_ratio)
        assert np.isnan(share[1, 2, 0, 1]) and np.isfinite(share[..., [0, 2]]).all()
        score = np.zeros((REPUBLICS, CHANNELS, 3))
        score[2, 0, 1] = np.nan
        target = at.effort_target(score, np.zeros_like(score), out=np.empty_like(score))
        assert np.isnan(target[..., 1]).all() and np.isfinite(target[..., [0, 2]]).all()


def followed(scenario, **changed):
    model = InfluenceModel(scenario, np.array([0, 7, 63, 64, 200]), seed=3, **changed)
    return [model.share for _ in model.run()]


@pytest.mark.parametrize("scenario", ["baseline", "russian-retreat"])
def test_a_run_is_the_same_with_and_without(monkeypatch, scenario):
    with_numba = followed(scenario)
    for module in (agents, forcing, influence):
        assert module.equations is compiled
        monkeypatch.setattr(module, "equations", equations)
    assert np.array_equal(with_numba, followed(scenario))


WITHOUT = """
import sys
sys.modules["numba"] = None  # as if it were not installed
from steppe.model import equations, model as influence
from steppe.model.model import InfluenceModel
assert influence.equations is equations
model = InfluenceModel("history", 3, seed=1)
for _ in model.run():
    pass
print(model.share.sum(axis=(0, 1, 2)).tolist())
"""


def test_the_model_runs_where_numba_is_not_installed():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    model = InfluenceModel("history", 3, seed=1)
    for _ in model.run():
        pass
    assert done.stdout.strip() == str(model.share.sum(axis=(0, 1, 2)).tolist())


def test_loops_are_compiled_even_where_they_cannot_be_kept(monkeypatch):
    def nowhere(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: ("compiled", function)

    monkeypatch.setattr(compiled.numba, "njit", nowhere)
    assert compiled._loops(len) == ("compiled", len)

"""Kernels give what the definition gives, to the last bit, and are used where that saves time."""

import subprocess
import sys
from inspect import signature

import numpy as np
import pytest
import toys
from hypothesis import given, settings
from hypothesis import strategies as st

from steppe.model import agents
from steppe.model.backends import choice, kernel_cache, kernels
from steppe.model.backends.compiled_backend import CompiledBackend
from steppe.model.backends.numpy_backend import NumpyBackend
from steppe.model.model import InfluenceModel

POWERS, REPUBLICS, CHANNELS = 4, 5, 3
NUMPY, COMPILED = NumpyBackend(), CompiledBackend()


class Drawn:
    """Arrays of a model with so many members; those of `one_or_all` may be the same for all."""

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
    return at.allocation_score(
        draw(REPUBLICS, CHANNELS),
        draw(REPUBLICS, CHANNELS),
        draw.one_or_all(REPUBLICS, CHANNELS),
        views,
        draw(POWERS, REPUBLICS, CHANNELS),
        *(draw(high=3.0) for _ in range(4)),
    )


def targeted(at, draw):
    return at.effort_target(
        draw(REPUBLICS, CHANNELS, high=900.0), draw(REPUBLICS, CHANNELS, low=-2.0)
    )


def adjusted(at, draw, rate):
    effort = draw(REPUBLICS, CHANNELS)
    at.adjust_effort(effort, draw(REPUBLICS, CHANNELS), rate)
    return effort


def attracted(at, draw):
    # efforts of one republic are not contiguous in memory
    return at.attraction(
        draw(POWERS, CHANNELS),
        draw(POWERS, REPUBLICS, CHANNELS)[:, 2],
        15,
        draw(POWERS),
        draw(high=0.9),
        draw(POWERS),
        draw(high=10.0),
    )


def stepped(at, draw, noisy):
    log_ratio = draw(POWERS, CHANNELS, low=-3.0, high=3.0)
    at.step_log_ratios(
        log_ratio,
        draw(POWERS, CHANNELS),
        draw(CHANNELS),
        draw(),
        draw(POWERS, CHANNELS, low=-2.0) if noisy else None,
    )
    return log_ratio


def baseline(at, draw):
    value = np.full((POWERS, CHANNELS, draw.members), 7.0)
    at.baseline_attraction(
        value,
        draw(POWERS, CHANNELS),
        draw.one_or_all(POWERS, CHANNELS),
        draw.one_or_all(POWERS, CHANNELS),
        draw(POWERS, CHANNELS),
        draw(POWERS),
        draw(CHANNELS),
        draw(),
        draw(),
        where=draw.some(POWERS, CHANNELS),
    )
    return value


def shocked(at, draw, low, high):
    value = np.full((POWERS, REPUBLICS, CHANNELS, draw.members), 7.0)
    at.apply_shocks(
        value,
        draw.one_or_all(POWERS, REPUBLICS, CHANNELS),
        draw.one_or_all(POWERS, REPUBLICS, CHANNELS, low=-2.0),
        draw(POWERS, REPUBLICS, CHANNELS),
        draw(high=0.6),
        low,
        high,
        where=draw.some(POWERS, REPUBLICS, CHANNELS),
    )
    return value


def faded(at, draw):
    shocks = draw.one_or_all(POWERS, REPUBLICS, CHANNELS)
    at.fade_shocks(shocks, 0.89, where=draw.some(POWERS, REPUBLICS, CHANNELS))
    return shocks


CALLS = {
    "fade_shocks": [faded],
    "allocation_score": [scored],
    "effort_target": [targeted],
    "adjust_effort": [
        lambda at, draw: adjusted(at, draw, 0.29),
        lambda at, draw: adjusted(at, draw, draw()),
        lambda at, draw: adjusted(at, draw, draw(CHANNELS)),
        lambda at, draw: adjusted(at, draw, draw(REPUBLICS, CHANNELS)),
    ],
    "attraction": [attracted],
    "step_log_ratios": [
        lambda at, draw: stepped(at, draw, True),
        lambda at, draw: stepped(at, draw, False),
    ],
    "baseline_attraction": [baseline],
    "apply_shocks": [
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


def methods(backend):
    return {name for name in vars(backend) if not name.startswith("_") and name != "name"}


def test_every_equation_of_a_backend_is_compiled_and_compared():
    assert set(CALLS) == methods(NumpyBackend) == methods(CompiledBackend)
    for name in CALLS:
        assert signature(getattr(CompiledBackend, name)) == signature(getattr(NumpyBackend, name))


@pytest.mark.parametrize("name", sorted(CALLS))
@settings(deadline=None)  # the first call compiles
@given(members=st.sampled_from([1, 2, 3, 64, 65]), seed=st.integers(0, 1000), apart=st.booleans())
def test_a_kernel_gives_the_bits_of_the_definition(name, members, seed, apart):
    for call in CALLS[name]:
        plain, fast = (call(at, Drawn(members, seed, apart)) for at in (NUMPY, COMPILED))
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
def test_a_subclass_may_return_what_is_to_be_broadcast(changed):
    plain, fast = (followed("history", backend=at, **changed) for at in (NUMPY, COMPILED))
    assert np.array_equal(plain, fast)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
@np.errstate(all="ignore")
def test_what_is_not_finite_is_not_lost(broken):
    for at in (NUMPY, COMPILED):
        log_ratio = np.zeros((POWERS, REPUBLICS, CHANNELS, 3))
        log_ratio[1, 2, 0, 1] = broken
        share = at.shares_from_log_ratios(log_ratio)
        assert np.isnan(share[1, 2, 0, 1]) and np.isfinite(share[..., [0, 2]]).all()
        score = np.zeros((REPUBLICS, CHANNELS, 3))
        score[2, 0, 1] = np.nan
        target = at.effort_target(score, np.zeros_like(score))
        assert np.isnan(target[..., 1]).all() and np.isfinite(target[..., [0, 2]]).all()


def followed(scenario, **keys):
    model = InfluenceModel(
        scenario, np.array([0, 7, 63, 64, 200]), seed=3, parameters_from="prior", **keys
    )
    return [model.share for _ in model.run()]


@pytest.mark.parametrize("scenario", ["baseline", "russian-retreat"])
def test_a_run_is_the_same_with_and_without_kernels(scenario):
    plain, fast = (followed(scenario, backend=at) for at in (NUMPY, COMPILED))
    assert np.array_equal(plain, fast)


@pytest.mark.parametrize("name", ["ties", "interests", "needs"])
@pytest.mark.parametrize("backend", [NUMPY, COMPILED], ids=lambda backend: backend.name)
def test_what_is_coded_changes_the_run_from_its_quarter_on(name, backend):
    coded, constant = (toys.inputs(toys.cast(), supply=0.5, **{name: 0.2}) for _ in range(2))
    getattr(coded, name)[0, 0, 0, 7:] = 0.9
    given = toys.parameters(coded.cast, 3)
    changing, same = (
        toys.histories(toys.model(inputs, members=3, given=given, backend=backend))
        for inputs in (coded, constant)
    )
    assert np.array_equal(changing[:7], same[:7])
    assert (changing[7:, 0, 0, 0] > same[7:, 0, 0, 0]).all()


@pytest.mark.parametrize("name", ["ties", "interests", "needs"])
def test_a_run_on_dated_inputs_is_the_same_with_and_without_kernels(name):
    coded = toys.inputs(toys.cast(), supply=0.5)
    levels = np.random.default_rng(1).uniform(size=(*coded.cast.shape, 4))
    getattr(coded, name)[...] = np.repeat(levels, 20, axis=-1)
    given = toys.parameters(coded.cast, 3)
    plain, fast = (
        toys.histories(toys.model(coded, members=3, given=given, backend=at))
        for at in (NUMPY, COMPILED)
    )
    assert np.array_equal(plain, fast)


WITHOUT = """
import sys
sys.modules["numba"] = None  # as if it were not installed
from steppe.model.backends.choice import compiled_backend, expect_work
from steppe.model.model import InfluenceModel
assert compiled_backend().name == "numpy"
model = InfluenceModel("history", 3, seed=1, parameters_from="prior")
for _ in model.run():
    pass
print(model.share.sum(axis=(0, 1, 2)).tolist())
"""


def test_the_model_runs_where_numba_is_not_installed():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    model = InfluenceModel("history", 3, seed=1, parameters_from="prior")
    for _ in model.run():
        pass
    assert done.stdout.strip() == str(model.share.sum(axis=(0, 1, 2)).tolist())


def test_loops_are_compiled_even_if_no_cache_can_be_written(monkeypatch):
    monkeypatch.setattr(kernels, "cache_folder", lambda: None)
    monkeypatch.setattr(kernels.numba, "njit", lambda **options: lambda loops: (options, loops))
    assert kernels._compiled(len) == ({"error_model": "numpy", "cache": False}, len)


@pytest.fixture
def fresh_process(monkeypatch):
    """A process that has simulated nothing and loaded no kernels."""
    nothing = {"expected": 0.0, "begun": 0.0, "backend": None}
    monkeypatch.setattr(choice, "_Process", type("_Process", (), nothing))
    monkeypatch.delitem(sys.modules, choice.KERNELS)


@pytest.mark.parametrize(
    ("work", "in_cache", "name"),
    [
        (choice.REPAYS_LOADING - 1, True, "numpy"),
        (choice.REPAYS_LOADING, True, "compiled"),
        (choice.REPAYS_LOADING, False, "numpy"),
        (choice.REPAYS_COMPILING, False, "compiled"),
    ],
)
def test_kernels_are_used_where_the_work_repays_them(
    fresh_process, monkeypatch, work, in_cache, name
):
    monkeypatch.setattr(choice, "kernels_are_compiled", lambda: in_cache)
    choice.expect_work(work)
    assert choice.choose_backend(1).name == name


def test_a_process_that_has_done_much_work_turns_to_kernels(fresh_process, monkeypatch):
    monkeypatch.setattr(choice, "kernels_are_compiled", lambda: True)
    half = choice.UNPLANNED * choice.REPAYS_LOADING / 2
    assert [choice.choose_backend(half).name for _ in range(2)] == ["numpy", "compiled"]


def test_only_code_from_the_same_sources_counts_as_compiled(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    folder = kernel_cache.cache_folder.__wrapped__()
    monkeypatch.setattr(kernel_cache, "cache_folder", lambda: folder)
    index = f"kernels.step-1.py{sys.version_info[0]}{sys.version_info[1]}.nbi"
    for place in (tmp_path / "backends_1", folder / "backends_1"):
        assert not kernel_cache.kernels_are_compiled()
        place.mkdir()
        (place / index).touch()
    assert kernel_cache.kernels_are_compiled()

"""The model as a whole: shares, closed forms, rest, and the schedule."""

from dataclasses import replace

import numpy as np
import pytest
import toys
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from steppe.model import equations
from steppe.model import model as influence
from steppe.model.agents import Power, Republic
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.model import InfluenceModel
from steppe.model.parameters import guards
from steppe.model.parameters.draw import draw_priors
from steppe.model.parameters.ensemble import Parameters
from steppe.model.parameters.table import TABLE

BLAST = {
    "blast": {
        "when": "2000Q3",
        "effects": [
            {
                "shock": "effort",
                "power": "all",
                "republic": "all",
                "channel": "trade",
                "intensity": 3,
            },
            {
                "shock": "ties",
                "power": "all",
                "republic": "all",
                "channel": "all",
                "intensity": -3,
                "permanent": True,
            },
            {"shock": "threat", "republic": "all", "intensity": 3},
        ],
    }
}


# Each example is drawn the same way every time, so that no run of the tests depends on luck.
def steady(usual):
    return settings(max_examples=examples(usual), derandomize=True, deadline=None, database=None)


# Shares always divide a whole


@st.composite
def ensembles(draw, of):
    """One member with any values within bounds; precision and resistance obey the guards."""
    values = {}
    for row in TABLE:
        elements = st.floats(*row.bounds, allow_subnormal=False)
        values[row.id] = draw(
            arrays(float, 1 if row.per is None else (len(row.entries(of)), 1), elements=elements)
        )
    replies = values["theta"] * (1 + values["chi"] / 2)
    swings = 2 * (2 / equations.adjustment_rate(values["h"]).max(axis=0) - 1)
    values["lambda_"] = np.minimum(values["lambda_"], 0.899 / replies)
    values["rho"] = np.minimum(values["rho"], 0.999 * swings)
    return Parameters(values, of)


@st.composite
def coded_inputs(draw, of):
    """Any coded inputs within their scales, the same in every quarter."""
    powers, republics, channels = of.shape
    level, view, means = st.floats(0, 1), st.floats(-1, 1), st.floats(-3, 3)
    relations = draw(arrays(float, (powers, powers, 1), elements=view))
    relations[np.arange(powers), np.arange(powers)] = 0
    return toys.inputs(
        of,
        ties=draw(arrays(float, of.shape, elements=level)),
        interests=draw(arrays(float, of.shape, elements=level)),
        needs=draw(arrays(float, of.shape, elements=level)),
        supply=draw(arrays(float, (powers, channels, 1), elements=level)),
        relations=relations,
        ln_means=draw(arrays(float, (powers, 1), elements=means)),
        threat=draw(arrays(float, (republics, 1), elements=level)),
        stance=draw(arrays(float, republics, elements=level)),
    )


THREE_ACTORS = [
    toys.cast(powers=("East", "West"), republics=("Valley",)),
    toys.cast(powers=("East",), republics=("Valley", "Hills")),
    toys.cast(powers=("East", "West"), republics=("Valley",), channels=("trade",)),
]


def assert_divides_a_whole(world):
    """Shares and autonomy are positive and sum to 1; efforts of each power sum to 1."""
    # autonomy worked out for itself rather than as what is left of 1
    kept = 1 / (1 + np.exp(world.log_ratio).sum(axis=0))
    assert (world.share > 0).all() and (kept > 0).all()
    assert np.abs(world.share.sum(axis=0) + kept - 1).max() < 1e-9
    assert np.abs(world.autonomy - kept).max() < 1e-9
    assert (world.effort >= 0).all()
    assert np.abs(world.effort.sum(axis=(1, 2)) - 1).max() < 1e-9


@pytest.mark.fuzz
@steady(60)
@given(data=st.data())
def test_shares_and_efforts_divide_a_whole_whatever_the_parameters_and_inputs(data):
    of = data.draw(st.sampled_from(THREE_ACTORS))
    world = toys.model(
        data.draw(coded_inputs(of)),
        toys.scenario(of, BLAST, quarters=8),
        given=data.draw(ensembles(of)),
    )
    assert_divides_a_whole(world)
    for _ in world.run():
        assert_divides_a_whole(world)


@pytest.mark.fuzz
@steady(6)
@given(data=st.data())
def test_shares_and_efforts_divide_a_whole_in_the_cast_that_ships(data):
    ensemble = data.draw(ensembles(default_inputs().cast))
    world = InfluenceModel("history", 1, 0, parameters=ensemble)
    for _ in world.run():
        assert_divides_a_whole(world)


# Closed forms


def lone(quarters=40, **values):
    """One power and one cell, which gets all effort: V = theta ln 1.05 - alpha + beta T."""
    of = toys.cast(powers=("East",), channels=("trade",))
    return toys.model(
        toys.inputs(of, ties=0.5),
        toys.scenario(of, quarters=quarters),
        given=toys.parameters(of, **values),
        noise=False,
    )


def test_one_power_alone_drifts_from_its_legacy_to_where_it_is_drawn_with_its_half_life():
    world = lone(theta=0.4, beta=2.0, alpha=1.5, zeta=1.0, h=10.0, tau_0=1.0)
    rest = 0.4 * np.log(1.05) - 1.5 + 2.0 * 0.5
    # 120 quarters are 12 half-lives on the way from 0 to rest + 1; then the legacy is gone
    start = (rest + 1) * (1 - 0.5**12)
    assert world.log_ratio.item() == pytest.approx(start, abs=1e-12)
    log_ratio = [world.log_ratio.item() for _ in world.run()]
    for quarters in (1, 10, 20, 40):
        assert log_ratio[quarters - 1] == pytest.approx(
            rest + (start - rest) * 0.5 ** (quarters / 10), abs=1e-12
        )


def test_one_power_alone_rests_where_attraction_and_resistance_balance():
    # With V = 0.3 and rho = 2 beyond a tolerance of 0.35, it rests at z = 0 (a share of one half),
    # where 0.3 - 2 * 0.15 = 0
    world = lone(
        theta=0.4, beta=2.0, alpha=1.0 + 0.4 * np.log(1.05) - 0.3, rho=2.0, tau_0=0.35, h=1.0
    )
    for _ in world.run():
        pass
    assert world.share.item() == pytest.approx(0.5, abs=1e-9)


def test_noise_spreads_members_as_an_autoregression():
    """In z <- (1 - kappa) z + ... + sigma xi the variance from a point is a geometric sum."""
    of, size = toys.cast(powers=("East",), channels=("trade",)), 4000
    world = toys.model(
        toys.inputs(of),
        members=size,
        given=toys.parameters(of, size, h=1.0, sigma=0.1, rho=0.0, zeta=0.0),
    )
    start = world.log_ratio[0, 0, 0, 0]
    for _ in world.run():
        pass
    drift = world.log_ratio.ravel() - start
    variance = 0.01 / (1 - 0.25)  # kappa = 1/2, after 40 quarters
    assert abs(drift.mean()) < 5 * np.sqrt(variance / size)
    assert abs(drift.var() / variance - 1) < 5 * np.sqrt(2 / size)


def test_nobody_moves_first():
    """Actors in another order have the same history, as each sees last quarter's shares."""
    sides = {
        "East": {"ln_means": 0.4, "tie": 0.8},
        "West": {"ln_means": -0.2, "tie": 0.3},
        "North": {"ln_means": 0.0, "tie": 0.1},
    }

    def share_of(names):
        of = toys.cast(powers=names)
        coded = toys.inputs(
            of,
            ln_means=[[sides[name]["ln_means"]] for name in names],
            ties=[[[sides[name]["tie"], 0.2]] for name in names],
            relations=0.6 * (1 - np.eye(3))[..., None],
        )
        shares = toys.histories(toys.model(coded, members=4, given=toys.parameters(of, 4, zeta=0)))
        return {name: shares[:, place] for place, name in enumerate(names)}

    there, back = share_of(["East", "West", "North"]), share_of(["North", "West", "East"])
    for name in sides:
        assert np.abs(there[name] - back[name]).max() < 1e-12


def test_a_loss_is_counted_from_four_quarters_before():
    world = toys.model(members=3, given=toys.parameters(toys.cast(), 3, sigma=0.1))
    before = [world.share.copy()]
    for quarter in world.run():
        before.append(world.share.copy())
        if quarter >= 3:
            assert np.array_equal(world.share_a_year_ago, before[-5])


# Rest


def restless(world, seed):
    """Put the members anywhere: log-ratios far from rest, effort in a few cells."""
    generator = np.random.default_rng(seed)
    world.log_ratio[...] = generator.normal(0, 3, world.log_ratio.shape)
    effort = generator.exponential(size=world.effort.shape) ** 3
    world.effort[...] = effort / effort.sum(axis=(1, 2), keepdims=True)
    world.share = equations.shares_from_log_ratios(world.log_ratio)
    world.recent_shares = [world.share] * len(world.recent_shares)
    return world


def rest_spread(world, starts, quarters):
    """The largest difference in any share between members that differ only in their start."""
    begun = world.share.copy()
    world.scenario = replace(world.scenario, last=world.quarter + quarters)
    for _ in range(quarters):
        world.step()
    assert np.abs(world.share - begun).max() > 0.1  # they did begin elsewhere
    return np.ptp(world.share.reshape(*world.cast.shape, -1, starts), axis=-1).max()


def test_where_influence_rests_does_not_depend_on_where_it_starts():
    """The 40 of 1000 prior draws nearest to the guard, three starts each, on the history.

    Where things rest does not depend on half-lives, so short ones save time: 375 of them.
    """
    coded, starts = default_inputs(), 3
    table = draw_priors(0, np.arange(1000), coded.cast, coded.alpha_means)
    replies = table["lambda_"] * table["theta"] * (1 + table["chi"] / 2)
    chosen = np.repeat(np.argsort(replies)[-40:], starts)
    assert replies[chosen].min() > 0.8
    table = {
        label: np.full(len(chosen), 4.0) if label.startswith("h[") else values[chosen]
        for label, values in table.items()
    }
    world = InfluenceModel(
        "baseline", len(chosen), 0, parameters=Parameters.from_table(table, coded.cast), noise=False
    )
    assert rest_spread(restless(world, 1), starts, 1500) < 1e-6


def partners(precision):
    """Two powers that avoid what the other holds; all parameters but precision at a bound."""
    of = toys.cast()
    coded = toys.inputs(of, relations=-(1 - np.eye(2))[..., None])
    ensemble = toys.parameters(of, 20, lambda_=precision, theta=0.9, chi=3, h=4, rho=0, alpha=0.5)
    return restless(toys.model(coded, members=20, given=ensemble, noise=False), 0)


def test_the_guard_is_what_keeps_influence_from_resting_in_two_places(monkeypatch):
    assert rest_spread(partners(0.39), 20, 1500) < 1e-6  # 0.39 * 0.9 * 2.5 = 0.88
    monkeypatch.setattr(guards, "BEST_REPLY_LIMIT", 9.0)
    assert rest_spread(partners(1.0), 20, 1500) > 0.1


# The schedule


def watched(monkeypatch):
    """A toy of which every step leaves its name in a list."""
    seen = []

    def watch(owner, attribute, name):
        original = getattr(owner, attribute)

        def watcher(*arguments, **keys):
            seen.append(name)
            return original(*arguments, **keys)

        monkeypatch.setattr(owner, attribute, watcher)

    of = toys.cast(republics=("Valley", "Hills"))
    world = toys.model(toys.inputs(of))
    watch(world.forcing, "advance", "shocks")
    watch(Power, "move_effort", "offers")
    watch(Republic, "assess_dependence", "stock")
    watch(Republic, "update_attraction", "response")
    watch(Republic, "update_influence", "influence")
    watch(world.backend, "shares_from_log_ratios", "record")
    return world, seen


IN_FULL = [
    "shocks",
    "offers",
    "offers",
    "stock",
    "stock",
    "response",
    "response",
    "influence",
    "influence",
    "record",
]


def test_the_schedule_that_is_printed_is_the_one_that_runs(monkeypatch):
    world, seen = watched(monkeypatch)
    world.step()
    assert seen == IN_FULL
    assert list(dict.fromkeys(seen)) == [name for name, _ in influence.SCHEDULE]
    # and it is read from the tuple itself, so that no second list can disagree
    monkeypatch.setattr(influence, "SCHEDULE", tuple(reversed(influence.SCHEDULE)))
    seen.clear()
    world.step()
    assert seen == IN_FULL[::-1]

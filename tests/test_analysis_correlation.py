"""Rank correlations are imposed on Latin hypercubes, and futures have those of the posterior."""

from __future__ import annotations

import numpy as np
import pytest

from steppe.experiments.analysis.discovery import design
from steppe.experiments.analysis.discovery.design import DiscoveryRequest
from steppe.experiments.analysis.ensembles.correlation import (
    impose_rank_correlations,
    rank_correlations,
    strongest_correlations,
)
from steppe.experiments.analysis.ensembles.sampling import latin_hypercube
from steppe.experiments.analysis.ensembles.simulate import read_expression
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.model.scenario.load import load_scenario


def test_a_hypercube_keeps_its_values_and_takes_on_correlations():
    points = latin_hypercube(2000, 4, seed=1)
    mixing = np.random.default_rng(2).normal(size=(4, 4))
    spread = mixing @ mixing.T
    wanted = spread / np.sqrt(np.outer(np.diag(spread), np.diag(spread)))
    found = impose_rank_correlations(points, wanted)
    np.testing.assert_array_equal(np.sort(found, axis=0), np.sort(points, axis=0))
    np.testing.assert_allclose(rank_correlations(found), wanted, atol=0.02)
    np.testing.assert_allclose(
        rank_correlations(impose_rank_correlations(points, np.eye(4))), np.eye(4), atol=0.01
    )


def test_correlations_that_no_sample_can_have_are_softened():
    wanted = np.array([[1.0, 0.9, 0.9], [0.9, 1.0, -0.9], [0.9, -0.9, 1.0]])
    found = rank_correlations(impose_rank_correlations(latin_hypercube(500, 3, seed=1), wanted))
    assert found[0, 1] > 0.3 and found[0, 2] > 0.3 and found[1, 2] < -0.3


def test_the_strongest_pair_is_found_and_chance_is_known():
    generator = np.random.default_rng(3)
    one = generator.normal(size=401)
    table = {
        "one": one,
        "like": one + generator.normal(size=401),
        "other": generator.normal(size=401),
    }
    pairs, chance = strongest_correlations(table, list(table))
    # The rank correlation of normals whose correlation is r is 6 / pi * arcsin(r / 2).
    assert (pairs[0].first, pairs[0].second) == ("one", "like")
    assert pairs[0].correlation == pytest.approx(6 / np.pi * np.arcsin(np.sqrt(0.5) / 2), abs=0.06)
    assert chance == pytest.approx(2.394 / 20, abs=1e-3) and abs(pairs[1].correlation) < chance


def test_futures_hang_together_as_the_posterior_once_the_guards_have_been_heeded():
    scenario = load_scenario("baseline")
    posterior = load_parameter_source()
    request = DiscoveryRequest(
        scenario,
        read_expression("autonomy(region) < 0.3", [scenario]),
        posterior,
        1,
        "baseline",
        futures=6000,
    )
    columns, levers = design.draw_factors(request)
    kept = ~design.guard_violations(request, columns, levers)
    names = request.factor_space().names
    found, wanted = (
        rank_correlations(np.stack([table[name] for name in names], axis=1))
        for table in (design.select_rows(columns, kept), posterior.posterior.table)
    )
    apart = found - wanted
    assert np.abs(apart).max() < 0.05
    # Without it they would not: the documents bring correlations that no guard does.
    assert np.abs(wanted - np.eye(len(names))).max() > 0.15
    for name, factor in zip(names, request.factor_space().factors, strict=True):
        slices = np.floor((columns[name] - factor.low) / (factor.high - factor.low) * 6000 - 1e-9)
        assert len(set(slices)) > 5900  # every column is still spread evenly

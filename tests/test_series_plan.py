"""A calibration with series beside documents, and one without, which is as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from steppe.experiments.calibration.calibration_plan import make_plan
from steppe.experiments.calibration.series_latents import CODED_WIDTH
from steppe.experiments.calibration.simulated_draws import log_likelihood, simulate_draws
from steppe.experiments.calibration.unknowns import unknowns_of
from steppe.model.core.version import MODEL_VERSION
from steppe.model.evidence import series as series_module
from steppe.model.evidence.series import MEASURED, load_series

DRAWS = 16


@pytest.fixture(scope="module")
def plan():
    return make_plan(None, 1, DRAWS)


@pytest.fixture(scope="module")
def measured(plan):
    return replace(plan, series=load_series([MEASURED]))


def normals_of(plan):
    size = unknowns_of(plan).size
    return np.random.default_rng(5).standard_normal((size, DRAWS))


def test_documents_alone_have_the_same_bits_with_and_without_the_pack(plan, monkeypatch, tmp_path):
    """Unknowns, identity and likelihood do not depend on whether the pack is installed."""
    before = log_likelihood(plan, normals_of(plan))
    monkeypatch.setattr(series_module, "PACK", tmp_path / "nothing")
    without = make_plan(None, 1, DRAWS)
    assert without.identity == plan.identity and without.series == ()
    assert unknowns_of(without).labels == unknowns_of(plan).labels
    assert log_likelihood(without, normals_of(without)).tobytes() == before.tobytes()
    assert MODEL_VERSION and not load_series([MEASURED])


def test_series_add_unknowns_behind_those_of_documents(plan, measured):
    before, after = unknowns_of(plan), unknowns_of(measured)
    assert after.labels[: before.size] == before.labels
    assert len(after.labels) == after.size == before.size + 4 + 40
    assert len(set(after.labels)) == after.size
    assert measured.identity != plan.identity


def test_the_likelihoods_add_up(plan, measured):
    """That of both layers is that of documents, with narrower cells, and that of the series."""
    normals = normals_of(measured)
    both = log_likelihood(measured, normals)
    nothing = replace(measured, series=tuple(row.until(1999) for row in measured.series))
    alone = log_likelihood(nothing, normals)
    assert np.isfinite(both).sum() == np.isfinite(alone).sum() > 5
    inside = np.isfinite(both)
    series_part = both[inside] - alone[inside]
    assert series_part.std() > 10


def test_cells_with_coded_ties_are_less_uncertain(plan, measured):
    normals = normals_of(measured)
    wide = unknowns_of(plan).scatter(normals[: unknowns_of(plan).size])["trade"]
    narrow = unknowns_of(measured).scatter(normals)["trade"]
    ratio = (narrow / wide)[:, :, 0]
    cast = measured.inputs.cast
    for p, power in enumerate(cast.power_names):
        for r, republic in enumerate(cast.republic_names):
            coded = measured.inputs.trail["tie", power, republic, "economic"][0].status == "coded"
            assert ratio[p, r] == pytest.approx(CODED_WIDTH if coded else 1.0)
    assert {round(value, 6) for value in ratio.ravel().tolist()} == {CODED_WIDTH, 1.0}


def test_draws_are_simulated_as_those_of_documents_are(measured):
    normals = normals_of(measured)
    inside = unknowns_of(measured).admissible(unknowns_of(measured).table(normals))
    draws = simulate_draws(measured, normals[:, inside])
    assert draws.size == inside.sum() and np.isfinite(draws.margin).all()

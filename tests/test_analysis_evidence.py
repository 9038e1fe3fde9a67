"""With claims of a user's own, coded inputs vary between the two codings of that evidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_sensitivity import BASELINE

from steppe.experiments.analysis.ensembles.input_uncertainty import (
    Variation,
    VariedForcing,
    load_codings,
)
from steppe.experiments.analysis.sensitivity import analysis as sensitivity
from steppe.experiments.cli.app import steppe
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.model.core.errors import RequestError
from steppe.model.evidence.coded_inputs import default_inputs

OWN = Path(__file__).parent / "own_evidence"
CAST = default_inputs().cast
CELL = (
    CAST.index("power", "China"),
    CAST.index("republic", "Uzbekistan"),
    CAST.index("channel", "economic"),
)


def test_the_codings_are_those_of_the_folder():
    shipped, own = load_codings(), load_codings(OWN)
    assert own.claims == shipped.claims + 3 and own.twice == shipped.twice
    for coded in (
        own.first,
        own.second,
    ):  # the folder's claims were coded once, so both codings have them
        assert (
            coded.ties[CELL]
            == load_parameter_source("prior", OWN).inputs.ties[CELL]
            == pytest.approx(2 / 3, abs=0.01)
        )
    assert shipped.first.ties[CELL] < 0.5


def test_a_question_is_asked_of_them(monkeypatch):
    asked = []
    monkeypatch.setattr(
        sensitivity,
        "analyse",
        lambda request, *others: (
            asked.append(request) or (_ for _ in ()).throw(RequestError("seen"))
        ),
    )
    with pytest.raises(RequestError, match="seen"):
        steppe.main(
            [
                "sensitivity",
                "--output",
                "autonomy(region)",
                "--parameters-from",
                "prior",
                "--evidence",
                str(OWN),
            ],
            standalone_mode=False,
        )
    assert asked[0].codings is load_codings(OWN) and asked[0].parameter_source.folder == OWN


def test_half_way_between_the_codings_lies_the_value_of_the_evidence():
    found, inputs = load_codings(OWN), load_parameter_source("prior", OWN).inputs
    forcing = VariedForcing(
        Variation(coding={"tie": np.array([0.0, 0.5, 1.0])}, codings=found),
        inputs,
        BASELINE.events,
        np.full(3, 0.3),
        1,
        np.arange(3),
    )
    ties, apart = forcing.coded("ties", 0), found.second.ties - found.first.ties
    assert ties[CELL] == pytest.approx(inputs.ties[CELL]) and np.abs(apart).max() > 0.1
    for place, step in enumerate((-0.5, 0.0, 0.5)):
        np.testing.assert_allclose(
            ties[..., place], np.clip(inputs.ties + step * apart, 0, 1), atol=1e-12
        )

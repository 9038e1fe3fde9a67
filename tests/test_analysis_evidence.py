"""With claims of a user's own, coded inputs vary between the two codings of that evidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import toys
from test_sensitivity import BASELINE

from steppe.experiments.analysis.ensembles.input_uncertainty import (
    Codings,
    Variation,
    VariedForcing,
    load_codings,
)
from steppe.experiments.analysis.sensitivity import analysis as sensitivity
from steppe.experiments.cli.app import steppe
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.model.core.calendar import parse_quarter
from steppe.model.core.errors import RequestError
from steppe.model.evidence.coded_inputs import default_inputs

OWN = Path(__file__).parent / "own_evidence"
CAST = default_inputs().cast
NAMES = ("China", "Uzbekistan", "economic")
CELL = tuple(map(CAST.index, CAST.kinds, NAMES))


def test_the_codings_are_those_of_the_folder():
    shipped, own = load_codings(), load_codings(OWN)
    assert own.claims == shipped.claims + 2  # of its three claims two have a level
    assert own.twice == shipped.twice
    page = (OWN.parents[1] / "experiments" / "README.md").read_text(encoding="utf-8")
    assert f"({shipped.twice} of {shipped.claims} claims with a level)" in page
    since = parse_quarter(2018)
    for coded, without in ((own.first, shipped.first), (own.second, shipped.second)):
        # no coder saw the folder's claims, so both codings have them as they are
        assert "market-lorries-to-china" in coded.trail["tie", *NAMES][-1].claims
        before, after = coded.ties[CELL][:since], coded.ties[CELL][since:]
        assert (before == without.ties[CELL][:since]).all()  # of these years it says nothing
        assert (after > without.ties[CELL][since:]).all()


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
    apart = found.second.ties - found.first.ties
    assert apart.any()
    for quarter in (0, 40, 79):
        ties = forcing.coded("ties", quarter)
        for place, step in enumerate((-0.5, 0.0, 0.5)):
            np.testing.assert_allclose(
                ties[..., place],
                np.clip((inputs.ties + step * apart)[..., quarter], 0, 1),
                atol=1e-12,
            )


@pytest.fixture
def drifting_apart():
    """A forcing of three members between codings that differ from 2002Q3 on and agree in mean."""
    weight, step = np.full((2, 80), 0.5), np.r_[np.zeros(10), np.full(70, 0.2)]
    codings = [
        toys.inputs(
            toys.cast(),
            ties=0.5 + sign * step,
            institutions=[toys.institution("pact", [1, 0], [0, 1], [1], weight + sign * step)],
        )
        for sign in (0, -1, 1)
    ]
    towards = np.array([0.0, 0.5, 1.0])
    return VariedForcing(
        Variation({"tie": towards, "institution": towards}, codings=Codings(*codings[1:], 1, 1)),
        codings[0],
        {},
        np.full(3, 0.3),
        1,
        np.arange(3),
    )


def test_codings_that_change_where_their_mean_does_not_are_followed(drifting_apart):
    nobody = np.zeros((2, 1, 2, 3))
    for quarter, levels in ((0, [0.5] * 3), (9, [0.5] * 3), (10, [0.3, 0.5, 0.7]), (90, None)):
        drifting_apart.advance(quarter, nobody)
        levels = levels or [0.3, 0.5, 0.7]
        assert drifting_apart.ties[0, 0, 0] == pytest.approx(levels)
        assert drifting_apart.membership[0, 0, 0] == pytest.approx(levels)

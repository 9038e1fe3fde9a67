"""Sensitivity indices against a function with known ones; varied inputs; invalid requests."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from steppe.experiments.analysis.discovery.prim import find_limits
from steppe.experiments.analysis.ensembles.factors import (
    QUANTILE_GRID,
    Factor,
    FactorSpace,
    parameter_factors,
    parameter_table_at,
)
from steppe.experiments.analysis.ensembles.input_uncertainty import (
    Codings,
    Variation,
    load_codings,
    varied_forcing,
)
from steppe.experiments.analysis.ensembles.sampling import (
    SensitivityIndex,
    latin_hypercube,
    morris_indices,
    morris_points,
    morris_positions,
    sobol_indices,
    sobol_points,
)
from steppe.experiments.analysis.ensembles.simulate import read_expression
from steppe.experiments.analysis.sensitivity import analysis as sensitivity
from steppe.experiments.analysis.sensitivity import findings
from steppe.experiments.cli.app import steppe
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.model.core.errors import RequestError
from steppe.model.model import InfluenceModel
from steppe.model.parameters.draw import draw_priors
from steppe.model.parameters.ensemble import Parameters
from steppe.model.scenario.load import load_scenario

NAMES = ["first", "second", "third"]
PRIOR = load_parameter_source("prior")
BASELINE = load_scenario("baseline")


def ishigami_space() -> FactorSpace:
    """Three factors from minus pi to pi, in an order that is not that of their names below."""
    return FactorSpace(
        tuple(
            Factor(name, "parameter", "1", name, -np.pi + 2 * np.pi * QUANTILE_GRID)
            for name in reversed(NAMES)
        )
    )


def ishigami(values) -> np.ndarray:
    """Ishigami and Homma (1990) with a = 7 and b = 0.1."""
    first, second, third = (values[name] for name in NAMES)
    return np.sin(first) + 7 * np.sin(second) ** 2 + 0.1 * third**4 * np.sin(first)


def test_sobol_finds_the_indices_of_ishigami():
    output = ishigami(ishigami_space().select(NAMES).values_at(sobol_points(NAMES, 4096, seed=0)))
    found = {(row.factor, row.index): row for row in sobol_indices(NAMES, output, seed=0)}
    right = {"S1": (0.3139, 0.4424, 0.0), "ST": (0.5576, 0.4424, 0.2437)}
    for index, known in right.items():
        for name, expected in zip(NAMES, known, strict=True):
            row = found[name, index]
            assert abs(row.value - expected) < 0.02
            assert abs(row.value - expected) < 3 * row.half_width + 0.005
            assert row.converged


def test_few_samples_are_not_called_converged():
    output = ishigami(ishigami_space().select(NAMES).values_at(sobol_points(NAMES, 16, seed=0)))
    assert not all(row.converged for row in sobol_indices(NAMES, output, seed=0))


def test_morris_finds_who_acts_and_who_interacts():
    points = morris_points(NAMES, 200, seed=0)
    output = ishigami(ishigami_space().select(NAMES).values_at(points))
    found = {
        (row.factor, row.index): row.value for row in morris_indices(NAMES, points, output, seed=0)
    }
    # Over four levels the effects of `second` cancel in mu but not in mu_star; `third` acts only
    # through interactions.
    assert found["second", "mu_star"] > 2 * abs(found["second", "mu"])
    assert found["third", "sigma"] > found["third", "mu_star"] * 0.9
    linear = {"first": 3.0, "second": 1.0, "third": 0.0}
    output = sum(weight * points[:, place] for place, weight in enumerate(linear.values()))
    found = {
        (row.factor, row.index): row.value for row in morris_indices(NAMES, points, output, seed=0)
    }
    for name, weight in linear.items():
        assert found[name, "mu_star"] == pytest.approx(weight) and found[
            name, "sigma"
        ] == pytest.approx(0, abs=1e-9)


def test_places_and_hypercubes_stay_within():
    assert morris_positions(np.array([0.0, 1.0])).tolist() == pytest.approx([0.05, 0.95])
    points = latin_hypercube(50, 3, seed=1)
    for column in points.T:
        assert sorted(np.floor(column * 50)) == list(range(50))


def test_factors_follow_the_names_that_are_asked():
    factor_space = FactorSpace(tuple(parameter_factors(PRIOR, BASELINE)))
    chosen = factor_space.select(["rho", "theta"])
    values = chosen.values_at(np.array([[0.0, 1.0]]))
    assert (
        chosen.names == ["rho", "theta"]
        and values["rho"] == 0
        and values["theta"] == pytest.approx(0.9)
    )


def test_the_worst_corner_is_brought_within_the_guards():
    table, inside = parameter_table_at(
        {
            "theta": np.array([0.9]),
            "lambda_": np.array([1.0]),
            "chi": np.array([3.0]),
            "rho": np.array([10.0]),
        },
        PRIOR,
        BASELINE,
    )
    assert inside == 1
    Parameters.from_table(table, PRIOR.inputs.cast)  # raises if a guard is broken


def shares(model) -> np.ndarray:
    for _ in range(100):
        model.step()
    return model.share


def test_nothing_varied_is_the_model_itself():
    numbers = np.arange(4)
    table = draw_priors(1, numbers, PRIOR.inputs.cast, PRIOR.inputs.alpha_means)
    keys = {"parameters": Parameters.from_table(table, PRIOR.inputs.cast), "inputs": PRIOR.inputs}
    scenario = load_scenario("russian-retreat")
    half, one = np.full(4, 0.5), np.ones(4)
    neutral = Variation(
        dict.fromkeys(
            ("tie", "interest", "need", "supply", "relation", "stance", "budget", "institution"),
            half,
        ),
        dict.fromkeys(("tie", "interest", "need"), one),
        dict.fromkeys(scenario.events, one),
        load_codings(),
    )
    plain = shares(InfluenceModel(scenario, numbers, 1, **keys))
    np.testing.assert_allclose(
        shares(
            InfluenceModel(scenario, numbers, 1, forcing=varied_forcing(neutral, scenario), **keys)
        ),
        plain,
        rtol=1e-9,
    )
    np.testing.assert_array_equal(
        shares(
            InfluenceModel(
                scenario, numbers, 1, forcing=varied_forcing(Variation(), scenario), **keys
            )
        ),
        plain,
    )


def test_inputs_and_events_reach_the_member_they_are_varied_in():
    numbers = np.zeros(2, dtype=int)
    table = {
        label: np.repeat(column, 2)
        for label, column in draw_priors(
            1, np.zeros(1, dtype=int), PRIOR.inputs.cast, PRIOR.inputs.alpha_means
        ).items()
    }
    keys = {"parameters": Parameters.from_table(table, PRIOR.inputs.cast), "inputs": PRIOR.inputs}
    scenario = load_scenario("russian-retreat")
    weaker = tuple(replace(row, weight=row.weight / 2) for row in PRIOR.inputs.institutions)
    second = replace(PRIOR.inputs, ties=PRIOR.inputs.ties / 2, institutions=weaker)
    codings = Codings(PRIOR.inputs, second, 1, 1)
    for variation in (
        Variation(coding={"institution": np.array([0.5, 0.9])}, codings=codings),
        Variation(coding={"tie": np.array([0.5, 1.0])}, codings=codings),
        Variation(assumed={"tie": np.array([1.0, 0.0])}),
        Variation(strength={"essay-us-base-karshi-2005": np.array([1.0, 0.0])}),
    ):
        found = shares(
            InfluenceModel(
                scenario,
                numbers,
                1,
                forcing=varied_forcing(variation, scenario),
                noise=False,
                **keys,
            )
        )
        assert np.abs(found[..., 0] - found[..., 1]).max() > 1e-6, variation


def make_request(text: str, **keys) -> sensitivity.SensitivityRequest:
    return sensitivity.SensitivityRequest(
        BASELINE, read_expression(text, [BASELINE]), PRIOR, 1, load_codings(), **keys
    )


@pytest.mark.slow  # simulates a few hundred futures
def test_an_answer_is_whole_and_taken_up_again(tmp_path, monkeypatch):
    request = make_request("autonomy(Tajikistan)", trajectories=4, size=16, members=20)
    found = sensitivity.analyse(request, Checkpoints(tmp_path))
    by_factor = {row.factor: row.value for row in found.ranked()}
    assert by_factor["alpha[Tajikistan]"] > by_factor["alpha[Kazakhstan]"]
    switches = findings.switch_rows(found, request)
    assert [row["rules"] for row in switches] == list(sensitivity.SWITCHES)
    assert switches[0]["mean_change"] == 0
    assert len(findings.index_rows(found, request)) == len(found.morris) + len(found.sobol)
    sentences = findings.summary_sentences(found, request, switches)
    assert any("factors are sampled independently" in sentence for sentence in sentences)
    assert found.joint.joint_output.shape == found.joint.independent_output.shape == (
        16,
    ) and not np.array_equal(found.joint.joint_output, found.joint.independent_output)
    for name in ("evaluate_ensemble", "evaluate_members"):
        monkeypatch.setattr(
            sensitivity, name, lambda *given, **keys: pytest.fail("simulated again")
        )
    again = sensitivity.analyse(request, Checkpoints(tmp_path))
    assert [row.value for row in again.ranked()] == [row.value for row in found.ranked()]


def work(task):
    return {"twice": np.array([2.0 * task])}


def test_pieces_are_kept_and_broken_ones_made_again(tmp_path):
    told = []
    Checkpoints(tmp_path, on_progress=told.append).run(work, [1, 2], ["one", "two"])
    (tmp_path / "two.npz").write_bytes(b"cut short")
    (tmp_path / "three.npz.draft").write_bytes(b"killed")
    calls = []
    checkpoints = Checkpoints(tmp_path)
    done = checkpoints.run(
        lambda task: calls.append(task) or work(task), [1, 2, 3], ["one", "two", "three"]
    )
    assert (
        calls == [2, 3]
        and [float(piece["twice"][0]) for piece in done] == [2, 4, 6]
        and sum(told) == 2
    )
    assert checkpoints.reused == 1


def refused(*words: str) -> str:
    with pytest.raises(RequestError) as caught:
        steppe.main([*words, "--parameters-from", "prior"], standalone_mode=False)
    assert str(caught.value).count("\n") <= 1
    return str(caught.value)


def test_bad_questions_are_refused_in_a_line(tmp_path):
    out = ("--out", str(tmp_path / "answer"))
    assert "Russia" in refused("sensitivity", "--output", "share(Rusia, all)", *out)
    assert "inside the brackets" in refused("sensitivity", "--output", "P(leads(China, all))", *out)
    assert "did you mean 'baseline'" in refused(
        "sensitivity", "basline", "--output", "autonomy(region)", *out
    )
    assert not (tmp_path / "answer").exists()


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.sample.morris", None)
    with pytest.raises(RequestError, match=r"steppe\[analysis\]"):
        morris_points(NAMES, 4, seed=0)
    monkeypatch.setitem(sys.modules, "ema_workbench.analysis.prim", None)
    with pytest.raises(RequestError, match=r"ema_workbench.*steppe\[analysis\]"):
        find_limits({"one": np.arange(9.0)}, np.ones(9, dtype=bool))


def test_an_output_that_never_varies_is_refused(tmp_path):
    with pytest.raises(RequestError, match="every one"):
        sensitivity.analyse(
            make_request("leads(China, all) and autonomy(region) > 2", trajectories=4),
            Checkpoints(tmp_path),
            "morris",
        )


def test_a_folder_of_another_question_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    assert "not empty" in refused(
        "sensitivity", "--output", "autonomy(region)", "--out", str(tmp_path)
    )


def test_only_the_option_that_narrows_an_index_is_named():
    def index(converged: bool) -> SensitivityIndex:
        return SensitivityIndex("first", "ST", 0.5, 0.2, converged)

    wide, narrow = index(converged=False), index(converged=True)
    say = findings._convergence_sentences
    assert say([wide, narrow], [narrow]) == [
        "not converged: 1 of 2 effects in the screening; more --trajectories narrow them"
    ]
    assert say([narrow], [wide]) == [
        "not converged: 1 of 1 Sobol indices; more --samples narrow them"
    ]
    assert say([narrow], []) == ["all indices have converged"]

"""A planted box is found and is stable; a box on disk is valid and has the expected density."""

from __future__ import annotations

import numpy as np
import pytest
from test_sensitivity import PRIOR, refused

from steppe.experiments.analysis.discovery import box_files, design
from steppe.experiments.analysis.discovery import prim as boxes
from steppe.experiments.analysis.discovery.cart import Leaf, grow_tree, iterate_leaves
from steppe.experiments.analysis.ensembles.sampling import latin_hypercube
from steppe.experiments.analysis.ensembles.simulate import read_expression
from steppe.experiments.runs.checkpoints import Checkpoints
from steppe.model.core.errors import RequestError
from steppe.model.scenario.load import load_family, load_scenario


@pytest.fixture(scope="module")
def planted():
    """Futures with the outcome in one box of two factors out of five, and rarely elsewhere."""
    points = latin_hypercube(1500, 5, seed=4)
    columns = {f"factor{place}": column for place, column in enumerate(points.T)}
    chance = np.random.default_rng(4).random(1500)
    within = (columns["factor1"] > 0.55) & (columns["factor3"] < 0.4)
    return columns, np.where(within, chance < 0.95, chance < 0.03)


def test_a_planted_box_is_found(planted):
    columns, cases = planted
    box = boxes.find_boxes(columns, cases, most=1, density=0.9)[0]
    assert set(box.limits) == {"factor1", "factor3"}
    assert box.limits["factor1"][0] == pytest.approx(0.55, abs=0.06) and box.limits["factor3"][
        1
    ] == pytest.approx(0.4, abs=0.06)
    assert box.density > 0.85 and box.coverage > 0.75


def test_halves_of_the_futures_find_it_again(planted):
    columns, cases = planted
    again = [
        boxes.find_limits_in_half(boxes.HalfSample(columns, cases, 0.8, seed)) for seed in range(3)
    ]
    seen = np.mean([~np.isnan(piece["limits"][:, 0]) for piece in again], axis=0)
    assert seen[1] == seen[3] == 1 and np.mean([piece["density"] for piece in again]) > 0.7


def test_the_tree_and_the_scores_see_it_too(planted):
    columns, cases = planted
    assert set(boxes.most_informative_factors(columns, cases, 2, seed=1)) == {"factor1", "factor3"}
    tree = grow_tree(columns, cases, seed=1)
    assert {"factor1", "factor3"} <= set(tree.leaves[0].limits)
    assert sorted(iterate_leaves(tree.root)) == list(range(len(tree.leaves)))
    assert sum(leaf.futures for leaf in tree.leaves) == len(cases) and sum(
        leaf.coverage for leaf in tree.leaves
    ) == pytest.approx(1)


def test_branches_lead_to_the_leaves_that_the_table_has(planted):
    columns, cases = planted
    tree = grow_tree(columns, cases, seed=1)

    def follow(node, chosen):
        if isinstance(node, Leaf):
            leaf = tree.leaves[node.index]
            assert chosen.sum() == leaf.futures and cases[chosen].mean() == pytest.approx(
                leaf.density
            )
            return
        below = columns[node.factor] <= node.threshold
        follow(node.below, chosen & below)
        follow(node.above, chosen & ~below)

    follow(tree.root, np.ones(len(cases), dtype=bool))


def test_wilson_is_right_where_it_is_known():
    low, high = boxes.wilson(0.5, 100)
    assert (low, high) == pytest.approx((0.419, 0.581), abs=0.001)
    assert boxes.wilson(1.0, 10)[1] == pytest.approx(1.0) and boxes.wilson(0.5, 0) == (0.0, 1.0)


def make_request(
    text="share(China, all, security) > 0.2", word="russian-retreat", **keys
) -> design.DiscoveryRequest:
    scenario = load_scenario(word)
    return design.DiscoveryRequest(
        scenario, read_expression(text, [scenario]), PRIOR, 1, str(word), **keys
    )


@pytest.mark.slow  # simulates some hundreds of futures and runs a file of twelve scenarios
def test_a_box_on_disk_gives_the_density_that_it_promised(tmp_path, monkeypatch):
    monkeypatch.setattr(box_files, "MEMBERS_CHECKED", 240)
    request = make_request("share(China, all, security) > 0.22", futures=700)
    sampled, back = design.sample(request, Checkpoints(tmp_path / "pieces")).split_holdout()
    kept = {name: sampled.columns[name] for name in ("b[China]", "theta", "depth", "gamma")}
    box = boxes.find_boxes(kept, sampled.cases, 1)[0]
    said = box_files.write_box(1, box, back, request, tmp_path / "boxes")
    family = load_family(tmp_path / said["file"])
    low, high = box.limits.get("depth", request.scenario.levers["depth"].range)
    assert all(low <= scenario.lever_values["depth"] <= high for scenario in family)
    # Both are estimates: the intervals must overlap.
    assert said["given_low"] <= said["promised_high"] and said["promised_low"] <= said["given_high"]


def test_a_value_that_the_request_sets_is_no_factor_and_stays_in_the_file(tmp_path):
    request = make_request(word="russian-retreat[depth=0.25]")
    assert [factor.name for factor in request.lever_factor_space().factors] == ["start"]
    limits = {"start": (2024.0, 2026.0), "theta": (0.2, 0.3)}
    counted = boxes.Box({}, 0.5, 0.5, 0.5, 10)
    path = tmp_path / "box.yaml"
    path.write_text(box_files._file_text(1, limits, [], counted, request), encoding="utf-8")
    family = load_family(path)
    assert {member.lever_values["depth"] for member in family} == {0.25}
    assert {member.chain[-2] for member in family} == {"russian-retreat"}


def test_a_box_whose_corner_breaks_a_guard_is_cut():
    request = make_request()
    limits, cut = box_files.box_region(
        boxes.Box({"theta": (0.6, 0.86)}, 0.5, 0.8, 0.1, 100), request
    )
    assert cut and limits["theta"] == (0.6, 0.86)
    assert limits["lambda_"][1] * limits["theta"][1] * (1 + limits["chi"][1] / 2) < 0.9


def test_outcomes_that_always_or_never_happen_are_refused(tmp_path):
    for text, word in (("autonomy(region) > 0", "every one"), ("autonomy(region) > 1", "none of")):
        with pytest.raises(RequestError, match=word):
            design.sample(
                make_request(text, "baseline", futures=200),
                Checkpoints(tmp_path / word.replace(" ", "-")),
            )


def test_constraints_that_leave_no_sample_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(
        design, "broken_guards", lambda theta, *others: np.ones(len(theta), dtype=bool)
    )
    with pytest.raises(RequestError, match="no sample is left"):
        design.sample(
            make_request("autonomy(region) > 0.3", "baseline", futures=200),
            Checkpoints(tmp_path / "pieces"),
        )


def test_bad_questions_are_refused_in_a_line():
    assert "condition on each member" in refused("discover", "--outcome", "autonomy(region)")
    assert "condition on each member" in refused(
        "discover", "--outcome", "P(leads(China, all)) > 0.5"
    )
    assert "did you mean" in refused("discover", "rusian-retreat", "--outcome", "leads(China, all)")


def test_whole_levers_are_known_by_trying():
    scenario = load_scenario("russian-retreat")
    assert "depth" not in design.integer_levers(scenario, "russian-retreat")

"""Likelihoods and scores worked by hand; and the text of the scorecard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from toy_calibration import TOY_TARGETS, ordinals, share_target, toy_plan

from steppe.experiments.calibration import likelihood
from steppe.experiments.calibration.conclusions import CONCLUSIONS
from steppe.experiments.calibration.importance_weights import weigh_draws
from steppe.experiments.calibration.prior_draws import SimulatedDraws
from steppe.experiments.calibration.scorecard import forecast_scores
from steppe.experiments.calibration.scorecard import (
    make_scorecard as scorecard,
)
from steppe.experiments.calibration.scorecard import (
    record as scorecard_record,
)
from steppe.experiments.calibration.scorecard import (
    render as scorecard_render,
)
from steppe.experiments.calibration.scorecard.loss_reasons import loss_reason
from steppe.experiments.calibration.variants import VARIANTS
from steppe.experiments.generated.blocks import with_block

# Likelihoods


def test_ordinal_likelihood():
    assert likelihood.ordinal_likelihood(0.0, 0.8) == pytest.approx(0.5)
    assert likelihood.ordinal_likelihood(1.0, 0.8) == pytest.approx(0.8)
    assert likelihood.ordinal_likelihood(-1.0, 0.95) == pytest.approx(0.05)
    assert likelihood.ordinal_likelihood(0.03, 0.8) == pytest.approx(
        0.2 + 0.6 * 0.8413447, abs=1e-7
    )
    assert likelihood.ordinal_likelihood(np.array([-0.2, 0.3]), 0.5) == pytest.approx([0.5, 0.5]), (
        "a confidence of one half carries no information"
    )


def test_numeric_likelihood():
    """t with 4 degrees of freedom has density 3/8 at 0 and 3/8 (5/4)^(-5/2) one scale away."""
    assert likelihood.numeric_likelihood(0.4, 0.4, 0.8) == pytest.approx(0.8 * 0.375 / 0.08 + 0.2)
    assert likelihood.numeric_likelihood(0.48, 0.4, 0.8) == pytest.approx(
        0.8 * 0.375 * 1.25**-2.5 / 0.08 + 0.2
    )
    linked = likelihood.numeric_likelihood(np.array([0.5]), 0.75, 0.8, np.array([np.log(3)]))
    assert linked == pytest.approx([0.8 * 0.375 / 0.08 + 0.2]), (
        "logit(0.5) + ln 3 is the logit of 0.75"
    )


@pytest.mark.parametrize("ratio", [0.25, 0.8, 1.0, 1.5, 6.0])
def test_a_comparison_of_trade_against_integration_over_the_offsets_of_both(ratio):
    """The document sees ln ratio + a - b > 0; a and b ~ N(0, 0.5) are integrated on a grid."""
    place = {"powers": ["East"], "republics": ["Valley"], "channels": ["trade"], "when": 2010}
    expect = {
        "reading": "volume",
        "more": place,
        "less": {"powers": ["West"]},
        "link": "trade",
    }
    grid = np.linspace(-3, 3, 1201)
    density = np.exp(-((grid / 0.5) ** 2) / 2)
    weight = density / density.sum()
    gap = np.log(ratio) + grid[:, None] - grid[None, :]
    ahead = weight @ ((gap > 0) + (gap == 0) / 2) @ weight
    (target,) = ordinals(("traded", "letter", None, expect))
    found = likelihood.log_likelihoods([target], np.log([[ratio]]), np.zeros((1, 1)))
    assert np.exp(found) == pytest.approx(0.2 + 0.6 * ahead, abs=1e-3)


def test_offsets_are_drawn_for_trade_only():
    targets = (
        share_target("traded", 0.3, link="trade"),
        share_target("plain", 0.3),
        *ordinals(TOY_TARGETS[0]),
    )
    offsets = likelihood.draw_trade_offsets(1, targets, 20_000)
    assert offsets[0].std() == pytest.approx(0.5, abs=0.02) and offsets[0].mean() == pytest.approx(
        0, abs=0.02
    )
    assert not offsets[1:].any()


def test_tempering():
    assert [likelihood.document_exponent(votes) for votes in (1, 2, 5, 13)] == pytest.approx(
        [1.0, 0.8, 0.5, 0.25]
    )


def test_targets_of_a_document_are_tempered_and_a_cluster_is_one_vote():
    expect = TOY_TARGETS[0][3]
    alone = ordinals(
        ("a", "letter", None, expect), ("b", "essay", None, expect), ("c", "essay", None, expect)
    )
    assert likelihood.tempering_exponents(alone) == pytest.approx([1.0, 0.8, 0.8])
    clustered = ordinals(
        ("a", "letter", "x", expect), ("b", "letter", "x", expect), ("c", "letter", None, expect)
    )
    assert likelihood.tempering_exponents(clustered) == pytest.approx([0.4, 0.4, 0.8])


def test_documents_that_contradict_each_other_share_a_vote():
    expect = TOY_TARGETS[0][3]
    shared = ordinals(
        ("a", "letter", None, expect), ("b", "letter", "x", expect), ("c", "essay", "x", expect)
    )
    tempered = 1 / (1 + 0.5 * 0.25)  # the letter has a vote and a half
    assert likelihood.tempering_exponents(shared) == pytest.approx([tempered, tempered / 2, 0.5])


def test_implausibility_is_the_third_largest():
    targets = tuple(share_target(f"share-{place}", 0.5) for place in range(4))
    margin = 0.5 + 0.08 * np.array([[1.0], [-2.0], [5.0], [7.0]])
    assert likelihood.implausibility(targets[:2], margin[:2]) == pytest.approx([0.0]), (
        "two misses rule nothing out"
    )
    assert likelihood.implausibility(targets[:3], margin[:3]) == pytest.approx([1.0])
    assert likelihood.implausibility(targets, margin) == pytest.approx([2.0])
    traded = (share_target("traded", 0.5, link="trade"), *targets[2:])
    allowed = np.hypot(0.08, 0.5 * 0.25)
    assert likelihood.implausibility(
        traded, np.array([[0.5 + allowed], [0.9], [0.9]])
    ) == pytest.approx([1.0])


def test_history_matching_rules_draws_out():
    targets = tuple(share_target(f"share-{place}", 0.5) for place in range(3))
    level = np.linspace(0.1, 0.9, 400)
    plan = replace(toy_plan(targets), draw_count=400)
    found = weigh_draws(
        plan, SimulatedDraws({"theta": level}, {}, np.tile(level, (3, 1)), np.zeros((3, 400)))
    )
    near = np.abs(level - 0.5) < 3 * 0.08
    assert (
        (found.plausible == near).all()
        and (found.weight[~near] == 0).all()
        and found.weight.sum() == pytest.approx(1)
    )


# Scores


def test_scores_by_hand():
    held = (*ordinals(TOY_TARGETS[0]), share_target("level", 0.4))
    margin = np.array([[1.0, -1.0, 1.0, 1.0], [0.4, 0.4, 0.4, 0.4]])
    weight, none = np.full(4, 0.25), np.zeros((2, 4))
    scores = forecast_scores.log_scores(held, margin, none, weight)
    assert scores == pytest.approx(
        [np.log(0.75 * 0.8 + 0.25 * 0.2), np.log(0.8 * 0.375 / 0.08 + 0.2)]
    )
    assert forecast_scores.coin_scores(held) == pytest.approx([np.log(0.5), 0.0])
    assert forecast_scores.ordinal_hits(held, margin, weight)[0] == 1.0 and np.isnan(
        forecast_scores.ordinal_hits(held, margin, weight)[1]
    )
    covered = forecast_scores.band_hits(
        held, np.array([margin[0], [0.1, 0.2, 0.6, 0.7]]), none, weight, 0.9
    )
    assert np.isnan(covered[0]) and covered[1] == 1.0


def example_scorecard() -> scorecard.Scorecard:
    """A scorecard of invented numbers with a win, a loss, and a conclusion that flips."""
    scores = {"posterior": -0.6, "prior": -0.6, "persistence": -0.5, "coin": np.log(0.5)}
    left_out = pd.DataFrame(
        [
            {
                "document left out": "ispi-2019",
                "forecast": name,
                "targets": 3,
                "log score": score,
                "ordinal claims right": 2 / 3,
                "covered by 50 %": np.nan,
                "covered by 90 %": np.nan,
                "effective draws": 150.0,
            }
            for name, score in scores.items()
        ]
    )
    recovery = pd.DataFrame(
        [
            {
                "quantity": name,
                "covered by 50 %": 0.5,
                "covered by 90 %": covered,
                "correlation with truth": 0.2,
            }
            for name, covered in (("theta", 0.9), ("russia-dips", 0.5))
        ]
    )
    rows = [
        {
            "conclusion": row.name,
            "says": row.says,
            "full model": 0.9,
            "prior": 0.6,
            **{variant.name: 0.8 for variant in VARIANTS},
        }
        for row in CONCLUSIONS
    ]
    rows[0] |= {"full model": 0.4, "no-events": 0.7}
    missed = pd.DataFrame(
        [{"target": "ispi-tajik-partner", "says": "Russia | first.", "probability": 0.1}]
    )
    ranks = {"theta": np.linspace(0, 1, 40), "russia-dips": np.linspace(0, 1, 40)}
    return scorecard.Scorecard(
        left_out,
        pd.DataFrame([{"target": "t"}] * 3),
        recovery,
        ranks,
        pd.DataFrame(rows),
        missed,
        4096,
        True,
    )


@pytest.mark.parametrize(
    ("probability", "verdict"),
    [(0.67, "yes"), (0.66, "open"), (0.52, "open"), (0.34, "open"), (0.33, "no")],
)
def test_a_conclusion_near_even_odds_is_open(probability, verdict):
    assert scorecard_record.conclusion_verdict(probability) == verdict


def test_scorecard_shows_losses_as_plainly_as_wins(tmp_path):
    record = scorecard_record.make_record(example_scorecard(), "evidence", 1)
    assert record["left_out"][0]["against"] == {
        "prior": "level",
        "persistence": "loses",
        "coin": "wins",
    }
    assert record["recovery"]["worst"] == "russia-dips" and record["recovery"]["unfair"] == [
        "russia-dips"
    ]
    assert scorecard_record.losses(record) == [
        "ispi-2019",
        CONCLUSIONS[0].name,
        "ispi-tajik-partner",
    ]
    text, markdown = scorecard_render.render_text(record), scorecard_render.render_markdown(record)
    for page in (text, markdown):
        assert (
            "loses (-0.50)" in page
            and "wins (-0.69)" in page
            and "40% open" in page
            and "70% yes" in page
        )
        assert (
            "does not apply" in page
            and "Too few draws carry the fit without ispi-2019" in page
            and "Quick" in page
        )
        assert all(loss_reason(name)[:30] in page for name in ("ispi-2019", "ispi-tajik-partner"))
    assert "Russia / first" in markdown, "a vertical bar would end the cell"
    scorecard_record.write_record(record, tmp_path / "card.json")
    assert scorecard_record.read_record(tmp_path / "card.json") == record
    assert CONCLUSIONS[0].name in text and max(map(len, text.splitlines())) < 160


def test_scorecard_is_a_block_of_the_model_page(tmp_path, monkeypatch):
    monkeypatch.setattr(
        scorecard_render,
        "read_record",
        lambda: scorecard_record.make_record(example_scorecard(), "evidence", 1),
    )
    page = with_block(
        "before\n<!-- generated: scorecard -->\n<!-- end -->\n",
        "scorecard",
        scorecard_render.generated_block(),
    )
    assert "### Documents left out" in page and "| ispi-2019 | 3 |" in page
    with pytest.raises(FileNotFoundError, match="steppe scorecard --ship"):
        scorecard_record.read_record(tmp_path / "absent.json")

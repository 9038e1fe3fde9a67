"""Likelihoods and scores worked by hand; and the text of the scorecard."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import toys
from pydantic import ValidationError
from scipy.stats import norm
from toy_calibration import TOY_TARGETS, ordinals, share_target, target

from steppe.experiments.calibration import likelihood
from steppe.experiments.calibration.conclusions import CONCLUSIONS, conclusion_targets
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
from steppe.experiments.calibration.slants import slant_effects, slants_of
from steppe.experiments.calibration.variants import VARIANTS
from steppe.experiments.generated.blocks import with_block
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import RequestError

# Likelihoods


def test_ordinal_likelihood():
    """Phi(1) is 0.8413447; a margin of 0.15 is one scale."""
    assert likelihood.ordinal_likelihood(0.0, 0.8) == pytest.approx(0.5)
    assert likelihood.ordinal_likelihood(1.0, 0.8) == pytest.approx(0.8)
    assert likelihood.ordinal_likelihood(-1.0, 0.95) == pytest.approx(0.05)
    assert likelihood.ordinal_likelihood(0.15, 0.8) == pytest.approx(
        0.2 + 0.6 * 0.8413447, abs=1e-7
    )
    assert likelihood.ordinal_likelihood(np.array([-0.2, 0.3]), 0.5) == pytest.approx([0.5, 0.5]), (
        "a confidence of one half carries no information"
    )


def test_a_band_has_two_ends():
    """Inside, p is 1; at the top, 1 - Phi(0); one soft scale above it, 1 - Phi(1); then 0."""
    at = np.array([-1.0, 1.0, 2.0, 2.3, 5.0])
    inside = np.array([0.0, 1 - 0.0004291, 0.5, 1 - 0.8413447, 0.0])  # Phi(-1 / 0.3) at 1
    found = likelihood.ordinal_likelihood(at, 0.8, 0.3, 2.0)
    assert found == pytest.approx(0.2 + 0.6 * inside, abs=1e-6)
    assert likelihood.ordinal_likelihood(0.3, 0.8, 0.3, 2.0) == pytest.approx(0.5)
    upside_down = likelihood.ordinal_likelihood(0.5, 0.8, 1.0, 0.5)
    assert upside_down == pytest.approx(0.2), "the probability of a band is never below 0"


@pytest.mark.parametrize(
    ("keys", "limits"),
    [
        ({}, (0.0, np.log(3))),
        ({"less": {"when": 2003}, "reading": "change"}, (0.0, 0.7)),
        ({"band": {"m0": 0.2}}, (0.2, np.inf)),
        ({"band": {"top": 2.0}}, (0.0, 2.0)),
        ({"band": {"m0": 0.1, "top": 0.5}}, (0.1, 0.5)),
    ],
)
def test_bands_have_stated_defaults(keys, limits):
    assert target("t", "d", None, {**TOY_TARGETS[1][3], **keys}).expect.band_limits == limits


def test_bands_that_cannot_be_are_refused():
    lead = TOY_TARGETS[1][3]
    with pytest.raises(ValidationError, match=r"upside down: 'top: 0\.3' is not above 'm0: 0\.4'"):
        target("t", "d", None, {**lead, "band": {"m0": 0.4, "top": 0.3}})
    figure = {"reading": "figure", "share": lead["more"], "figure": 0.4, "band": {"m0": 0.1}}
    with pytest.raises(ValidationError, match="a 'band' with a 'figure'"):
        target("t", "d", None, figure)


def test_numeric_likelihood():
    """t with 4 degrees of freedom has density 3/8 at 0 and 3/8 (5/4)^(-5/2) one scale away."""
    assert likelihood.numeric_likelihood(0.4, 0.4, 0.8) == pytest.approx(0.8 * 0.375 / 0.08 + 0.2)
    assert likelihood.numeric_likelihood(0.48, 0.4, 0.8) == pytest.approx(
        0.8 * 0.375 * 1.25**-2.5 / 0.08 + 0.2
    )


def test_likelihoods_of_targets_use_their_bands():
    lead = {**TOY_TARGETS[1][3], "band": {"top": 1.0}}
    targets = (target("t", "d", None, lead), share_target("level", 0.4))
    margin = np.array([[1.0, 9.0], [0.4, 0.4]])
    numeric = np.log(0.8 * 0.375 / 0.08 + 0.2)
    found = likelihood.log_likelihoods(targets, margin)
    assert found == pytest.approx(np.array([[np.log(0.5), np.log(0.2)], [numeric, numeric]]))
    open_ended = likelihood.log_likelihoods(targets, margin, banded=False)
    assert open_ended == pytest.approx(np.array([[np.log(0.8)] * 2, [numeric] * 2]))


def test_a_cluster_is_one_vote():
    expect = TOY_TARGETS[0][3]
    clustered = ordinals(
        ("a", "letter", "x", expect), ("b", "essay", "x", expect), ("c", "letter", None, expect)
    )
    assert list(likelihood.cluster_exponents(clustered)) == [0.5, 0.5, 1.0]


# Slants

THREE = toys.cast(powers=("East", "West", "North"), republics=("Valley", "Hills"))
IN_2010 = {"republics": "all", "channels": ["trade"], "when": 2010}


def effects_of(expect: dict) -> dict[str, float]:
    """How far each slant of the document moves the margin, by the slant's label."""
    asked = (target("t", "d", None, expect, cast=THREE),)
    slants = slants_of(asked, THREE)
    effects = slant_effects(asked, slants, THREE)[0]
    return {slant.label: effect for slant, effect in zip(slants, effects, strict=True)}


def test_slants_raise_the_powers_named_and_lower_their_rivals():
    west_north = {"powers": ["West", "North"], **IN_2010}
    lead = {"reading": "lead", "more": west_north, "less": {"powers": ["East"]}}
    assert effects_of(lead) == {
        "d: West, levels": 0.5,
        "d: North, levels": 0.5,
        "d: East, levels": -1.0,
    }
    others = {"reading": "lead", "more": {"powers": ["East"], **IN_2010}}
    assert effects_of({**others, "less": {"powers": "others"}}) == {
        "d: East, levels": 1.0,
        "d: West, levels": -0.5,
        "d: North, levels": -0.5,
    }


def test_slants_on_changes_are_others_than_on_levels():
    east = {"powers": ["East"], **IN_2010}
    change = {"reading": "change", "more": east, "less": {"when": 2003}}
    assert effects_of(change) == {"d: East, changes": 1.0}
    balance = {"reading": "balance", "more": {**east, "against": ["West"]}, "less": {"when": 2003}}
    assert effects_of(balance) == {"d: East, changes": 1.0, "d: West, changes": -1.0}


def test_slants_cancel_within_one_power():
    east = {"powers": ["East"], **IN_2010, "channels": ["security"]}
    assert effects_of({"reading": "channels", "more": east, "less": {"channels": ["trade"]}}) == {}
    places = {"more": {**east, "republics": ["Hills"]}, "less": {"republics": ["Valley"]}}
    assert effects_of({"reading": "republics", **places}) == {}
    assert effects_of({"reading": "figure", "share": east, "figure": 0.4}) == {}


def test_no_document_slants_a_conclusion():
    assert slants_of(conclusion_targets(), default_cast()) == ()


# Scores


def test_scores_by_hand():
    held = (*ordinals(TOY_TARGETS[0]), share_target("level", 0.4))
    margin = np.array([[9.0, -9.0, 1.0, 9.0], [0.4, 0.4, 0.4, 0.4]])
    numeric = np.log(0.8 * 0.375 / 0.08 + 0.2)
    scores = forecast_scores.log_scores(held, margin)
    assert scores == pytest.approx([np.log(0.75 * 0.8 + 0.25 * 0.2), numeric])
    inside = 1 - norm.cdf((1 - np.log(3)) / 0.3)  # a lead of e is below three times, if not by far
    banded = forecast_scores.log_scores(held, margin, banded=True)
    assert banded == pytest.approx([np.log(0.2 + 0.25 * 0.6 * inside), numeric])
    assert forecast_scores.coin_scores(held) == pytest.approx([np.log(0.5), 0.0])
    hits = forecast_scores.ordinal_hits(held, margin)
    assert hits[0] == 1.0 and np.isnan(hits[1])
    levels = np.array([margin[0], [0.1, 0.2, 0.6, 0.7]])
    covered = forecast_scores.band_hits(held, levels, 0.9)
    assert np.isnan(covered[0]) and covered[1] == 1.0


def test_intervals_are_of_paired_differences():
    """Mean 0.2 and standard error 0.1 / sqrt(3); t with 2 degrees of freedom has 2.91999 at 95%."""
    low, high = forecast_scores.paired_interval(np.array([0.1, 0.2, 0.3]))
    reach = 2.91999 * 0.1 / np.sqrt(3)
    assert (low, high) == pytest.approx((0.2 - reach, 0.2 + reach), abs=1e-5)
    assert np.isnan(forecast_scores.paired_interval(np.array([0.1]))).all()


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
                "banded score": score - 0.1,
                "ordinal claims right": 2 / 3,
                "covered by 50 %": np.nan,
                "covered by 90 %": np.nan,
                "effective draws": 150.0,
            }
            for name, score in scores.items()
        ]
    )
    targets = pd.DataFrame(
        [
            {
                "target": f"t{place}",
                "document left out": "ispi-2019",
                "read on": read_on,
                **{
                    f"{kind}, {name}": score + (name == "posterior") * shift
                    for kind in ("log score", "banded score")
                    for name, score in scores.items()
                },
            }
            for place, (read_on, shift) in enumerate(
                [("trade", 0.1), ("influence", 0.0), ("influence", -0.1)]
            )
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
    missed = {
        "target": "ispi-tajik-partner",
        "says": "Russia | first.",
        "read on": "trade",
        "probability": 0.1,
    }
    against = {"target": "ispi-tajik-partner", "met": 0.1, "against it": "t1", "lowers it by": 0.2}
    offset = {"offset": "offset.trade[China]", "mean": 0.5, "spread": 0.9, "spread before": 1.2}
    slant = {"document": "ispi-2019", "power": "Russia", "of": "levels", "mean": -0.2}
    return scorecard.Scorecard(
        left_out,
        targets,
        pd.DataFrame(rows),
        pd.DataFrame([missed]),
        pd.DataFrame([against]),
        pd.DataFrame([offset]),
        pd.DataFrame([{**slant, "spread": 0.25, "5 %": -0.6, "95 %": 0.2}]),
        ["China in Tajikistan, economic (76%)"],
        512,
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
    over_all, of_trade = (record["overall"][place] for place in (0, 4))
    assert (over_all["read_on"], of_trade["read_on"]) == ("all", "trade")
    assert of_trade["gain"]["prior"] == {"mean": 0.1, "low": None, "high": None}
    reach = 2.91999 * 0.1 / np.sqrt(3)  # of differences 0.1, 0, -0.1
    assert over_all["gain"]["prior"]["high"] == pytest.approx(reach, abs=1e-4)
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
        assert "China in Tajikistan, economic (76%)" in page and "read on trade" in page
        assert "offset.trade[China] +0.50 (spread 0.90, before 1.20)" in " ".join(page.split())
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
    (tmp_path / "old.json").write_text('{"draws": 40960}')
    with pytest.raises(RequestError, match="steppe scorecard --ship"):
        scorecard_record.read_record(tmp_path / "old.json")

"""The table of MODEL.md on rules of the codebook taken out in turn, with fewer draws."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from steppe.experiments.calibration import rules_in_turn
from steppe.experiments.calibration.rules_in_turn import RULES, RuleEffect, compare_rules

PAGE = (Path(__file__).parents[1] / "MODEL.md").read_text(encoding="utf-8")
DRAWS = 1024
EFFECTIVE = 0.1 * DRAWS  # what the weights leave of the draws
PROBABILITY_ERROR = 3 * 0.5 / EFFECTIVE**0.5  # three standard errors of a probability
SHARE_ERROR = 3 * 0.1 / EFFECTIVE**0.5  # and of a mean share, which varies by about 0.1


@pytest.fixture(scope="module")
def effects() -> dict[int, RuleEffect]:
    found = compare_rules(DRAWS, 1)
    return {effect.rule.number: effect for effect in found}


def rows() -> list[tuple[int, str, str, str, str]]:
    """Number, name, mean change, largest change and conclusions of each row on the page."""
    assert rules_in_turn.HEAD in PAGE
    found = re.findall(r"\| (\d)\. ([^|]+) \| ([\d.]+) \| ([^|]+) \| ([^|]+) \|", PAGE)
    return [(int(number), *others) for number, *others in found]


def test_the_page_has_a_row_for_every_rule():
    assert [row[:2] for row in rows()] == [(rule.number, rule.says) for rule in RULES]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[1])
def test_the_page_says_what_a_rule_does(effects, row):
    number, _, mean, largest, moved = row
    effect = effects[number]
    changes = np.abs(list(effect.cells.values()))
    assert changes.mean() == pytest.approx(float(mean), abs=SHARE_ERROR / len(changes) ** 0.5)
    cell, change = largest.rsplit(" ", 1)
    assert effect.cells[tuple(cell.split(", "))] == pytest.approx(float(change), abs=SHARE_ERROR)
    for name, *shares in re.findall(r"([a-z0-9-]+) (\d+)% to (\d+)%", moved):
        expected = [int(share) / 100 for share in shares]
        assert effect.conclusions[name] == pytest.approx(expected, abs=PROBABILITY_ERROR)


def test_a_rule_that_moves_no_conclusion_is_said_to_move_none():
    still = RuleEffect(RULES[0], {("Russia", "Kazakhstan", "economic"): -0.25}, {"one": (0.5, 0.5)})
    assert rules_in_turn.format_row(still).endswith(
        "| 0.250 | Russia, Kazakhstan, economic -0.250 | none by 1% |"
    )

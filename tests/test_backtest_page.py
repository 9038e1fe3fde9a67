"""The table of backtests in MODEL.md is that of a run of `steppe backtest`, kept as it wrote it.

The run takes minutes, so goldens are compared with the page, not remade: after a change of the
measured layer, copy `scores.csv` and `paired.csv` of a new run to `goldens/backtest-scores.csv` and
`goldens/backtest-paired.csv`.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from steppe.model.core.number_text import format_fixed, format_percent, format_signed

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "MODEL.md").read_text(encoding="utf-8")
METHODS = (
    "documents and series",
    "documents alone",
    "persistence",
    "damped drift, each cell",
    "damped drift, each power",
    "Holt, damped",
)
with (TESTS / "goldens" / "backtest-scores.csv").open(encoding="utf-8") as stream:
    SCORES = {(row["by"], row["value"], row["method"]): row for row in csv.DictReader(stream)}
with (TESTS / "goldens" / "backtest-paired.csv").open(encoding="utf-8") as stream:
    PAIRED = {(row["rival"], row["score"]): row for row in csv.DictReader(stream)}
COUNTS = ("none", "one", "two", "three", "four", "five")
TEXT = PAGE.replace("\n", " ")


def in_full(by, value, name):
    """The rows of the first table: every score of every method."""
    for method in METHODS:
        row = {key: text for key, text in SCORES[by, value, method].items() if text}
        order = float(row.get("order", "nan"))  # of persistence, which foretells no change
        cells = [
            name,
            method,
            format_fixed(float(row["mae"]), 4),
            format_fixed(float(row["log_error"])),
            "none" if math.isnan(order) else format_signed(order),
            format_percent(float(row["cover50"])),
            format_percent(float(row["cover90"])),
            format_fixed(float(row["crps"]), 4),
        ]
        yield f"| {' | '.join(cells)} |"


def errors_only(by, value):
    errors = [format_fixed(float(SCORES[by, value, method]["mae"]), 4) for method in METHODS]
    return f"| {value} | {' | '.join(errors)} |"


def expected_rows():
    yield from in_full("all", "all", "all")
    for years in "1234":
        yield from in_full("horizon", years, f"{years} year{'s' * (years > '1')} ahead")
    for by, value, method in SCORES:
        if by in ("origin", "power", "republic") and method == METHODS[0]:
            yield errors_only(by, value)


@pytest.mark.parametrize("row", list(expected_rows()))
def test_the_page_has_what_the_run_gave(row):
    assert row in PAGE.splitlines()


def test_the_page_says_how_far_from_the_rivals():
    """In the sentence on what was wanted."""
    own, last, best = (
        float(SCORES["all", "all", method]["mae"])
        for method in (METHODS[0], "persistence", "damped drift, each power")
    )
    below, above = (format_fixed(100 * abs(own / other - 1), 1) for other in (last, best))
    assert f"is {below}% below persistence where 10% were wanted" in TEXT
    assert f"and {above}% above the best baseline" in TEXT


def difference(rival, score="mae"):
    """By how much the model is below a rival, with its interval; and in how many republics."""
    row = PAIRED[rival, score]
    below, low, high = (-float(row[name]) for name in ("difference", "high", "low"))
    interval = f"{format_fixed(low, 4)} to {format_fixed(high, 4)}"
    return format_fixed(abs(below), 4), interval, COUNTS[int(row["republics_better"])]


def test_the_page_says_by_how_much_it_is_below_its_rivals():
    below, interval, better = difference("persistence")
    assert f"persistence the mean error is {below} lower (90%: {interval}, Student's t" in TEXT
    assert f"over five republics, lower in {better})" in TEXT
    for rival, words in (("Holt, damped", "Holt's method"), (METHODS[3], "the drift of each cell")):
        below, interval, better = difference(rival)
        assert f"against {words} {below} ({interval}, {better} of five)" in TEXT


def test_the_page_says_as_plainly_where_it_loses():
    above, _, better = difference(METHODS[4])
    row = PAIRED[METHODS[4], "mae"]
    interval = " to ".join(format_fixed(float(row[name]), 4) for name in ("low", "high"))
    assert f"each power it is {above} higher** ({interval}, lower in {better} of five)" in TEXT
    below, interval, _ = difference(METHODS[4], "crps")
    assert f"its CRPS is {below} lower ({interval})" in TEXT
    at_four = format_percent(float(SCORES["horizon", "4", METHODS[0]]["cover50"]))
    assert f"50% bands are too narrow from two years on ({at_four} at four)" in TEXT
    assert (
        f"its 90% bands hold {format_percent(float(SCORES['all', 'all', METHODS[0]]['cover90']))}"
        in TEXT
    )

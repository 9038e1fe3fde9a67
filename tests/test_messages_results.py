"""Texts about results: captions, losses, names of files, coded values."""

import re

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from small_batches import make_batch

from steppe.experiments.cli.app import steppe
from steppe.experiments.figures.draw import draw_figures, draw_page
from steppe.experiments.figures.pages import Page
from steppe.experiments.provenance.explain import explain
from steppe.experiments.provenance.explanation_text import format_explanation, format_over_time
from steppe.experiments.results.comparison import find_losses
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.calendar import parse_quarter
from steppe.model.evidence.coded_inputs import default_inputs


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return make_batch(
        tmp_path_factory.mktemp("messages") / "out", ("baseline", "retreat", "short", "history")
    )


@pytest.mark.parametrize(
    ("scenario", "said", "unsaid"),
    [
        ("retreat", "Dashed lines: events, numbered as below. Solid line: end of 2019. ", ""),
        ("baseline", "Solid line: end of 2019. ", "event"),
        ("history", "whether or not autonomy is larger. 12 members", "line"),
    ],
)
def test_the_caption_of_leads_speaks_of_the_lines_that_are_drawn(batch, scenario, said, unsaid):
    figure = draw_page(
        Page("leads", "leads", (("scenario", scenario),)),
        compute_statistics(open_batch(batch), ["rank"]),
    )
    caption = next(text.get_text() for text in figure.texts if text.get_gid() == "caption").replace(
        "\n", " "
    )
    assert said in caption
    assert not unsaid or unsaid not in caption


CELL = [[-0.017, 0.046, -0.035, 0.006, 0.0], [-0.019, 0.044, -0.035, 0.010, 0.0]]


def lost(values):
    """Losses in one cell, from differences (member, holder)."""
    holders = ["autonomy", "Russia", "China", "European Union", "United States"]
    last = xr.DataArray(
        np.array(values)[:, None, None],
        dims=("member", "republic", "channel", "holder"),
        coords={"republic": ["Kazakhstan"], "channel": ["security"], "holder": holders},
    )
    return {loss.loser: loss for loss in find_losses(last, holders)}


def test_a_loss_names_who_lost_beside_it_so_that_the_parts_add_up():
    found = lost(CELL)
    assert found["autonomy"].sentence() == (
        "Kazakhstan, security: autonomy lost 0.018 (90%: 0.017 to 0.019), China 0.035, "
        "together 0.053; "
        "taken by Russia +0.045 (85%) and the European Union +0.008 (15%)"
    )
    for loss in found.values():
        gained = [float(number) for number in re.findall(r"\+(\d\.\d+)", loss.sentence())]
        assert sum(gained) == pytest.approx(
            float(re.search(r"together (\d\.\d+)", loss.sentence())[1]), abs=1e-9
        )
        assert sum(taker.part for taker in loss.takers) == pytest.approx(1)


def test_a_loser_that_stands_alone_is_told_as_before():
    assert lost([[-0.02, 0.02, 0.0, 0.0, 0.0]])["autonomy"].sentence() == (
        "Kazakhstan, security: autonomy lost 0.020 (90%: 0.020 to 0.020); "
        "taken by Russia +0.020 (100%)"
    )


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--figure", "difference"], ["difference.png"]),
        (["--figure", "difference", "--scenario", "retreat"], ["difference--retreat.png"]),
        (
            [
                "--figure",
                "difference",
                "--scenario",
                "retreat",
                "--republic",
                "KAZ",
                "--power",
                "Russia",
            ],
            ["difference--retreat-kazakhstan-russia.png"],
        ),
        (
            ["--figure", "forest", "--scenario", "retreat", "--republic", "KAZ"],
            ["forest-kazakhstan--retreat.png"],
        ),
        (["--figure", "leads", "--scenario", "retreat"], ["leads-retreat.png"]),
        (["--figure", "coverage", "--scenario", "retreat"], ["coverage.png"]),
    ],
)
def test_a_figure_of_some_scenarios_does_not_take_the_place_of_that_of_all(batch, words, names):
    result = CliRunner().invoke(steppe, ["plot", str(batch), *words])
    assert result.exit_code == 0, result.output
    assert result.stdout.split() == [str(batch / "figures" / name) for name in names]


def test_the_whole_figure_stays_as_it_is(batch):
    (whole,) = draw_figures(batch, figures=["difference"])
    before = whole.read_bytes()
    (part,) = draw_figures(batch, figures=["difference"], scenarios=["retreat"])
    assert whole.read_bytes() == before != part.read_bytes()


def explained(*words):
    return format_explanation(explain(words)).splitlines()


def test_explain_dates_the_changes_of_a_value():
    values = explain(["Russia", "Kazakhstan", "economic"])["values"]
    text = next(format_over_time(value) for value in values if value["what"] == "supply")
    told = [
        (float(value), parse_quarter(date))
        for value, date in re.findall(r"(-?\d\.\d+) from (\d{4}Q\d)", text)
    ]
    inputs = default_inputs()
    series = inputs.supply[
        inputs.cast.index("power", "Russia"), inputs.cast.index("channel", "economic")
    ]
    by_hand = [
        (round(float(value), 2), quarter)
        for quarter, value in enumerate(series)
        if quarter == 0 or round(float(value), 2) != round(float(series[quarter - 1]), 2)
    ]
    assert len(by_hand) > 1 and told == by_hand


def test_explain_says_what_its_numbers_are():
    lines = explained("Russia", "Kazakhstan", "security")
    guide = "\n".join(lines[lines.index("How to read the numbers") :])
    assert all(
        words in guide
        for words in (
            "A matter is",
            "'mean of 3 matters'",
            "divided by 3",
            "from 2000Q1",
            "A budget is",
            "An organisation binds its members only",
        )
    )
    relation = "\n".join(explained("Russia", "China"))
    assert "-> " not in relation and "Levels run from -3 to 3" in relation
    assert "A budget is" not in relation and "An organisation" not in relation
    assert max(map(len, lines)) <= 100
    assert "How to read" not in "\n".join(explained("Uzbekistan"))

"""What was counted, bands and rivals of a cell in a report: as text, and under the pointer."""

from __future__ import annotations

import json

import numpy as np
import pytest
from chromium import WAIT, axe, errors, needs_chromium, open_browser, requests
from layer_posteriors import layer_posterior
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

import steppe
from steppe.experiments.analysis.folder import AnalysisFolder
from steppe.experiments.report.analyses_section import find_analyses
from steppe.experiments.report.build import write_report
from steppe.experiments.report.data_section import MODEL, data_section, data_to_show
from steppe.model.core.cast import default_cast
from steppe.model.evidence.series import MEASURED, load_series

CAST, RIVAL = default_cast(), "persistence"
(SERIES,) = load_series([MEASURED])
SCORES = {"mae": 0.05, "crps": 0.04, "cover50": 0.5, "cover90": 0.9}


def forecasts(error: float):
    """Rows of cells.csv: everything from 2008 is forecast with one error."""
    for p, power in enumerate(CAST.power_names):
        for r, republic in enumerate(CAST.republic_names):
            point = float(SERIES.value[-1, p, r]) + error
            place = {"origin": 2008, "year": 2009, "power": power, "republic": republic}
            yield {**place, "low90": point - 0.1, "point": point, "high90": point + 0.1}


def write_backtest(folder):
    request = {"scenarios": {}, "seed": 1, "weights": "prior", "evidence": "none", "model": "1"}
    with AnalysisFolder(folder, "backtest", request, "steppe backtest") as made:
        made.table(
            "cells.csv",
            [
                {"method": method, **row}
                for method, error in ((MODEL, 0.01), (RIVAL, 0.02))
                for row in forecasts(error)
            ],
        )
        scores = [
            {"by": by, "value": value, "method": method, **SCORES, "mae": error}
            for by, value in (("all", "all"), ("horizon", 1))
            for method, error in ((MODEL, 0.05), (RIVAL, 0.04))
        ]
        counted = {"observable": "trade", **SERIES.as_record(CAST)}
        (folder / "scores.json").write_text(json.dumps({"scores": scores, "counted": counted}))
        made.finish("Forecasts", ["It loses to persistence."], [], "Few years.")
    return folder


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """A batch of the layer with a backtest among its answers."""
    folder = tmp_path_factory.mktemp("counted")
    layer_posterior(folder / "layer.csv")
    out = folder / "out"
    steppe.run("baseline", members=8, parameters_from=folder / "layer.csv", out=out)
    write_backtest(out / "answers" / "backtest")
    return out


@pytest.fixture(scope="module")
def page(batch):
    return write_report(batch).as_uri()


def test_scores_say_losses_as_plainly_as_wins(batch, page):
    text = (batch / "report.html").read_text(encoding="utf-8")
    assert "It loses to persistence." in text and '<td class="lost">loses by 25%' in text
    assert "documents and series" in text and "ITPD-E" in text


def test_without_series_or_backtest_there_is_no_section(batch):
    dataset = steppe.open_results(batch)
    assert data_to_show(dataset, {}, []) == {} and data_section({}, "out") == ""


def test_the_band_of_the_batch_needs_no_backtest(batch):
    dataset = steppe.open_results(batch)
    request = json.loads(dataset.attrs["request"])
    found = data_to_show(dataset, request, [])
    (own,) = found["forecasts"]
    assert own["known"] == 2009 and own["years"][0] == 2000
    low, median, high = own["methods"][MODEL]["Russia|Kazakhstan"][9]
    assert low <= median <= high and "steppe backtest --out" in data_section(found, "out/x")


def test_the_batch_knew_its_own_series_and_not_that_of_the_backtest(batch):
    dataset = steppe.open_results(batch)
    request = json.loads(dataset.attrs["request"])
    request["series"]["trade"] |= SERIES.until(2006).as_record(CAST)
    backtests, _ = find_analyses(batch, ())
    found = data_to_show(dataset, request, backtests)
    assert found["years"][-1] == 2009
    assert [row["known"] for row in found["forecasts"]] == [2008, 2006]


def test_the_figure_has_a_point_for_each_year_of_the_series(batch):
    dataset = steppe.open_results(batch)
    axes = steppe.plot.observable(dataset, "trade", republic="Uzbekistan")
    points = [line for line in axes[1].lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in points] == [10] * 4
    china = CAST.index("power", "China"), CAST.index("republic", "Uzbekistan")
    heights = {tuple(np.round(line.get_ydata(), 6)) for line in points}
    assert tuple(np.round(SERIES.value[:, *china], 6)) in heights
    assert not [line for line in axes[0].lines if line.get_marker() == "o"]


@needs_chromium
def test_data_band_and_rival_are_under_the_pointer(page, tmp_path):
    with open_browser(tmp_path) as browser:
        browser.get(page)
        chart = browser.find_element(By.ID, "counted-chart")

        def drawn(cell):
            return lambda _: chart.get_attribute("data-drawn") == cell

        WebDriverWait(browser, WAIT).until(drawn("Russia|Kazakhstan"))
        Select(browser.find_element(By.ID, "counted-power")).select_by_visible_text("China")
        WebDriverWait(browser, WAIT).until(drawn("China|Kazakhstan"))
        points = chart.find_elements(By.CSS_SELECTOR, "svg circle.counted")
        assert len(points) == 10
        ActionChains(browser).move_to_element(points[-1]).perform()
        tip = chart.find_element(By.CSS_SELECTOR, ".tip").text
        value = SERIES.value[-1, 1, 0]
        assert "China in Kazakhstan, 2009" in tip and f"counted: {value:.3f}" in tip
        assert f"{MODEL}: {value + 0.01:.3f} ({value - 0.09:.3f} to {value + 0.11:.3f})" in tip
        assert f"{RIVAL}: {value + 0.02:.3f}" in tip
        chart.send_keys(Keys.ARROW_LEFT)
        caption = browser.find_element(By.CSS_SELECTOR, "#counted-values caption").text
        assert "2008" in caption
        assert axe(browser) == [] and errors(browser) == []
        assert {one.partition(":")[0] for one in requests(browser)} <= {"file", "data"}

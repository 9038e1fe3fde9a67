"""Baselines against second implementations, scores against their definitions, and the command."""

from __future__ import annotations

import csv
import json
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import steppe
from series_worlds import make_series

from steppe.experiments.analysis.backtest.baselines import (
    METHODS,
    damped_years,
    forecast_with,
    holt,
    log_ratios,
    slopes,
)
from steppe.experiments.analysis.backtest.forecasts import DOCUMENTS, MODEL
from steppe.experiments.analysis.backtest.scores import (
    Cell,
    Forecast,
    crps,
    order_of_changes,
    paired_table,
    score_cells,
    student_interval,
)
from steppe.experiments.analysis.backtest.session import Request, choose_origins, choose_series
from steppe.experiments.calibration import tempered_smc
from steppe.model.core.errors import RequestError
from steppe.model.evidence.series import MEASURED, join_series, load_series
from steppe.model.scenario.load import load_scenario

YEARS = tuple(range(2000, 2008))
POWERS, REPUBLICS = ("A", "B", "C", "D"), ("P", "Q", "R", "S", "T")
RANDOM = np.random.default_rng(8)
KNOWN = log_ratios(np.exp(np.cumsum(0.2 * RANDOM.standard_normal((8, 4, 5)), axis=0)))
AHEAD = np.array([1.0, 2.0, 4.0])


def test_drifts_against_polyfit():
    for power, republic in np.ndindex(4, 5):
        fitted = np.polyfit(np.arange(8), KNOWN[:, power, republic], 1)[0]
        assert slopes(KNOWN)[power, republic] == pytest.approx(fitted)
    assert damped_years(AHEAD) == pytest.approx([0.8, 0.8 + 0.64, 0.8 + 0.64 + 0.512 + 0.4096])


def test_methods_by_hand():
    assert METHODS["persistence"](KNOWN, AHEAD)[0] == pytest.approx(np.stack([KNOWN[-1]] * 3))
    each, _ = METHODS["damped drift, each cell"](KNOWN, AHEAD)
    pooled, _ = METHODS["damped drift, each power"](KNOWN, AHEAD)
    drift = np.polyfit(np.arange(8), KNOWN[:, 2].mean(axis=1), 1)[0]
    assert pooled[1, 2] == pytest.approx(KNOWN[-1, 2] + 1.44 * drift)
    assert (each - KNOWN[-1]).mean(axis=2) == pytest.approx((pooled - KNOWN[-1]).mean(axis=2))


def test_holt_against_its_recursion():
    """Levels and trends by hand, with the numbers that statsmodels fitted."""
    models = pytest.importorskip("statsmodels.tsa.api")
    ahead, missed = holt(KNOWN[:, :1, :1], AHEAD)
    values = KNOWN[:, 0, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence, which short series do not reach
        fitted = models.Holt(values, damped_trend=True, initialization_method="estimated").fit()
    given = fitted.params
    alpha, beta, damping = (
        given[name] for name in ("smoothing_level", "smoothing_trend", "damping_trend")
    )
    level, trend = given["initial_level"], given["initial_trend"]
    errors = []
    for value in values:
        expected = level + damping * trend
        errors.append(value - expected)
        before, level = level, alpha * value + (1 - alpha) * expected
        trend = beta * (level - before) + (1 - beta) * damping * trend
    path = [level + trend * sum(damping**k for k in range(1, int(h) + 1)) for h in AHEAD]
    assert ahead[:, 0, 0] == pytest.approx(path, rel=1e-6, abs=1e-8)
    assert missed[:, 0, 0] == pytest.approx(errors[1:], rel=1e-6, abs=1e-8)


def test_bands_of_baselines_are_those_of_a_random_walk():
    series = make_series(YEARS, np.exp(KNOWN))
    point, draws = forecast_with("persistence", series, (2008, 2011), 20_000, RANDOM)
    assert point == pytest.approx(np.stack([series.value[-1]] * 2))
    assert draws.sum(axis=1) == pytest.approx(np.ones((2, 5, 20_000)))
    spread = np.sqrt((np.diff(KNOWN, axis=0) ** 2).mean(axis=(0, 2)))
    ratio = np.log(draws[:, 0, 0] / draws[:, 1, 0])
    expected = np.hypot(spread[0], spread[1]) * np.sqrt([1.0, 4.0])
    assert ratio.std(axis=1) == pytest.approx(expected, rel=0.03)


def test_missing_years_count_as_the_last_known():
    value = np.exp(KNOWN)
    gappy = value.copy()
    gappy[-1, :, 2], gappy[0, :, 3] = np.nan, np.nan
    series = make_series(YEARS, gappy)
    point, _ = forecast_with("persistence", series, (2008,), 10, RANDOM)
    assert point[0, :, 2] == pytest.approx(value[-2, :, 2] / value[-2, :, 2].sum())
    drifted, _ = forecast_with("damped drift, each cell", series, (2008,), 10, RANDOM)
    assert np.isfinite(drifted).all()


def test_crps_by_its_definition():
    draws, counted = RANDOM.standard_normal((3, 200)), np.array([0.0, 1.0, -2.0])
    for row in range(3):
        apart = np.abs(draws[row][:, None] - draws[row]).mean()
        by_hand = np.abs(draws[row] - counted[row]).mean() - apart / 2
        assert crps(draws, counted)[row] == pytest.approx(by_hand)
    assert crps(np.full((1, 5), 0.3), np.array([0.5])) == pytest.approx([0.2])


def cells_of(method, point, counted, last):
    draws = np.repeat(point[..., None], 3, axis=-1)
    forecast = Forecast(method, 2005, (2006, 2007), point, draws)
    return list(score_cells(forecast, counted, last, POWERS, REPUBLICS))


def test_cells_changes_and_pairs():
    counted = np.full((2, 4, 5), 0.25)
    counted[:, 0] += np.linspace(0.01, 0.05, 5)
    counted[:, 1] -= np.linspace(0.01, 0.05, 5)
    counted[1, :, 4] = np.nan
    last = np.full((4, 5), 0.25)
    perfect = np.where(np.isnan(counted), 0.25, counted)
    stays = np.stack([last] * 2)
    cells = cells_of("model", perfect, counted, last) + cells_of("rival", stays, counted, last)
    of_model = [cell for cell in cells if cell.method == "model"]
    assert len(of_model) == 36 and all(isinstance(cell, Cell) for cell in of_model)
    assert max(cell.mae for cell in of_model) == 0 and all(cell.cover90 for cell in of_model)
    assert max(abs(cell.crps) for cell in of_model) < 1e-12
    assert order_of_changes(of_model) == pytest.approx(1.0)
    rival = [cell for cell in cells if cell.method == "rival"]
    assert np.isnan(order_of_changes(rival))  # it foresees no change
    (row,) = [row for row in paired_table(cells, "model") if row["score"] == "mae"]
    of_republic = -np.linspace(0.01, 0.05, 5) / 2
    assert row["difference"] == pytest.approx(of_republic.mean())
    assert row["republics_better"] == row["republics"] == 5
    half = 2.1318 * of_republic.std(ddof=1) / np.sqrt(5)  # t of 4 degrees of freedom at 0.95
    assert (row["low"], row["high"]) == pytest.approx(
        (of_republic.mean() - half, of_republic.mean() + half), rel=1e-4
    )
    assert np.isnan(student_interval(np.array([1.0]))).all()


def request(folders=(), origins=(), scenario=None) -> Request:
    return Request(tuple(folders), None, tuple(origins), scenario, 64, True)


@pytest.fixture
def later(tmp_path) -> Path:
    """A series of two republics from 2021 to 2025."""
    folder = Path(shutil.copytree(Path(__file__).parent / "own_series", tmp_path / "later"))
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        for year in range(2010, 2015):
            text = text.replace(f"{year}", f"{year + 11}")
        path.write_text(text.replace("tables of 2031", "tables"), encoding="utf-8")
    return folder


def test_origins(later):
    pack = choose_series(request(), None)
    assert choose_origins(pack, (), None) == (2005, 2006, 2007, 2008)
    with pytest.raises(RequestError, match="an origin of 2002 needs 4 years up to it and one"):
        choose_origins(pack, (2002,), None)
    with pytest.raises(RequestError, match="and the series has 2000 to 2009; give another"):
        choose_origins(pack, (2009,), None)
    short = choose_series(request([Path(__file__).parent / "own_series"]), None)
    assert choose_origins(short, (), None) == (2013,)
    with pytest.raises(RequestError, match="an origin of 2011 needs 4 years"):
        choose_origins(short.until(2012), (), None)
    after = choose_series(request([later]), None)
    with pytest.raises(RequestError, match="goes on to 2025, and what is simulated ends with 2019"):
        choose_origins(after, (), None)
    scenario = load_scenario("baseline")
    both = choose_series(request([later], scenario="baseline"), scenario)
    assert both.years == (*range(2000, 2010), *range(2021, 2026))
    assert choose_origins(both, (), scenario) == (2009,)
    with pytest.raises(RequestError, match="must lie in history, which ends with 2019"):
        choose_origins(both, (2022,), scenario)
    ends = {last: replace(scenario, last=last) for last in (102, 103)}  # of 2025, Q3 and Q4
    assert choose_origins(both, (), ends[103]) == (2009,)
    with pytest.raises(RequestError, match="goes on to 2025, and what is simulated ends with 2024"):
        choose_origins(both, (), ends[102])


def test_series_are_joined_by_year(later):
    both = load_series([MEASURED, later])
    (joined,) = join_series(both)
    assert joined.known.sum() == both[0].known.sum() + both[1].known.sum()
    assert np.array_equal(joined.value[:10], both[0].value)


@pytest.fixture
def few_moves(monkeypatch):
    """Samples that are too short to be good, and take seconds."""
    monkeypatch.setattr(tempered_smc, "STAGE_MOVES", 1)
    monkeypatch.setattr(tempered_smc, "FINAL_MOVES", 1)
    monkeypatch.setattr(tempered_smc, "MOST_FINAL_MOVES", 1)
    monkeypatch.setattr(tempered_smc, "EFFECTIVE_PART", 0.2)


def read_rows(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_command_and_that_it_resumes(tmp_path, few_moves):
    words = ("backtest", "--particles", 64, "--origin", 2007, "--jobs", 1)
    words = (*words, "--out", tmp_path / "out")
    first = steppe(*words)
    assert first.returncode == 0, first.stderr
    assert "Mean error" in first.stdout and "90% bands hold" in first.stdout
    rows = read_rows(tmp_path / "out" / "scores.csv")
    of_all = {row["method"]: row for row in rows if row["by"] == "all"}
    assert set(of_all) == {MODEL, DOCUMENTS, *METHODS}
    assert all(row["cells"] == "40" for row in of_all.values())
    record = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    shown = {row["method"]: row["mae"] for row in record["scores"] if row["by"] == "all"}
    assert shown[MODEL] == pytest.approx(float(of_all[MODEL]["mae"]), rel=1e-4)
    cells = read_rows(tmp_path / "out" / "cells.csv")
    errors = [abs(float(c["point"]) - float(c["counted"])) for c in cells if c["method"] == MODEL]
    assert np.mean(errors) == pytest.approx(shown[MODEL], abs=1e-5)
    again = steppe(*words)
    assert "resumed: 1 pieces of work were already done" in again.stderr
    assert again.stdout == first.stdout
    other = steppe(*words[:-1], tmp_path / "out", "--seed", 2)
    assert other.returncode != 0 and "holds another analysis" in other.stderr


def test_a_scenario_against_later_figures(later, tmp_path, few_moves):
    found = steppe(
        *("backtest", "--scenario", "russian-retreat", "--evidence", later, "--particles", 64),
        *("--jobs", 1, "--out", tmp_path / "out"),
    )
    assert found.returncode == 0, found.stderr
    cells = read_rows(tmp_path / "out" / "cells.csv")
    assert {cell["year"] for cell in cells} == {str(year) for year in range(2021, 2026)}
    assert {cell["republic"] for cell in cells} == {"Kazakhstan", "Kyrgyzstan"}
    retreat = [row for row in cells if row["method"] == DOCUMENTS and row["power"] == "Russia"]
    first, last = float(retreat[0]["point"]), float(retreat[4]["point"])
    assert last < first  # Russia retreats


def test_a_backtest_needs_one_observable(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    found = steppe("backtest", "--evidence", empty, "--out", tmp_path / "out")
    assert found.returncode != 0 and "empty" in found.stderr

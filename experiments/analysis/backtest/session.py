"""A backtest from the options of the command to its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from steppe.experiments.analysis.folder import AnalysisFolder
from steppe.experiments.analysis.session import (
    AnalysisOptions,
    AnalysisReport,
    open_checkpoints,
    open_folder,
)
from steppe.experiments.calibration.calibration_plan import CalibrationPlan, make_plan
from steppe.experiments.calibration.margins import HISTORY_YEARS
from steppe.experiments.figures.style import use_theme
from steppe.experiments.runs.parameter_source import ParameterSource
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.calendar import year_of
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import RequestError
from steppe.model.core.word_lists import join_words
from steppe.model.evidence.series import (
    MEASURED,
    Series,
    join_series,
    load_series,
    series_fingerprint,
)
from steppe.model.scenario.load import Scenario, load_scenario

from . import findings
from .baselines import LEAST_YEARS, METHODS, forecast_with
from .figures import data_page, error_page
from .forecasts import (
    DOCUMENTS,
    MODEL,
    MOST_DRAWS,
    Origin,
    forecast_from_documents,
    forecast_origin,
)
from .scores import Cell, Forecast, paired_table, score_cells, score_table

FULL_PARTICLES, QUICK_PARTICLES = 2048, 512
ORIGINS = 4  # by default: the years before the last, of which enough is known


@dataclass(frozen=True)
class Request:
    """What to forecast. origins : last years of what is known. particles : of each fit."""

    series: tuple[Path, ...]
    claims: Path | None
    origins: tuple[int, ...]
    scenario: str | None
    particles: int
    quick: bool


def run_backtest(options: AnalysisOptions, request: Request) -> AnalysisReport:
    """Forecast from each origin, score, and write tables, figures and page."""
    scenario = load_scenario(request.scenario) if request.scenario else None
    series = choose_series(request, scenario)
    origins = choose_origins(series, request.origins, scenario)
    source = options.load_parameter_source()
    plan = make_plan(request.claims, options.seed, request.particles)
    recorded = {
        "layer": MODEL,
        "series": series_fingerprint([series]),
        "plan": plan.identity,
        "origins": origins,
        "particles": request.particles,
    }
    scenarios = [] if scenario is None else [scenario]
    with open_folder(options, "backtest", scenarios, source, recorded) as folder:
        tasks = [_origin(plan, series, year, scenario) for year in origins]
        with open_checkpoints(folder, options, len(tasks)) as checkpoints:
            names = [f"origin-{year}" for year in origins]
            fitted = checkpoints.run(forecast_origin, tasks, names)
        forecasts = [
            row
            for task, found in zip(tasks, fitted, strict=True)
            for row in _all_forecasts(task, found["draws"], source)
        ]
        cells = _score(forecasts, series)
        sentences = _write(folder, request, series, forecasts, cells)
        return AnalysisReport(folder, sentences, checkpoints.reused)


def choose_series(request: Request, scenario: Scenario | None) -> Series:
    """The series to forecast; with a scenario and no years of history in it, after the pack.

    Raises
    ------
    RequestError
        If there is none, or of more than one observable.
    """
    series = load_series(request.series or (MEASURED,))
    recent = all(row.years[0] not in HISTORY_YEARS for row in series)
    if scenario is not None and series and recent:
        series += load_series([MEASURED])
    joined = join_series(series)
    if len(joined) != 1:
        names = join_words([row.observable for row in joined]) or "none"
        raise RequestError(f"a backtest takes series of one observable, and there are: {names}")
    return joined[0]


def choose_origins(
    series: Series, asked: Sequence[int], scenario: Scenario | None
) -> tuple[int, ...]:
    """The last years of what is known to each forecast.

    Raises
    ------
    RequestError
        If too little is known at one, nothing comes after it, or nothing simulates what does.
    """
    years = series.years
    # A year that the scenario leaves unfinished has no mean.
    last_simulated = HISTORY_YEARS[-1] if scenario is None else year_of(scenario.last + 1) - 1
    if years[-1] > last_simulated:
        remedy = (
            "compare a scenario with them, such as --scenario baseline"
            if scenario is None
            else "leave the years out in the record, or lengthen the scenario"
        )
        raise RequestError(
            f"{series.name}: goes on to {years[-1]}, and what is simulated ends with "
            f"{last_simulated}; {remedy}"
        )
    known = [year for year in years if year in HISTORY_YEARS]
    if not asked and scenario is not None:
        asked = [known[-1] if known and known[-1] < years[-1] else years[-2]]
    latest = years[max(LEAST_YEARS - 1, len(years) - 1 - ORIGINS) : -1]
    origins = tuple(sorted(set(asked))) or latest or years[-2:-1]
    for year in origins:
        if sum(own <= year for own in years) < LEAST_YEARS or year >= years[-1]:
            raise RequestError(
                f"{series.name}: an origin of {year} needs {LEAST_YEARS} years up to it and one "
                f"after it, and the series has {years[0]} to {years[-1]}; give another --origin, "
                "or add years"
            )
        if year not in HISTORY_YEARS:
            raise RequestError(
                f"--origin {year}: what is learnt from must lie in history, which ends with "
                f"{HISTORY_YEARS[-1]}; give an earlier year"
            )
    return origins


def _origin(plan: CalibrationPlan, series: Series, year: int, scenario: Scenario | None) -> Origin:
    then = tuple(own for own in series.years if own > year)
    known = series.until(year)
    if scenario is not None and scenario.added:
        raise RequestError(
            f"{scenario.name}: adds actors, of which the series knows nothing; give a scenario "
            "with the shipped cast"
        )
    return Origin(replace(plan, series=(known,)), year, then, scenario)


def _all_forecasts(
    origin: Origin, draws: np.typing.NDArray[np.float64], source: ParameterSource
) -> list[Forecast]:
    """The model, the documents alone and every baseline, from one origin."""
    of_model = {MODEL: draws}
    if source.posterior is not None:
        of_model[DOCUMENTS] = forecast_from_documents(origin, source.posterior)
    found = [
        Forecast(name, origin.year, origin.then, np.median(own, axis=-1), own)
        for name, own in of_model.items()
    ]
    for name in METHODS:
        random = origin.random(name)
        point, own = forecast_with(name, origin.series, origin.then, MOST_DRAWS, random)
        found.append(Forecast(name, origin.year, origin.then, point, own))
    return found


def _score(forecasts: Sequence[Forecast], series: Series) -> list[Cell]:
    cast = default_cast()
    cells: list[Cell] = []
    for row in forecasts:
        known = len(series.until(row.origin).years)
        counted, last = series.value[known:], series.value[known - 1]
        cells += score_cells(row, counted, last, cast.power_names, cast.republic_names)
    return cells


def _write(
    folder: AnalysisFolder,
    request: Request,
    series: Series,
    forecasts: Sequence[Forecast],
    cells: Sequence[Cell],
) -> list[str]:
    """Write tables, figures and page; return the sentences."""
    scores, paired = score_table(cells), paired_table(cells, MODEL)
    folder.table("cells.csv", [{**asdict(cell), "horizon": cell.horizon} for cell in cells])
    folder.table("scores.csv", scores)
    folder.table("paired.csv", paired)
    counted = {"observable": series.observable, **series.as_record(default_cast())}
    text = json.dumps(
        findings.without_nan({"scores": scores, "paired": paired, "counted": counted}), indent=1
    )
    write_text_atomically(folder.path / "scores.json", text)
    folder.written.append("scores.json")
    with use_theme():
        folder.figure("errors", error_page(scores, series, request.quick))
        folder.figure("forecasts", data_page(forecasts, series, default_cast()))
    shown = findings.table_rows(scores)
    sentences = findings.sentences(scores, paired, request.quick)
    title = f"Forecasts of {series.observable} against what was counted"
    folder.finish(title, sentences, shown, findings.LIMITS)
    return sentences

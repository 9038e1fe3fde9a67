"""Forecasts of the model from one origin: both layers fitted up to it, and the documents alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from steppe.experiments.calibration.calibration_plan import CalibrationPlan
from steppe.experiments.calibration.observed import offsets_in
from steppe.experiments.calibration.simulated_draws import (
    expected_logs,
    log_likelihood,
    simulate_years,
)
from steppe.experiments.calibration.tempered_smc import draw_tempered_sample
from steppe.experiments.calibration.unknowns import Unknowns, unknowns_of
from steppe.experiments.runs.checkpoints import Arrays
from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import FIRST_YEAR
from steppe.model.evidence.choice import DOCUMENTS_ALONE, WITH_SERIES
from steppe.model.evidence.series import Series
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.parameters.discrepancy import forecast, softmax
from steppe.model.parameters.draw import apply_changes
from steppe.model.parameters.posterior import PosteriorSample
from steppe.model.parameters.table import BY_ID
from steppe.model.random_streams import generators, key
from steppe.model.scenario.load import Scenario

MODEL, DOCUMENTS = WITH_SERIES, DOCUMENTS_ALONE
MOST_DRAWS = 2048  # that are kept of a forecast


@dataclass(frozen=True)
class Origin:
    """What is forecast: the years after `year`, from all that is known up to it.

    plan : with the series up to the origin. scenario : what happens, in place of history.
    """

    plan: CalibrationPlan
    year: int
    then: tuple[int, ...]
    scenario: Scenario | None = None

    @property
    def series(self) -> Series:
        """What is known at the origin."""
        return self.plan.series[0]

    @property
    def span(self) -> range:
        """Years that are simulated."""
        return range(FIRST_YEAR, max(*self.then, self.year) + 1)

    def random(self, purpose: str) -> np.random.Generator:
        """Random numbers that belong to the origin and a purpose."""
        place = np.array([self.year])
        return generators(key(self.plan.seed, "backtest", purpose), place)[0]


def forecast_origin(origin: Origin) -> Arrays:
    """Fit both layers and forecast: draws (years, p, r, n), how well particles moved."""
    plan = origin.plan
    unknowns = unknowns_of(plan)
    sample = draw_tempered_sample(
        lambda normals, name: log_likelihood(plan, normals),
        unknowns.size,
        plan.particles,
        plan.seed,
        halves=True,
    )
    normals = np.concatenate(list(sample.states[::-1]), axis=1)[:, :MOST_DRAWS]
    return {
        "draws": _forecast_at(origin, unknowns, normals),
        "correlation": np.array(sample.median_correlation),
        "effective_size": np.array(sample.effective_size),
    }


def _forecast_at(origin: Origin, unknowns: Unknowns, normals: FloatArray) -> FloatArray:
    plan, series = origin.plan, origin.series
    table, dates = unknowns.table(normals), unknowns.dates(normals)
    means = _simulate(origin, table, dates)
    offsets = offsets_in(table, unknowns.cast, unknowns.scatter(normals))
    latents = unknowns.latents(normals)
    before, after = (
        expected_logs(series, years, means, offsets, latents, plan.inputs.cast)
        for years in (series.years, origin.then)
    )
    scale = latents[series.observable].scale
    return forecast(series, before, origin.then, after, scale, origin.random("discrepancy"))


def forecast_from_documents(origin: Origin, posterior: PosteriorSample) -> FloatArray:
    """What the posterior of the documents alone says, with the scatter a run has, as draws."""
    cast = origin.plan.inputs.cast
    table = {label: np.array(values) for label, values in posterior.table.items()}
    dates = {name: np.array(values) for name, values in posterior.dates.items()}
    means = _simulate(origin, table, dates)
    row = OBSERVABLES[origin.series.observable]
    cells = (len(cast.powers), len(cast.republics), posterior.size)
    scatter = row.scatter * origin.random("scatter").standard_normal(cells)
    offsets = np.stack([table[label] for label in BY_ID[row.parameter].labels(cast)])
    rows = np.array(origin.then) - FIRST_YEAR
    channel = cast.index("channel", row.channel)
    logs = np.log(means[rows, :, :, channel]) + offsets[:, None] + scatter
    return softmax(logs)


def _simulate(
    origin: Origin, table: dict[str, FloatArray], dates: dict[str, np.typing.NDArray[np.int64]]
) -> FloatArray:
    """Mean shares of each year, of history or of the scenario, (years, p, r, c, n)."""
    plan, scenario = origin.plan, origin.scenario
    if scenario is None:
        return simulate_years(plan, table, dates, origin.span)
    members = np.arange(len(next(iter(table.values()))))
    changed = apply_changes(table, scenario.parameters, plan.inputs.cast, plan.seed, members)
    return simulate_years(replace(plan, history=scenario), changed, dates, origin.span)

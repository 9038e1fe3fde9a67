"""History simulated with draws of the unknowns, without noise, and what targets say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from steppe.experiments.runs.checkpoints import Arrays
from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.calendar import FIRST_YEAR
from steppe.model.core.cast import Cast
from steppe.model.evidence.series import Series
from steppe.model.forcing.forcing import Forcing
from steppe.model.model import InfluenceModel
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.parameters.ensemble import Parameters

from .calibration_plan import CalibrationPlan
from .likelihood import cluster_exponents, log_likelihoods
from .margins import HISTORY_YEARS, ChannelAverage, YearMeans, channel_mean, target_margins
from .observed import Offsets, offsets_in
from .series_latents import Latents
from .series_likelihood import log_likelihood_of_series
from .slants import slant_effects
from .targets import Target
from .unknowns import Unknowns, unknowns_of


@dataclass(frozen=True)
class SimulatedDraws:
    """Draws of the unknowns, and history simulated with each.

    table : parameters and offsets by label, (n,). dates : event whose date is drawn to (n,)
    quarters. slants : by label, (n,). cells : what is known of cells that a series counts, by
    label, (n,). margin : (targets, n), of all targets of the plan, without slants. tilt :
    (targets, n), what the slants add. persistence : margins if the shares of 2000 had not
    changed. last_share : (p, r, c, n), in the last year of history.
    """

    table: dict[str, FloatArray]
    dates: dict[str, IntArray]
    slants: dict[str, FloatArray]
    cells: dict[str, FloatArray]
    margin: FloatArray
    tilt: FloatArray
    persistence: FloatArray
    last_share: FloatArray

    @property
    def size(self) -> int:
        """The number of draws."""
        return int(self.margin.shape[1])

    def to_arrays(self) -> Arrays:
        """All arrays by name, as a file holds them."""
        arrays: Arrays = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Mapping):
                arrays |= {f"{field.name}:{name}": of_name for name, of_name in value.items()}
            else:
                arrays[field.name] = value
        return arrays


def join_draws(parts: Sequence[Arrays]) -> SimulatedDraws:
    """Draws from what `to_arrays` gave for parts of them, in this order."""
    joined = {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}
    values: dict[str, Any] = {
        name: {
            key.removeprefix(f"{name}:"): array
            for key, array in joined.items()
            if key.startswith(f"{name}:")
        }
        for name in ("table", "dates", "slants", "cells")
    }
    values |= {name: array for name, array in joined.items() if ":" not in name}
    return SimulatedDraws(**values)


def simulate_draws(plan: CalibrationPlan, normals: FloatArray) -> SimulatedDraws:
    """Simulate history with draws that break no guard.

    Parameters
    ----------
    normals : (d, n), from `Unknowns`.
    """
    unknowns, cast, targets = unknowns_of(plan), plan.inputs.cast, plan.all_targets
    table, dates = unknowns.table(normals), unknowns.dates(normals)
    if plan.variant is not None:
        table = plan.variant.zero_parameters(table)
    means = simulate_years(plan, table, dates)
    unchanged = np.broadcast_to(means[:1], means.shape)
    average = channel_average(plan)
    scatter = unknowns.scatter(normals)
    offsets = offsets_in(table, cast, scatter)
    slants = unknowns.slant_values(normals)
    cells: dict[str, FloatArray] = {}
    for name, latents in unknowns.latents(normals).items():
        cells |= latents.cell_links(scatter[name]).as_columns(name, cast)
    return SimulatedDraws(
        table,
        dates,
        {slant.label: row for slant, row in zip(unknowns.slants, slants, strict=True)},
        cells,
        target_margins(targets, means, cast, average, offsets),
        add_slants(targets, unknowns, slants),
        target_margins(targets, unchanged, cast, average, offsets),
        means[-1].copy(),
    )


def log_likelihood(plan: CalibrationPlan, normals: FloatArray) -> FloatArray:
    """ln of the likelihood of a plan's targets, (n,); -inf where a guard is broken.

    Parameters
    ----------
    normals : (d, n), from `Unknowns`.
    """
    unknowns, targets, cast = unknowns_of(plan), plan.targets, plan.inputs.cast
    result = np.full(normals.shape[1], -np.inf)
    inside = unknowns.admissible(unknowns.table(normals))
    if not inside.any():
        return result
    normals = normals[:, inside]
    table = unknowns.table(normals)
    if plan.variant is not None:
        table = plan.variant.zero_parameters(table)
    means = simulate_years(plan, table, unknowns.dates(normals))
    offsets = offsets_in(table, cast, unknowns.scatter(normals))
    margin = target_margins(targets, means, cast, channel_average(plan), offsets)
    slants = add_slants(targets, unknowns, unknowns.slant_values(normals))
    result[inside] = log_likelihood_of(plan, margin + slants)
    if plan.series:
        result[inside] += _log_likelihood_of_series(plan, unknowns, normals, means, offsets)
    return result


def log_likelihood_of(plan: CalibrationPlan, margin: FloatArray) -> FloatArray:
    """ln of the likelihood of a plan's targets, (n,), at margins with slants, (targets, n)."""
    each, exponents = log_likelihoods(plan.targets, margin), cluster_exponents(plan.targets)
    if plan.statements is not None:
        said = np.array(plan.statements)[:, None]
        each, exponents = np.where(said, each, np.log1p(-np.exp(each))), np.ones(len(each))
    likelihood: FloatArray = np.einsum("t,tn->n", exponents, each)
    return likelihood


def _log_likelihood_of_series(
    plan: CalibrationPlan,
    unknowns: Unknowns,
    normals: FloatArray,
    means: FloatArray,
    offsets: Offsets,
) -> FloatArray:
    """ln of the likelihood of a plan's series, (n,)."""
    latents = unknowns.latents(normals)
    total: FloatArray = np.zeros(normals.shape[1])
    for series in plan.series:
        expected = expected_logs(series, series.years, means, offsets, latents, unknowns.cast)
        total += log_likelihood_of_series(series, expected, latents[series.observable].scale)
    return total


def expected_logs(
    series: Series,
    years: Sequence[int],
    means: FloatArray,
    offsets: Offsets,
    latents: Mapping[str, Latents],
    cast: Cast,
) -> FloatArray:
    """ln of what a series counts in these years, up to its discrepancy, (years, p, r, n).

    Parameters
    ----------
    means : mean shares of each year from the first, (years, p, r, c, n). offsets, latents : by
    observable.
    """
    name = series.observable
    channel = cast.index("channel", OBSERVABLES[name].channel)
    rows = np.array(years, dtype=np.int64) - FIRST_YEAR
    logs: FloatArray = np.log(means[rows, :, :, channel])
    return logs + offsets[name] + latents[name].trend(tuple(years))


def channel_average(plan: CalibrationPlan) -> ChannelAverage:
    """How a plan combines channels: by its variant's rule, or as their mean."""
    return plan.variant.average if plan.variant is not None else channel_mean


def add_slants(targets: Sequence[Target], unknowns: Unknowns, slants: FloatArray) -> FloatArray:
    """What slants (slants, n) add to the margins of targets, (targets, n)."""
    effects = slant_effects(targets, unknowns.slants, unknowns.cast)
    added: FloatArray = np.einsum("ts,sn->tn", effects, slants)
    return added


def simulate_years(
    plan: CalibrationPlan,
    table: dict[str, FloatArray],
    dates: dict[str, IntArray],
    years: range = HISTORY_YEARS,
    *,
    noise: bool = False,
) -> FloatArray:
    """Mean shares of each year of history, or of more of them, (years, p, r, c, n).

    Parameters
    ----------
    table, dates : as `Unknowns` gives them, (n,) each. years : from the first of history.
    noise : whether the process has noise, as it has in runs.
    """
    cast, variant = plan.inputs.cast, plan.variant
    members = np.arange(len(next(iter(table.values()))))
    republics = {}
    if variant is not None:
        republics = dict.fromkeys(cast.republic_names, variant.republic)
    model = InfluenceModel(
        plan.history,
        members,
        plan.seed,
        parameters=Parameters.from_table(table, cast, members),
        inputs=plan.inputs,
        republics=republics,
        forcing=_with_dates(dates),
        noise=noise,
        collect=None,
    )
    means = YearMeans(model.share.shape, years)
    for quarter in model.run():
        means.add(quarter, model.share)
    model.release()
    return means.values


def _with_dates(settled: dict[str, IntArray]) -> Callable[..., Forcing]:
    """A function that makes a forcing whose drawn dates are these."""

    def create(
        inputs: Any, events: Any, delta: Any, seed: Any, members: Any, dates: Any, backend: Any
    ) -> Forcing:
        return Forcing(inputs, events, delta, seed, members, settled, backend)

    return create

"""Prior draws simulated through history, in files that an interrupted run reuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from steppe.experiments.runs.checkpoints import Arrays, Checkpoints, open_worker_pool
from steppe.experiments.runs.workers import WorkerPool
from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import describe_os_error
from steppe.model.model import InfluenceModel
from steppe.model.parameters.draw import draw_priors
from steppe.model.parameters.ensemble import Parameters
from steppe.model.random_streams import CHUNK
from steppe.model.scenario.load import Scenario

from .calibration_plan import CalibrationPlan
from .margins import YearMeans, channel_mean, target_margins

FILE_DRAWS = 2048  # draws in one file
SIMULATED_TOGETHER = 1024  # draws
PARAMETER_PREFIX, DATE_PREFIX = "parameter:", "date:"  # of the arrays in a file

Span = tuple[int, int]  # the first draw of a file and the one after its last
ReportProgress = Callable[[int], None]
ReportPart = Callable[[str, int], None]  # given what is simulated and the draws just done


@dataclass(frozen=True)
class SimulatedDraws:
    """Simulated prior draws.

    table : parameter label to (n,). dates : event whose date is drawn to (n,) quarters.
    margin : (targets, n), of all targets of the plan. persistence : the same if the shares
    of 2000 had not changed.
    """

    table: dict[str, FloatArray]
    dates: dict[str, IntArray]
    margin: FloatArray
    persistence: FloatArray

    @property
    def size(self) -> int:
        """The number of draws."""
        return int(self.margin.shape[1])

    @property
    def uniform_weight(self) -> FloatArray:
        """The weight of the prior, (n,), which sums to 1."""
        return np.full(self.size, 1.0 / self.size)


def simulate_members(plan: CalibrationPlan, members: IntArray) -> SimulatedDraws:
    """Simulate some prior draws through history.

    Parameters
    ----------
    members : (n,) numbers of the draws.
    """
    cast, variant = plan.inputs.cast, plan.variant
    table = draw_priors(plan.seed, members, cast, plan.inputs.alpha_means)
    republics = {}
    if variant is not None:
        table = variant.zero_parameters(table)
        republics = dict.fromkeys(cast.republic_names, variant.republic)
    model = InfluenceModel(
        plan.history,
        members,
        plan.seed,
        parameters=Parameters.from_table(table, cast, members),
        inputs=plan.inputs,
        republics=republics,
    )
    means = YearMeans(model.share.shape)
    for quarter in model.run():
        means.add(quarter, model.share)
    dates = {
        name: np.broadcast_to(model.forcing.starts[name], (len(members),))
        for name in drawn_events(plan.history)
    }
    model.release()
    average = variant.average if variant is not None else channel_mean
    unchanged = np.broadcast_to(means.values[:1], means.values.shape)
    return SimulatedDraws(
        table,
        dates,
        target_margins(plan.all_targets, means.values, cast, average),
        target_margins(plan.all_targets, unchanged, cast, average),
    )


def drawn_events(history: Scenario) -> list[str]:
    """Events whose date is drawn for each member: disputed, or only the year is known."""
    return [name for name, event in history.events.items() if event.either or event.between]


def simulate_draws(
    plan: CalibrationPlan,
    folder: Path,
    pool: WorkerPool | None = None,
    report_progress: ReportProgress = lambda count: None,
) -> SimulatedDraws:
    """Simulate all draws of a plan, reusing files of the same plan in the folder.

    Parameters
    ----------
    pool : from `open_worker_pool`; None simulates in this process.
    report_progress : called with the number of draws whenever some are done.

    Raises
    ------
    RequestError
        If the folder cannot be written.
    IncompleteRunError
        If the work was stopped; finished files are kept.
    """
    try:
        checkpoints = Checkpoints(folder / plan.identity, on_progress=report_progress, pool=pool)
    except OSError as error:
        raise RequestError(
            f"{folder}: {describe_os_error(error, other_way='give another folder with --work')}"
        ) from None
    spans = [
        (first, min(first + FILE_DRAWS, plan.draw_count))
        for first in range(0, plan.draw_count, FILE_DRAWS)
    ]
    names = [f"draws-{first:08d}-{last:08d}" for first, last in spans]
    if not _is_reproduced(plan, checkpoints, spans, names):
        checkpoints.discard(names)
    sizes = [last - first for first, last in spans]
    return _join_draws(checkpoints.run(partial(_simulate_span, plan), spans, names, sizes))


@dataclass(frozen=True)
class Simulator:
    """Simulates several plans in one folder, with the same worker processes."""

    folder: Path
    pool: WorkerPool | None
    report_part: ReportPart

    def simulate(self, plan: CalibrationPlan, part: str) -> SimulatedDraws:
        """Simulate all draws of a plan; `part` names it in reports of progress."""
        return simulate_draws(plan, self.folder, self.pool, partial(self.report_part, part))


@contextmanager
def open_simulator(folder: Path, jobs: int, report_part: ReportPart) -> Iterator[Simulator]:
    """A simulator with its worker processes, which end with the context."""
    with open_worker_pool(jobs) as pool:
        yield Simulator(folder, pool, report_part)


def _is_reproduced(
    plan: CalibrationPlan, checkpoints: Checkpoints, spans: list[Span], names: list[str]
) -> bool:
    """True if the model still gives the first draws in the folder, or if there are none.

    It does not if its code has changed while the model version stayed the same.
    """
    for (first, _), name in zip(spans, names, strict=True):
        stored = checkpoints.read(name)
        if stored is not None:
            again = simulate_members(plan, np.arange(first, min(first + CHUNK, plan.draw_count)))
            kept = stored["margin"][:, : again.size]
            return kept.shape == again.margin.shape and np.allclose(
                kept, again.margin, rtol=0.0, atol=1e-9
            )
    return True


def _simulate_span(plan: CalibrationPlan, span: Span) -> Arrays:
    first, last = span
    parts = [
        simulate_members(plan, np.arange(start, min(start + SIMULATED_TOGETHER, last)))
        for start in range(first, last, SIMULATED_TOGETHER)
    ]
    arrays: Arrays = {
        f"{PARAMETER_PREFIX}{label}": np.concatenate([part.table[label] for part in parts])
        for label in parts[0].table
    }
    arrays |= {
        f"{DATE_PREFIX}{name}": np.concatenate([part.dates[name] for part in parts])
        for name in parts[0].dates
    }
    return arrays | {
        name: np.concatenate([getattr(part, name) for part in parts], axis=1)
        for name in ("margin", "persistence")
    }


def _join_draws(parts: list[Arrays]) -> SimulatedDraws:
    joined = {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}
    return SimulatedDraws(
        _with_prefix(joined, PARAMETER_PREFIX),
        _with_prefix(joined, DATE_PREFIX),
        joined["margin"],
        joined["persistence"],
    )


def _with_prefix(arrays: Arrays, prefix: str) -> Arrays:
    return {
        name.removeprefix(prefix): values
        for name, values in arrays.items()
        if name.startswith(prefix)
    }

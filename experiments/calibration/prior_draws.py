"""Prior draws simulated through history, in files that an interrupted run reuses."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steppe.experiments.errors import IncompleteRunError, RequestError
from steppe.experiments.runs.executors import worker_pool
from steppe.experiments.storage.atomic_files import drafted
from steppe.model.core.array_types import Array, FloatArray, IntArray
from steppe.model.model import InfluenceModel
from steppe.model.parameters.table import Parameters, draw_priors
from steppe.model.random_streams import CHUNK
from steppe.model.scenario.load import Scenario

from .calibration_plan import CalibrationPlan
from .margins import YearMeans, channel_mean, target_margins

FILE_DRAWS = 2048  # draws in one file
SIMULATED_TOGETHER = 1024  # draws
PARAMETER_PREFIX, DATE_PREFIX = "parameter:", "date:"  # of the arrays in a file

Span = tuple[int, int]  # the first draw of a file and the one after its last
ReportProgress = Callable[[int], None]


@dataclass(frozen=True)
class SimulatedDraws:
    """Simulated prior draws.

    table : parameter label to (n,). dates : disputed event to (n,) quarters.
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
        for name in disputed_events(plan.history)
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


def disputed_events(history: Scenario) -> list[str]:
    """Events on whose date the documents disagree."""
    return [name for name, event in history.events.items() if event.either]


@contextmanager
def open_worker_pool(jobs: int) -> Iterator[Executor | None]:
    """Processes to pass to several calls of `simulate_draws`; None if one job is enough."""
    if jobs == 1:
        yield None
        return
    with worker_pool(jobs) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def simulate_draws(
    plan: CalibrationPlan,
    folder: Path,
    pool: Executor | None = None,
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
    plan_folder = folder / plan.identity
    try:
        plan_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(
            f"{folder}: cannot be written ({error.strerror}); give another folder with --work"
        ) from None
    spans = [
        (first, min(first + FILE_DRAWS, plan.draw_count))
        for first in range(0, plan.draw_count, FILE_DRAWS)
    ]
    paths = {span: plan_folder / f"draws-{span[0]:08d}-{span[1]:08d}.npz" for span in spans}
    missing = _missing_spans(plan, paths)
    report_progress(plan.draw_count - sum(last - first for first, last in missing))
    try:
        for first, last in _simulate_spans(plan, missing, paths, pool):
            report_progress(last - first)
    except KeyboardInterrupt:
        raise IncompleteRunError(
            f"stopped; finished draws are kept in {folder}, and the same command resumes from there"
        ) from None
    return _load_draws([paths[span] for span in spans])


def _missing_spans(plan: CalibrationPlan, paths: dict[Span, Path]) -> list[Span]:
    """Spans without a usable file: all of them if the first file is of a model since changed."""
    complete = [span for span, path in paths.items() if _is_complete(path)]
    if complete and not _is_reproduced(plan, complete[0][0], paths[complete[0]]):
        complete = []
    return [span for span in paths if span not in complete]


def _is_complete(path: Path) -> bool:
    """True if the file exists and is intact; a full disk may have truncated it."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def _is_reproduced(plan: CalibrationPlan, first: int, path: Path) -> bool:
    """True if the model still gives the first draws of a file.

    It does not if its code has changed while the model version stayed the same.
    """
    again = simulate_members(plan, np.arange(first, min(first + CHUNK, plan.draw_count)))
    with np.load(path) as file:
        kept = file["margin"][:, : again.size]
    return kept.shape == again.margin.shape and np.allclose(kept, again.margin, rtol=0.0, atol=1e-9)


def _simulate_spans(
    plan: CalibrationPlan, spans: list[Span], paths: dict[Span, Path], pool: Executor | None
) -> Iterator[Span]:
    """Simulate each span into its file, and yield it."""
    if pool is None or len(spans) < 2:
        for span in spans:
            _simulate_file(plan, span, paths[span])
            yield span
        return
    futures = {span: pool.submit(_simulate_file, plan, span, paths[span]) for span in spans}
    try:
        for span, future in futures.items():
            future.result()
            yield span
    except BrokenProcessPool:
        raise IncompleteRunError(
            "a process that simulated draws died, perhaps because memory ran out; finished draws "
            "are kept, and the same command resumes from there, with --jobs 1 in less memory"
        ) from None


def _simulate_file(plan: CalibrationPlan, span: Span, path: Path) -> None:
    first, last = span
    parts = [
        simulate_members(plan, np.arange(start, min(start + SIMULATED_TOGETHER, last)))
        for start in range(first, last, SIMULATED_TOGETHER)
    ]
    arrays: dict[str, Array] = {
        f"{PARAMETER_PREFIX}{label}": np.concatenate([part.table[label] for part in parts])
        for label in parts[0].table
    }
    arrays |= {
        f"{DATE_PREFIX}{name}": np.concatenate([part.dates[name] for part in parts])
        for name in parts[0].dates
    }
    arrays |= {
        name: np.concatenate([getattr(part, name) for part in parts], axis=1)
        for name in ("margin", "persistence")
    }
    with drafted(path, path.with_suffix(".draft")) as draft, open(draft, "wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def _load_draws(paths: list[Path]) -> SimulatedDraws:
    parts = []
    for path in paths:
        with np.load(path) as file:
            parts.append(dict(file))
    joined = {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}
    return SimulatedDraws(
        _with_prefix(joined, PARAMETER_PREFIX),
        _with_prefix(joined, DATE_PREFIX),
        joined["margin"],
        joined["persistence"],
    )


def _with_prefix(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    return {
        name.removeprefix(prefix): values
        for name, values in arrays.items()
        if name.startswith(prefix)
    }

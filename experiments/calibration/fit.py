"""A fit: what a plan's targets leave of the prior, sampled in one or two independent runs.

Every evaluation is kept in a file until its run is done, so that an interrupted fit resumes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from steppe.experiments.runs.checkpoints import Arrays, Checkpoints, open_worker_pool
from steppe.experiments.runs.workers import WorkerPool
from steppe.model.core.array_types import FloatArray
from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import describe_os_error

from .calibration_plan import CalibrationPlan
from .likelihood import targets_met
from .simulated_draws import SimulatedDraws, join_draws, log_likelihood, simulate_draws
from .tempered_smc import (
    EACH_IN_TURN,
    MOSTLY_FITTED,
    Progress,
    TemperedSample,
    draw_tempered_sample,
)
from .unknowns import unknowns_of

LEAST_TOGETHER, PARTS = 256, 8  # draws simulated at once, and into how many parts they are divided
CHECKED = 64  # draws that tell whether the model still gives what files hold

ReportPart = Callable[[str, Progress], None]  # given what is fitted, and how far it has come


@dataclass(frozen=True)
class Fit:
    """Prior and posterior draws of a plan, each of equal weight.

    posterior : the draws of all runs, one run after the other. samples : of each run.
    """

    plan: CalibrationPlan
    prior: SimulatedDraws
    posterior: SimulatedDraws
    samples: tuple[TemperedSample, ...]

    @property
    def effective_size(self) -> float:
        """Of the last states of all runs together."""
        return sum(sample.effective_size for sample in self.samples)

    @property
    def correlation(self) -> float:
        """The largest median correlation with the start of the final moves, of all runs."""
        return max(sample.median_correlation for sample in self.samples)

    def probabilities(self, run: int | None = None) -> FloatArray:
        """How often each target of the plan is met, (targets,), in one run or all."""
        margin = self.posterior.margin[: len(self.plan.targets)]
        if run is not None:
            margin = np.split(margin, len(self.samples), axis=1)[run]
        probabilities: FloatArray = targets_met(self.plan.targets, margin).mean(axis=1)
        return probabilities

    @property
    def disagreement(self) -> FloatArray:
        """Difference of the runs in how often each target is met, (targets,); 0 for one run."""
        of_runs = [self.probabilities(run) for run in range(len(self.samples))]
        difference: FloatArray = np.ptp(of_runs, axis=0)
        return difference


@dataclass(frozen=True)
class Sampler:
    """Fits several plans in one folder, with the same worker processes."""

    folder: Path
    pool: WorkerPool | None = None
    report_part: ReportPart = lambda part, progress: None

    def fit(self, plan: CalibrationPlan, part: str, runs: int = 1) -> Fit:
        """Fit a plan, reusing files of the same plan; `part` names it in reports of progress.

        Raises
        ------
        RequestError
            If the folder cannot be written.
        IncompleteRunError
            If the work was stopped; finished evaluations are kept.
        """
        folder = self.folder / plan.identity
        try:
            files = Checkpoints(folder, pool=self.pool)
        except OSError as error:
            way = "give another folder with --work"
            raise RequestError(
                f"{self.folder}: {describe_os_error(error, other_way=way)}"
            ) from None
        _check_reproduced(plan, folder, files)
        samples = []
        for run in range(runs):
            name = f"run {run + 1} of {runs}" if runs > 1 else ""
            report = partial(self.report_part, f"{part} {name}".strip())
            samples.append(_sample_run(plan, run, files, report))
        prior = _simulate_states(plan, samples[0].prior[None], "prior", files)
        parts = [
            _simulate_states(plan, sample.states, f"posterior-{run}", files)
            for run, sample in enumerate(samples)
        ]
        posterior = join_draws([draws.to_arrays() for draws in parts])
        return Fit(plan, prior, posterior, tuple(samples))


@contextmanager
def open_sampler(folder: Path, jobs: int, report_part: ReportPart) -> Iterator[Sampler]:
    """A sampler with its worker processes, which end with the context."""
    with open_worker_pool(jobs) as pool:
        yield Sampler(folder, pool, report_part)


def _check_reproduced(plan: CalibrationPlan, folder: Path, files: Checkpoints) -> None:
    """Delete files in the folder if the model, its code changed, gives other likelihoods."""
    dimension = unknowns_of(plan).size
    normals = np.random.default_rng(plan.seed).standard_normal((dimension, CHECKED)) / 2
    now = log_likelihood(plan, normals)
    kept = files.read("check")
    if kept is not None and not np.allclose(kept["likelihood"], now, rtol=0.0, atol=1e-9):
        files.discard([path.stem for path in folder.glob("*.npz")])
    files.run(lambda _: {"likelihood": now}, [0], ["check"])


def _sample_run(
    plan: CalibrationPlan, run: int, files: Checkpoints, report: Callable[[Progress], None]
) -> TemperedSample:
    """One run, from its file or from those of its evaluations, which are deleted at its end."""
    names: list[str] = []

    def evaluate(normals: FloatArray, name: str) -> FloatArray:
        spans = _spans(normals.shape[1])
        own = [f"run-{run}-{name}-{place}" for place in range(len(spans))]
        names.extend(own)
        parts = files.run(partial(_evaluate_part, plan), [normals[:, part] for part in spans], own)
        return np.concatenate([part["likelihood"] for part in parts])

    def sample(seed: int) -> Arrays:
        found = draw_tempered_sample(
            evaluate,
            unknowns_of(plan).size,
            plan.particles,
            seed,
            report,
            halves=True,
            turns=MOSTLY_FITTED if plan.series else EACH_IN_TURN,
        )
        return {name: np.asarray(value) for name, value in vars(found).items()}

    (kept,) = files.run(sample, [_run_seed(plan, run)], [f"sample-{run}"])
    files.discard(names)
    accepted = float(kept.pop("accepted"))
    return TemperedSample(**kept, accepted=accepted)


def _run_seed(plan: CalibrationPlan, run: int) -> int:
    return plan.seed + 1_000_003 * run


def _spans(count: int) -> list[slice]:
    size = max(LEAST_TOGETHER, -(-count // PARTS))
    return [slice(first, min(first + size, count)) for first in range(0, count, size)]


def _evaluate_part(plan: CalibrationPlan, normals: FloatArray) -> Arrays:
    return {"likelihood": log_likelihood(plan, normals)}


def _simulate_states(
    plan: CalibrationPlan, states: FloatArray, name: str, files: Checkpoints
) -> SimulatedDraws:
    """Simulate states (k, d, n) of one run, the particles of one state after the other."""
    normals = np.concatenate(list(states), axis=1)
    spans = _spans(normals.shape[1])
    names = [f"{name}-{place}" for place in range(len(spans))]
    parts = files.run(partial(_simulate_part, plan), [normals[:, part] for part in spans], names)
    return join_draws(parts)


def _simulate_part(plan: CalibrationPlan, normals: FloatArray) -> Arrays:
    return simulate_draws(plan, normals).to_arrays()

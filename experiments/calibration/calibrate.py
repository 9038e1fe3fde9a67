"""All steps of a calibration: simulate, weight, diagnose, resample, write."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from steppe.experiments.runs.checkpoints import open_worker_pool
from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_fixed
from steppe.model.core.os_errors import describe_os_error
from steppe.model.evidence.claims import DOCUMENTS_ONLY
from steppe.model.parameters.posterior import PosteriorSample, write_posterior

from .calibration_plan import CalibrationPlan
from .fit_diagnostics import diagnose_fit
from .importance_weights import NO_TARGETS, check_gates, weigh_draws
from .prior_draws import ReportProgress, simulate_draws
from .resample import MEMBERS, resample_posterior
from .result import CalibrationResult

FULL_DRAWS, QUICK_DRAWS = 200_704, 20_480  # multiples of the draws in a file


def calibrate(
    plan: CalibrationPlan,
    work: Path,
    out: Path,
    *,
    jobs: int,
    quick: bool,
    evidence_folder: Path | None = None,
    report: Path | None = None,
    report_progress: ReportProgress = lambda count: None,
) -> CalibrationResult:
    """Calibrate and write the posterior sample.

    The tables, and the report if a path is given for it, are written even if the gates
    fail, since they show why; the posterior sample is not.

    Parameters
    ----------
    work : folder for simulated draws and tables. out : file for the posterior sample.
    evidence_folder : the user's own claims in the plan, to be recorded in the file.

    Raises
    ------
    RequestError
        If there are no targets, no draw agrees with them, or a file cannot be written.
    IncompleteRunError
        If the simulation was stopped, or the gates fail.
    """
    if not plan.targets:
        raise RequestError(NO_TARGETS)
    with open_worker_pool(jobs) as pool:
        draws = simulate_draws(plan, work, pool, report_progress)
    weights = weigh_draws(plan, draws)
    diagnostics = diagnose_fit(plan, draws, weights)
    posterior = resample_posterior(plan, draws, weights, MEMBERS, quick=quick)
    if evidence_folder is not None:
        known = evidence_folder == DOCUMENTS_ONLY
        folder = evidence_folder if known else evidence_folder.resolve()
        posterior = replace(posterior, header={**posterior.header, "folder": str(folder)})
    result = CalibrationResult(plan, draws, weights, diagnostics, posterior)
    _write_tables(result, work)
    if report is not None:
        from .report import write_report  # imports matplotlib

        write_report(result, report)
    check_gates(weights, diagnostics.targets["target"].iloc[0])
    _write_posterior(out, posterior)
    return result


def _write_tables(result: CalibrationResult, folder: Path) -> None:
    for name in ("parameters", "targets", "pairs"):
        table = getattr(result.diagnostics, name).assign(mode=result.posterior.header["mode"])
        with replace_requested_file(folder / f"{name}.csv") as draft:
            table.to_csv(draft, index=False, float_format=partial(format_fixed, decimals=4))


def _write_posterior(path: Path, posterior: PosteriorSample) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_posterior(path, posterior)
    except OSError as error:
        raise RequestError(
            f"{path}: {describe_os_error(error, other_way='give another file with --out')}"
        ) from None

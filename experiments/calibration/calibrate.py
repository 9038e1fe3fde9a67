"""All steps of a calibration: sample, diagnose, check, resample, write."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_fixed
from steppe.model.core.os_errors import describe_os_error
from steppe.model.evidence.choice import RESERVED, EvidenceChoice
from steppe.model.parameters.posterior import SERIES_SEPARATOR, PosteriorSample, write_posterior

from .calibration_plan import CalibrationPlan
from .fit import ReportPart, open_sampler
from .fit_diagnostics import diagnose_fit
from .gates import FULL_GATES, QUICK_GATES, check_gates, failed_gates
from .resample import MEMBERS, resample_posterior
from .result import CalibrationResult

FULL_PARTICLES, QUICK_PARTICLES = 4096, 512
TABLES = ("parameters", "targets", "pairs", "slants", "against")
RUNS = 2  # with different seeds, which must agree
NO_TARGETS = (
    "the evidence holds no targets; a claim with `use: target` and an `expect` is needed "
    "to calibrate"
)


def calibrate(
    plan: CalibrationPlan,
    work: Path,
    out: Path,
    *,
    jobs: int,
    quick: bool,
    evidence: EvidenceChoice | None = None,
    report: Path | None = None,
    report_part: ReportPart = lambda part, progress: None,
) -> CalibrationResult:
    """Calibrate and write the posterior sample.

    The tables, and the report if a path is given for it, are written even if the gates
    fail, since they show why; the posterior sample is not.

    Parameters
    ----------
    work : folder for unfinished work and tables. out : file for the posterior sample.
    evidence : where claims and series of the plan came from, to be recorded in the file.

    Raises
    ------
    RequestError
        If there are no targets, or a file cannot be written.
    IncompleteRunError
        If the work was stopped, or the gates fail.
    """
    if not plan.targets:
        raise RequestError(NO_TARGETS)
    with open_sampler(work, jobs, report_part) as sampler:
        fit = sampler.fit(plan, "posterior", RUNS)
    gates = QUICK_GATES if quick else FULL_GATES
    posterior = resample_posterior(fit, MEMBERS, quick=quick)
    if evidence is not None:
        posterior = replace(posterior, header={**posterior.header, **_record_places(evidence)})
    result = CalibrationResult(fit, failed_gates(fit, gates), diagnose_fit(fit), posterior)
    _write_tables(result, work)
    if report is not None:
        from .report import write_report  # imports matplotlib

        write_report(result, report)
    check_gates(fit, gates)
    _write_posterior(out, posterior)
    return result


def _record_places(evidence: EvidenceChoice) -> dict[str, str]:
    """Where the evidence came from, as the header of a posterior has it."""

    def place(path: Path) -> str:
        return str(path if path in RESERVED else path.resolve())

    found = {"folder": place(evidence.claims)} if evidence.claims else {}
    if evidence.series:
        found["series_from"] = SERIES_SEPARATOR.join(map(place, evidence.series))
    return found


def _write_tables(result: CalibrationResult, folder: Path) -> None:
    for name in TABLES:
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

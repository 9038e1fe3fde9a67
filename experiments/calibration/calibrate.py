"""The whole calibration: simulate, weigh, test, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from steppe.experiments.errors import RequestError
from steppe.model.core.cast import default_cast
from steppe.model.evidence.claims import load_evidence
from steppe.model.evidence.coded_inputs import code_inputs
from steppe.model.evidence.fingerprint import fingerprint
from steppe.model.parameters.posterior import write_posterior
from steppe.model.scenario.load import load_scenario

from .conclusions import as_targets
from .fit_diagnostics import diagnose
from .importance_weights import MEMBERS, fit, require_gates, resampled
from .prior_draws import Plan, simulate, workers
from .result import Calibration
from .targets import targets_of

FULL_DRAWS, QUICK_DRAWS = 200_704, 20_480  # whole files


def plan_for(evidence_folder: Path | None, seed: int, draws: int) -> Plan:
    """The plan that the shipped claims, and a user's own, give."""
    evidence, cast = load_evidence(evidence_folder), default_cast()
    return Plan(
        load_scenario("history"),
        code_inputs(evidence, cast),
        targets_of(evidence),
        seed,
        draws,
        fingerprint(evidence),
        as_targets(cast),
    )


def calibrate(
    plan: Plan,
    work: Path,
    out: Path,
    *,
    jobs: int,
    quick: bool,
    evidence_folder: Path | None = None,
    report: Path | None = None,
    tell: Callable[[int], None] = lambda count: None,
) -> Calibration:
    """Calibrate and write the weights.

    Tables, and the report if a path is given for it, are written even if the gates fail,
    since they show why; the weights are not.

    Raises
    ------
    RequestError, IncompleteRunError
        If there are no targets, no draw agrees, or the gates fail.
    """
    if not plan.targets:
        raise RequestError(
            "the evidence holds no targets; a claim with `use: target` and an `expect` is needed to calibrate"
        )
    with workers(jobs) as pool:
        draws = simulate(plan, work, pool, tell)
    found = fit(plan, draws)
    diagnostics = diagnose(plan, draws, found)
    posterior = resampled(plan, draws, found, MEMBERS, quick=quick)
    if evidence_folder is not None:
        posterior = replace(
            posterior, header={**posterior.header, "folder": str(evidence_folder.resolve())}
        )
    done = Calibration(plan, draws, found, diagnostics, posterior)
    for name in ("parameters", "targets", "pairs"):
        getattr(diagnostics, name).assign(mode=posterior.header["mode"]).to_csv(
            work / f"{name}.csv", index=False, float_format="%.4f"
        )
    if report is not None:
        from .report import write_report  # brings matplotlib along

        write_report(done, report)
    require_gates(found, diagnostics.targets["target"].iloc[0])
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_posterior(out, posterior)
    except OSError as error:
        raise RequestError(
            f"{out}: cannot be written ({error.strerror}); give another file with --out"
        ) from None
    return done

"""The scorecard: where the model wins, and where it loses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from steppe.experiments.calibration.calibration_plan import make_plan
from steppe.experiments.calibration.fit import Fit, ReportPart, open_sampler
from steppe.experiments.calibration.fit_diagnostics import (
    displaced_cells,
    opposed_claims,
    slant_table,
)

from .leave_one_out import leave_out_documents
from .variant_conclusions import evaluate_conclusions

FULL_PARTICLES, QUICK_PARTICLES = 4096, 512
RUNS = 2  # of the fit on all documents


@dataclass(frozen=True)
class Scorecard:
    """Tables of all parts.

    left_out : a row per document and forecast. targets : a row per target of a document
    left out. conclusions : a row per conclusion, a column of probabilities per variant. missed :
    targets that the posterior on all documents misses. against : claims that stand against
    these. offsets, slants : what is learned of them. displaced : cells that one power holds.
    """

    left_out: pd.DataFrame
    targets: pd.DataFrame
    conclusions: pd.DataFrame
    missed: pd.DataFrame
    against: pd.DataFrame
    offsets: pd.DataFrame
    slants: pd.DataFrame
    displaced: list[str]
    particles: int
    quick: bool


def make_scorecard(
    work: Path,
    *,
    seed: int,
    jobs: int,
    quick: bool,
    evidence_folder: Path | None = None,
    report_part: ReportPart = lambda part, progress: None,
) -> Scorecard:
    """Compute all parts, reusing what an earlier run left in the folder `work`.

    `evidence_folder` is None, or `DOCUMENTS_ONLY` to leave out the public record.

    Raises
    ------
    RequestError
        If the folder cannot be written.
    IncompleteRunError
        If the work was stopped; finished evaluations are kept.
    """
    particles = QUICK_PARTICLES if quick else FULL_PARTICLES
    plan = make_plan(evidence_folder, seed, particles)
    work.mkdir(parents=True, exist_ok=True)
    with open_sampler(work, jobs, report_part) as sampler:
        fit = sampler.fit(plan, "all documents", RUNS)
        left_out, targets = leave_out_documents(plan, sampler)
        conclusions = evaluate_conclusions(fit, sampler)
    return Scorecard(
        left_out,
        targets,
        conclusions,
        _missed_targets(fit),
        opposed_claims(fit),
        offset_table(fit),
        slant_table(fit),
        displaced_cells(fit),
        particles,
        quick,
    )


def _missed_targets(fit: Fit) -> pd.DataFrame:
    """Ordinal targets with a posterior probability below one half, the least probable first."""
    rows = [
        {
            "target": target.id,
            "says": target.says,
            "read on": target.read_on,
            "probability": float(probability),
        }
        for target, probability in zip(fit.plan.targets, fit.probabilities(), strict=True)
        if probability < 0.5 and not target.is_numeric
    ]
    table = pd.DataFrame(rows, columns=["target", "says", "read on", "probability"])
    return table.sort_values("probability").reset_index(drop=True)


def offset_table(fit: Fit) -> pd.DataFrame:
    """Prior and posterior of the offsets between influence and what statistics count."""
    labels = [label for label in fit.posterior.table if label.startswith("offset.")]
    return pd.DataFrame(
        {
            "offset": label,
            "mean": fit.posterior.table[label].mean(),
            "spread": fit.posterior.table[label].std(),
            "spread before": fit.prior.table[label].std(),
        }
        for label in labels
    )

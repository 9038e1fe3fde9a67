"""The scorecard: where the model wins, and where it loses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from steppe.experiments.calibration.calibration_plan import CalibrationPlan, make_plan
from steppe.experiments.calibration.importance_weights import weigh_draws
from steppe.experiments.calibration.prior_draws import (
    ReportPart,
    SimulatedDraws,
    open_simulator,
)
from steppe.experiments.calibration.targets import shipped_documents
from steppe.experiments.calibration.variants import VARIANTS
from steppe.model.core.array_types import FloatArray

from .leave_one_out import leave_out_documents
from .recovery import check_recovery
from .variant_conclusions import evaluate_conclusions

FULL_DRAWS, QUICK_DRAWS = 40_960, 4_096
FULL_TRUTHS, QUICK_TRUTHS = 200, 40


@dataclass(frozen=True)
class Scorecard:
    """Tables of all parts.

    left_out : a row per document and forecast. targets : a row per target of a document
    left out. recovery : a row per quantity. ranks : name of a quantity to (truths,).
    conclusions : a row per conclusion, a column of probabilities per variant. missed :
    targets that the posterior on all documents misses.
    """

    left_out: pd.DataFrame
    targets: pd.DataFrame
    recovery: pd.DataFrame
    ranks: dict[str, FloatArray]
    conclusions: pd.DataFrame
    missed: pd.DataFrame
    draw_count: int
    quick: bool


def make_scorecard(
    work: Path,
    *,
    seed: int,
    jobs: int,
    quick: bool,
    evidence_folder: Path | None = None,
    report_part: ReportPart = lambda part, count: None,
) -> Scorecard:
    """Compute all parts, reusing what an earlier run left in the folder `work`.

    `evidence_folder` is None, or `DOCUMENTS_ONLY` to leave out the public record.

    Raises
    ------
    RequestError
        If the folder cannot be written.
    IncompleteRunError
        If the simulation was stopped; finished draws are kept.
    """
    draw_count = QUICK_DRAWS if quick else FULL_DRAWS
    plan = make_plan(evidence_folder, seed, draw_count)
    work.mkdir(parents=True, exist_ok=True)
    with open_simulator(work, jobs, report_part) as simulator:
        draws = simulator.simulate(plan, "all documents")
        weights = weigh_draws(plan, draws)
        left_out, targets = leave_out_documents(plan, simulator)
        conclusions = evaluate_conclusions(plan, draws, weights, simulator)
    truths = QUICK_TRUTHS if quick else FULL_TRUTHS
    recovery, ranks = check_recovery(plan, draws, truths, seed)
    missed = _missed_targets(plan, draws, weights.weight)
    return Scorecard(left_out, targets, recovery, ranks, conclusions, missed, draw_count, quick)


def count_simulations(quick: bool) -> int:
    """Draws simulated in all: with all documents, without each, and under each variant."""
    return (1 + len(shipped_documents()) + len(VARIANTS)) * (QUICK_DRAWS if quick else FULL_DRAWS)


def _missed_targets(
    plan: CalibrationPlan, draws: SimulatedDraws, weight: FloatArray
) -> pd.DataFrame:
    """Ordinal targets with a posterior probability below one half, the least probable first."""
    probabilities = (draws.margin[: len(plan.targets)] > 0) @ weight
    rows = [
        {"target": target.id, "says": target.says, "probability": float(probability)}
        for target, probability in zip(plan.targets, probabilities, strict=True)
        if probability < 0.5 and not target.is_numeric
    ]
    table = pd.DataFrame(rows, columns=["target", "says", "probability"])
    return table.sort_values("probability").reset_index(drop=True)

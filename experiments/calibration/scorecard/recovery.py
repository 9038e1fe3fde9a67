"""Recovery: does calibration on simulated documents find the unknowns that produced them?

Run by hand, since it takes minutes: `python -m steppe.experiments.calibration.scorecard.recovery`.
The result is kept beside the scorecard, which shows it.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from steppe.experiments.calibration.calibration_plan import CalibrationPlan, make_plan
from steppe.experiments.calibration.fit import Fit, Sampler, open_sampler
from steppe.experiments.calibration.likelihood import log_likelihoods
from steppe.experiments.calibration.simulated_draws import SimulatedDraws, simulate_draws
from steppe.experiments.calibration.unknowns import unknowns_of
from steppe.experiments.runs.workers import default_jobs
from steppe.model.core.array_types import BoolArray, FloatArray
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.shipped_files import SHIPPED_RECOVERY
from steppe.model.core.version import MODEL_VERSION

TRUTHS, PARTICLES = 50, 512
RANK_BINS = 10
COVERAGE_ERRORS = 3.0  # standard errors by which chance may move the coverage of a band

Record = dict[str, Any]


def check_recovery(plan: CalibrationPlan, sampler: Sampler, truths: int) -> dict[str, FloatArray]:
    """Calibrate on simulated documents, each made from one draw of the prior.

    A simulated document says of each ordinal target that it holds or that it does not, with the
    probabilities that the likelihood gives them. Each statement counts fully, also within a
    cluster, so that ranks are uniform if the scheme is right, as in simulation-based calibration
    (Talts et al. 2018).

    Returns
    -------
    Of each parameter and unweighted target, (3, truths): the rank of the truth among posterior
    draws, in [0, 1], the posterior mean and the truth.
    """
    ordinal = tuple(target for target in plan.targets if not target.is_numeric)
    plan = replace(plan, targets=ordinal)
    normals = draw_truths(plan, truths)
    drawn = simulate_draws(plan, normals)
    statements = draw_statements(plan, drawn)
    found: dict[str, list[tuple[float, float, float]]] = {}
    for number in range(truths):
        own = replace(plan, statements=tuple(map(bool, statements[:, number])))
        fit = sampler.fit(own, f"truth {number + 1} of {truths}")
        for name, (values, draws) in _quantities(fit, drawn).items():
            truth = float(values[number])
            rank = float((draws < truth).mean() + (draws == truth).mean() / 2)
            found.setdefault(name, []).append((rank, float(draws.mean()), truth))
    return {name: np.array(rows).T for name, rows in found.items()}


def draw_truths(plan: CalibrationPlan, truths: int) -> FloatArray:
    """Standard normals (d, truths) of draws from the prior that break no guard."""
    unknowns = unknowns_of(plan)
    rng = np.random.default_rng(np.random.SeedSequence([plan.seed, truths]))
    normals = rng.standard_normal((unknowns.size, 20 * truths))
    inside = np.flatnonzero(unknowns.admissible(unknowns.table(normals)))
    return normals[:, inside[:truths]]


def draw_statements(plan: CalibrationPlan, drawn: SimulatedDraws) -> BoolArray:
    """Whether a document made from each draw says that a target holds, (targets, n)."""
    count = len(plan.targets)
    says_so = np.exp(log_likelihoods(plan.targets, (drawn.margin + drawn.tilt)[:count]))
    rng = np.random.default_rng(np.random.SeedSequence([plan.seed, drawn.size, count]))
    said: BoolArray = rng.random(says_so.shape) < says_so
    return said


def _quantities(fit: Fit, drawn: SimulatedDraws) -> dict[str, tuple[FloatArray, FloatArray]]:
    """What is to be recovered by name: of the truths and of the posterior draws."""
    first = len(fit.plan.targets)
    names = [target.id for target in fit.plan.unweighted_targets]
    margins = zip(names, drawn.margin[first:], fit.posterior.margin[first:], strict=True)
    return {
        label: (values, fit.posterior.table[label]) for label, values in drawn.table.items()
    } | {name: (values, draws) for name, values, draws in margins}


def recovery_record(
    found: dict[str, FloatArray], conclusions: set[str], evidence: str, particles: int
) -> Record:
    """What `check_recovery` found as a dictionary for JSON; ranks are those of every truth."""
    ranks = {name: rows[0] for name, rows in found.items()}
    covered = {name: float((np.abs(rank - 0.5) < 0.45).mean()) for name, rank in ranks.items()}
    half = [float((np.abs(rank - 0.5) < 0.25).mean()) for rank in ranks.values()]
    correlation = {
        name: float(np.corrcoef(mean, truth)[0, 1]) for name, (_, mean, truth) in found.items()
    }
    truths = len(next(iter(ranks.values())))
    chance = COVERAGE_ERRORS * math.sqrt(0.9 * 0.1 / truths)
    parameters = [name for name in found if name not in conclusions]
    worst = max(covered, key=lambda name: abs(covered[name] - 0.9))
    best = max(parameters, key=correlation.__getitem__)
    least = min(correlation, key=correlation.__getitem__)
    return {
        "evidence": evidence,
        "model": MODEL_VERSION,
        "truths": truths,
        "particles": particles,
        "bins": RANK_BINS,
        "chance": round(chance, 4),
        "covered_50": round(float(np.mean(half)), 4),
        "covered_90": round(float(np.mean(list(covered.values()))), 4),
        "worst": worst,
        "worst_covered_90": round(covered[worst], 4),
        "unfair": [name for name, part in covered.items() if abs(part - 0.9) > chance],
        "correlation_parameters": round(
            float(np.median([correlation[name] for name in parameters])), 4
        ),
        "correlation_conclusions": round(
            float(np.median([correlation[name] for name in conclusions])), 4
        ),
        "least_recovered": least,
        "least_correlation": round(correlation[least], 4),
        "best_recovered": best,
        "best_correlation": round(correlation[best], 4),
        "ranks": {
            name: [int(count) for count in np.histogram(rank, RANK_BINS, (0, 1))[0]]
            for name, rank in ranks.items()
        },
    }


def read_recovery(path: Path = SHIPPED_RECOVERY) -> Record | None:
    """The result that was kept, or None."""
    try:
        record: Record = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return record


def main() -> None:
    """Check recovery with all evidence, and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--truths", type=int, default=TRUTHS)
    parser.add_argument("--particles", type=int, default=PARTICLES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("calibration"))
    parser.add_argument("--out", type=Path, default=SHIPPED_RECOVERY)
    chosen = parser.parse_args()
    plan = make_plan(None, chosen.seed, chosen.particles)
    with open_sampler(chosen.work, default_jobs(), lambda part, progress: None) as sampler:
        found = check_recovery(plan, sampler, chosen.truths)
    record = recovery_record(
        found,
        {target.id for target in plan.unweighted_targets},
        plan.shipped_evidence_fingerprint,
        chosen.particles,
    )
    write_text_atomically(chosen.out, json.dumps(record, indent=1) + "\n")
    print(f"recovery  {chosen.out}")


if __name__ == "__main__":
    main()

"""The scorecard: where the model wins, and where it loses."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from steppe.experiments.calibration.calibrate import plan_for
from steppe.experiments.calibration.conclusions import CONCLUSIONS
from steppe.experiments.calibration.importance_weights import fit
from steppe.experiments.calibration.likelihood import draw_offsets
from steppe.experiments.calibration.prior_draws import Draws, Plan, simulate, workers
from steppe.experiments.calibration.targets import Target, targets_of
from steppe.experiments.calibration.variants import VARIANTS
from steppe.model.core.cast import default_cast
from steppe.model.evidence.claims import Evidence, load_evidence
from steppe.model.evidence.coded_inputs import code_inputs
from steppe.model.evidence.fingerprint import fingerprint
from steppe.model.evidence.history import history_yaml
from steppe.model.scenario.load import load_scenario

from .forecast_scores import coin_score, covered, log_score, right
from .recovery import recover

FULL_DRAWS, QUICK_DRAWS = 40_960, 4_096
FULL_TRUTHS, QUICK_TRUTHS = 200, 40
FEWEST = 200  # effective draws below which a left-out fit is said to be thin


@dataclass(frozen=True)
class Scorecard:
    """`left_out`: a row per document and forecast. `targets`: a row per target left out.
    `recovery`: a row per quantity. `conclusions`: a row per conclusion, a column per variant,
    the probability that it holds. `missed`: targets that the full posterior misses."""

    left_out: pd.DataFrame
    targets: pd.DataFrame
    recovery: pd.DataFrame
    ranks: dict[str, np.ndarray]
    conclusions: pd.DataFrame
    missed: pd.DataFrame
    draws: int
    quick: bool


def make_scorecard(
    work: Path,
    *,
    seed: int,
    jobs: int,
    quick: bool,
    tell: Callable[[str, int], None] = lambda name, count: None,
) -> Scorecard:
    """All parts, each taken up where an earlier run stopped."""
    count = QUICK_DRAWS if quick else FULL_DRAWS
    plan = plan_for(None, seed, count)
    work.mkdir(parents=True, exist_ok=True)
    with workers(jobs) as pool:
        draws = simulate(plan, work, pool, lambda done: tell("all documents", done))
        found = fit(plan, draws)
        left_out, targets = _left_out(plan, work, pool, tell)
        conclusions = _conclusions(plan, draws, found.weight, work, pool, tell)
    recovery, ranks = recover(plan, draws, QUICK_TRUTHS if quick else FULL_TRUTHS, seed)
    return Scorecard(
        left_out,
        targets,
        recovery,
        ranks,
        conclusions,
        _missed(plan, draws, found.weight),
        count,
        quick,
    )


def planned_draws(quick: bool) -> int:
    """How many histories all parts take together: with all documents, without each, and under each variant."""
    simulations = (
        1 + len({target.document for target in targets_of(load_evidence())}) + len(VARIANTS)
    )
    return simulations * (QUICK_DRAWS if quick else FULL_DRAWS)


def _left_out(
    plan: Plan, work: Path, pool: Executor | None, tell
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each document left out in turn, its inputs and events falling back too, its targets scored."""
    evidence = load_evidence()
    rows, details = [], []
    for document in dict.fromkeys(target.document for target in plan.targets):
        held = tuple(target for target in plan.targets if target.document == document)
        rest = tuple(target for target in plan.targets if target.document != document)
        without = _plan_without(plan, evidence, document, rest, held, work)
        draws = simulate(
            without, work, pool, lambda done, name=document: tell(f"without {name}", done)
        )
        found = fit(without, draws)
        margin, unmoved = draws.margin[len(rest) :], draws.persistence[len(rest) :]
        offsets = draw_offsets(plan.seed, held, draws.size)
        even = np.full(draws.size, 1.0 / draws.size)
        forecasts = {
            "posterior": (margin, found.weight),
            "prior": (margin, even),
            "persistence": (unmoved, found.weight),
        }
        scores = {}
        for name, (values, weight) in forecasts.items():
            scores[name] = log_score(held, values, offsets, weight)
            rows.append(
                {
                    "document left out": document,
                    "forecast": name,
                    "targets": len(held),
                    "log score": scores[name].mean(),
                    "ordinal claims right": _mean(right(held, values, weight)),
                    "covered by 50 %": _mean(covered(held, values, offsets, weight, 0.5)),
                    "covered by 90 %": _mean(covered(held, values, offsets, weight, 0.9)),
                    "effective draws": found.ess if name == "posterior" else draws.size,
                }
            )
        rows.append(
            {
                "document left out": document,
                "forecast": "coin",
                "targets": len(held),
                "log score": coin_score(held).mean(),
                "ordinal claims right": 0.5,
                "covered by 50 %": np.nan,
                "covered by 90 %": np.nan,
                "effective draws": np.nan,
            }
        )
        details += _details(held, margin, found.weight, scores)
    return pd.DataFrame(rows), pd.DataFrame(details)


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if not np.isnan(values).all() else float("nan")


def _plan_without(
    plan: Plan,
    evidence: Evidence,
    document: str,
    rest: tuple[Target, ...],
    held: tuple[Target, ...],
    work: Path,
) -> Plan:
    reduced, cast = evidence.without_document(document), default_cast()
    path = work / f"history-without-{document}.yaml"
    path.write_text(history_yaml(reduced, cast), encoding="utf-8")
    return Plan(
        load_scenario(path),
        code_inputs(reduced, cast),
        rest,
        plan.seed,
        plan.draws,
        fingerprint(reduced),
        held,
    )


def _details(
    held: tuple[Target, ...], margin: np.ndarray, weight: np.ndarray, scores: dict[str, np.ndarray]
) -> list[dict]:
    return [
        {
            "target": target.id,
            "document left out": target.document,
            "says": target.says,
            "probability": float((margin[row] > 0) @ weight),
            **{f"log score, {name}": float(score[row]) for name, score in scores.items()},
        }
        for row, target in enumerate(held)
    ]


def _conclusions(
    plan: Plan, draws: Draws, weight: np.ndarray, work: Path, pool: Executor | None, tell
) -> pd.DataFrame:
    """Each conclusion's probability under the full model and under every variant, each weighed anew."""
    table = {
        "conclusion": [row.name for row in CONCLUSIONS],
        "says": [row.says for row in CONCLUSIONS],
        "full model": _holding(plan, draws, weight),
        "prior": _holding(plan, draws, np.full(draws.size, 1.0 / draws.size)),
    }
    for variant in VARIANTS:
        history = (
            plan.history if variant.events else replace(plan.history, events={}, own_events=())
        )
        altered = replace(plan, history=history, variant=variant)
        changed = simulate(altered, work, pool, lambda done, name=variant.name: tell(name, done))
        table[variant.name] = _holding(altered, changed, fit(altered, changed).weight)
    return pd.DataFrame(table)


def _holding(plan: Plan, draws: Draws, weight: np.ndarray) -> np.ndarray:
    return (draws.margin[len(plan.targets) :] > 0) @ weight


def _missed(plan: Plan, draws: Draws, weight: np.ndarray) -> pd.DataFrame:
    """Targets that the posterior on all documents gives less than an even chance."""
    held = (draws.margin[: len(plan.targets)] > 0) @ weight
    rows = [
        {"target": target.id, "says": target.says, "probability": float(chance)}
        for target, chance in zip(plan.targets, held, strict=True)
        if chance < 0.5 and not target.numeric
    ]
    return (
        pd.DataFrame(rows, columns=["target", "says", "probability"])
        .sort_values("probability")
        .reset_index(drop=True)
    )

"""What a calibration learned and what it did not: tables of prior against posterior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from steppe.model.core.array_types import Array, FloatArray
from steppe.model.core.number_text import format_fixed, format_percent, format_signed

from .calibration_plan import CalibrationPlan
from .importance_weights import ImportanceWeights, weighted_quantiles
from .likelihood import NUMERIC_SCALE, trade_share
from .prior_draws import SimulatedDraws
from .resample import MEMBERS
from .targets import Target

QUANTILES = (0.05, 0.5, 0.95)
RARE = 0.05  # the prior all but rules out a target that a smaller part of its draws meets
LEARNED = 0.15  # shift of the mean or shrinkage, in the prior's standard deviations
CORRELATED = 0.15  # change of a pair's correlation


@dataclass(frozen=True)
class FitDiagnostics:
    """Tables of parameters, targets and pairs, and how many draws carry the posterior.

    parameters : a row per parameter: quantiles of prior and posterior, shift of the mean
    and shrinkage of the spread. targets : a row per target: quantiles of its margin, how
    often it is met, its contribution. pairs : a row per pair of parameters whose
    correlation the targets changed.
    """

    parameters: pd.DataFrame
    targets: pd.DataFrame
    pairs: pd.DataFrame
    ess: float
    k_hat: float
    draw_count: int

    @property
    def learned(self) -> list[str]:
        """Parameters that the documents say something about."""
        return list(self.parameters.loc[self.parameters["learned"], "parameter"])

    @property
    def not_learned(self) -> list[str]:
        """Parameters that the documents say nothing about."""
        return list(self.parameters.loc[~self.parameters["learned"], "parameter"])


def diagnose_fit(
    plan: CalibrationPlan, draws: SimulatedDraws, weights: ImportanceWeights
) -> FitDiagnostics:
    """Compare prior and posterior for parameters, targets and pairs of parameters."""
    return FitDiagnostics(
        _parameter_table(draws, weights),
        _target_table(plan, draws, weights),
        _pair_table(draws, weights),
        weights.ess,
        weights.k_hat,
        draws.size,
    )


def _parameter_table(draws: SimulatedDraws, weights: ImportanceWeights) -> pd.DataFrame:
    rows = []
    for label, values in draws.table.items():
        mean, spread = values.mean(), values.std()
        posterior_mean = float(weights.weight @ values)
        posterior_spread = float(np.sqrt(weights.weight @ (values - posterior_mean) ** 2))
        shift, shrink = (posterior_mean - mean) / spread, 1.0 - posterior_spread / spread
        rows.append(
            {
                "parameter": label,
                **_prior_and_posterior_quantiles(values, draws, weights),
                "shift": shift,
                "shrink": shrink,
                "learned": abs(shift) >= LEARNED or shrink >= LEARNED,
            }
        )
    return pd.DataFrame(rows)


def _prior_and_posterior_quantiles(
    values: FloatArray, draws: SimulatedDraws, weights: ImportanceWeights
) -> dict[str, float]:
    columns: dict[str, float] = {}
    for which, weight in (("prior", draws.uniform_weight), ("posterior", weights.weight)):
        names = (f"{which} 5 %", f"{which} median", f"{which} 95 %")
        columns |= dict(zip(names, weighted_quantiles(values, weight, QUANTILES), strict=True))
    return columns


def _target_table(
    plan: CalibrationPlan, draws: SimulatedDraws, weights: ImportanceWeights
) -> pd.DataFrame:
    rows = [_target_row(target, row, draws, weights) for row, target in enumerate(plan.targets)]
    table = pd.DataFrame(rows)
    table["met"] = table["met under the posterior"] > 0.5
    return table.sort_values("contribution").reset_index(drop=True)


def _target_row(
    target: Target, row: int, draws: SimulatedDraws, weights: ImportanceWeights
) -> dict[str, Any]:
    margin, exponent = draws.margin[row], weights.exponents[row]
    linked = target.is_numeric and target.is_linked
    level = trade_share(margin, weights.offsets[row]) if linked else margin
    met: Array = np.abs(level - target.figure) < NUMERIC_SCALE if target.is_numeric else level > 0
    return {
        "target": target.id,
        "document": target.document,
        "says": target.says,
        "expected": target.figure,
        "numeric": target.is_numeric,
        "voice": exponent,
        **_prior_and_posterior_quantiles(level, draws, weights),
        "met under the prior": float(met.mean()),
        "met under the posterior": float(weights.weight @ met),
        "contribution": float(exponent * (weights.weight @ weights.log_likelihood[row])),
    }


def _pair_table(draws: SimulatedDraws, weights: ImportanceWeights) -> pd.DataFrame:
    """Pairs of parameters whose correlation the targets changed, the strongest first."""
    labels = list(draws.table)
    values = np.stack([draws.table[label] for label in labels])
    prior: FloatArray = np.atleast_2d(np.corrcoef(values))
    posterior: FloatArray = np.atleast_2d(np.cov(values, aweights=weights.weight))
    posterior /= np.sqrt(np.outer(np.diag(posterior), np.diag(posterior)))
    rows = [
        {
            "first": labels[i],
            "second": labels[j],
            "prior correlation": prior[i, j],
            "posterior correlation": posterior[i, j],
        }
        for i in range(len(labels))
        for j in range(i)
        if abs(posterior[i, j] - prior[i, j]) >= CORRELATED
    ]
    columns = ["first", "second", "prior correlation", "posterior correlation"]
    table = pd.DataFrame(rows, columns=columns)
    strongest_first = table["posterior correlation"].abs().sort_values(ascending=False).index
    return table.reindex(strongest_first).reset_index(drop=True)


def summary_sentences(diagnostics: FitDiagnostics) -> list[str]:
    """The diagnostics in sentences, without their first capital and full stop."""
    targets, learned, idle = diagnostics.targets, diagnostics.learned, diagnostics.not_learned
    missed = targets.loc[~targets["met"], "target"]
    prior = targets["met under the prior"]
    rare = targets.loc[prior < RARE, "target"]
    ess, draws = diagnostics.ess, diagnostics.draw_count
    sentences = [
        f"{draws:,} prior draws with an effective sample size of {ess:,.0f} "
        f"({format_percent(ess / draws)}), {format_fixed(ess / MEMBERS, 1)} for each of "
        f"the {MEMBERS:,} members kept; k-hat {format_fixed(diagnostics.k_hat)}",
        f"under the prior {(prior > 0.5).sum()} of {len(prior)} targets are more likely met than "
        f"not; fewer than {format_percent(RARE)} of draws meet: {_names(rare)}",
        f"{len(learned)} of {len(diagnostics.parameters)} parameters moved or narrowed by "
        f"{format_percent(LEARNED)} of the prior's spread or more: {_names(learned)}",
        f"{len(idle)} stayed at their prior: {_names(idle)}",
        f"{len(targets) - len(missed)} of {len(targets)} targets are more likely met than not; "
        f"missed: {_names(missed)}",
    ]
    if len(diagnostics.pairs):
        pair = diagnostics.pairs.iloc[0]
        sentences.append(
            f"{len(diagnostics.pairs)} pairs trade off, most {pair['first']} with "
            f"{pair['second']} ({format_signed(pair['posterior correlation'])})"
        )
    return sentences


def _names(names: pd.Series | list[str]) -> str:
    return ", ".join(names) or "none"

"""What a calibration taught and what it did not: tables that the report and the README quote."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .posterior import Fit
from .simulate import Draws, Plan

MOVED = 0.15  # a parameter has learned if its mean moved or its spread shrank by so much of the prior's
TRADED = 0.15  # a pair trades off if its correlation grew by so much


@dataclass(frozen=True)
class Diagnostics:
    """Tables: `parameters`, `targets` and `pairs`, one row each, with plain column names."""

    parameters: pd.DataFrame
    targets: pd.DataFrame
    pairs: pd.DataFrame
    ess: float
    k_hat: float
    draws: int

    @property
    def stayed(self) -> list[str]:
        """Parameters that the documents taught nothing about."""
        return list(self.parameters.loc[~self.parameters["learned"], "parameter"])


def diagnose(plan: Plan, draws: Draws, found: Fit) -> Diagnostics:
    """Prior against posterior for parameters, targets and pairs of parameters."""
    return Diagnostics(_parameters(draws, found), _targets(plan, draws, found), _pairs(draws, found), found.ess, found.k_hat, draws.size)


def weighted_quantiles(values: np.ndarray, weight: np.ndarray, probabilities) -> np.ndarray:
    """Quantiles of weighted values; weights sum to 1."""
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order]) - weight[order] / 2
    return np.interp(probabilities, cumulative, values[order])


def _parameters(draws: Draws, found: Fit) -> pd.DataFrame:
    even = np.full(draws.size, 1.0 / draws.size)
    rows = []
    for label, values in draws.table.items():
        mean, spread = values.mean(), values.std()
        after = float(found.weight @ values)
        spread_after = float(np.sqrt(found.weight @ (values - after) ** 2))
        shift, shrink = (after - mean) / spread, 1.0 - spread_after / spread
        before = weighted_quantiles(values, even, (0.05, 0.5, 0.95))
        posterior = weighted_quantiles(values, found.weight, (0.05, 0.5, 0.95))
        rows.append({"parameter": label, "prior 5 %": before[0], "prior median": before[1], "prior 95 %": before[2],
                     "posterior 5 %": posterior[0], "posterior median": posterior[1], "posterior 95 %": posterior[2],
                     "shift": shift, "shrink": shrink, "learned": abs(shift) >= MOVED or shrink >= MOVED})
    return pd.DataFrame(rows)


def _targets(plan: Plan, draws: Draws, found: Fit) -> pd.DataFrame:
    rows = []
    for row, target in enumerate(plan.targets):
        margin, likelihood = draws.margin[row], found.log_likelihood[row]
        met = np.abs(margin - target.expect.figure) < 0.08 if target.numeric else margin > 0
        rows.append({"target": target.id, "document": target.document, "says": target.says, "voice": found.voice[row],
                     "prior median": float(np.median(margin)), "posterior median": float(weighted_quantiles(margin, found.weight, 0.5)),
                     "met under the prior": float(met.mean()), "met under the posterior": float(found.weight @ met),
                     "contribution": float(found.voice[row] * (found.weight @ likelihood))})
    table = pd.DataFrame(rows)
    table["met"] = table["met under the posterior"] > 0.5
    return table.sort_values("contribution").reset_index(drop=True)


def _pairs(draws: Draws, found: Fit) -> pd.DataFrame:
    """Pairs of parameters whose correlation the targets changed."""
    labels = list(draws.table)
    values = np.stack([draws.table[label] for label in labels])
    before = np.corrcoef(values)
    after = np.cov(values, aweights=found.weight)
    after /= np.sqrt(np.outer(np.diag(after), np.diag(after)))
    rows = [
        {"first": labels[i], "second": labels[j], "prior correlation": before[i, j], "posterior correlation": after[i, j]}
        for i in range(len(labels)) for j in range(i)
        if abs(after[i, j] - before[i, j]) >= TRADED
    ]
    table = pd.DataFrame(rows, columns=["first", "second", "prior correlation", "posterior correlation"])
    return table.reindex(table["posterior correlation"].abs().sort_values(ascending=False).index).reset_index(drop=True)


def in_words(found: Diagnostics) -> list[str]:
    """The calibration in sentences."""
    learned = found.parameters.loc[found.parameters["learned"], "parameter"]
    missed = found.targets.loc[~found.targets["met"], "target"]
    lines = [
        f"{found.draws:,} prior draws; effective sample size {found.ess:,.0f}, k-hat {found.k_hat:.2f}",
        f"{len(learned)} of {len(found.parameters)} parameters moved or narrowed by {MOVED:.0%} of the prior's spread or more: {', '.join(learned) or 'none'}",
        f"{len(found.stayed)} stayed at their prior: {', '.join(found.stayed) or 'none'}",
        f"{len(found.targets) - len(missed)} of {len(found.targets)} targets are more likely met than not; missed: {', '.join(missed) or 'none'}",
    ]
    if len(found.pairs):
        pair = found.pairs.iloc[0]
        lines.append(f"{len(found.pairs)} pairs trade off, most {pair['first']} with {pair['second']} ({pair['posterior correlation']:+.2f})")
    return lines

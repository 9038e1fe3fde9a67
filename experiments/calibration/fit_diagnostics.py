"""What a calibration taught and what it did not: tables that the report and the README quote."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .importance_weights import MEMBERS, Fit
from .likelihood import NUMERIC_SCALE, linked
from .prior_draws import Draws, Plan

BAND = (0.05, 0.5, 0.95)
RARE = 0.05  # a target met by fewer prior draws than this is one that the prior all but rules out
MOVED = (
    0.15  # a parameter has learned if its mean moved or its spread shrank by so much of the prior's
)
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
    return Diagnostics(
        _parameters(draws, found),
        _targets(plan, draws, found),
        _pairs(draws, found),
        found.ess,
        found.k_hat,
        draws.size,
    )


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
        before, posterior = (
            weighted_quantiles(values, even, BAND),
            weighted_quantiles(values, found.weight, BAND),
        )
        rows.append(
            {
                "parameter": label,
                **dict(zip(_named("prior"), before, strict=True)),
                **dict(zip(_named("posterior"), posterior, strict=True)),
                "shift": shift,
                "shrink": shrink,
                "learned": abs(shift) >= MOVED or shrink >= MOVED,
            }
        )
    return pd.DataFrame(rows)


def _named(which: str) -> tuple[str, str, str]:
    return f"{which} 5 %", f"{which} median", f"{which} 95 %"


def _targets(plan: Plan, draws: Draws, found: Fit) -> pd.DataFrame:
    rows, even = [], np.full(draws.size, 1.0 / draws.size)
    for row, target in enumerate(plan.targets):
        margin, likelihood = draws.margin[row], found.log_likelihood[row]
        shown = linked(margin, found.offsets[row]) if target.traded else margin
        met = np.abs(shown - target.expect.figure) < NUMERIC_SCALE if target.numeric else shown > 0
        before, after = (
            weighted_quantiles(shown, even, BAND),
            weighted_quantiles(shown, found.weight, BAND),
        )
        rows.append(
            {
                "target": target.id,
                "document": target.document,
                "says": target.says,
                "expected": target.expect.figure if target.numeric else 0.0,
                "numeric": target.numeric,
                "voice": found.voice[row],
                **dict(zip(_named("prior"), before, strict=True)),
                **dict(zip(_named("posterior"), after, strict=True)),
                "met under the prior": float(met.mean()),
                "met under the posterior": float(found.weight @ met),
                "contribution": float(found.voice[row] * (found.weight @ likelihood)),
            }
        )
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
        {
            "first": labels[i],
            "second": labels[j],
            "prior correlation": before[i, j],
            "posterior correlation": after[i, j],
        }
        for i in range(len(labels))
        for j in range(i)
        if abs(after[i, j] - before[i, j]) >= TRADED
    ]
    table = pd.DataFrame(
        rows, columns=["first", "second", "prior correlation", "posterior correlation"]
    )
    return table.reindex(
        table["posterior correlation"].abs().sort_values(ascending=False).index
    ).reset_index(drop=True)


def in_words(found: Diagnostics) -> list[str]:
    """The calibration in sentences."""
    learned = found.parameters.loc[found.parameters["learned"], "parameter"]
    missed = found.targets.loc[~found.targets["met"], "target"]
    before = found.targets["met under the prior"]
    rare = found.targets.loc[before < RARE, "target"]
    lines = [
        f"{found.draws:,} prior draws; the weights are worth {found.ess:,.0f} even ones ({found.ess / found.draws:.0%} effective sample size), "
        f"{found.ess / MEMBERS:.1f} for each of the {MEMBERS:,} members kept; k-hat {found.k_hat:.2f}",
        f"under the prior {(before > 0.5).sum()} of {len(before)} targets are more likely met than not; fewer than {RARE:.0%} of draws meet: {', '.join(rare) or 'none'}",
        f"{len(learned)} of {len(found.parameters)} parameters moved or narrowed by {MOVED:.0%} of the prior's spread or more: {', '.join(learned) or 'none'}",
        f"{len(found.stayed)} stayed at their prior: {', '.join(found.stayed) or 'none'}",
        f"{len(found.targets) - len(missed)} of {len(found.targets)} targets are more likely met than not; missed: {', '.join(missed) or 'none'}",
    ]
    if len(found.pairs):
        pair = found.pairs.iloc[0]
        lines.append(
            f"{len(found.pairs)} pairs trade off, most {pair['first']} with {pair['second']} ({pair['posterior correlation']:+.2f})"
        )
    return lines

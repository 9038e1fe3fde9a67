"""What a calibration learned and what it did not: tables of prior against posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from steppe.model.core.array_types import FloatArray
from steppe.model.core.number_text import format_fixed, format_percent, format_signed
from steppe.model.core.word_lists import join_words

from .fit import Fit
from .likelihood import cluster_exponents, log_likelihoods, targets_met
from .resample import MEMBERS

QUANTILES = (0.05, 0.5, 0.95)
RARE = 0.05  # the prior all but rules out a target that a smaller part of its draws meets
LEARNED = 0.15  # shift of the mean or shrinkage, in the prior's standard deviations
CORRELATED = 0.15  # change of a pair's correlation
OPPOSED = 0.05  # by so much a claim that is met lowers the prior probability of another
DISPLACED = 0.75  # of a cell, which no power should hold in the median


@dataclass(frozen=True)
class FitDiagnostics:
    """Tables of what a fit learned.

    parameters : a row per parameter: quantiles of prior and posterior, shift of the mean
    and shrinkage of the spread. targets : a row per target: quantiles of its margin, how
    often it is met, its contribution. pairs : a row per pair of parameters whose
    correlation the targets changed. slants : a row per document, power and kind. against :
    a row per missed target and claim that stands against it. displaced : cells that a power
    holds by more than `DISPLACED` in the median.
    """

    parameters: pd.DataFrame
    targets: pd.DataFrame
    pairs: pd.DataFrame
    slants: pd.DataFrame
    against: pd.DataFrame
    displaced: list[str]
    sampled: str

    @property
    def learned(self) -> list[str]:
        """Parameters that the documents say something about."""
        return list(self.parameters.loc[self.parameters["learned"], "parameter"])

    @property
    def not_learned(self) -> list[str]:
        """Parameters that the documents say nothing about."""
        return list(self.parameters.loc[~self.parameters["learned"], "parameter"])


def diagnose_fit(fit: Fit) -> FitDiagnostics:
    """Compare prior and posterior for parameters, targets and pairs of parameters."""
    return FitDiagnostics(
        _parameter_table(fit),
        _target_table(fit),
        _pair_table(fit),
        slant_table(fit),
        opposed_claims(fit),
        displaced_cells(fit),
        _sampling_sentence(fit),
    )


def _parameter_table(fit: Fit) -> pd.DataFrame:
    rows = []
    for label, values in fit.prior.table.items():
        found = fit.posterior.table[label]
        spread = values.std()
        shift = (found.mean() - values.mean()) / spread
        shrink = 1.0 - found.std() / spread
        rows.append(
            {
                "parameter": label,
                **_quantiles(values, found),
                "shift": shift,
                "shrink": shrink,
                "learned": abs(shift) >= LEARNED or shrink >= LEARNED,
            }
        )
    return pd.DataFrame(rows)


def _quantiles(prior: FloatArray, posterior: FloatArray) -> dict[str, float]:
    columns: dict[str, float] = {}
    for which, values in (("prior", prior), ("posterior", posterior)):
        names = (f"{which} 5 %", f"{which} median", f"{which} 95 %")
        columns |= dict(zip(names, np.quantile(values, QUANTILES), strict=True))
    return columns


def _target_table(fit: Fit) -> pd.DataFrame:
    targets, count = fit.plan.targets, len(fit.plan.targets)
    prior, posterior = fit.prior.margin[:count], fit.posterior.margin[:count]
    before = targets_met(fit.plan.targets, prior).mean(axis=1)
    after = fit.probabilities()
    exponents = cluster_exponents(targets)
    likelihood = log_likelihoods(targets, posterior + fit.posterior.tilt[:count])
    table = pd.DataFrame(
        {
            "target": target.id,
            "document": target.document,
            "says": target.says,
            "read on": target.read_on,
            "expected": expected_margin(fit, row),
            "numeric": target.is_numeric,
            "voice": exponents[row],
            **_quantiles(prior[row], posterior[row]),
            "met under the prior": before[row],
            "met under the posterior": after[row],
            "runs differ by": fit.disagreement[row],
            "contribution": exponents[row] * likelihood[row].mean(),
        }
        for row, target in enumerate(targets)
    )
    table["met"] = table["met under the posterior"] > 0.5
    return table.sort_values("contribution").reset_index(drop=True)


def expected_margin(fit: Fit, row: int) -> float:
    """What a target expects at least: its figure, or the start of its band."""
    target = fit.plan.targets[row]
    return target.figure if target.is_numeric else target.expect.band_limits[0]


def _pair_table(fit: Fit) -> pd.DataFrame:
    """Pairs of parameters whose correlation the targets changed, the strongest first."""
    labels = list(fit.prior.table)
    prior, posterior = (
        np.atleast_2d(np.corrcoef([draws.table[label] for label in labels]))
        for draws in (fit.prior, fit.posterior)
    )
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


def slant_table(fit: Fit) -> pd.DataFrame:
    """What each document makes of each power, beside the model: mean and spread of its slants."""
    rows = []
    for label, values in fit.posterior.slants.items():
        document, _, rest = label.partition(": ")
        power, _, kind = rest.rpartition(", ")
        rows.append(
            {
                "document": document,
                "power": power,
                "of": kind,
                "mean": values.mean(),
                "spread": values.std(),
                "5 %": np.quantile(values, 0.05),
                "95 %": np.quantile(values, 0.95),
            }
        )
    return pd.DataFrame(rows, columns=["document", "power", "of", "mean", "spread", "5 %", "95 %"])


def opposed_claims(fit: Fit) -> pd.DataFrame:
    """Claims of at least the same confidence that stand against each missed target.

    A claim does if the prior meets the target more rarely where it meets the claim.
    """
    targets, count = fit.plan.targets, len(fit.plan.targets)
    met = targets_met(fit.plan.targets, fit.prior.margin[:count])
    after = fit.probabilities()
    rows = [
        {
            "target": targets[row].id,
            "met": after[row],
            "against it": targets[other].id,
            "lowers it by": -lift,
        }
        for row in np.flatnonzero(after < 0.5)
        for other, lift in enumerate(_lifts(met, int(row)))
        if targets[other].confidence >= targets[row].confidence and lift <= -OPPOSED
    ]
    columns = ["target", "met", "against it", "lowers it by"]
    table = pd.DataFrame(rows, columns=columns)
    order = ["met", "target", "lowers it by"]
    return table.sort_values(order, ascending=[True, True, False]).reset_index(drop=True)


def _lifts(met: FloatArray, row: int) -> FloatArray:
    """P(target | claim) - P(target) for each claim, (targets,); 0 where none or all meet it."""
    often = met.mean(axis=1)
    both = (met * met[row]).mean(axis=1)
    given: FloatArray = np.where(often > 0, both / np.maximum(often, 1e-12), often[row])
    lift: FloatArray = given - often[row]
    return lift


def displaced_cells(fit: Fit) -> list[str]:
    """Cells in which a power's median share in the last year of history is too large."""
    cast = fit.plan.inputs.cast
    median = np.median(fit.posterior.last_share, axis=-1)
    return [
        f"{cast.power_names[power]} in {cast.republic_names[republic]}, "
        f"{cast.channel_names[channel]} ({format_percent(median[power, republic, channel])})"
        for power, republic, channel in np.argwhere(median > DISPLACED)
    ]


def _sampling_sentence(fit: Fit) -> str:
    runs, effective = len(fit.samples), fit.effective_size
    return (
        f"{runs} runs of {fit.plan.particles:,} particles in "
        f"{join_words([str(len(sample.temperatures)) for sample in fit.samples])} stages, with an "
        f"effective size of {effective:,.0f}, {format_fixed(effective / MEMBERS, 1)} for each of "
        f"the {MEMBERS:,} members kept; they differ by at most "
        f"{format_fixed(float(fit.disagreement.max()), 3)} in how often a target is met, and "
        f"their correlation with the start of the final moves is {format_fixed(fit.correlation)}"
    )


def summary_sentences(diagnostics: FitDiagnostics) -> list[str]:
    """The diagnostics in sentences, without their first capital and full stop."""
    targets, learned, idle = diagnostics.targets, diagnostics.learned, diagnostics.not_learned
    missed = targets.loc[~targets["met"], "target"]
    prior = targets["met under the prior"]
    rare = targets.loc[prior < RARE, "target"]
    sentences = [
        diagnostics.sampled,
        f"under the prior {(prior > 0.5).sum()} of {len(prior)} targets are more likely met than "
        f"not; fewer than {format_percent(RARE)} of draws meet: {_names(rare)}",
        f"{len(learned)} of {len(diagnostics.parameters)} parameters moved or narrowed by "
        f"{format_percent(LEARNED)} of the prior's spread or more: {_names(learned)}",
        f"{len(idle)} stayed at their prior: {_names(idle)}",
        f"{len(targets) - len(missed)} of {len(targets)} targets are more likely met than not; "
        f"missed: {_names(missed)}",
        f"cells that a power holds by more than {format_percent(DISPLACED)} in the median: "
        f"{_names(diagnostics.displaced)}",
    ]
    if len(diagnostics.slants):
        strongest = diagnostics.slants.loc[diagnostics.slants["mean"].abs().idxmax()]
        sentences.append(
            f"the strongest slant is that of {strongest['document']} on {strongest['power']} in "
            f"{strongest['of']} ({format_signed(strongest['mean'])})"
        )
    if len(diagnostics.pairs):
        pair = diagnostics.pairs.iloc[0]
        sentences.append(
            f"{len(diagnostics.pairs)} pairs trade off, most {pair['first']} with "
            f"{pair['second']} ({format_signed(pair['posterior correlation'])})"
        )
    return sentences


def _names(names: pd.Series | list[str]) -> str:
    return ", ".join(names) or "none"

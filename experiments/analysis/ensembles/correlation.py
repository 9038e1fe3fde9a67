"""How parameters hang together in the weights, and how a Latin hypercube is made to do the same.

Weights from documents tie parameters to each other, and the guards of the model tie some of
them too. Iman and Conover (1982) bring rank correlations into a sample by putting the values
of each column in another order, so that a Latin hypercube stays one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

SIGNIFICANCE = (
    0.05  # how often, at most, the largest of all correlations would pass the bound by chance
)
SHRINKAGE = 0.95  # what correlations are multiplied by until a sample can have them all


@dataclass(frozen=True)
class CorrelatedPair:
    """Two parameters and their rank correlation (Spearman)."""

    first: str
    second: str
    correlation: float


def ranks(columns: np.ndarray) -> np.ndarray:
    """The place of every value in its column, from 0; equal values in the order in which they stand."""
    return columns.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")


def rank_correlations(columns: np.ndarray) -> np.ndarray:
    """Spearman's correlations between the columns of (n, k), as (k, k)."""
    return np.atleast_2d(np.corrcoef(ranks(columns), rowvar=False))


def strongest_correlations(
    table: Mapping[str, np.ndarray], names: Sequence[str]
) -> tuple[list[CorrelatedPair], float]:
    """Pairs of parameters, the most strongly correlated first, and what chance alone would reach.

    The bound holds for the largest of all the pairs together (Bonferroni), for correlations
    whose standard error is that of independent draws.
    """
    columns = np.stack([table[name] for name in names], axis=1)
    found = rank_correlations(columns)
    pairs = [
        CorrelatedPair(names[row], names[column], float(found[row, column]))
        for row, column in zip(*np.triu_indices(len(names), 1), strict=True)
    ]
    bound = NormalDist().inv_cdf(1 - SIGNIFICANCE / 2 / max(len(pairs), 1)) / np.sqrt(
        max(len(columns) - 1, 1)
    )
    return sorted(pairs, key=lambda pair: -abs(pair.correlation)), float(bound)


def impose_rank_correlations(points: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The values of each column of (n, k) in an order that gives them these rank correlations, (k, k), nearly.

    After Iman and Conover (1982), Communications in Statistics B 11, 311-334, on normal
    scores. Correlations that no sample can have together are softened until one can.
    """
    if points.shape[1] < 2:
        return points
    scores = _normal_scores(points)
    own = np.linalg.cholesky(np.corrcoef(scores, rowvar=False))
    aimed = _nearest_cholesky(
        2 * np.sin(np.pi / 6 * wanted)
    )  # what normal scores must have for their ranks to have it
    mixed = scores @ np.linalg.inv(own).T @ aimed.T
    return np.take_along_axis(np.sort(points, axis=0), ranks(mixed), axis=0)


def _normal_scores(points: np.ndarray) -> np.ndarray:
    """Van der Waerden's normal scores of every column."""
    size = len(points)
    normal = NormalDist()
    return np.array([normal.inv_cdf((place + 1) / (size + 1)) for place in range(size)])[
        ranks(points)
    ]


def _nearest_cholesky(wanted: np.ndarray) -> np.ndarray:
    """The lower triangle whose product with itself is the matrix, or the nearest softer one that has such."""
    wanted = wanted.copy()
    np.fill_diagonal(wanted, 1.0)
    while True:
        try:
            return np.linalg.cholesky(wanted)
        except np.linalg.LinAlgError:
            wanted = wanted * SHRINKAGE
            np.fill_diagonal(wanted, 1.0)

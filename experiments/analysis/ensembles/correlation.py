"""Rank correlations between parameters, and Latin hypercubes that have them.

Parameters are correlated in the posterior, also because of the guards of the model. Iman and
Conover (1982) impose rank correlations on a sample by reordering each column, so that a Latin
hypercube remains one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from steppe.model.core.array_types import FloatArray, IntArray

SIGNIFICANCE = 0.05  # of the bound for the largest of all correlations
SHRINKAGE = 0.95  # factor on correlations, repeated until a sample can have them all


@dataclass(frozen=True)
class CorrelatedPair:
    """Two parameters and their rank correlation (Spearman)."""

    first: str
    second: str
    correlation: float


def ranks(columns: FloatArray) -> IntArray:
    """The rank of each value in its column, from 0; ties in their order of appearance."""
    return np.asarray(columns.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable"))


def rank_correlations(columns: FloatArray) -> FloatArray:
    """Spearman's correlations between the columns of (n, k), as (k, k)."""
    return np.atleast_2d(np.corrcoef(ranks(columns), rowvar=False))


def strongest_correlations(
    table: Mapping[str, FloatArray], names: Sequence[str]
) -> tuple[list[CorrelatedPair], float]:
    """Pairs of parameters by rank correlation, strongest first, and a bound for chance.

    The bound is for the largest of all pairs (Bonferroni), assuming the standard error of
    independent draws.
    """
    columns = np.stack([table[name] for name in names], axis=1)
    found = rank_correlations(columns)
    pairs = [
        CorrelatedPair(names[int(row)], names[int(column)], float(found[row, column]))
        for row, column in zip(*np.triu_indices(len(names), 1), strict=True)
    ]
    bound = NormalDist().inv_cdf(1 - SIGNIFICANCE / 2 / max(len(pairs), 1)) / np.sqrt(
        max(len(columns) - 1, 1)
    )
    return sorted(pairs, key=lambda pair: -abs(pair.correlation)), float(bound)


def impose_rank_correlations(points: FloatArray, wanted: FloatArray) -> FloatArray:
    """Reorder each column of (n, k) to approximate rank correlations (k, k).

    Iman and Conover (1982), Communications in Statistics B 11, 311-334, on normal scores.
    Correlations that no sample can have together are shrunk until one can.
    """
    if points.shape[1] < 2:
        return points
    scores = _normal_scores(points)
    own = np.linalg.cholesky(np.corrcoef(scores, rowvar=False))
    # the correlation of normal scores that have this rank correlation
    aimed = _nearest_cholesky(2 * np.sin(np.pi / 6 * wanted))
    mixed = scores @ np.linalg.inv(own).T @ aimed.T
    return np.take_along_axis(np.sort(points, axis=0), ranks(mixed), axis=0)


def _normal_scores(points: FloatArray) -> FloatArray:
    """Van der Waerden's normal scores of each column."""
    size = len(points)
    normal = NormalDist()
    scores = np.array([normal.inv_cdf((rank + 1) / (size + 1)) for rank in range(size)])
    return np.asarray(scores[ranks(points)])


def _nearest_cholesky(wanted: FloatArray) -> FloatArray:
    """The Cholesky factor of the matrix, shrunk until it is positive definite."""
    wanted = wanted.copy()
    np.fill_diagonal(wanted, 1.0)
    while True:
        try:
            return np.asarray(np.linalg.cholesky(wanted))
        except np.linalg.LinAlgError:
            wanted = wanted * SHRINKAGE
            np.fill_diagonal(wanted, 1.0)

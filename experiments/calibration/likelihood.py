"""Likelihood of targets in each draw: how probable it is that a document would say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr
from scipy.stats import t as student_t

from steppe.model.core.array_types import FloatArray

from .targets import Target

RATIO_SCALE = 0.15  # a ratio, in logarithms, that an author would plainly see; an assumption
TOP_SCALE = 0.3  # how softly a band ends
NUMERIC_SCALE = 0.08
DEGREES_OF_FREEDOM = 4


def ordinal_likelihood(
    margin: npt.ArrayLike,
    confidence: npt.ArrayLike,
    least: npt.ArrayLike = 0.0,
    most: npt.ArrayLike = np.inf,
) -> FloatArray:
    """l = (1 - c) + (2c - 1) p: the probability that a document would say so.

    p = max(0, Phi((m - least) / 0.15) - Phi((m - most) / 0.3)) is the probability that a margin
    m looks as if it lay in the band.

    Parameters
    ----------
    margin : ln(more / less), any shape. confidence : in [0.5, 1]. least, most : ends of the
    band; by default it begins at 0 and has no end.

    Returns
    -------
    Same shape, between 1 - c and c.
    """
    c, m = np.asarray(confidence), np.asarray(margin)
    inside = ndtr((m - least) / RATIO_SCALE) - ndtr((m - most) / TOP_SCALE)
    likelihood: FloatArray = (1.0 - c) + (2.0 * c - 1.0) * np.maximum(inside, 0.0)
    return likelihood


def numeric_likelihood(level: npt.ArrayLike, figure: float, confidence: float) -> FloatArray:
    """l = c t4((y - h) / 0.08) / 0.08 + (1 - c), the second part uniform on [0, 1].

    Parameters
    ----------
    level : h, (m,) in (0, 1). figure : y, in (0, 1).
    """
    distance = (figure - np.asarray(level)) / NUMERIC_SCALE
    density = student_t.pdf(distance, DEGREES_OF_FREEDOM) / NUMERIC_SCALE
    likelihood: FloatArray = confidence * density + (1.0 - confidence)
    return likelihood


def cluster_exponents(targets: Sequence[Target]) -> FloatArray:
    """Exponent of each target's likelihood: one over the size of its cluster, (targets,).

    A cluster counts as one vote, which its targets share equally, whether they are in one
    document or contradict each other across several.
    """
    sizes = Counter(target.cluster for target in targets)
    return np.array([1.0 / sizes[target.cluster] for target in targets])


def log_likelihoods(
    targets: Sequence[Target], margin: FloatArray, *, banded: bool = True
) -> FloatArray:
    """ln l of every target in every draw, before exponents, (targets, n).

    Parameters
    ----------
    margin : (targets, n), margins with slants, and levels of figures. banded : false to let
    no band end, so that a larger margin is never worse.
    """
    rows = []
    for target, of_target in zip(targets, margin, strict=True):
        if target.is_numeric:
            rows.append(numeric_likelihood(of_target, target.figure, target.confidence))
            continue
        least, most = target.expect.band_limits
        most = most if banded else np.inf
        rows.append(ordinal_likelihood(of_target, target.confidence, least, most))
    result: FloatArray = np.log(np.stack(rows)) if rows else np.zeros((0, margin.shape[1]))
    return result


def targets_met(targets: Sequence[Target], margin: FloatArray) -> FloatArray:
    """Where a margin (targets, n) is above what the claim says at least, or near its figure."""
    rows = [
        np.abs(of_target - target.figure) < NUMERIC_SCALE
        if target.is_numeric
        else of_target > target.expect.band_limits[0]
        for target, of_target in zip(targets, margin, strict=True)
    ]
    return np.array(rows, dtype=float).reshape(len(rows), margin.shape[1])

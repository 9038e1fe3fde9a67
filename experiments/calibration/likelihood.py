"""Likelihood of targets in each draw, and tempering of targets that share a document."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtr, ndtri
from scipy.stats import t as student_t

from steppe.model.core.array_types import FloatArray
from steppe.model.random_streams import uniforms

from .targets import Target

ORDINAL_SCALE = 0.03  # a margin that an author would plainly see; an assumption
NUMERIC_SCALE = 0.08
TRADE_OFFSET_SCALE = 0.5
TRADE_RATIO_SCALE = TRADE_OFFSET_SCALE * 2**0.5  # of ln(trade of one / trade of another)
WITHIN_DOCUMENT_CORRELATION = 0.25  # assumed between the targets of one document
DEGREES_OF_FREEDOM = 4
IMPLAUSIBILITY_RANK = 3  # a draw may miss two numeric targets by any distance; the third rules


def ordinal_likelihood(
    margin: npt.ArrayLike, confidence: npt.ArrayLike, scale: float = ORDINAL_SCALE
) -> FloatArray:
    """l = (1 - c) + (2c - 1) Phi(m / s): the probability that a document would say so.

    Parameters
    ----------
    margin : any shape, positive where the model agrees. confidence : in [0.5, 1].

    Returns
    -------
    Same shape, between 1 - c and c.
    """
    c = np.asarray(confidence)
    likelihood: FloatArray = (1.0 - c) + (2.0 * c - 1.0) * ndtr(np.asarray(margin) / scale)
    return likelihood


def numeric_likelihood(
    level: npt.ArrayLike,
    figure: float,
    confidence: float,
    offset: FloatArray | None = None,
    scale: float = NUMERIC_SCALE,
) -> FloatArray:
    """l = c t4((y - h) / s) / s + (1 - c), the second part uniform on [0, 1].

    Without an offset h is the level; with one, h is the linked share of trade.

    Parameters
    ----------
    level : (m,) in (0, 1). figure : y, in (0, 1). offset : (m,) or None.
    """
    expected = np.asarray(level) if offset is None else trade_share(level, offset)
    density = student_t.pdf((figure - expected) / scale, DEGREES_OF_FREEDOM) / scale
    likelihood: FloatArray = confidence * density + (1.0 - confidence)
    return likelihood


def trade_share(level: npt.ArrayLike, offset: npt.ArrayLike) -> FloatArray:
    """Share of trade linked to a share of influence: logistic(logit(level) + offset)."""
    share: FloatArray = expit(logit(level) + offset)
    return share


def draw_trade_offsets(seed: int, targets: Sequence[Target], size: int) -> FloatArray:
    """a ~ N(0, 0.5) of each draw for figures linked to trade, 0 for others, (targets, n).

    Comparisons of trade need no draws: their offsets are integrated out.
    """
    offsets = np.zeros((len(targets), size))
    for row, target in enumerate(targets):
        if target.is_linked and target.is_numeric:
            uniform = uniforms(seed, "offset", (target.id,), np.arange(size))
            offsets[row] = TRADE_OFFSET_SCALE * ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))
    return offsets


def tempering_exponents(targets: Sequence[Target]) -> FloatArray:
    """Exponent of each target's likelihood: its document's over the cluster's size, (targets,).

    A cluster counts as one vote, which its targets share equally, whether they are in one
    document or contradict each other across several.
    """
    sizes = Counter(target.cluster for target in targets)
    votes: dict[str, float] = defaultdict(float)
    for target in targets:
        votes[target.document] += 1.0 / sizes[target.cluster]
    return np.array(
        [document_exponent(votes[target.document]) / sizes[target.cluster] for target in targets]
    )


def document_exponent(votes: float) -> float:
    """1 / (1 + (n - 1) 0.25), the weight of each of a document's n votes; at most 1."""
    return 1.0 / (1.0 + max(votes - 1.0, 0.0) * WITHIN_DOCUMENT_CORRELATION)


def log_likelihoods(
    targets: Sequence[Target], margin: FloatArray, offsets: FloatArray
) -> FloatArray:
    """ln l of every target in every draw, before tempering, (targets, n).

    Parameters
    ----------
    margin : (targets, n) from `target_margins`. offsets : (targets, n) from
    `draw_trade_offsets`, used for targets linked to trade.
    """
    rows = []
    for row, target in enumerate(targets):
        if target.is_numeric:
            offset = offsets[row] if target.is_linked else None
            rows.append(numeric_likelihood(margin[row], target.figure, target.confidence, offset))
        elif target.is_linked:
            rows.append(ordinal_likelihood(margin[row], target.confidence, TRADE_RATIO_SCALE))
        else:
            rows.append(ordinal_likelihood(margin[row], target.confidence))
    result: FloatArray = np.log(np.stack(rows))
    return result


def implausibility(targets: Sequence[Target], margin: FloatArray) -> FloatArray:
    """Third-largest distance of numeric targets in units of their scale, (n,); 0 if fewer.

    The scale of a share of trade includes the spread of its offset.
    """
    distances = numeric_distances(targets, margin)
    if len(distances) < IMPLAUSIBILITY_RANK:
        return np.zeros(margin.shape[1])
    ordered = np.sort(np.stack(list(distances.values())), axis=0)
    kth_largest: FloatArray = ordered[-IMPLAUSIBILITY_RANK]
    return kth_largest


def numeric_distances(targets: Sequence[Target], margin: FloatArray) -> dict[int, FloatArray]:
    """Distance of each numeric target from its figure in units of its scale, row to (n,)."""
    distances = {}
    for row, target in enumerate(targets):
        if target.is_numeric:
            slope = target.figure * (1 - target.figure)
            scale = (
                np.hypot(NUMERIC_SCALE, TRADE_OFFSET_SCALE * slope)
                if target.is_linked
                else NUMERIC_SCALE
            )
            distances[row] = np.abs(margin[row] - target.figure) / scale
    return distances

"""How well members agree with targets, and how targets of one document share one voice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri
from scipy.stats import t as student

from steppe.model.random_streams import uniforms

from .targets import Target

ORDINAL_SCALE = 0.03  # a margin of this size is plainly visible to an author; an assumption
NUMERIC_SCALE = 0.08
TRADE_OFFSET_SCALE = 0.5
REPETITION = 0.25  # correlation assumed between the targets of one document
DEGREES = 4
RANK_OF_IMPLAUSIBILITY = (
    3  # two numeric targets may be missed by any distance before a draw is ruled out
)


def ordinal(margin, confidence, scale: float = ORDINAL_SCALE):
    """l = (1 - c) + (2c - 1) Phi(m / s): the probability that a document would say so.

    Parameters
    ----------
    margin : any shape, signed, positive where the model agrees. confidence : in [0.5, 1].

    Returns
    -------
    Same shape, between 1 - c and c.
    """
    return (1.0 - confidence) + (2.0 * confidence - 1.0) * ndtr(np.asarray(margin) / scale)


def numeric(level, figure: float, confidence: float, offset=None, scale: float = NUMERIC_SCALE):
    """l = c t4((y - h) / s) / s + (1 - c), the second part uniform on [0, 1].

    `offset` links a share of trade to a share of influence: h = logistic(logit(level) + a)
    with a of the member's own.

    Parameters
    ----------
    level : (m,) in (0, 1). figure : in (0, 1). offset : (m,) or None.
    """
    shown = level if offset is None else linked(level, offset)
    return confidence * student.pdf((figure - np.asarray(shown)) / scale, DEGREES) / scale + (
        1.0 - confidence
    )


def linked(level, offset):
    """The share of trade that goes with a share of influence: logistic(logit(level) + offset), same shape."""
    return expit(logit(level) + offset)


def draw_offsets(seed: int, targets: Sequence[Target], size: int) -> np.ndarray:
    """a ~ N(0, 0.5) for targets linked to trade, one per draw, (targets, n); zero elsewhere."""
    offsets = np.zeros((len(targets), size))
    for row, target in enumerate(targets):
        if target.traded:
            drawn = uniforms(seed, "offset", (target.id,), np.arange(size))
            offsets[row] = TRADE_OFFSET_SCALE * ndtri(np.clip(drawn, 1e-12, 1 - 1e-12))
    return offsets


def voices(targets: Sequence[Target]) -> np.ndarray:
    """The exponent of each target: its document's temper over the size of its cluster, (targets,).

    a_d = 1 / (1 + (n_d - 1) 0.25), n_d being the votes of a document. A cluster is one vote, which its
    targets share alike, whether they stand in one document or contradict each other from several.
    """
    sizes = Counter(target.cluster for target in targets)
    votes: dict[str, float] = defaultdict(float)
    for target in targets:
        votes[target.document] += 1.0 / sizes[target.cluster]
    return np.array([temper(votes[target.document]) / sizes[target.cluster] for target in targets])


def temper(votes: float) -> float:
    """The weight of each of so many votes of one document; never above 1."""
    return 1.0 / (1.0 + max(votes - 1.0, 0.0) * REPETITION)


def log_likelihoods(
    targets: Sequence[Target], margin: np.ndarray, offsets: np.ndarray
) -> np.ndarray:
    """ln l of every target in every member, not yet tempered, (targets, m).

    Parameters
    ----------
    margin : (targets, m) from `targets.margins`. offsets : (targets, m), used where a figure is linked to trade.
    """
    rows = []
    for row, target in enumerate(targets):
        if target.numeric:
            offset = offsets[row] if target.traded else None
            rows.append(numeric(margin[row], target.expect.figure, target.confidence, offset))
        else:
            rows.append(ordinal(margin[row], target.confidence))
    return np.log(np.stack(rows))


def implausibility(targets: Sequence[Target], margin: np.ndarray) -> np.ndarray:
    """Third-largest distance of numeric targets in units of their scale, (m,); 0 with fewer than three.

    A share of trade is allowed the spread of its offset on top.
    """
    distances = numeric_distances(targets, margin)
    if len(distances) < RANK_OF_IMPLAUSIBILITY:
        return np.zeros(margin.shape[1])
    return np.sort(np.stack(list(distances.values())), axis=0)[-RANK_OF_IMPLAUSIBILITY]


def numeric_distances(targets: Sequence[Target], margin: np.ndarray) -> dict[int, np.ndarray]:
    """Distance of each numeric target from its figure in units of its scale, row to (m,)."""
    distances = {}
    for row, target in enumerate(targets):
        if target.numeric:
            slope = target.expect.figure * (1 - target.expect.figure)
            scale = (
                np.hypot(NUMERIC_SCALE, TRADE_OFFSET_SCALE * slope)
                if target.traded
                else NUMERIC_SCALE
            )
            distances[row] = np.abs(margin[row] - target.expect.figure) / scale
    return distances

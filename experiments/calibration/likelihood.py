"""How well members agree with targets, and how targets of one document share one voice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr
from scipy.stats import t as student

from .targets import Target

ORDINAL_SCALE = 0.03  # a margin of this size is plainly visible to an author; an assumption
NUMERIC_SCALE = 0.08
TRADE_OFFSET_SCALE = 0.5
REPETITION = 0.25  # correlation assumed between the targets of one document
DEGREES = 4


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
    linked = np.asarray(level)
    if offset is not None:
        linked = 1.0 / (1.0 + np.exp(-(np.log(linked / (1.0 - linked)) + offset)))
    return confidence * student.pdf((figure - linked) / scale, DEGREES) / scale + (1.0 - confidence)


def voices(targets: Sequence[Target]) -> np.ndarray:
    """The exponent of each target: its document's temper over the size of its cluster, (targets,).

    a_d = 1 / (1 + (n_d - 1) 0.25), n_d being the votes of a document; a cluster is one vote.
    """
    clusters: dict[tuple[str, str], int] = defaultdict(int)
    for target in targets:
        clusters[target.document, target.cluster] += 1
    votes: dict[str, int] = defaultdict(int)
    for document, _ in clusters:
        votes[document] += 1
    return np.array([
        temper(votes[target.document]) / clusters[target.document, target.cluster] for target in targets
    ])


def temper(votes: int) -> float:
    """The weight of each of so many votes of one document."""
    return 1.0 / (1.0 + (votes - 1) * REPETITION)


def log_likelihoods(targets: Sequence[Target], margin: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """ln l of every target in every member, not yet tempered, (targets, m).

    Parameters
    ----------
    margin : (targets, m) from `targets.margins`. offsets : (targets, m), used where a figure is linked to trade.
    """
    rows = []
    for row, target in enumerate(targets):
        if target.numeric:
            offset = offsets[row] if target.expect.link == "trade" else None
            rows.append(numeric(margin[row], target.expect.figure, target.confidence, offset))
        else:
            rows.append(ordinal(margin[row], target.confidence))
    return np.log(np.stack(rows))


def implausibility(targets: Sequence[Target], margin: np.ndarray) -> np.ndarray:
    """Third-largest distance of numeric targets in units of their scale, (m,); 0 with fewer than three.

    A share of trade is allowed the spread of its offset on top.
    """
    rows = []
    for row, target in enumerate(targets):
        if target.numeric:
            linked = target.expect.link == "trade"
            slope = target.expect.figure * (1 - target.expect.figure)
            scale = np.hypot(NUMERIC_SCALE, TRADE_OFFSET_SCALE * slope) if linked else NUMERIC_SCALE
            rows.append(np.abs(margin[row] - target.expect.figure) / scale)
    if len(rows) < 3:
        return np.zeros(margin.shape[1])
    return np.sort(np.stack(rows), axis=0)[-3]

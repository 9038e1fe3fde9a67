"""The equations of the model: pure functions of arrays, one equation each.

Axes come in one order: p powers, r republics, c channels, m members. Each docstring gives
the shapes; a last axis of "1 or m" may be 1 where all members share the value. Shares,
efforts, ties, memberships, needs, supplies and threats are pure numbers in [0, 1];
log-ratios and attractions are natural logarithms; half-lives are in quarters.

MODEL.md has the same equations in mathematical notation, with a table of symbols.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from steppe.model.core.array_types import FloatArray

EFFORT_FLOOR = 0.05  # attention that a cell receives even if a power makes no effort there


def total(array: FloatArray) -> FloatArray:
    """Sum over the first axis, row by row; the last axis is members.

    NumPy adds row to row if there are at least two members. With a single member it would add
    in another order, and the member's last bits would depend on how many members run together.
    """
    if array.shape[-1] > 1:
        result: FloatArray = np.add.reduce(array, axis=0)
        return result
    result = array[0].copy()
    for row in array[1:]:
        result += row
    return result


def adjustment_rate(half_life: npt.ArrayLike) -> FloatArray:
    """Share of the distance to its target that a quantity covers in one quarter.

    kappa = 1 - 2^(-1 / half_life). Partial adjustment (Nerlove 1958).

    Parameters
    ----------
    half_life : any shape, quarters, above 0.

    Returns
    -------
    Same shape, in (0, 1).
    """
    rate: FloatArray = 1.0 - 2.0 ** (-1.0 / np.asarray(half_life, dtype=float))
    return rate


def partial_adjustment(
    current: FloatArray, target: FloatArray, rate: FloatArray | float
) -> FloatArray:
    """One quarter of movement towards a target: x + kappa (x* - x). Nerlove (1958).

    Parameters
    ----------
    current, target : same shape.
    rate : broadcast to that shape, from `adjustment_rate`.

    Returns
    -------
    Same shape.
    """
    return current + (target - current) * rate


def shares_from_log_ratios(log_ratio: FloatArray) -> FloatArray:
    """Shares of the powers; the rest of each cell is the republic's autonomy.

    s[p] = exp(z[p]) / (1 + sum_q exp(z[q])), the inverse of the additive log-ratio transform
    (Aitchison 1982).

    Parameters
    ----------
    log_ratio : (p, ..., m), z, at most about 700 (its exponential overflows above).

    Returns
    -------
    (p, ..., m) in (0, 1), summing to less than 1 over the first axis.
    """
    weight = np.exp(log_ratio, order="C")  # one layout, so that sums over shares have the same bits
    return weight * (1.0 / (1.0 + total(weight)))


def autonomy(share: FloatArray) -> FloatArray:
    """What the powers leave to the republic: 1 - sum_p s[p].

    Parameters
    ----------
    share : (p, ..., m).

    Returns
    -------
    (..., m).
    """
    return 1.0 - total(share)


def recent_loss(share: FloatArray, share_a_year_ago: FloatArray) -> FloatArray:
    """What a power lost since four quarters ago: max(0, s(t-4) - s(t)), any shape."""
    return np.maximum(share_a_year_ago - share, 0.0)


def allocation_score(
    share: FloatArray,
    share_a_year_ago: FloatArray,
    interests: FloatArray,
    views: FloatArray,
    held: FloatArray,
    precision: FloatArray,
    interest_weight: FloatArray,
    loss_weight: FloatArray,
    rival_weight: FloatArray,
) -> FloatArray:
    """How much a power wants to spend its next unit of effort in each cell.

    a = lambda (ln(s (1 - s)) + iota J + phi max(0, s(t-4) - s) + chi sum_q Q[q] s[q]).
    ln(s (1 - s)) is the first-order condition of a contest under a budget (Tullock 1980);
    lambda is the precision of a quantal response (Luce 1959; McKelvey and Palfrey 1995).

    Parameters
    ----------
    share : (r, c, m), s, the power's own shares, in (0, 1).
    share_a_year_ago : (r, c, m), s(t-4).
    interests : (r, c, 1 or m), J, in [0, 1].
    views : (p, 1 or m), Q, its view of each power, -1 partner to +1 rival, 0 of itself.
    held : (p, r, c, m), the shares of each power.
    precision, interest_weight, loss_weight, rival_weight : (m,), lambda, iota, phi, chi.

    Returns
    -------
    (r, c, m), logits.
    """
    marginal_gain = np.log((1.0 - share) * share)
    loss = recent_loss(share, share_a_year_ago)
    rivalry = sum(
        (held[power] * views[power] for power in np.flatnonzero(views.any(axis=-1))),
        start=np.zeros(1),
    )
    worth = (
        marginal_gain + interests * interest_weight + loss * loss_weight + rivalry * rival_weight
    )
    score: FloatArray = worth * precision
    return score


def effort_target(score: FloatArray, urges: FloatArray | float = 0.0) -> FloatArray:
    """Where a power would put its effort: softmax(a + urges) over all its cells. Luce (1959).

    Parameters
    ----------
    score : (r, c, m), a, logits.
    urges : (r, c, m), shocks that events put on the logits.

    Returns
    -------
    (r, c, m) in (0, 1), summing to 1 over the first two axes.
    """
    logits = score + urges
    cells: FloatArray = logits.reshape(-1, logits.shape[-1])
    weight: FloatArray = np.exp(cells - np.maximum.reduce(cells, axis=0))
    return (weight * (1.0 / total(weight))).reshape(logits.shape)


def reroute_effort(
    target: FloatArray, out_of: FloatArray, into: FloatArray, share: FloatArray
) -> FloatArray:
    """Effort with a share of that in some cells spread evenly over others.

    Parameters
    ----------
    target : (r, c, m), sums to 1.
    out_of, into : (r, c, 1), 1 in the cells meant and 0 elsewhere.
    share : (1 or m,), in [0, 1].

    Returns
    -------
    (r, c, m), sums to 1.
    """
    moved = share * (target * out_of)
    amount = total(moved.reshape(-1, moved.shape[-1]))
    rerouted: FloatArray = target - moved + into * (amount / into.sum())
    return rerouted


def dependence(share: FloatArray, channel_weight: FloatArray) -> FloatArray:
    """How much of a republic each power holds, over all channels: D = sum_c omega[c] s[p, c].

    Capacity to influence, inferred from dependence (Hirschman 1945; Keohane and Nye 1977),
    not from observed changes of behaviour.

    Parameters
    ----------
    share : (p, c, m).
    channel_weight : (c,), omega, summing to 1.

    Returns
    -------
    (p, m) in (0, 1).
    """
    result: FloatArray = channel_weight[0] * share[:, 0]
    for channel in range(1, len(channel_weight)):
        result = result + channel_weight[channel] * share[:, channel]
    return result


def excess_dependence(
    dependence: FloatArray,
    tolerance: FloatArray | float,
    threat: FloatArray,
    threat_weight: FloatArray,
) -> FloatArray:
    """Dependence beyond what a republic tolerates; a threatened regime tolerates more.

    X = max(0, D - tau - psi Omega). Omnibalancing (David 1991).

    Parameters
    ----------
    dependence : (p, m), D.
    tolerance, threat : (1 or m,), tau and Omega.
    threat_weight : (m,), psi.

    Returns
    -------
    (p, m), at least 0.
    """
    return np.maximum(dependence - (tolerance + threat_weight * threat), 0.0)


def fade_shocks(shocks: FloatArray, remaining: float | FloatArray) -> FloatArray:
    """Shocks one quarter later: g 2^(-1/half_life), any shape; `remaining` is that factor."""
    return shocks * remaining


def apply_shocks(
    coded: FloatArray,
    fading: FloatArray,
    lasting: FloatArray,
    scale: FloatArray,
    low: float,
    high: float,
) -> FloatArray:
    """Coded inputs plus the shocks of events, clipped: min(high, max(low, x + k g)).

    Parameters
    ----------
    coded : (..., 1 or m), x, in [0, 1].
    fading, lasting : (..., 1 or m), their sum is g: of effort in steps of intensity, else in
        units of the value, as cut when they came.
    scale : (m,), k: delta for effort, else 1.
    low, high : bounds.

    Returns
    -------
    (..., m) in [low, high].
    """
    return np.minimum(np.maximum(scale * (fading + lasting) + coded, low), high)


def baseline_attraction(
    ties: FloatArray,
    membership: FloatArray,
    need: FloatArray,
    supply: FloatArray,
    autonomy_weight: FloatArray,
    tie_weight: FloatArray,
    institution_weight: FloatArray,
    need_weight: FloatArray,
) -> FloatArray:
    """Attraction that depends neither on effort and means nor on present shares.

    W = beta T + gamma M + eta N K - (alpha + w), for one republic (Keohane and Nye 1977).
    w is its wariness of each power, coded; over all powers it is zero in the mean.

    Parameters
    ----------
    ties, membership, need, supply : (..., 1 or m), T, M, N and K, in [0, 1]; N is the need as
        met by each power.
    tie_weight : (..., m), beta of the channel.
    autonomy_weight : (..., m), alpha + w.
    institution_weight, need_weight : (m,), gamma and eta.

    Returns
    -------
    (..., m), log-ratios.
    """
    return (
        tie_weight * ties
        + institution_weight * membership
        + need_weight * (need * supply)
        - autonomy_weight
    )


def attraction(
    baseline: FloatArray,
    effort: FloatArray,
    cells: int,
    ln_means: FloatArray,
    effort_elasticity: FloatArray,
    excess: FloatArray,
    resistance: FloatArray,
) -> FloatArray:
    """The log-ratios towards which influence in one republic moves.

    V = W + theta (ln B + ln(n e + 0.05)) - rho X. Multi-vector hedging: the excess X is taken
    over all channels together, so dominance in one may be accepted (Contessi 2015).

    Parameters
    ----------
    baseline : (p, c, m), W, from `baseline_attraction`.
    effort : (p, c, m), e, in [0, 1].
    cells : n, number of (republic, channel) pairs; an even spread of effort gives ln(1.05).
    ln_means : (p, 1 or m), logarithm of each power's means, offset included.
    effort_elasticity, resistance : (m,), theta and rho.
    excess : (p, m), X, from `excess_dependence`.

    Returns
    -------
    (p, c, m), log-ratios.
    """
    by_effort = np.log(effort * cells + EFFORT_FLOOR) * effort_elasticity
    by_power = effort_elasticity * ln_means - resistance * excess
    return by_effort + baseline + by_power[:, None]


def step_log_ratios(
    log_ratio: FloatArray,
    target: FloatArray,
    rate: FloatArray,
    noise_scale: FloatArray,
    noise: FloatArray,
) -> FloatArray:
    """One quarter of influence: z + kappa (V - z) + sigma xi.

    Nerlove (1958) on the log-ratios of Aitchison (1982).

    Parameters
    ----------
    log_ratio, target : (p, c, m), z and V.
    rate : (c, m), kappa, from `adjustment_rate`.
    noise_scale : (m,), sigma, per square root of a quarter.
    noise : (p, c, m), xi, standard normal.

    Returns
    -------
    (p, c, m).
    """
    return log_ratio + ((target - log_ratio) * rate + noise * noise_scale)


def concentration(share: FloatArray) -> FloatArray:
    """Normalised Herfindahl-Hirschman index of the powers among themselves.

    HHI* = (sum s~^2 - 1/P) / (1 - 1/P), s~ being the shares without autonomy. The multivector
    index is 1 - HHI*.

    Parameters
    ----------
    share : (p, ..., m), more than one power.

    Returns
    -------
    (..., m) in [0, 1]: 0 if all hold the same, 1 if one holds everything.
    """
    among = share / total(share)
    even = 1.0 / share.shape[0]
    index: FloatArray = (total(among**2) - even) / (1.0 - even)
    return index


def leverage(index: FloatArray) -> FloatArray:
    """-ln(1 - I) of a country index I in [0, 1), any shape; unbounded as dependence nears 1."""
    return -np.log1p(-index)

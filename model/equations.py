"""The equations of the model, as pure functions of arrays.

Axes come in one order, p powers, r republics, c channels, m members; a function says
which of them its arrays have. Shares, efforts, ties, memberships, needs, supplies and
threats are pure numbers in [0, 1]; log-ratios and attractions are in natural logarithms;
half-lives are in quarters. Nothing here knows how long an axis is or who stands on it.
"""

from __future__ import annotations

import numpy as np

EFFORT_FLOOR = 0.05  # attention that a cell receives even where a power makes no effort


def total(array):
    """Sum over the first axis, one row after the other, last axis being members.

    With two members or more NumPy adds row to row; with one it would add in another order,
    and a member's last bits would depend on whether others stand beside it.
    """
    if array.shape[-1] > 1:
        return np.add.reduce(array, axis=0)
    result = array[0].copy()
    for row in array[1:]:
        result += row
    return result


def adjustment_rate(half_life):
    """Share of the distance to its target that a quantity covers in one quarter.

    kappa = 1 - 2^(-1/half-life). Partial adjustment (Nerlove 1958).

    Parameters
    ----------
    half_life : any shape, quarters, above 0.

    Returns
    -------
    Same shape, in (0, 1).
    """
    return 1.0 - 2.0 ** (-1.0 / np.asarray(half_life, dtype=float))


def shares_from_log_ratios(log_ratio):
    """Shares of the powers; the republic's own autonomy is what they leave of 1.

    s = softmax(0, z), the additive log-ratio transform read backwards (Aitchison 1982).

    Parameters
    ----------
    log_ratio : (p, ...), each below about 700, beyond which its exponential overflows.

    Returns
    -------
    (p, ...) in (0, 1), summing to less than 1 over the first axis.
    """
    weight = np.exp(log_ratio)
    weight /= 1.0 + total(weight)
    return weight


def autonomy(share):
    """What the powers leave to the republic.

    Parameters
    ----------
    share : (p, ...).

    Returns
    -------
    (...), 1 minus the sum over powers.
    """
    return 1.0 - total(share)


def allocation_score(share, loss, interest, relation, held, precision, interest_weight, loss_weight, rival_weight):
    """How much a power wants to spend its next unit of effort on each cell.

    a = lambda (iota J + ln(s(1-s)) + phi loss + chi sum_q Q[q] s[q]).
    ln(s(1-s)) is the first-order condition of a Tullock (1980) contest under a budget;
    lambda is the precision of a quantal response (Luce 1959; McKelvey and Palfrey 1995).

    Parameters
    ----------
    share : (r, c, m), the power's own shares, in (0, 1).
    loss : (r, c, m), what it lost over the last year, at least 0.
    interest : (r, c, 1 or m), in [0, 1].
    relation : (p, 1 or m), its view of each power, -1 partner to +1 rival, 0 for itself.
    held : (p, r, c, m), shares of all powers.
    precision, interest_weight, loss_weight, rival_weight : (m,), lambda, iota, phi, chi.

    Returns
    -------
    (r, c, m), logits.
    """
    score = 1.0 - share
    score *= share
    np.log(score, out=score)
    score += interest_weight * interest
    score += loss_weight * loss
    for view, holding in zip(relation, held, strict=True):
        if view.any():
            score += (rival_weight * view) * holding
    score *= precision
    return score


def effort_target(score):
    """Where a power would put its effort: a softmax over all its cells.

    Parameters
    ----------
    score : (r, c, m), logits.

    Returns
    -------
    (r, c, m) in (0, 1), summing to 1 over the first two axes.
    """
    target = score - score.max(axis=(0, 1))
    np.exp(target, out=target)
    target /= total(target.reshape(-1, target.shape[-1]))
    return target


def rerouted(target, out_of, into, share):
    """A share of the effort in some cells, spread evenly over others.

    Parameters
    ----------
    target : (r, c, m), sums to 1.
    out_of, into : (r, c, 1), 1 for the cells meant and 0 elsewhere.
    share : (1 or m,), in [0, 1].

    Returns
    -------
    (r, c, m), sums to 1.
    """
    moved = share * (target * out_of)
    amount = total(moved.reshape(-1, moved.shape[-1]))
    return target - moved + into * (amount / into.sum())


def move_towards(current, target, rate):
    """Partial adjustment in place: current <- (1 - rate) current + rate target, same shapes."""
    step = target - current
    step *= rate
    current += step


def dependence(share, channel_weight):
    """How much of a republic each power holds, over all channels.

    D = sum_c omega_c s[p, c]. Capacity to influence, read off dependence (Hirschman 1945;
    Keohane and Nye 1977), not observed changes of behaviour.

    Parameters
    ----------
    share : (p, c, m).
    channel_weight : (c,), summing to 1.

    Returns
    -------
    (p, m) in (0, 1).
    """
    depends = channel_weight[0] * share[:, 0]
    for weight, held in zip(channel_weight[1:], np.moveaxis(share, 1, 0)[1:], strict=True):
        depends += weight * held
    return depends


def excess_dependence(depends, tolerance, threat, threat_weight):
    """Dependence beyond what a republic tolerates; a threatened regime tolerates more.

    max(0, D - tau - psi Omega). Omnibalancing (David 1991).

    Parameters
    ----------
    depends : (p, m); tolerance, threat : (1 or m,); threat_weight : (m,).

    Returns
    -------
    (p, m), at least 0.
    """
    return np.maximum(0.0, depends - tolerance - threat_weight * threat)


def standing_attraction(ln_means, ties, membership, need, supply, autonomy_weight,
                        effort_elasticity, tie_weight, institution_weight, need_weight):
    """The part of attraction that does not depend on effort or on the present shares.

    theta (ln B + b) + beta T + gamma M + eta N K - alpha, for one republic.

    Parameters
    ----------
    ln_means : (p, 1 or m), logarithm of each power's means, offset included.
    ties, membership : (p, c, 1 or m) in [0, 1].
    need : (c, 1 or m); supply : (p, c, 1 or m), in [0, 1].
    autonomy_weight, effort_elasticity, institution_weight, need_weight : (m,).
    tie_weight : (c, m).

    Returns
    -------
    (p, c, m).
    """
    standing = tie_weight * ties
    standing += institution_weight * membership
    standing += need_weight * (need * supply)
    standing += (effort_elasticity * ln_means)[:, None] - autonomy_weight
    return standing


def attraction(standing, effort, cells, effort_elasticity, excess, resistance):
    """What each power's share is drawn to in each channel of one republic.

    V = standing + theta ln(cells e + 0.05) - rho excess. Multi-vector hedging: the excess
    is taken over all channels together, so dominance in one may be accepted (Contessi 2015).

    Parameters
    ----------
    standing : (p, c, m), from `standing_attraction`.
    effort : (p, c, m) in [0, 1].
    cells : number of (republic, channel) pairs, so that an even spread gives ln(1.05).
    effort_elasticity, resistance : (m,), theta and rho.
    excess : (p, m), from `excess_dependence`.

    Returns
    -------
    (p, c, m), log-ratios.
    """
    drawn = cells * effort
    drawn += EFFORT_FLOOR
    np.log(drawn, out=drawn)
    drawn *= effort_elasticity
    drawn += standing
    drawn -= (resistance * excess)[:, None]
    return drawn


def influence_moved(log_ratio, drawn, rate, noise_scale, noise, out=None):
    """One quarter of influence: z <- (1 - kappa) z + kappa V + sigma xi.

    Parameters
    ----------
    log_ratio, drawn, noise : (p, c, m); noise standard normal.
    rate : (c, m), from `adjustment_rate`.
    noise_scale : (m,), sigma, per square root of a quarter.
    out : where to put the result; it may be `log_ratio` itself.

    Returns
    -------
    (p, c, m).
    """
    step = drawn - log_ratio
    step *= rate
    step += noise_scale * noise
    return np.add(log_ratio, step, out=out)


def concentration(share):
    """Normalised Herfindahl-Hirschman index of the powers among themselves.

    HHI* = (sum s~^2 - 1/P) / (1 - 1/P) with s~ the shares without autonomy; the
    multivector index is 1 - HHI*.

    Parameters
    ----------
    share : (p, ...), more than one power.

    Returns
    -------
    (...) in [0, 1]: 0 when all hold alike, 1 when one holds everything.
    """
    among = share / total(share)
    even = 1.0 / share.shape[0]
    return (total(among**2) - even) / (1.0 - even)


def leverage(index):
    """-ln(1 - I) of a country index in [0, 1): grows without bound as dependence nears 1."""
    return -np.log1p(-index)

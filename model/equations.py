"""The equations of the model, as pure functions of arrays.

Axes come in one order, p powers, r republics, c channels, m members; a function says
which of them its arrays have. Shares, efforts, ties, memberships, needs, supplies and
threats are pure numbers in [0, 1]; log-ratios and attractions are in natural logarithms;
half-lives are in quarters. Nothing here knows how long an axis is or who stands on it.

Where a function takes `out` it puts its result there, and where it takes `work` it uses
that as scratch; both are only for speed, and without them it makes arrays of its own.
"""

from __future__ import annotations

import numpy as np

from steppe.model.core.aligned_arrays import aligned

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
    weight = np.exp(log_ratio, out=aligned(*np.shape(log_ratio)))
    weight *= 1.0 / (1.0 + total(weight))
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


def recent_loss(share, share_before, out=None):
    """What a power lost since a year ago: max(0, s(t-4) - s(t)), a pure number, any shape."""
    loss = np.subtract(share_before, share, out=out)
    return np.maximum(loss, 0.0, out=loss)


def allocation_score(
    share,
    share_before,
    interests,
    views,
    held,
    precision,
    interest_weight,
    loss_weight,
    rival_weight,
    out=None,
    work=None,
):
    """How much a power wants to spend its next unit of effort on each cell.

    a = lambda (iota J + ln(s(1-s)) + phi max(0, s(t-4) - s) + chi sum_q Q[q] s[q]).
    ln(s(1-s)) is the first-order condition of a Tullock (1980) contest under a budget;
    lambda is the precision of a quantal response (Luce 1959; McKelvey and Palfrey 1995).

    Parameters
    ----------
    share : (r, c, m), the power's own shares, in (0, 1).
    share_before : (r, c, m), its shares a year ago.
    interests : (r, c, 1 or m), J, in [0, 1].
    views : (p, 1 or m), its view of each power, -1 partner to +1 rival, 0 of itself.
    held : (p, r, c, m), the shares of each power.
    precision, interest_weight, loss_weight, rival_weight : (m,), lambda, iota, phi, chi.
    work : (2, r, c, m).

    Returns
    -------
    (r, c, m), logits.
    """
    term, rivals = (None, None) if work is None else work
    score = np.subtract(1.0, share, out=out)
    score *= share
    np.log(score, out=score)
    score += np.multiply(interests, interest_weight, out=term)
    loss = recent_loss(share, share_before, out=term)
    loss *= loss_weight
    score += loss
    contested = np.flatnonzero(views.any(axis=-1))
    for place, power in enumerate(contested):
        if place == 0:
            rivals = np.multiply(held[power], views[power], out=rivals)
        else:
            rivals += np.multiply(held[power], views[power], out=term)
    if contested.size:
        rivals *= rival_weight
        score += rivals
    score *= precision
    return score


def effort_target(score, urges=0.0, out=None):
    """Where a power would put its effort: a softmax of its scores and urges over all its cells.

    Parameters
    ----------
    score : (r, c, m), logits. urges : (r, c, m), or 0, shocks that events put on them.

    Returns
    -------
    (r, c, m) in (0, 1), summing to 1 over the first two axes.
    """
    target = np.add(score, urges, out=out)
    target -= np.maximum.reduce(target.reshape(-1, target.shape[-1]), axis=0)
    np.exp(target, out=target)
    target *= 1.0 / total(target.reshape(-1, target.shape[-1]))
    return target


def reroute_effort(target, out_of, into, share):
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


def move_towards(current, target, rate, work=None):
    """Partial adjustment in place: current <- (1 - rate) current + rate target, same shapes."""
    step = np.subtract(target, current, out=work)
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
    for channel in range(1, len(channel_weight)):
        depends += channel_weight[channel] * share[:, channel]
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
    excess = depends - (tolerance + threat_weight * threat)
    return np.maximum(excess, 0.0, out=excess)


def fade(shocks, left, where):
    """Let so much be left of shocks, in place: g <- left g.

    Parameters
    ----------
    shocks : (..., 1 or m). left : pure number in [0, 1]. where : (...), cells in which there are any.
    """
    shocks[where] *= left


def shocked(coded, fading, lasting, delta, low, high, out, where):
    """Coded inputs with the shocks that events put on them, cut to their bounds, put into `out`.

    x + delta g, with g the intensities of events as far as they have not faded, and of those that last.

    Parameters
    ----------
    coded, fading, lasting : (..., 1 or m), pure numbers; shocks in units of delta.
    delta : (m,), what one step of intensity moves.
    low, high : bounds.
    out : (..., m). where : (...), cells to work out; others stay as they are.
    """
    cells = np.nonzero(where)
    value = delta * (fading[cells] + lasting[cells])
    value += coded[cells]
    np.maximum(value, low, out=value)
    out[cells] = np.minimum(value, high, out=value)


def baseline_attraction(
    ties,
    membership,
    need,
    supply,
    autonomy_weight,
    tie_weight,
    institution_weight,
    need_weight,
    out,
    where,
):
    """The part of attraction that depends neither on effort and means nor on the present shares, put into `out`.

    beta T + gamma M + eta N K - alpha, for one republic.

    Parameters
    ----------
    ties, membership, supply : (p, c, 1 or m), in [0, 1]; need : (c, 1 or m), in [0, 1].
    autonomy_weight, institution_weight, need_weight : (m,).
    tie_weight : (c, m), beta of each channel.
    out : (p, c, m). where : (p, c), cells to work out; others stay as they are.
    """
    power, channel = np.nonzero(where)
    standing = tie_weight[channel] * ties[power, channel]
    standing += institution_weight * membership[power, channel]
    standing += need_weight * (need[channel] * supply[power, channel])
    standing -= autonomy_weight
    out[power, channel] = standing


def attraction(standing, effort, cells, ln_means, effort_elasticity, excess, resistance, out=None):
    """What each power's share is drawn to in each channel of one republic.

    V = standing + theta (ln B + b + ln(cells e + 0.05)) - rho excess. Multi-vector hedging: the
    excess is taken over all channels together, so dominance in one may be accepted (Contessi 2015).

    Parameters
    ----------
    standing : (p, c, m), from `baseline_attraction`.
    effort : (p, c, m) in [0, 1].
    cells : number of (republic, channel) pairs, so that an even spread gives ln(1.05).
    ln_means : (p, 1 or m), ln B + b, logarithm of each power's means, offset included.
    effort_elasticity, resistance : (m,), theta and rho.
    excess : (p, m), from `excess_dependence`.

    Returns
    -------
    (p, c, m), log-ratios.
    """
    drawn = np.multiply(effort, cells, out=out)
    drawn += EFFORT_FLOOR
    np.log(drawn, out=drawn)
    drawn *= effort_elasticity
    drawn += standing
    drawn += (effort_elasticity * ln_means - resistance * excess)[:, None]
    return drawn


def step_log_ratios(log_ratio, drawn, rate, noise_scale, noise, out=None, work=None):
    """One quarter of influence: z <- (1 - kappa) z + kappa V + sigma xi.

    Parameters
    ----------
    log_ratio, drawn : (p, c, m).
    noise : (p, c, m), standard normal; None for none.
    rate : (c, m), from `adjustment_rate`.
    noise_scale : (m,), sigma, per square root of a quarter.
    out : where to put the result; it may be `log_ratio` itself.
    work : (2, p, c, m).

    Returns
    -------
    (p, c, m).
    """
    step, shaken = (None, None) if work is None else work
    step = np.subtract(drawn, log_ratio, out=step)
    step *= rate
    if noise is not None:
        step += np.multiply(noise, noise_scale, out=shaken)
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

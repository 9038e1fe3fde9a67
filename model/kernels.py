"""The equations once more, each as loops that Numba compiles; comes with the extra `steppe[fast]`.

Names, arguments and results are those of `equations`, to the last bit: exponentials and
logarithms are NumPy's own, sums are taken in the same order, and the compiler may not
contract or reorder anything. So it makes no difference to results whether Numba is there.
What NumPy does in up to ten passes over arrays is done in one. Where a function is not given an
array to put its result in, or is given other shapes than a model has, the plain one serves.
"""

from __future__ import annotations

import numba
import numpy as np

from steppe.model.core.aligned_arrays import aligned

from . import equations
from .equations import EFFORT_FLOOR, adjustment_rate, autonomy, reroute_effort

__all__ = [
    "adjustment_rate",
    "allocation_score",
    "attraction",
    "autonomy",
    "dependence",
    "effort_target",
    "excess_dependence",
    "fade",
    "step_log_ratios",
    "move_towards",
    "reroute_effort",
    "shares_from_log_ratios",
    "shocked",
    "baseline_attraction",
]


def _loops(function):
    """A function compiled at its first call, and kept on the disk for the next process where there is a place for it."""
    try:
        return numba.njit(error_model="numpy", cache=True)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return numba.njit(error_model="numpy")(function)


def _alike(array, *others):
    """Whether they have one shape; loops look no further, and what a subclass of an agent hands over may be broadcast."""
    shape = array.shape
    for (
        other
    ) in others:  # a generator takes three times as long, and this is asked thirty times a quarter
        if getattr(other, "shape", ()) != shape:
            return False
    return True


def shares_from_log_ratios(log_ratio):
    """See `equations.shares_from_log_ratios`."""
    if log_ratio.ndim != 4:
        return equations.shares_from_log_ratios(log_ratio)
    weight = np.exp(log_ratio, out=aligned(*log_ratio.shape))
    _parts_of_all(weight)
    return weight


@_loops
def _parts_of_all(weight):
    powers, republics, channels, members = weight.shape
    whole = np.empty(members)
    for republic in range(republics):
        for channel in range(channels):
            for member in range(members):
                whole[member] = weight[0, republic, channel, member]
            for power in range(1, powers):
                for member in range(members):
                    whole[member] += weight[power, republic, channel, member]
            for member in range(members):
                whole[member] = 1.0 / (1.0 + whole[member])
            for power in range(powers):
                for member in range(members):
                    weight[power, republic, channel, member] *= whole[member]


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
    """See `equations.allocation_score`."""
    if out is None:
        return equations.allocation_score(
            share,
            share_before,
            interests,
            views,
            held,
            precision,
            interest_weight,
            loss_weight,
            rival_weight,
            out,
            work,
        )
    _contested(share, out)
    np.log(out, out=out)
    _weighed(
        out,
        share,
        share_before,
        interests,
        views,
        held,
        precision,
        interest_weight,
        loss_weight,
        rival_weight,
    )
    return out


@_loops
def _contested(share, out):
    republics, channels, members = share.shape
    for republic in range(republics):
        for channel in range(channels):
            for member in range(members):
                part = share[republic, channel, member]
                out[republic, channel, member] = (1.0 - part) * part


@_loops
def _weighed(
    score,
    share,
    share_before,
    interests,
    views,
    held,
    precision,
    interest_weight,
    loss_weight,
    rival_weight,
):
    republics, channels, members = score.shape
    powers, sizes = views.shape
    apart = interests.shape[2] > 1
    counts = np.zeros(powers, dtype=np.bool_)
    for power in range(powers):
        for member in range(sizes):
            if views[power, member] != 0.0:
                counts[power] = True
    rivals = np.empty(members)
    for republic in range(republics):
        for channel in range(channels):
            rivals[:] = 0.0
            for power in range(powers):
                if counts[power] and sizes == 1:
                    view = views[power, 0]
                    for member in range(members):
                        rivals[member] += held[power, republic, channel, member] * view
                elif counts[power]:
                    for member in range(members):
                        rivals[member] += (
                            held[power, republic, channel, member] * views[power, member]
                        )
            for member in range(members):
                interest = interests[republic, channel, member if apart else 0]
                worth = score[republic, channel, member] + interest * interest_weight[member]
                loss = share_before[republic, channel, member] - share[republic, channel, member]
                worth += (0.0 if loss < 0.0 else loss) * loss_weight[member]
                worth += rivals[member] * rival_weight[member]
                score[republic, channel, member] = worth * precision[member]


def effort_target(score, urges=0.0, out=None):
    """See `equations.effort_target`."""
    if out is None or not _alike(out, score, urges):
        return equations.effort_target(score, urges, out)
    _below_the_highest(score, urges, out)
    np.exp(out, out=out)
    _parts_of_one(out)
    return out


@_loops
def _below_the_highest(score, urges, out):
    republics, channels, members = score.shape
    highest = np.full(members, -np.inf)
    for republic in range(republics):
        for channel in range(channels):
            for member in range(members):
                urged = score[republic, channel, member] + urges[republic, channel, member]
                out[republic, channel, member] = urged
                highest[member] = max(highest[member], urged)
    for republic in range(republics):
        for channel in range(channels):
            for member in range(members):
                out[republic, channel, member] -= highest[member]


@_loops
def _parts_of_one(target):
    republics, channels, members = target.shape
    whole = np.zeros(members)
    for republic in range(republics):
        for channel in range(channels):
            for member in range(members):
                whole[member] += target[republic, channel, member]
    for member in range(members):
        whole[member] = 1.0 / whole[member]
    for republic in range(republics):
        for channel in range(channels):
            for member in range(members):
                target[republic, channel, member] *= whole[member]


def move_towards(current, target, rate, work=None):
    """See `equations.move_towards`."""
    rates = np.array(rate, ndmin=2, copy=None)
    if (
        current.ndim == 3
        and _alike(current, target)
        and rates.ndim == 2
        and (rates.shape[0] in (1, current.shape[1]) and rates.shape[1] in (1, current.shape[2]))
    ):
        _moved_towards(current, target, rates)
    else:
        equations.move_towards(current, target, rate, work)


@_loops
def _moved_towards(current, target, rate):
    actors, channels, members = current.shape
    by_channel, by_member = rate.shape[0] > 1, rate.shape[1] > 1
    for actor in range(actors):
        for channel in range(channels):
            for member in range(members):
                now = current[actor, channel, member]
                part = rate[channel if by_channel else 0, member if by_member else 0]
                current[actor, channel, member] = (
                    now + (target[actor, channel, member] - now) * part
                )


@_loops
def dependence(share, channel_weight):
    """See `equations.dependence`."""
    powers, channels, members = share.shape
    depends = np.empty((powers, members))
    for power in range(powers):
        for member in range(members):
            depends[power, member] = channel_weight[0] * share[power, 0, member]
        for channel in range(1, channels):
            for member in range(members):
                depends[power, member] += channel_weight[channel] * share[power, channel, member]
    return depends


def excess_dependence(depends, tolerance, threat, threat_weight):
    """See `equations.excess_dependence`."""
    if not _alike(depends[0], tolerance, threat, threat_weight):
        return equations.excess_dependence(depends, tolerance, threat, threat_weight)
    return _excess(depends, tolerance, threat, threat_weight)


@_loops
def _excess(depends, tolerance, threat, threat_weight):
    powers, members = depends.shape
    excess = np.empty((powers, members))
    for power in range(powers):
        for member in range(members):
            beyond = depends[power, member] - (
                tolerance[member] + threat_weight[member] * threat[member]
            )
            excess[power, member] = 0.0 if beyond < 0.0 else beyond
    return excess


def fade(shocks, left, where):
    """See `equations.fade`."""
    _faded(shocks.reshape(where.size, -1), left, where.reshape(-1))


@_loops
def _faded(shocks, left, where):
    rows, members = shocks.shape
    for row in range(rows):
        if where[row]:
            for member in range(members):
                shocks[row, member] *= left


def shocked(coded, fading, lasting, delta, low, high, out, where):
    """See `equations.shocked`."""
    rows = where.size
    coded, fading, lasting, out = (
        array.reshape(rows, -1) for array in (coded, fading, lasting, out)
    )
    _shocked(coded, fading, lasting, delta, low, high, out, where.reshape(rows))


@_loops
def _shocked(coded, fading, lasting, delta, low, high, out, where):
    rows, members = out.shape
    codings, fades, lasts = coded.shape[1] > 1, fading.shape[1] > 1, lasting.shape[1] > 1
    for row in range(rows):
        if where[row]:
            for member in range(members):
                shock = fading[row, member if fades else 0] + lasting[row, member if lasts else 0]
                value = delta[member] * shock + coded[row, member if codings else 0]
                value = low if value < low else value
                out[row, member] = high if value > high else value


@_loops
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
    """See `equations.standing_attraction`."""
    powers, channels, members = out.shape
    tied, bound, needed, supplied = (
        ties.shape[2] > 1,
        membership.shape[2] > 1,
        need.shape[1] > 1,
        supply.shape[2] > 1,
    )
    for power in range(powers):
        for channel in range(channels):
            if where[power, channel]:
                for member in range(members):
                    standing = (
                        tie_weight[channel, member] * ties[power, channel, member if tied else 0]
                    )
                    standing += (
                        institution_weight[member]
                        * membership[power, channel, member if bound else 0]
                    )
                    met = (
                        need[channel, member if needed else 0]
                        * supply[power, channel, member if supplied else 0]
                    )
                    standing += need_weight[member] * met
                    out[power, channel, member] = standing - autonomy_weight[member]


def attraction(standing, effort, cells, ln_means, effort_elasticity, excess, resistance, out=None):
    """See `equations.attraction`."""
    if out is None or not _alike(out, standing) or not _alike(out[:, 0], ln_means, excess):
        return equations.attraction(
            standing, effort, cells, ln_means, effort_elasticity, excess, resistance, out
        )
    _attention(effort, cells, out)
    np.log(out, out=out)
    _drawn(out, standing, ln_means, effort_elasticity, excess, resistance)
    return out


@_loops
def _attention(effort, cells, out):
    powers, channels, members = effort.shape
    for power in range(powers):
        for channel in range(channels):
            for member in range(members):
                out[power, channel, member] = effort[power, channel, member] * cells + EFFORT_FLOOR


@_loops
def _drawn(drawn, standing, ln_means, effort_elasticity, excess, resistance):
    powers, channels, members = drawn.shape
    for power in range(powers):
        for channel in range(channels):
            for member in range(members):
                elasticity = effort_elasticity[member]
                by_effort = (
                    drawn[power, channel, member] * elasticity + standing[power, channel, member]
                )
                held_off = (
                    elasticity * ln_means[power, member]
                    - resistance[member] * excess[power, member]
                )
                drawn[power, channel, member] = by_effort + held_off


def step_log_ratios(log_ratio, drawn, rate, noise_scale, noise, out=None, work=None):
    """See `equations.influence_moved`."""
    if out is not log_ratio or not _alike(log_ratio, drawn, *([] if noise is None else [noise])):
        return equations.step_log_ratios(log_ratio, drawn, rate, noise_scale, noise, out, work)
    if noise is None:
        move_towards(log_ratio, drawn, rate, work)
    else:
        _moved(log_ratio, drawn, rate, noise_scale, noise)
    return log_ratio


@_loops
def _moved(log_ratio, drawn, rate, noise_scale, noise):
    powers, channels, members = log_ratio.shape
    for power in range(powers):
        for channel in range(channels):
            for member in range(members):
                now = log_ratio[power, channel, member]
                step = (drawn[power, channel, member] - now) * rate[channel, member]
                log_ratio[power, channel, member] = now + (
                    step + noise[power, channel, member] * noise_scale[member]
                )

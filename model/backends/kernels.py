"""The equations as loops that Numba compiles; needs the extra `steppe[fast]`.

Results are those of `equations` to the last bit: exponentials and logarithms are NumPy's, sums
are taken in the same order, and the compiler may not contract or reorder operations. What NumPy
does in up to ten passes over arrays takes one here. The loops do not broadcast: arguments have
the shapes of a model's arrays.

Constants of the equations are passed as arguments. Compiled code is kept in the folder of
`kernel_cache`, which belongs to the text of this file and of what it imports.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from steppe.model.core.array_types import BoolArray, FloatArray

from .kernel_cache import cache_folder

Loops = TypeVar("Loops", bound=Callable[..., Any])


def _compiled(loops: Loops) -> Loops:
    """Compile a function at its first call, and cache the code on disk if a cache is writable."""
    folder, config = cache_folder(), vars(numba.config)
    before = config["CACHE_DIR"]
    config["CACHE_DIR"] = str(folder or before)  # read when the function is decorated
    try:
        return numba.njit(error_model="numpy", cache=folder is not None)(loops)  # type: ignore[return-value]
    finally:
        config["CACHE_DIR"] = before


@_compiled
def divide_by_whole(weight: FloatArray) -> None:
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


@_compiled
def odds_product(share: FloatArray, out: FloatArray) -> None:
    republics, channels, members = share.shape
    for republic in range(republics):
        for channel in range(channels):
            for member in range(members):
                part = share[republic, channel, member]
                out[republic, channel, member] = (1.0 - part) * part


@_compiled
def contested(views: FloatArray) -> BoolArray:
    """Powers of which the view is not zero in every member."""
    powers, sizes = views.shape
    result = np.zeros(powers, dtype=np.bool_)
    for power in range(powers):
        for member in range(sizes):
            if views[power, member] != 0.0:
                result[power] = True
    return result


@_compiled
def weigh_cells(
    score: FloatArray,
    share: FloatArray,
    share_a_year_ago: FloatArray,
    interests: FloatArray,
    views: FloatArray,
    held: FloatArray,
    precision: FloatArray,
    interest_weight: FloatArray,
    loss_weight: FloatArray,
    rival_weight: FloatArray,
) -> None:
    republics, channels, members = score.shape
    powers, sizes = views.shape
    varies = interests.shape[2] > 1
    counts = contested(views)
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
                interest = interests[republic, channel, member if varies else 0]
                worth = score[republic, channel, member] + interest * interest_weight[member]
                loss = (
                    share_a_year_ago[republic, channel, member] - share[republic, channel, member]
                )
                worth += (0.0 if loss < 0.0 else loss) * loss_weight[member]
                worth += rivals[member] * rival_weight[member]
                score[republic, channel, member] = worth * precision[member]


@_compiled
def subtract_highest(score: FloatArray, urges: FloatArray, out: FloatArray) -> None:
    republics, channels, members = score.shape
    highest = np.full(members, -np.inf)
    for republic in range(republics):
        for channel in range(channels):
            for member in range(members):
                logit = score[republic, channel, member] + urges[republic, channel, member]
                out[republic, channel, member] = logit
                highest[member] = max(highest[member], logit)
    for republic in range(republics):
        for channel in range(channels):
            for member in range(members):
                out[republic, channel, member] -= highest[member]


@_compiled
def divide_by_sum(target: FloatArray) -> None:
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


@_compiled
def adjust(current: FloatArray, target: FloatArray, rate: FloatArray) -> None:
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


@_compiled
def dependence(share: FloatArray, channel_weight: FloatArray) -> FloatArray:
    powers, channels, members = share.shape
    result = np.empty((powers, members))
    for power in range(powers):
        for member in range(members):
            result[power, member] = channel_weight[0] * share[power, 0, member]
        for channel in range(1, channels):
            for member in range(members):
                result[power, member] += channel_weight[channel] * share[power, channel, member]
    return result


@_compiled
def excess(
    dependence: FloatArray, tolerance: FloatArray, threat: FloatArray, threat_weight: FloatArray
) -> FloatArray:
    powers, members = dependence.shape
    excess = np.empty((powers, members))
    for power in range(powers):
        for member in range(members):
            tolerated = tolerance[member] + threat_weight[member] * threat[member]
            beyond = dependence[power, member] - tolerated
            excess[power, member] = 0.0 if beyond < 0.0 else beyond
    return excess


@_compiled
def fade(shocks: FloatArray, remaining: float, where: BoolArray) -> None:
    rows, members = shocks.shape
    for row in range(rows):
        if where[row]:
            for member in range(members):
                shocks[row, member] *= remaining


@_compiled
def add_shocks(
    value: FloatArray,
    coded: FloatArray,
    fading: FloatArray,
    lasting: FloatArray,
    scale: FloatArray,
    low: float,
    high: float,
    where: BoolArray,
) -> None:
    rows, members = value.shape
    codings, fades, lasts = coded.shape[1] > 1, fading.shape[1] > 1, lasting.shape[1] > 1
    for row in range(rows):
        if where[row]:
            for member in range(members):
                shock = fading[row, member if fades else 0] + lasting[row, member if lasts else 0]
                shocked = scale[member] * shock + coded[row, member if codings else 0]
                shocked = low if shocked < low else shocked
                value[row, member] = high if shocked > high else shocked


@_compiled
def baseline(
    baseline: FloatArray,
    ties: FloatArray,
    membership: FloatArray,
    need: FloatArray,
    supply: FloatArray,
    autonomy_weight: FloatArray,
    tie_weight: FloatArray,
    institution_weight: FloatArray,
    need_weight: FloatArray,
    where: BoolArray,
) -> None:
    powers, channels, members = baseline.shape
    ties_vary, membership_varies = ties.shape[2] > 1, membership.shape[2] > 1
    need_varies, supply_varies = need.shape[2] > 1, supply.shape[2] > 1
    for power in range(powers):
        for channel in range(channels):
            if where[power, channel]:
                for member in range(members):
                    tie = ties[power, channel, member if ties_vary else 0]
                    joined = membership[power, channel, member if membership_varies else 0]
                    needed = need[power, channel, member if need_varies else 0]
                    supplied = supply[power, channel, member if supply_varies else 0]
                    value = tie_weight[channel, member] * tie
                    value += institution_weight[member] * joined
                    value += need_weight[member] * (needed * supplied)
                    baseline[power, channel, member] = value - autonomy_weight[power, member]


@_compiled
def attention(effort: FloatArray, cells: int, floor: float, out: FloatArray) -> None:
    powers, channels, members = effort.shape
    for power in range(powers):
        for channel in range(channels):
            for member in range(members):
                out[power, channel, member] = effort[power, channel, member] * cells + floor


@_compiled
def add_attraction(
    by_effort: FloatArray,
    baseline: FloatArray,
    ln_means: FloatArray,
    effort_elasticity: FloatArray,
    excess: FloatArray,
    resistance: FloatArray,
) -> None:
    powers, channels, members = by_effort.shape
    for power in range(powers):
        for channel in range(channels):
            for member in range(members):
                elasticity = effort_elasticity[member]
                value = by_effort[power, channel, member] * elasticity
                value += baseline[power, channel, member]
                by_power = (
                    elasticity * ln_means[power, member]
                    - resistance[member] * excess[power, member]
                )
                by_effort[power, channel, member] = value + by_power


@_compiled
def step(
    log_ratio: FloatArray,
    target: FloatArray,
    rate: FloatArray,
    noise_scale: FloatArray,
    noise: FloatArray,
) -> None:
    powers, channels, members = log_ratio.shape
    for power in range(powers):
        for channel in range(channels):
            for member in range(members):
                now = log_ratio[power, channel, member]
                step = (target[power, channel, member] - now) * rate[channel, member]
                log_ratio[power, channel, member] = now + (
                    step + noise[power, channel, member] * noise_scale[member]
                )

"""The equations of MODEL.md once more, one function each, in plain floats: see `reference`."""

from __future__ import annotations

import math
from types import SimpleNamespace as World
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference import Member

HALF_LIFE_OF_EFFORT = 2
HALF_LIFE_OF_EVENTS = 6
SMALLEST_EFFORT = 0.05


def adjustment_rate(half_life: float) -> float:
    """Equation 11."""
    return 1 - 2 ** (-1 / half_life)


def remaining(age: int, permanent: bool) -> float:
    """What is left of a shock that came `age` quarters ago, in equation 1."""
    return 1.0 if permanent else 2 ** (-age / HALF_LIFE_OF_EVENTS)


def cut(value: float, low: float = 0.0) -> float:
    return min(max(value, low), 1.0)


def allocation_score(
    member: Member, world: World, cell: tuple, share: dict, year_before: dict
) -> float:
    """Equation 2."""
    power, republic, channel = cell
    held = share[cell]
    lost = max(0.0, year_before[cell] - held)
    rivalry = sum(
        world.relations[power, other] * share[other, republic, channel] for other in member.powers
    )
    worth = member["iota"] * world.interests[cell] + math.log(held * (1 - held))
    worth += member["phi"] * lost + member["chi"] * rivalry
    return member["lambda_"] * worth + world.effort[cell]


def effort_target(scores: dict) -> dict:
    """The softmax of equation 3, over the cells of one power."""
    highest = max(scores.values())
    weights = {cell: math.exp(score - highest) for cell, score in scores.items()}
    total = sum(weights.values())
    return {cell: weight / total for cell, weight in weights.items()}


def reroute_effort(member: Member, world: World, target: dict, power: int) -> dict:
    """The target of equation 3 after a share of some cells is spread evenly over others."""
    for _, effect, progress in sorted(world.reroutes, key=lambda row: row[0]):
        if power in effect.reroute:
            out_of, into = (
                [(power, *place) for place in member.within(end)]
                for end in (effect.out_of, effect.into)
            )
            moved = {cell: effect.share * progress * target[cell] for cell in out_of}
            target = {cell: value - moved.get(cell, 0.0) for cell, value in target.items()}
            for cell in into:
                target[cell] += sum(moved.values()) / len(into)
    return target


def move_towards(effort: float, target: float) -> float:
    """Equation 3."""
    return effort + adjustment_rate(HALF_LIFE_OF_EFFORT) * (target - effort)


def dependence(member: Member, share: dict, republic: int, power: int) -> float:
    """Equation 4."""
    return sum(share[power, republic, channel] for channel in member.channels) / len(
        member.channels
    )


def excess_dependence(member: Member, world: World, depends: float, republic: int) -> float:
    """Equation 5."""
    tolerated = member["tau_0"] + world.offset[republic] + member["psi"] * world.threat[republic]
    return max(0.0, depends - tolerated)


def membership(world: World, cell: tuple) -> float:
    """Equation 6."""
    power, republic, channel = cell
    strongest: dict[str, float] = {}  # by body
    for row in world.institutions.values():
        if channel in row["channels"] and republic in row["members"]:
            held = row["weight"][channel] * row["sponsors"].get(power, 0.0)
            strongest[row["body"]] = max(strongest.get(row["body"], 0.0), held)
    return 1 - math.prod(1 - held for held in strongest.values())


def wariness(stance, power: int, republic: int) -> float:
    """Equation 7: how much more guarded a republic is towards a power than towards all."""
    towards = [float(row[republic]) for row in stance]
    return (2.2 - 1.3) * (towards[power] - sum(towards) / len(towards))


def baseline_attraction(member: Member, world: World, cell: tuple) -> float:
    """Equation 7."""
    power, republic, channel = cell
    means = member["theta"] * (world.ln_means[power] + member.of("b", power))
    ties = member.of("beta", channel) * world.ties[cell]
    met = member["eta"] * world.needs[cell] * world.supply[power, channel]
    return (
        means
        + ties
        + member["gamma"] * membership(world, cell)
        + met
        - (member.of("alpha", republic) + world.wariness[power, republic])
    )


def attraction(member: Member, standing: float, effort: float, excess: float) -> float:
    """Equation 8."""
    count = len(member.republics) * len(member.channels)
    return (
        standing
        + member["theta"] * math.log(count * effort + SMALLEST_EFFORT)
        - member["rho"] * excess
    )


def step_log_ratios(
    member: Member, log_ratio: float, drawn_to: float, channel: int, noise: float
) -> float:
    """Equation 9."""
    rate = adjustment_rate(member.of("h", channel))
    return log_ratio + rate * (drawn_to - log_ratio) + member["sigma"] * noise


def shares_from_log_ratios(member: Member, log_ratios: dict) -> dict:
    """Equation 10."""
    shares = {}
    for republic, channel in member.places:
        total = 1 + sum(math.exp(log_ratios[power, republic, channel]) for power in member.powers)
        for power in member.powers:
            shares[power, republic, channel] = (
                math.exp(log_ratios[power, republic, channel]) / total
            )
    return shares

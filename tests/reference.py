"""The model once more, for one member, in plain loops over floats.

Written from MODEL.md and sharing no code with `steppe.model`, so that a mistake would
have to be made twice to go unseen. Its slowness is the price of being readable: one
function per equation, values in dictionaries by cell (power, republic, channel), each a
position in the cast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import product
from types import SimpleNamespace as World

QUARTERS_OF_START = 120
QUARTERS_IN_A_YEAR = 4
HALF_LIFE_OF_EFFORT = 2
HALF_LIFE_OF_EVENTS = 6
LEVELS = 3  # ordinal codes run from 0 to 3, inputs from 0 to 1
SMALLEST_EFFORT = 0.05
NEVER = 10**6


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
        - member.of("alpha", republic)
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


class Member:
    """One history of the model.

    Parameters
    ----------
    inputs, scenario : as the model takes them.
    parameters : value by label, such as `theta` or `beta[economic]`.
    starts : quarter in which each dated event begins. An event with a condition is left out and
        begins when the condition holds, or is NEVER if it is drawn not to happen.
    noise : gives the next quarter's standard normal numbers by cell.
    """

    def __init__(
        self,
        inputs,
        scenario,
        parameters: Mapping[str, float],
        starts: Mapping[str, int],
        noise: Callable[[], dict],
    ):
        self.inputs, self.scenario, self.parameters, self.noise = (
            inputs,
            scenario,
            parameters,
            noise,
        )
        self.starts = dict(starts)
        self.powers, self.republics, self.channels = (range(size) for size in inputs.cast.shape)
        self.names = {
            "b": inputs.cast.power_names,
            "alpha": inputs.cast.republic_names,
            "beta": inputs.cast.channel_names,
            "h": inputs.cast.channel_names,
        }
        self.places = [
            (republic, channel) for republic in self.republics for channel in self.channels
        ]
        self.cells = [(power, *place) for power in self.powers for place in self.places]
        self.begun: list[tuple[int, int, object]] = []  # first quarter, place in the file, effect
        # by kind and key: quarter, size, whether it is permanent
        self.shocks: dict[tuple, list[tuple[int, float, bool]]] = {}
        self.moved_relations = {(one, other): 0.0 for one in self.powers for other in self.powers}
        self.log_ratios = dict.fromkeys(self.cells, 0.0)
        self.effort = dict.fromkeys(self.cells, 1 / len(self.places))
        self.shares = [shares_from_log_ratios(self, self.log_ratios)]

    def __getitem__(self, label: str) -> float:
        return float(self.parameters[label])

    def within(self, place) -> product:
        """Republics and channels that a place names; what it leaves out means all."""
        return product(
            self.republics if place.republic is None else place.republic,
            self.channels if place.channel is None else place.channel,
        )

    def of(self, label: str, position: int) -> float:
        """A parameter by power, republic or channel; the first power's offset is zero."""
        if label == "b" and position == 0:
            return 0.0
        return float(self.parameters[f"{label}[{self.names[label][position]}]"])

    def run(self):
        """Yields the shares at the end of each quarter."""
        before_history = self.coded(0)
        silence = dict.fromkeys(self.cells, 0.0)
        for _ in range(QUARTERS_OF_START):
            self.step(before_history, self["zeta"], silence)
        for quarter in range(self.scenario.first, self.scenario.last + 1):
            self.begin_events(quarter)
            self.step(self.world(quarter), 0.0, self.noise())
            yield self.shares[-1]

    def step(self, world: World, legacy: float, noise: dict) -> None:
        """One quarter, in which everybody sees the shares of the quarter before."""
        share = self.shares[-1]
        year_before = self.shares[max(0, len(self.shares) - 1 - QUARTERS_IN_A_YEAR)]
        for power in self.powers:
            own = [(power, *place) for place in self.places]
            scores = {cell: allocation_score(self, world, cell, share, year_before) for cell in own}
            for cell, target in reroute_effort(self, world, effort_target(scores), power).items():
                self.effort[cell] = move_towards(self.effort[cell], target)
        excess = {
            (republic, power): excess_dependence(
                self, world, dependence(self, share, republic, power), republic
            )
            for republic in self.republics
            for power in self.powers
        }
        for cell in self.cells:
            power, republic, channel = cell
            standing = baseline_attraction(self, world, cell)
            drawn_to = attraction(self, standing, self.effort[cell], excess[republic, power]) + (
                legacy if power == 0 else 0.0
            )
            self.log_ratios[cell] = step_log_ratios(
                self, self.log_ratios[cell], drawn_to, channel, noise[cell]
            )
        self.shares.append(shares_from_log_ratios(self, self.log_ratios))

    def coded(self, quarter: int) -> World:
        """Coded inputs of a quarter; after the last coded one, threats are zero, the rest stays.

        For events there are also `effort`, what equation 1 adds to the logits of effort, and
        `reroutes`: place in the file, effect, and the part of its course that is run.
        """
        inputs = self.inputs

        def at(series):
            return float(series[min(quarter, len(series) - 1)])

        return World(
            ties={cell: at(inputs.ties[cell]) for cell in self.cells},
            interests={cell: at(inputs.interests[cell]) for cell in self.cells},
            needs={cell: at(inputs.needs[cell]) for cell in self.cells},
            supply={pair: at(inputs.supply[pair]) for pair in product(self.powers, self.channels)},
            relations={pair: at(inputs.relations[pair]) for pair in self.moved_relations},
            ln_means={power: at(inputs.ln_means[power]) for power in self.powers},
            threat={
                republic: at(row) if quarter < len(row) else 0.0
                for republic, row in enumerate(inputs.threat)
            },
            offset={
                republic: float(inputs.tolerance_offset[republic]) for republic in self.republics
            },
            institutions={
                row.name: {
                    "sponsors": {power: float(row.sponsors[power]) for power in self.powers},
                    "channels": row.channels,
                    "weight": {channel: at(row.weight[channel]) for channel in self.channels},
                    "members": {republic for republic in self.republics if row.members[republic]},
                    "body": row.body,
                }
                for row in inputs.institutions
            },
            effort=dict.fromkeys(self.cells, 0.0),
            reroutes=[],
        )

    def begin_events(self, quarter: int) -> None:
        """Start what is due, in the order of the file; conditions read last quarter's shares."""
        for place, (name, event) in enumerate(self.scenario.events.items()):
            if event.if_ is not None and name not in self.starts and self.holds(event.if_):
                self.starts[name] = quarter
            if self.starts.get(name, NEVER) == quarter:
                self.begun += [(quarter, place, effect) for effect in event.effects]
        self.move_relations(quarter)
        self.add_shocks(quarter)

    def holds(self, condition) -> bool:
        """Whether every share named passes the bound."""
        sign, bound = condition.share.split()
        passes = {">": float.__gt__, "<": float.__lt__, ">=": float.__ge__, "<=": float.__le__}[
            sign
        ]
        return all(
            passes(self.shares[-1][power, republic, channel], float(bound))
            for power in condition.power
            for republic in condition.republic
            for channel in condition.channel
        )

    def move_relations(self, quarter: int) -> None:
        """Move each changing relation by its gap divided by the quarters left."""
        coded = self.coded(quarter).relations
        for start, _, effect in sorted(self.begun, key=lambda row: row[1]):
            if type(effect).__name__ == "Relation" and quarter < start + effect.over:
                one, other = effect.relation
                for pair in ((one, other), (other, one)) if effect.mutual else ((one, other),):
                    gap = effect.becomes / LEVELS - coded[pair] - self.moved_relations[pair]
                    self.moved_relations[pair] += gap / (start + effect.over - quarter)

    def add_shocks(self, quarter: int) -> None:
        """Equation 1: what comes in a quarter, part by part, in the order of the file."""
        coded = self.coded(quarter)
        for start, _, effect in sorted(self.begun, key=lambda row: row[1]):
            kind = type(effect).__name__
            if kind == "Shock" and quarter < start + effect.over:
                names = (effect.power, effect.republic, effect.channel)
                keys = list(product(*(named for named in names if named is not None)))
                part = effect.intensity / effect.over
                self.add_shock(coded, quarter, effect.shock, keys, part, effect.permanent)
            elif kind == "Base" and quarter == start:
                security = self.inputs.cast.channel_names.index("security")
                keys = list(product(effect.power, effect.republic, (security,)))
                self.add_shock(
                    coded, quarter, "ties", keys, 2 if effect.base == "opened" else -2, True
                )

    def add_shock(self, coded: World, quarter, target, keys, intensity, permanent) -> None:
        """Add a shock that came in a quarter; all but effort goes no further than 0 and 1."""
        for key in keys:
            name = key if len(key) > 1 else key[0]
            if target == "effort":
                size = self["delta"] * intensity
            else:
                stands = getattr(coded, target)[name] + self.shocked(target, name, quarter)
                size = cut(cut(stands) + intensity / LEVELS) - stands if intensity else 0.0
            self.shocks.setdefault((target, name), []).append((quarter, size, permanent))

    def shocked(self, target: str, name, quarter: int) -> float:
        """What is left of all shocks on an input."""
        return sum(
            size * remaining(quarter - came, permanent)
            for came, size, permanent in self.shocks.get((target, name), ())
        )

    def world(self, quarter: int) -> World:
        """The coded inputs of a quarter, and on them every event so far, from the oldest on."""
        world = self.coded(quarter)
        for start, place, effect in self.begun:
            self.act(effect, place, quarter - start, world)
        for pair, moved in self.moved_relations.items():
            world.relations[pair] = cut(world.relations[pair] + moved, -1.0)
        for target in ("ties", "supply", "threat", "effort"):
            values = getattr(world, target)
            for name, coded in values.items():
                value = coded + self.shocked(target, name, quarter)
                values[name] = value if target == "effort" else cut(value)
        return world

    def act(self, effect, place: int, age: int, world: World) -> None:
        """What an effect whose event began `age` quarters ago means now."""
        kind = type(effect).__name__
        if kind == "Budget":
            part = min(age + 1, effect.over) / effect.over
            for power in effect.budget:
                world.ln_means[power] += math.log(effect.scale) * part
        elif kind == "Reroute":
            world.reroutes.append((place, effect, min(age + 1, effect.over) / effect.over))
        elif kind == "Membership":
            self.change_institution(effect, world.institutions)
        elif kind == "Tolerance":
            for republic in effect.republic:
                world.offset[republic] += effect.tolerance
        else:
            self.set_levels(kind, effect, world)

    def set_levels(self, kind: str, effect, world: World) -> None:
        if kind == "Interest":
            for cell in product(effect.power, effect.republic, effect.channel):
                world.interests[cell] = effect.interest / LEVELS
        elif kind == "Need":
            for cell in product(self.powers, effect.republic, effect.channel):
                world.needs[cell] = effect.need / LEVELS

    def change_institution(self, effect, institutions: dict) -> None:
        """Founding, joining, leaving and dissolving, in this order."""
        if effect.found:
            institutions[effect.institution] = {
                "sponsors": dict.fromkeys(effect.found.sponsors, 1.0),
                "channels": effect.found.channels,
                "weight": dict.fromkeys(effect.found.channels, effect.found.weight),
                "members": set(),
                "body": effect.institution,
            }
        members = institutions[effect.institution]["members"]
        members |= set(effect.join or ())
        members -= set(self.republics if effect.dissolve else effect.leave or ())

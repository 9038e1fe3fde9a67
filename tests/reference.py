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

from reference_equations import (
    allocation_score,
    attraction,
    baseline_attraction,
    cut,
    dependence,
    effort_target,
    excess_dependence,
    move_towards,
    remaining,
    reroute_effort,
    shares_from_log_ratios,
    step_log_ratios,
    wariness,
)

QUARTERS_OF_START = 120
QUARTERS_IN_A_YEAR = 4
LEVELS = 3  # ordinal codes run from 0 to 3, inputs from 0 to 1
NEVER = 10**6


def levels_of(effect) -> float:
    """The strength of a quarrel, a succession or a blockade, 0 to 3."""
    return effect.percent * LEVELS / 100 if effect.intensity is None else effect.intensity


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
        # first quarter, place in the file, effect, first quarter after its end
        self.begun: list[tuple[int, int, object, int]] = []
        # by kind and key: quarter, size, whether it is permanent
        self.shocks: dict[tuple, list[tuple[int, float, bool]]] = {}
        # by identity of the effect, for its end: by how much it moved what, and when
        self.given: dict[int, list[tuple[str, object, int, float, bool]]] = {}
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

        For events there are also `effort`, what equation 1 adds to the logits of effort,
        `cut_off`, the part of each need that blockades leave unmet, and `reroutes`: place in the
        file, effect, and the part of its course that is run.
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
            wariness={
                (power, republic): wariness(inputs.stance, power, republic)
                for power, republic in product(self.powers, self.republics)
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
            cut_off=dict.fromkeys(self.cells, 0.0),
            reroutes=[],
        )

    def begin_events(self, quarter: int) -> None:
        """Start what is due, in the order of the file; conditions read last quarter's shares."""
        for place, (name, event) in enumerate(self.scenario.events.items()):
            counts = event.if_ is not None and quarter >= (event.when or 0)
            if counts and name not in self.starts and self.holds(event.if_):
                self.starts[name] = quarter
            if self.starts.get(name, NEVER) == quarter:
                end = quarter + event.for_ if event.for_ else event.until or NEVER
                self.begun += [(quarter, place, effect, end) for effect in event.effects]
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
        for start, _, effect, end in sorted(self.begun, key=lambda row: row[1]):
            if type(effect).__name__ == "Relation" and quarter < min(start + effect.over, end):
                one, other = effect.relation
                for pair in ((one, other), (other, one)) if effect.mutual else ((one, other),):
                    gap = effect.becomes / LEVELS - coded[pair] - self.moved_relations[pair]
                    moved = gap / (start + effect.over - quarter)
                    self.moved_relations[pair] += moved
                    self.remember(effect, "relations", pair, quarter, moved, True)
            elif type(effect).__name__ == "Relation" and quarter == end:
                for _, pair, _, moved, _ in self.given.get(id(effect), ()):
                    self.moved_relations[pair] -= moved

    def add_shocks(self, quarter: int) -> None:
        """Equation 1: what comes in a quarter, part by part, in the order of the file."""
        coded = self.coded(quarter)
        for start, _, effect, end in sorted(self.begun, key=lambda row: row[1]):
            if start <= quarter < min(start + getattr(effect, "over", 1), end):
                for target, key, levels, permanent in self.shocks_of(effect):
                    unit = self["delta"] if target == "effort" else 1 / LEVELS
                    moved = self.move(coded, quarter, target, key, unit * levels, permanent)
                    self.remember(effect, target, key, quarter, moved, permanent)
            if quarter == end:
                self.take_back(coded, quarter, self.given.get(id(effect), []))

    def shocks_of(self, effect) -> list[tuple]:
        """What, where, by how many levels in a quarter, and whether it lasts."""
        kind = type(effect).__name__
        security = self.inputs.cast.channel_names.index("security")
        if kind == "Shock":
            names = (effect.power, effect.republic, effect.channel)
            keys = list(product(*(named for named in names if named is not None)))
            rows = (effect.shock, keys, effect.intensity / effect.over, effect.permanent)
        elif kind == "Base":
            keys = list(product(effect.power, effect.republic, (security,)))
            rows = ("ties", keys, 2 if effect.base == "opened" else -2, True)
        elif kind == "Quarrel":
            keys = [(*effect.quarrel, channel) for channel in effect.channel]
            rows = ("ties", keys, -levels_of(effect), True)
        elif kind == "Succession":
            rows = ("threat", [(place,) for place in effect.succession], levels_of(effect), False)
        else:
            return []
        target, keys, levels, permanent = rows
        return [(target, key if len(key) > 1 else key[0], levels, permanent) for key in keys]

    def move(self, coded: World, quarter, target, key, step, permanent) -> float:
        """Add a shock; all but effort goes no further than 0 and 1. Returns what it moved."""
        size = moved = step
        if target != "effort":
            stands = getattr(coded, target)[key] + self.shocked(target, key, quarter)
            size = cut(cut(stands) + step) - stands if step else 0.0
            moved = cut(cut(stands) + step) - cut(stands)
        self.shocks.setdefault((target, key), []).append((quarter, size, permanent))
        return moved

    def remember(self, effect, target: str, key, quarter: int, moved: float, permanent) -> None:
        self.given.setdefault(id(effect), []).append((target, key, quarter, moved, permanent))

    def take_back(self, coded: World, quarter: int, given: list[tuple]) -> None:
        """At the end of an event: what it moved, or what is left of that."""
        left: dict[tuple, float] = {}
        for target, key, came, moved, permanent in given:
            if target != "relations":
                place = (target, key, permanent)
                left[place] = left.get(place, 0.0) + moved * remaining(quarter - came, permanent)
        for (target, key, permanent), size in left.items():
            self.move(coded, quarter, target, key, -size, permanent)

    def shocked(self, target: str, name, quarter: int) -> float:
        """What is left of all shocks on an input."""
        return sum(
            size * remaining(quarter - came, permanent)
            for came, size, permanent in self.shocks.get((target, name), ())
        )

    def world(self, quarter: int) -> World:
        """The coded inputs of a quarter, and on them every event so far, from the oldest on."""
        world = self.coded(quarter)
        for start, place, effect, end in self.begun:
            if quarter < end:
                self.act(effect, place, quarter - start, world)
        for cell, part in world.cut_off.items():
            world.needs[cell] *= max(0.0, 1 - part)
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
        elif kind in ("Quarrel", "Succession", "Blockade"):
            self.act_composed(kind, effect, world)
        else:
            self.set_levels(kind, effect, world)

    def act_composed(self, kind: str, effect, world: World) -> None:
        """A level of stance is a third of what the whole scale takes, towards one or all."""
        if kind == "Quarrel":
            world.wariness[effect.quarrel] += (2.2 - 1.3) / LEVELS * levels_of(effect)
        elif kind == "Succession":
            for republic in effect.succession:
                world.offset[republic] -= (0.08 - -0.08) / LEVELS * effect.stance
        else:
            for cell in product(effect.blockade, effect.republic, effect.channel):
                world.cut_off[cell] += levels_of(effect) / LEVELS

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

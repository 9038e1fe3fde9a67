"""What lies between runs at nodes of levers: weights of these runs.

Along one lever, or two, it is a polynomial through the four nearest nodes of each. With more moved
at once it is the sum of what each pair does beyond each lever alone (an expansion to second
order), which is approximate. `saved.js` computes the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from steppe.model.scenario.load import Scenario

from .asked_scenario import is_whole

EVEN = 5  # nodes of a continuous lever, beside its default
YEARS_APART = 3  # of nodes of a lever that counts years
WINDOW = 4  # nodes that a polynomial goes through

Setting = tuple[tuple[str, float], ...]  # levers that are moved, by name, with their values


@dataclass(frozen=True)
class Nodes:
    """Values of each lever at which there are runs, and the defaults."""

    values: Mapping[str, tuple[float, ...]]
    defaults: Mapping[str, float]

    def settings(self) -> list[Setting]:
        """All runs: the defaults, each lever alone, and each pair of levers."""
        found: dict[Setting, None] = {(): None}
        for count in (1, 2):
            for names in combinations(sorted(self.values), count):
                for values in product(*(self.values[name] for name in names)):
                    found[self.setting(dict(zip(names, values, strict=True)))] = None
        return list(found)

    def setting(self, levers: Mapping[str, float]) -> Setting:
        """Levers as a setting, without those at their defaults."""
        return tuple(sorted((n, v) for n, v in levers.items() if v != self.defaults[n]))

    def weights(self, levers: Mapping[str, float]) -> dict[Setting, float]:
        """The weight of each run; they add up to one."""
        moved = [name for name, value in self.setting(levers)]
        total: dict[Setting, float] = {}
        for size, factor in _factors(len(moved)).items():
            for names in combinations(moved, size):
                for setting, weight in self._between(names, levers).items():
                    total[setting] = total.get(setting, 0.0) + factor * weight
        return total

    def _between(self, names: Sequence[str], levers: Mapping[str, float]) -> dict[Setting, float]:
        """Weights with these levers moved and the others at their defaults."""
        along = [lagrange(self.values[name], levers[name]) for name in names]
        found: dict[Setting, float] = {}
        for rows in product(*(row.items() for row in along)):
            weight = 1.0
            for _, part in rows:
                weight *= part
            values = {name: value for name, (value, _) in zip(names, rows, strict=True)}
            setting = self.setting(values)
            found[setting] = found.get(setting, 0.0) + weight
        return found


def _factors(count: int) -> dict[int, float]:
    """By the size of sets of levers, how often what these sets do counts."""
    if count <= 2:
        return {count: 1.0}
    return {0: 1 - count + count * (count - 1) / 2, 1: 2.0 - count, 2: 1.0}


def lagrange(values: Sequence[float], at: float) -> dict[float, float]:
    """Weights, by value, of the polynomial through the nodes nearest to a place."""
    if at in values:
        return {at: 1.0}
    above = next((i for i, value in enumerate(values) if value > at), len(values))
    first = max(0, min(above - WINDOW // 2, len(values) - WINDOW))
    near = values[first : first + WINDOW]
    weights = {}
    for node in near:
        weight = 1.0
        for other in near:
            if other != node:
                weight *= (at - other) / (node - other)
        weights[node] = weight
    return weights


def nodes_of(scenario: Scenario) -> Nodes:
    """Nodes of every lever, its default among them."""
    values = {}
    for name, lever in scenario.levers.items():
        low, high = lever.range
        if is_whole(lever.default, low, high):
            found = {*range(int(low), int(high) + 1, YEARS_APART), int(high)}
            values[name] = tuple(sorted(float(one) for one in {*found, int(lever.default)}))
        else:
            even = {round(low + (high - low) * i / (EVEN - 1), 6) for i in range(EVEN)}
            values[name] = tuple(sorted({*even, lever.default}))
    return Nodes(values, {name: lever.default for name, lever in scenario.levers.items()})

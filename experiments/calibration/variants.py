"""Structural variants: other rules under which to ask whether a conclusion survives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steppe.model.agents import Republic
from steppe.model.equations import dependence, total

from .targets import Average, evenly

Table = dict[str, np.ndarray]
UNEQUAL = (0.5, 0.3, 0.2)  # economic, security, soft power


def geometrically(share: np.ndarray, channels: list[int]) -> np.ndarray:
    """The geometric mean over channels, (p, r, m), of shares (p, r, c, m)."""
    return np.exp(np.log(share).mean(axis=2))


def unequally(share: np.ndarray, channels: list[int]) -> np.ndarray:
    """The mean over channels weighed by `UNEQUAL`, (p, r, m), of shares (p, r, c, m)."""
    weight = np.array(UNEQUAL)[channels]
    return np.einsum("prcm,c->prm", share, weight / weight.sum())


class GeometricRepublic(Republic):
    """Takes its dependence on a power as the geometric mean over channels: dominance in one counts for less."""

    def dependence(self) -> np.ndarray:
        share = np.log(self.model.share[:, self.index])
        return np.exp(total(np.moveaxis(share, 1, 0)) / share.shape[1])


class UnequalRepublic(Republic):
    """Weighs the economic channel more than security, and security more than soft power."""

    def dependence(self) -> np.ndarray:
        return dependence(self.model.share[:, self.index], np.array(UNEQUAL))


@dataclass(frozen=True)
class Variant:
    """A change of the drawn parameters, of the republics' rule, of the history (no events), or of how
    channels are put together where a question spans several."""

    name: str
    says: str
    fixed: tuple[str, ...] = ()
    republic: type[Republic] = Republic
    events: bool = True
    average: Average = evenly

    def change(self, table: Table) -> Table:
        """The table with the variant's parameters switched off."""
        return table | {label: np.zeros_like(table[label]) for label in self.fixed}


VARIANTS: tuple[Variant, ...] = (
    Variant(
        "no-reaction", "powers do not react: lambda_, phi and chi are 0", ("lambda_", "phi", "chi")
    ),
    Variant("no-hedging", "republics do not hedge: rho is 0", ("rho",)),
    Variant("no-events", "no dated event happens", events=False),
    Variant(
        "geometric",
        "dependence, felt and measured, is the geometric mean over channels",
        republic=GeometricRepublic,
        average=geometrically,
    ),
    Variant(
        "unequal",
        "channels weigh 0.5, 0.3 and 0.2 in dependence, felt and measured",
        republic=UnequalRepublic,
        average=unequally,
    ),
)

"""Structural variants: other rules under which to ask whether a conclusion survives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...model import Republic
from ...model.equations import dependence, total

Table = dict[str, np.ndarray]
UNEQUAL = (0.5, 0.3, 0.2)  # economic, security, soft power


class GeometricRepublic(Republic):
    """Takes its dependence on a power as the geometric mean over channels: dominance in one counts for less."""

    def depends(self) -> np.ndarray:
        share = np.log(self.model.share[:, self.index])
        return np.exp(total(np.moveaxis(share, 1, 0)) / share.shape[1])


class UnequalRepublic(Republic):
    """Weighs the economic channel more than security, and security more than soft power."""

    def depends(self) -> np.ndarray:
        return dependence(self.model.share[:, self.index], np.array(UNEQUAL))


@dataclass(frozen=True)
class Variant:
    """A change of the drawn parameters, of the republics' rule, or of the history (no events)."""

    name: str
    says: str
    fixed: tuple[str, ...] = ()
    republic: type[Republic] = Republic
    events: bool = True

    def change(self, table: Table) -> Table:
        """The table with the variant's parameters switched off."""
        return table | {label: np.zeros_like(table[label]) for label in self.fixed}


VARIANTS: tuple[Variant, ...] = (
    Variant("no-reaction", "powers do not react: lambda_, phi and chi are 0", ("lambda_", "phi", "chi")),
    Variant("no-hedging", "republics do not hedge: rho is 0", ("rho",)),
    Variant("no-events", "no dated event happens", events=False),
    Variant("geometric", "dependence is the geometric mean over channels", republic=GeometricRepublic),
    Variant("unequal", "channels weigh 0.5, 0.3 and 0.2 in dependence", republic=UnequalRepublic),
)

"""Structural variants: changed rules under which conclusions are tested again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from steppe.model.agents import Republic
from steppe.model.core.array_types import FloatArray
from steppe.model.equations import dependence, total

from .margins import ChannelAverage, channel_mean

CHANNEL_WEIGHTS = (0.5, 0.3, 0.2)  # economic, security, soft power


def geometric_channel_mean(share: FloatArray, channels: list[int]) -> FloatArray:
    """Geometric mean over channels, (p, r, m), of shares (p, r, c, m)."""
    mean: FloatArray = np.exp(np.log(share).mean(axis=2))
    return mean


def weighted_channel_mean(share: FloatArray, channels: list[int]) -> FloatArray:
    """Mean over channels weighted by `CHANNEL_WEIGHTS`, (p, r, m), of shares (p, r, c, m)."""
    weight = np.array(CHANNEL_WEIGHTS)[channels]
    mean: FloatArray = np.einsum("prcm,c->prm", share, weight / weight.sum())
    return mean


class GeometricRepublic(Republic):
    """Dependence is the geometric mean over channels: one dominated channel counts less."""

    def dependence(self) -> FloatArray:
        share = np.log(self.model.share[:, self.index])
        result: FloatArray = np.exp(total(np.moveaxis(share, 1, 0)) / share.shape[1])
        return result


class WeightedRepublic(Republic):
    """Dependence weights the economic channel most and soft power least."""

    def dependence(self) -> FloatArray:
        result: FloatArray = dependence(self.model.share[:, self.index], np.array(CHANNEL_WEIGHTS))
        return result


@dataclass(frozen=True)
class Variant:
    """A change of the rules.

    `zeroed` : parameters set to 0. `republic` : the class of the republics. `events` : false
    to simulate history without its events. `average` : how channels are combined.
    """

    name: str
    says: str
    zeroed: tuple[str, ...] = ()
    republic: type[Republic] = Republic
    events: bool = True
    average: ChannelAverage = channel_mean

    def zero_parameters(self, table: dict[str, FloatArray]) -> dict[str, FloatArray]:
        """The table of draws with the variant's parameters set to 0."""
        return table | {label: np.zeros_like(table[label]) for label in self.zeroed}


VARIANTS: tuple[Variant, ...] = (
    Variant(
        "no-reaction", "powers do not react: lambda_, phi and chi are 0", ("lambda_", "phi", "chi")
    ),
    Variant("no-hedging", "republics do not hedge: rho is 0", ("rho",)),
    Variant("no-events", "no dated event happens", events=False),
    Variant(
        "geometric-mean",
        "dependence, felt and measured, is the geometric mean over channels",
        republic=GeometricRepublic,
        average=geometric_channel_mean,
    ),
    Variant(
        "unequal-channels",
        "channels weigh 0.5, 0.3 and 0.2 in dependence, felt and measured",
        republic=WeightedRepublic,
        average=weighted_channel_mean,
    ),
)

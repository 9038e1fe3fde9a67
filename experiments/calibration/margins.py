"""Margins: ln(more / less) of what each target compares, in simulated shares."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.calendar import FIRST_YEAR, QUARTERS_PER_YEAR
from steppe.model.core.cast import Cast
from steppe.model.evidence.expectations import Expectation, Quantity
from steppe.model.observables.measurement import observe

from .observed import Offsets
from .targets import Target

NO_OFFSETS: Offsets = {}
HISTORY_YEARS = range(FIRST_YEAR, 2020)

ChannelAverage = Callable[[FloatArray, list[int]], FloatArray]


def channel_mean(share: FloatArray, channels: list[int]) -> FloatArray:
    """Mean of shares over channels, (p, r, m).

    Parameters
    ----------
    share : (p, r, c, m), the channels to average. channels : their positions in the cast.
    """
    mean: FloatArray = share.mean(axis=2)
    return mean


class YearMeans:
    """Mean shares of each year of history, or of more years, accumulated quarter by quarter.

    `values` : (years, p, r, c, m).
    """

    def __init__(self, shape: tuple[int, ...], years: range = HISTORY_YEARS):
        self.values: FloatArray = np.zeros((len(years), *shape))

    def add(self, quarter: int, share: FloatArray) -> None:
        """Add the shares of one quarter, (p, r, c, m); quarters after these years are ignored."""
        year = quarter // QUARTERS_PER_YEAR
        if year < len(self.values):
            self.values[year] += share / QUARTERS_PER_YEAR


def target_margins(
    targets: tuple[Target, ...],
    means: FloatArray,
    cast: Cast,
    average: ChannelAverage = channel_mean,
    offsets: Offsets = NO_OFFSETS,
) -> FloatArray:
    """Margin ln(more / less) of each ordinal target and simulated level of each numeric one.

    Targets linked to an observable are read on it, if its offsets are given.

    Parameters
    ----------
    means : (years, p, r, c, m) from `YearMeans`. average : how channels are combined.
    offsets : (p, m) of each observable by name.

    Returns
    -------
    (targets, m).
    """
    return np.stack(
        [
            _SimulatedHistory(
                means,
                cast,
                average,
                target.sizes,
                offsets.get(target.read_on),
            ).level_or_margin(target.expect)
            for target in targets
        ]
    )


@dataclass(frozen=True)
class _SimulatedHistory:
    """Quantities computed from year means; of an observable if its offsets (p, m) are given."""

    means: FloatArray
    cast: Cast
    average: ChannelAverage
    sizes: Mapping[str, float] | None = None
    offsets: FloatArray | None = None

    def level_or_margin(self, expect: Expectation) -> FloatArray:
        """(m,), the level of a figure or the margin of a comparison."""
        if expect.share is not None:
            return self._regional(expect.share, None)
        if expect.more is None or expect.less is None:
            raise ValueError("an expectation has either 'more' and 'less', or 'share' and 'figure'")
        more = _name_others(expect.more, expect.less.republics, self.cast)
        less = _fill_omitted(_name_others(expect.less, more.republics, self.cast), more)
        return self._margin(more, less, expect.across)

    def _margin(self, more: Quantity, less: Quantity, across: str) -> FloatArray:
        if across in ("mean", "size"):
            return _log_ratio(self._regional(more, None), self._regional(less, more))
        same_republics = less.republics == more.republics
        first, second = self._by_republic(more), self._by_republic(less, against=more)
        margin: FloatArray
        if across == "most":
            if not same_republics:
                raise ValueError("'across: most' compares the same republics on both sides")
            margin = np.median(_log_ratio(first, second), axis=0)
        elif same_republics:
            margin = _log_ratio(first, second).min(axis=0)
        else:
            margin = _log_ratio(first.min(axis=0), second.max(axis=0))
        return margin

    def _shares(self, quantity: Quantity) -> FloatArray:
        """Shares of all powers, averaged over the quantity's channels, (p, republics, m)."""
        if quantity.when is None:
            raise ValueError("the key 'when' is missing")
        republics = self.cast.indices("republic", list(quantity.republics))
        channels = self.cast.indices("channel", list(quantity.channels))
        of_year = self.means[quantity.when - FIRST_YEAR]
        shares = self.average(of_year[:, republics][:, :, channels], list(channels))
        if self.offsets is None:
            return shares
        of_each = self.offsets.ndim == 3
        return observe(shares, self.offsets[:, republics] if of_each else self.offsets)

    def _by_republic(self, quantity: Quantity, against: Quantity | None = None) -> FloatArray:
        """The quantity in each republic, (republics, m)."""
        return _sum_over_powers(self._shares(quantity), quantity, self.cast, against)

    def _regional(self, quantity: Quantity, against: Quantity | None) -> FloatArray:
        """The quantity in the mean of the republics, weighted by size if sizes are given, (m,)."""
        names = list(quantity.republics)
        weight = np.array([self.sizes[name] if self.sizes else 1.0 for name in names])
        regional = np.einsum("prm,r->pm", self._shares(quantity), weight / weight.sum())
        return _sum_over_powers(regional, quantity, self.cast, against)


def _name_others(quantity: Quantity, named: Collection[str] | None, cast: Cast) -> Quantity:
    """A quantity in which the republics `others` are those not named on the other side."""
    if quantity.republics != "others":
        return quantity
    others = tuple(name for name in cast.republic_names if name not in (named or ()))
    return quantity.model_copy(update={"republics": others})


def _fill_omitted(less: Quantity, more: Quantity) -> Quantity:
    """Copy what `less` omits from `more`."""
    return Quantity.model_construct(
        powers=less.powers or more.powers,
        republics=less.republics or more.republics,
        channels=less.channels or more.channels,
        when=less.when or more.when,
        take=less.take or more.take,
        against=less.against or more.against,
        among=less.among or more.among,
    )


def _log_ratio(more: FloatArray, less: FloatArray) -> FloatArray:
    ratio: FloatArray = np.log(more / less)
    return ratio


def _sum_over_powers(
    shares: FloatArray, quantity: Quantity, cast: Cast, against: Quantity | None
) -> FloatArray:
    """The quantity's powers together: their sum, the largest or the smallest.

    `others` stands for the largest power not named in `against`, and `autonomy` for what
    no power holds.

    Parameters
    ----------
    shares : (p, ...) of all powers.
    """
    result: FloatArray
    if quantity.powers == "autonomy":
        result = 1.0 - shares.sum(axis=0)
    elif quantity.powers == "others":
        named = set(against.powers) if against is not None else set()
        rows = [row for row, name in enumerate(cast.power_names) if name not in named]
        result = shares[rows].max(axis=0)
    else:
        named_powers = shares[list(cast.indices("power", list(quantity.powers)))]
        result = _TOGETHER[quantity.take or "sum"](named_powers, axis=0)
    return _relate(result, shares, quantity, cast)


_TOGETHER: dict[str, Callable[..., FloatArray]] = {
    "sum": np.sum,
    "largest": np.max,
    "smallest": np.min,
}


def _relate(share: FloatArray, shares: FloatArray, quantity: Quantity, cast: Cast) -> FloatArray:
    """The share over those it stands against, or its part among those named."""
    if quantity.against is not None:
        share = share / shares[list(cast.indices("power", list(quantity.against)))].sum(axis=0)
    if quantity.among is not None:
        rivals = shares[list(cast.indices("power", list(quantity.among)))].sum(axis=0)
        share = share / (share + rivals)
    return share

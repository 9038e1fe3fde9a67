"""Targets: what the documents expect of the model's shares, as margins or levels per member."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from steppe.model.core.calendar import FIRST_YEAR, QUARTERS_PER_YEAR
from steppe.model.core.cast import Cast
from steppe.model.evidence.claims import Evidence, Expectation, Quantity

HISTORY_YEARS = range(FIRST_YEAR, 2020)

Average = Callable[[np.ndarray, list[int]], np.ndarray]


def evenly(share: np.ndarray, channels: list[int]) -> np.ndarray:
    """The mean of shares over channels, (p, r, m).

    Parameters
    ----------
    share : (p, r, c, m), the channels meant. channels : their places in the cast.
    """
    return share.mean(axis=2)


@dataclass(frozen=True)
class Target:
    """One target claim: its expectation, its document, its weight in a cluster, and how sure it is."""

    id: str
    document: str
    cluster: str
    confidence: float
    expect: Expectation
    says: str
    place: str = field(default="", repr=False, compare=False)  # file and line, for messages

    @property
    def numeric(self) -> bool:
        return self.expect.share is not None

    @property
    def traded(self) -> bool:
        """Whether the figure is a share of trade, tied to the share of influence by an offset."""
        return self.numeric and self.expect.link == "trade"


def targets_of(evidence: Evidence) -> tuple[Target, ...]:
    """The targets among the claims, in the order of the files."""
    return tuple(
        Target(
            claim.id,
            evidence.document_of[claim.id],
            claim.cluster or claim.id,
            claim.probability,
            claim.expect,
            claim.says,
            _place(evidence, claim.id),
        )
        for claim in evidence.targets()
    )


def _place(evidence: Evidence, identifier: str) -> str:
    file, line, _ = evidence.place(identifier)
    return f"{file}:{line}"


class YearMeans:
    """Mean shares of each year of history, gathered quarter by quarter.

    `values` : (years, p, r, c, m).
    """

    def __init__(self, shape: tuple[int, ...]):
        self.values = np.zeros((len(HISTORY_YEARS), *shape))

    def add(self, quarter: int, share: np.ndarray) -> None:
        year = quarter // QUARTERS_PER_YEAR
        if year < len(HISTORY_YEARS):
            self.values[year] += share / QUARTERS_PER_YEAR


def margins(
    targets: tuple[Target, ...], means: np.ndarray, cast: Cast, average: Average = evenly
) -> np.ndarray:
    """What each target asks of the model: a signed margin, or for numeric targets the level itself.

    Parameters
    ----------
    means : (years, p, r, c, m) from `YearMeans`. average : how channels are put together.

    Returns
    -------
    (targets, m).
    """
    reading = _Reading(means, cast, average)
    return np.stack(
        [
            reading.level(target.expect) if target.numeric else reading.margin(target.expect)
            for target in targets
        ]
    )


@dataclass(frozen=True)
class _Reading:
    """Quantities read off year means."""

    means: np.ndarray
    cast: Cast
    average: Average

    def level(self, expect: Expectation) -> np.ndarray:
        return self._by_republic(expect.share).mean(axis=0)

    def margin(self, expect: Expectation) -> np.ndarray:
        more = expect.more
        less = _completed(expect.less, more, self.cast)
        same_places = less.republics == more.republics
        if expect.across == "mean":
            return self._regional(more, None) - self._regional(less, more)
        first, second = self._by_republic(more), self._by_republic(less, against=more)
        if expect.across == "each":
            return (
                (first - second).min(axis=0)
                if same_places
                else first.min(axis=0) - second.max(axis=0)
            )
        if not same_places:
            raise ValueError("'across: most' compares the same republics on both sides")
        return np.median(first - second, axis=0)

    def _holdings(self, quantity: Quantity) -> np.ndarray:
        """Shares of every power in the republics and year meant, averaged over channels: (p, republics, m)."""
        republics, channels = (
            self.cast.indices("republic", list(quantity.republics)),
            self.cast.indices("channel", list(quantity.channels)),
        )
        return self.average(
            self.means[quantity.when - FIRST_YEAR][:, republics][:, :, channels], list(channels)
        )

    def _by_republic(self, quantity: Quantity, against: Quantity | None = None) -> np.ndarray:
        """The quantity in each republic, (republics, m)."""
        return _of_powers(self._holdings(quantity), quantity, self.cast, against)

    def _regional(self, quantity: Quantity, against: Quantity | None) -> np.ndarray:
        """The quantity in the mean of the republics, (m,)."""
        return _of_powers(self._holdings(quantity).mean(axis=1), quantity, self.cast, against)


def _completed(less: Quantity, more: Quantity, cast: Cast) -> Quantity:
    """`less` with what it leaves out taken from `more`, and `others` spelled out."""
    republics = less.republics or more.republics
    if republics == "others":
        republics = tuple(name for name in cast.republic_names if name not in more.republics)
    return Quantity.model_construct(
        powers=less.powers or more.powers,
        republics=republics,
        channels=less.channels or more.channels,
        when=less.when or more.when,
    )


def _of_powers(
    holdings: np.ndarray, quantity: Quantity, cast: Cast, against: Quantity | None
) -> np.ndarray:
    """Sum over the powers meant; the largest of the other powers for `others`; what all leave for `autonomy`."""
    if quantity.powers == "autonomy":
        return 1.0 - holdings.sum(axis=0)
    if quantity.powers == "others":
        named = set(against.powers) if against is not None else set()
        return holdings[
            [place for place, name in enumerate(cast.power_names) if name not in named]
        ].max(axis=0)
    return holdings[list(cast.indices("power", list(quantity.powers)))].sum(axis=0)

"""A picture: what the page draws of a run beside its baseline, before it is packed.

A picture of 100 members can be corrected by a run of all members that is near it: what their
first 100 members show wrongly of that run is taken off (a control variate).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from steppe.experiments.results import packed_numbers
from steppe.model.core.array_types import BoolArray
from steppe.model.core.calendar import FIRST_YEAR
from steppe.model.core.cast import Cast

from .asked_scenario import cast_data
from .member_run import HOLDERS, OBSERVED, POWERS, Float32, MemberRun, align, paired_differences

MEDIAN = 2  # among the quantiles of a summary


@dataclass(frozen=True)
class Picture:
    """What is drawn of a scenario: arrays over all its years, and over those that can differ.

    shares : (quantile, year, holder, republic, channel). leads : (year, power, republic, channel).
    observed : by name, (quantile, year, power, republic). differences : (4, year, holder,
    republic, channel) from the year in place `first` on, as `paired_differences` has them.
    base, base_leads, base_observed : the same of the baseline; of quantiles the median.
    """

    cast: Cast
    first: int
    shares: Float32
    leads: Float32
    observed: dict[str, Float32]
    differences: Float32
    base: Float32
    base_leads: Float32
    base_observed: dict[str, Float32]

    def packed(self) -> dict[str, Any]:
        """As JSON: whole numbers of 16 bits in base64, the year last, actors first."""
        return {
            "cast": cast_data(self.cast),
            "years": [FIRST_YEAR + place for place in range(self.shares.shape[1])],
            "first": self.first,
            "shares": pack(self.shares.transpose(3, 4, 2, 0, 1)),
            "leads": pack(self.leads.transpose(2, 3, 1, 0)),
            "differences": pack(self.differences.transpose(3, 4, 2, 0, 1)),
            "base": pack(self.base.transpose(2, 3, 1, 0)),
            "baseLeads": pack(self.base_leads.transpose(2, 3, 1, 0)),
            "observed": {
                name: {
                    "values": pack(values.transpose(3, 2, 0, 1)),
                    "base": pack(self.base_observed[name].transpose(2, 1, 0)),
                }
                for name, values in self.observed.items()
            },
        }


def pack(values: Float32) -> str:
    """Values as the page reads them; nan is a number of its own."""
    return packed_numbers.pack(values.astype(np.float64))


def draw_picture(run: MemberRun, base: MemberRun, kept: BoolArray | None = None) -> Picture:
    """The picture of a run beside the run of its baseline, of all members or of those kept."""
    own, other, years = run.statistics(kept), base.statistics(kept), run.years
    first, differences = paired_differences(run, base, kept)

    def whole(mine: Float32, theirs: Float32, axes: tuple[str, ...], axis: int) -> Float32:
        """With the years before the first, which the baseline has."""
        aligned = align(theirs, base.cast, run.cast, axes)
        past = aligned.take(range(run.first), axis=axis)
        return np.concatenate([past, mine], axis=axis)

    def baseline(theirs: Float32, axes: tuple[str, ...]) -> Float32:
        return align(theirs[:years], base.cast, run.cast, axes)

    return Picture(
        run.cast,
        first,
        whole(own.shares, other.shares, HOLDERS, 1),
        whole(own.leads, other.leads, POWERS, 0),
        {name: whole(v, other.observed[name], OBSERVED, 1) for name, v in own.observed.items()},
        differences,
        baseline(other.shares[MEDIAN], HOLDERS),
        baseline(other.leads, POWERS),
        {name: baseline(v[MEDIAN], OBSERVED) for name, v in other.observed.items()},
    )


def correct_picture(few: Picture, few_of_near: Picture, all_of_near: Picture) -> Picture:
    """The picture of a few members, with what they show wrongly of a run nearby taken off.

    Parameters
    ----------
    few_of_near, all_of_near : of one other run, its first members alone and all of them.
    """
    if all_of_near.shares.shape[1] < few.shares.shape[1]:
        return few  # the run nearby ends earlier, and says nothing of later years

    def corrected(mine: Float32, part: Float32, whole: Float32, axis: int) -> Float32:
        years = range(mine.shape[axis])
        error = whole.take(years, axis=axis) - part.take(years, axis=axis)
        return np.clip(mine + error, 0.0, 1.0)

    def quantiles(mine: Float32, part: Float32, whole: Float32) -> Float32:
        return np.sort(corrected(mine, part, whole, 1), axis=0)

    return replace(
        few,
        shares=quantiles(few.shares, few_of_near.shares, all_of_near.shares),
        leads=corrected(few.leads, few_of_near.leads, all_of_near.leads, 0),
        observed={
            name: quantiles(values, few_of_near.observed[name], all_of_near.observed[name])
            for name, values in few.observed.items()
        },
        differences=_corrected_differences(few, few_of_near, all_of_near),
        base=all_of_near.base,
        base_leads=all_of_near.base_leads,
        base_observed=all_of_near.base_observed,
    )


def _corrected_differences(few: Picture, few_of_near: Picture, all_of_near: Picture) -> Float32:
    years = few.differences.shape[1]

    def same_years(picture: Picture) -> Float32:
        """In the years of `few`; nought before the run nearby leaves its baseline."""
        late = max(0, picture.first - few.first)
        early = max(0, few.first - picture.first)
        found = np.zeros_like(few.differences)
        found[:, late:] = picture.differences[:, early : early + years - late]
        return found

    differences = few.differences + same_years(all_of_near) - same_years(few_of_near)
    differences[:3] = np.sort(differences[:3], axis=0)
    differences[3] = np.clip(differences[3], 0.0, 1.0)
    return differences

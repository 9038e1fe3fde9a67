"""The links of observables in a run: constant, or as series taught them, the discrepancy with it.

The discrepancy is that of history as it was, with the member's own parameters and noise, so that a
scenario with another history, or other parameters, is not drawn to the data.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.calendar import FIRST_YEAR, last_quarter, year_of
from steppe.model.evidence.series import Series
from steppe.model.observables.declarations import Observable
from steppe.model.parameters.cell_links import CellLinks
from steppe.model.parameters.discrepancy import carry_discrepancy
from steppe.model.parameters.ensemble import Parameters
from steppe.model.parameters.observable_offsets import draw_offsets, draw_yearly
from steppe.model.scenario.load_history import load_history

from .parameter_source import ParameterSource
from .shared_history import start_or_branch

MOST_KEPT = 2  # discrepancies that a process keeps, some 15 MB each at 2,048 members


@dataclass(frozen=True)
class Link:
    """What takes influence to an observable, in logarithms.

    offsets : (p, r, m). added : (years, p, r, m), trend and discrepancy at the ends of the years
    from the first; None where no series is used.
    """

    offsets: FloatArray
    added: FloatArray | None = None

    def at(self, quarter: int) -> FloatArray:
        """The link at the end of a quarter, (p, r, m), between two year ends linear in time."""
        if self.added is None:
            return self.offsets
        years = max((quarter + 1) / 4 - 1, 0.0)
        before, part = int(years), years % 1
        added = self.added[before]
        if part:
            added = (1 - part) * added + part * self.added[before + 1]
        linked: FloatArray = self.offsets + added
        return linked


def make_link(
    observable: Observable,
    source: ParameterSource,
    parameters: Parameters,
    seed: int,
    numbers: IntArray,
    last: int,
) -> Link:
    """The link of an observable for these members, until a quarter.

    Actors that a scenario adds are counted by no series; they have offsets and scatter alone.
    """
    offsets = draw_offsets(observable, parameters, seed, numbers)
    series = source.series_of(observable)
    if series is None or source.posterior is None:
        return Link(offsets)
    known = source.inputs.cast
    cells = CellLinks.from_columns(source.posterior.cells_of(numbers), observable.name, known)
    powers, republics = np.ix_(
        [parameters.cast.power_names.index(name) for name in known.power_names],
        [parameters.cast.republic_names.index(name) for name in known.republic_names],
    )
    offsets[powers, republics] = parameters.offsets(observable)[powers] + cells.scatter
    years = range(FIRST_YEAR, year_of(last) + 1)
    counted = _Counted(observable, series, source, cells, seed, numbers)
    added: FloatArray = np.zeros((len(years), *offsets.shape))
    added[:, powers, republics] = counted.discrepancy(years) + cells.trend_by(years)
    return Link(offsets, added)


_kept: OrderedDict[Hashable, FloatArray] = OrderedDict()


@dataclass(frozen=True)
class _Counted:
    """An observable that a series counts, in some members of a source."""

    observable: Observable
    series: Series
    source: ParameterSource
    cells: CellLinks
    seed: int
    numbers: IntArray

    def discrepancy(self, years: range) -> FloatArray:
        """The discrepancy at the end of each year, (years, p, r, m), which scenarios share."""
        of_source = (self.source.label, self.source.evidence, self.series.fingerprint)
        key = (self.observable.name, of_source, self.seed, self.numbers.tobytes(), years)
        if key not in _kept:
            cast = self.source.inputs.cast
            drawn = draw_yearly(self.observable, cast, self.seed, self.numbers, years)
            expected = self._expected_logs()
            _kept[key] = carry_discrepancy(self.series, expected, years, drawn, self.cells.scale)
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
        return _kept[key]

    def _expected_logs(self) -> FloatArray:
        """ln of what history has counted at the ends of the years of the series."""
        history = load_history(self.source.folder)
        model, _ = start_or_branch(history, self.numbers, self.seed, "years of series", self.source)
        channel = model.cast.index("channel", self.observable.channel)
        logs = self.cells.trend_by(self.series.years)
        for row, year in enumerate(self.series.years):
            while model.quarter < last_quarter(year):
                model.step()
            logs[row] += np.log(model.share[:, :, channel])
        logs += model.parameters.offsets(self.observable)[:, None] + self.cells.scatter
        model.release()
        return logs

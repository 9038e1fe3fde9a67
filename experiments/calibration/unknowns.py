"""The unknowns of a calibration as standard normals.

Parameters, offsets, dates, slants, and what is particular to republics in observables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from steppe.model.core.array_types import BoolArray, FloatArray, IntArray
from steppe.model.core.cast import Cast
from steppe.model.forcing.dates import quarters_at
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.parameters.guards import broken_guards
from steppe.model.parameters.prior import TAIL, Prior
from steppe.model.parameters.table import BY_ID, TABLE
from steppe.model.scenario.event_schema import Event
from steppe.model.scenario.load import Scenario

from .calibration_plan import CalibrationPlan
from .series_latents import Latents, latent_count, latent_labels, latents_of, scatter_widths
from .slants import SLANT_SCALE, Slant, slants_of


@dataclass(frozen=True)
class _Drawn:
    """A number with a prior, its bounds, and the coded mean of its prior if there is one."""

    label: str
    prior: Prior
    bounds: tuple[float, float]
    centre: float | None = None


@dataclass(frozen=True)
class Unknowns:
    """What is unknown, in the order of the rows of standard normals (d, n).

    numbers : parameters and offsets. events : those whose date is drawn. slants : of documents.
    counted : observables that a series counts, whose latents come last. widths : the part of an
    observable's scatter that a cell has, (p, r); all of it where none is given.
    """

    cast: Cast
    numbers: tuple[_Drawn, ...]
    events: tuple[tuple[str, Event], ...]
    slants: tuple[Slant, ...]
    counted: tuple[str, ...] = ()
    widths: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many there are, d."""
        return self._first_latent + len(self.counted) * latent_count(self.cast)

    @property
    def _first_scatter(self) -> int:
        return len(self.numbers) + len(self.events) + len(self.slants)

    @property
    def _first_latent(self) -> int:
        return self._first_scatter + len(OBSERVABLES) * self._cells

    @property
    def _cells(self) -> int:
        return len(self.cast.powers) * len(self.cast.republics)

    @property
    def labels(self) -> tuple[str, ...]:
        """A label for each, (d,)."""
        return (
            *(number.label for number in self.numbers),
            *(f"date of {name}" for name, _ in self.events),
            *(slant.label for slant in self.slants),
            *(
                f"{name}: {power} in {republic}"
                for name in OBSERVABLES
                for power in self.cast.power_names
                for republic in self.cast.republic_names
            ),
            *(label for name in self.counted for label in latent_labels(name, self.cast)),
        )

    def table(self, normals: FloatArray) -> dict[str, FloatArray]:
        """Parameters and offsets by label, (n,) each, at these standard normals (d, n)."""
        return {
            number.label: number.prior.quantiles(
                _probability(normals[row]), number.bounds, number.centre
            )
            for row, number in enumerate(self.numbers)
        }

    def dates(self, normals: FloatArray) -> dict[str, IntArray]:
        """Quarters of the events whose date is drawn, by name, (n,) each."""
        first = len(self.numbers)
        return {
            name: quarters_at(event, _probability(normals[first + row]))
            for row, (name, event) in enumerate(self.events)
        }

    def slant_values(self, normals: FloatArray) -> FloatArray:
        """Slants in logarithms, (slants, n)."""
        first = len(self.numbers) + len(self.events)
        values: FloatArray = SLANT_SCALE * normals[first : self._first_scatter]
        return values

    def scatter(self, normals: FloatArray) -> dict[str, FloatArray]:
        """What is particular to each power in each republic, (p, r, n), by observable."""
        shape = (len(self.cast.powers), len(self.cast.republics), normals.shape[-1])
        parts = np.split(normals[self._first_scatter : self._first_latent], len(OBSERVABLES))
        found = {
            row.name: row.scatter * part.reshape(shape)
            for row, part in zip(OBSERVABLES.values(), parts, strict=True)
        }
        return found | {
            name: width[:, :, None] * found[name] for name, width in self.widths.items()
        }

    def latents(self, normals: FloatArray) -> dict[str, Latents]:
        """The latents of each observable that a series counts, by its name."""
        count = len(self.counted)
        parts = np.split(normals[self._first_latent :], count) if count else []
        return {
            name: latents_of(part, self.cast)
            for name, part in zip(self.counted, parts, strict=True)
        }

    def admissible(self, table: dict[str, FloatArray]) -> BoolArray:
        """Draws that break no guard of the model, (n,)."""
        half_life = np.stack([table[label] for label in BY_ID["h"].labels(self.cast)])
        broken: BoolArray = broken_guards(
            table["lambda_"], table["theta"], table["chi"], half_life, table["rho"]
        )
        return ~broken


def unknowns_of(plan: CalibrationPlan) -> Unknowns:
    """The unknowns of a plan; slants are those of all its targets, weighted or not."""
    cast, alpha_means = plan.inputs.cast, plan.inputs.alpha_means
    numbers = [
        _Drawn(
            label,
            row.prior(entry),
            row.bounds,
            alpha_means.get(entry) if row.id == "alpha" and entry is not None else None,
        )
        for row in TABLE
        for entry, label in zip(row.entries(cast), row.labels(cast), strict=True)
    ]
    events = tuple((name, plan.history.events[name]) for name in drawn_events(plan.history))
    slants = slants_of(plan.all_targets, cast)
    counted = tuple(dict.fromkeys(series.observable for series in plan.series))
    widths = scatter_widths(plan.inputs)
    return Unknowns(
        cast, tuple(numbers), events, slants, counted, {name: widths[name] for name in counted}
    )


def drawn_events(history: Scenario) -> list[str]:
    """Events whose date is drawn for each member: disputed, or only the year is known."""
    return [name for name, event in history.events.items() if event.either or event.between]


def _probability(normal: FloatArray) -> FloatArray:
    probability: FloatArray = np.clip(ndtr(normal), TAIL, 1.0 - TAIL)
    return probability

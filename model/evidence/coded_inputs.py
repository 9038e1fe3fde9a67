"""The coded inputs of the model: what is read off the documents rather than fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import product

import numpy as np

from steppe.model.core.array_types import BoolArray, FloatArray, IntArray
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.disk_cache import load_or_make
from steppe.model.core.number_text import format_fixed

from .claims import Evidence, load_evidence, shipped_evidence_files
from .coding import (
    HISTORY_QUARTERS,
    UNEVIDENCED,
    UNEVIDENCED_SUPPLY,
    UNEVIDENCED_TIE,
    CodedValue,
    Coder,
    from_the_start,
    spells_to_series,
    stance_to_alpha,
    stance_to_tolerance,
    stance_to_wariness,
)
from .institutions import Institution, code_institutions

Cell = tuple[str, ...]
Trail = dict[Cell, list[CodedValue]]  # what each coded value is based on, by kind and names
Pooling = Callable[[FloatArray, tuple[int, ...]], tuple[FloatArray, str]]
DATED = (
    "ties",
    "interests",
    "needs",
    "supply",
    "relations",
    "ln_means",
    "threat",
)  # inputs with a value for each quarter of history
BACKDATED = ("supply", "interest", "relation")  # kinds that reach back before their first claim


@dataclass(frozen=True)
class Inputs:
    """Coded inputs, and what each is based on.

    ties, interests, needs : (p, r, c, quarters), needs as met by each power; supply :
    (p, c, quarters); relations : (p, p, quarters), the first power's view of the second, -1
    partner to +1 rival; ln_means : (p, quarters); threat : (r, quarters); stance : (p, r) in
    [0, 1], of each republic towards each power.
    After the last coded quarter, threats are zero and everything else stays as it is.
    `trail` maps (kind, names...) to the coded values behind it.
    """

    cast: Cast
    ties: FloatArray
    interests: FloatArray
    needs: FloatArray
    supply: FloatArray
    relations: FloatArray
    ln_means: FloatArray
    threat: FloatArray
    stance: FloatArray
    institutions: tuple[Institution, ...]
    trail: Mapping[Cell, list[CodedValue]] = field(default_factory=dict, repr=False)

    @property
    def alpha_means(self) -> dict[str, float]:
        """Prior mean of alpha, by republic name."""
        return dict(
            zip(
                self.cast.republic_names,
                stance_to_alpha(self.stance.mean(axis=0)).tolist(),
                strict=True,
            )
        )

    @property
    def tolerance_offset(self) -> FloatArray:
        """(r,), added to tau_0."""
        return stance_to_tolerance(self.stance.mean(axis=0))

    @property
    def wariness(self) -> FloatArray:
        """(p, r), added to alpha: how far each power is kept out beyond the mean of them."""
        return stance_to_wariness(self.stance)

    def at(self, name: str, quarter: int) -> FloatArray:
        """A dated input in one quarter; the first or last coded value outside the coded span."""
        series: FloatArray = getattr(self, name)
        last = series.shape[-1] - 1
        if name == "threat" and quarter > last:
            return np.zeros(series.shape[:-1])
        return series[..., min(max(quarter, 0), last)]

    @cached_property
    def spell_starts(self) -> dict[str, IntArray]:
        """Of each dated input the quarter since which it has not changed, (quarters,)."""
        return {name: _last_changes(getattr(self, name)) for name in DATED}


def _last_changes(series: FloatArray) -> IntArray:
    """The quarter since which no cell of a series, (..., quarters), has changed, (quarters,)."""
    cells = series.reshape(-1, series.shape[-1])
    changed = np.r_[True, (cells[:, 1:] != cells[:, :-1]).any(axis=0)]
    starts: IntArray = np.maximum.accumulate(np.where(changed, np.arange(len(changed)), 0))
    return starts


@cache
def default_inputs() -> Inputs:
    """The inputs that the shipped claims give for the default cast; kept on disk."""
    return load_or_make(
        "inputs", shipped_evidence_files(), lambda: code_inputs(load_evidence(), default_cast())
    )


def code_inputs(evidence: Evidence, cast: Cast) -> Inputs:
    """Compute inputs from claims by the codebook's rules; assumptions where no claim applies."""
    return code_inputs_with(Coder(evidence), cast)


def code_inputs_with(coder: Coder, cast: Cast) -> Inputs:
    """Compute inputs by the rules of a coder."""
    trail: Trail = {}
    powers, republics, channels = cast.power_names, cast.republic_names, cast.channel_names
    axes = {"powers": powers, "republics": republics, "channels": channels}
    return Inputs(
        cast,
        ties=_cells(coder, "tie", axes, trail, _pooled_tie),
        interests=_cells(coder, "interest", axes, trail, _pooled_interest),
        needs=_cells(coder, "need", axes, trail, _pooled_need),
        supply=_cells(
            coder, "supply", {"powers": powers, "channels": channels}, trail, _pooled_supply
        ),
        relations=_relations(coder, cast, trail),
        ln_means=_trends(coder.budget, "budget", powers, trail),
        threat=_trends(coder.threat, "threat", republics, trail),
        stance=_stances(coder, powers, republics, trail),
        institutions=code_institutions(coder, cast, trail),
        trail=trail,
    )


def _cells(
    coder: Coder,
    kind: str,
    axes: Mapping[str, Sequence[str]],
    trail: Trail,
    pooled: Pooling,
) -> FloatArray:
    """Every cell of one kind over history: coded where a claim applies, otherwise pooled.

    Returns
    -------
    (axes..., quarters).
    """
    shape = tuple(map(len, axes.values()))
    coded = np.full((*shape, HISTORY_QUARTERS), np.nan)
    for place in np.ndindex(shape):
        names = _names_at(axes, place)
        spells = coder.over_time(kind, **dict(zip(axes, names, strict=True)))
        if spells and kind in BACKDATED:
            spells = from_the_start(spells)
        coded[place] = spells_to_series(spells)
        trail[kind, *names] = spells
    values = coded.copy()
    for place in np.ndindex(shape):
        unknown = np.isnan(coded[place])
        if unknown.any():
            series, how = pooled(coded, place)
            values[place][unknown] = series[unknown]
            names = _names_at(axes, place)
            trail[kind, *names] = [
                *_assumed_spells(values[place], unknown, how),
                *trail[kind, *names],
            ]
    return values


def _names_at(axes: Mapping[str, Sequence[str]], place: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(names[position] for names, position in zip(axes.values(), place, strict=True))


def _assumed_spells(series: FloatArray, unknown: BoolArray, how: str) -> list[CodedValue]:
    """The assumed values of a cell, each from its quarter on; unknown : (quarters,)."""
    spells: list[CodedValue] = []
    for quarter in np.flatnonzero(unknown):
        value = float(series[quarter])
        if not spells or spells[-1].value != value:
            spells.append(CodedValue(value, (), "assumption", how, int(quarter)))
    return spells


def _mean_of_coded(peers: FloatArray, otherwise: float, factor: float = 1.0) -> FloatArray:
    """Factor times the mean of cells, (cells, quarters), each over the quarters that are coded.

    Returns
    -------
    (quarters,), the same in all in which some cell is coded, `otherwise` in the others.
    """
    known = [cell[~np.isnan(cell)].mean() for cell in peers if not np.isnan(cell).all()]
    mean = factor * float(np.mean(known)) if known else otherwise
    return np.where(np.isnan(peers).all(axis=0), otherwise, mean)


def _other_republics(coded: FloatArray, cell: tuple[int, ...]) -> FloatArray:
    """The same power and channel in the other republics, (republics - 1, quarters)."""
    return np.delete(coded[cell[0], :, cell[2]], cell[1], axis=0)


def _pooled_tie(coded: FloatArray, cell: tuple[int, ...]) -> tuple[FloatArray, str]:
    peers = _other_republics(coded, cell)
    if np.isnan(peers).all():
        how = "0.15, since no tie of this power in this channel is coded elsewhere"
    else:
        how = "half the mean over history of this power's ties coded elsewhere in this channel"
        if np.isnan(peers).all(axis=0).any():
            how += ", 0.15 in years without any"
    return _mean_of_coded(peers, UNEVIDENCED_TIE, 0.5), how


def _pool_mean(what: str) -> Pooling:
    how = f"mean over history of {what} coded elsewhere in this channel, or one third"
    return lambda coded, cell: (_mean_of_coded(_other_republics(coded, cell), UNEVIDENCED), how)


_pooled_interest, _pooled_need = _pool_mean("this power's interests"), _pool_mean("the needs")


def _pooled_supply(coded: FloatArray, cell: tuple[int, ...]) -> tuple[FloatArray, str]:
    how = "half the mean over history of what this power supplies in its other channels, or 0.15"
    others = np.delete(coded[cell[0]], cell[1], axis=0)
    return _mean_of_coded(others, UNEVIDENCED_SUPPLY, 0.5), how


def _stances(
    coder: Coder, powers: Sequence[str], republics: Sequence[str], trail: Trail
) -> FloatArray:
    """The stance of each republic towards each power, (p, r); the mean where no claim speaks."""
    found = {
        (power, republic): coder.ordinal("stance", powers=power, republics=republic)
        for power, republic in product(powers, republics)
    }
    known = [coded.value for coded in found.values() if coded is not None]
    assumed = CodedValue(
        float(np.mean(known)) if known else 0.5,
        (),
        "assumption",
        "mean of the coded stances, or one half",
    )
    stances = {names: coded or assumed for names, coded in found.items()}
    trail |= {("stance", *names): [stance] for names, stance in stances.items()}
    values = [stance.value for stance in stances.values()]
    return np.array(values).reshape(len(powers), len(republics))


def _relations(coder: Coder, cast: Cast, trail: Trail) -> FloatArray:
    size = len(cast.powers)
    relations = np.zeros((size, size, HISTORY_QUARTERS))
    for row, power in enumerate(cast.power_names):
        for column, other in enumerate(cast.power_names):
            if row == column:
                continue
            spells = coder.over_time("relation", powers=power, toward=other)
            if spells:
                spells = from_the_start(spells)
                relations[row, column] = spells_to_series(spells)
            trail["relation", power, other] = spells or [
                CodedValue(0.0, (), "assumption", "indifferent, since no claim speaks of it")
            ]
    return relations


def _trends(
    code: Callable[[str], tuple[FloatArray, tuple[str, ...]]],
    kind: str,
    names: tuple[str, ...],
    trail: Trail,
) -> FloatArray:
    """Budgets or threats of all actors, (actors, quarters)."""
    series = []
    for name in names:
        values, claims = code(name)
        series.append(values)
        status = "coded" if claims else "assumption"
        how = (
            f"from {format_fixed(values[0])} in 2000Q1 to {format_fixed(values[-1])} in 2019Q4, "
            f"at most {format_fixed(values.max())}"
            if np.ptp(values) > 0
            else "the same in every quarter"
        )
        trail[kind, name] = [
            CodedValue(
                float(values[-1]),
                claims,
                status,
                how if claims else "zero, since no claim speaks of it",
            )
        ]
    return np.array(series)

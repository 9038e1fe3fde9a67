"""The coded inputs of the model: what is read off the documents rather than fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.number_text import format_fixed
from steppe.model.core.yaml_source import read_yaml

from .claims import FOLDER, Evidence, load_evidence
from .coding import (
    HISTORY_QUARTERS,
    TOP_LEVEL,
    UNEVIDENCED,
    UNEVIDENCED_TIE,
    CodedValue,
    Coder,
    stance_to_alpha,
    stance_to_tolerance,
)
from .levels import level_lookup

Cell = tuple[str, ...]
Trail = dict[Cell, list[CodedValue]]  # what each coded value is based on, by kind and names
Pooling = Callable[[FloatArray, tuple[int, ...]], tuple[float, str]]
DATED = (
    "supply",
    "relations",
    "ln_means",
    "threat",
)  # inputs with a value for each quarter of history


@dataclass(frozen=True)
class Institution:
    """An organisation: its sponsors, the channels it binds, its first members, how much it binds.

    sponsors : (p,) in [0, 1]. channels : positions. members : (r,) 0 or 1. weight : in [0, 1].
    """

    name: str
    sponsors: FloatArray
    channels: tuple[int, ...]
    members: FloatArray
    weight: float


@dataclass(frozen=True)
class Inputs:
    """Coded inputs, and what each is based on.

    ties, interests : (p, r, c); needs : (r, c); supply : (p, c, quarters);
    relations : (p, p, quarters), the first power's view of the second, -1 partner to +1 rival;
    ln_means : (p, quarters); threat : (r, quarters); stance : (r,) in [0, 1].
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
            zip(self.cast.republic_names, stance_to_alpha(self.stance).tolist(), strict=True)
        )

    @property
    def tolerance_offset(self) -> FloatArray:
        """(r,), added to tau_0."""
        return stance_to_tolerance(self.stance)

    def at(self, name: str, quarter: int) -> FloatArray:
        """A dated input in one quarter; the first or last coded value outside the coded span."""
        series: FloatArray = getattr(self, name)
        last = series.shape[-1] - 1
        if name == "threat" and quarter > last:
            return np.zeros(series.shape[:-1])
        return series[..., min(max(quarter, 0), last)]


@cache
def default_inputs() -> Inputs:
    """The inputs that the shipped claims give for the default cast."""
    return code_inputs(load_evidence(), default_cast())


def code_inputs(evidence: Evidence, cast: Cast) -> Inputs:
    """Compute inputs from claims by the codebook's rules; assumptions where no claim applies."""
    coder = Coder(evidence, level_lookup(evidence))
    trail: Trail = {}
    powers, republics, channels = cast.power_names, cast.republic_names, cast.channel_names
    ties = _cells(coder, "tie", (powers, republics, channels), trail, _pooled_tie)
    interests = _cells(coder, "interest", (powers, republics, channels), trail, _pooled_interest)
    needs = _cells(coder, "need", (republics, channels), trail, _pooled_need)
    stance = np.array([_stance(coder, republic, trail) for republic in republics])
    missing = [
        row
        for row, republic in enumerate(republics)
        if trail["stance", republic][0].status == "assumption"
    ]
    if missing and len(missing) < len(republics):
        stance[missing] = stance[
            [row for row in range(len(republics)) if row not in missing]
        ].mean()
    return Inputs(
        cast,
        ties,
        interests,
        needs,
        supply=_supply(coder, cast, trail),
        relations=_relations(coder, cast, trail),
        ln_means=_trends(coder.budget, "budget", powers, trail),
        threat=_trends(coder.threat, "threat", republics, trail),
        stance=stance,
        institutions=_institutions(coder, cast, trail),
        trail=trail,
    )


def _cells(
    coder: Coder, kind: str, axes: Sequence[tuple[str, ...]], trail: Trail, pooled: Pooling
) -> FloatArray:
    """Every cell of one kind: coded where a claim applies, otherwise pooled by the kind's rule."""
    fields = {
        "tie": ("powers", "republics", "channels"),
        "interest": ("powers", "republics", "channels"),
        "need": ("republics", "channels"),
    }[kind]
    shape = tuple(map(len, axes))
    values = np.full(shape, np.nan)
    for place in np.ndindex(shape):
        names = tuple(axis[position] for axis, position in zip(axes, place, strict=True))
        coded = coder.ordinal(kind, **dict(zip(fields, names, strict=True)))
        if coded is not None:
            values[place] = coded.value
            trail[kind, *names] = [coded]
    evidenced = values.copy()
    for row in np.argwhere(np.isnan(evidenced)):
        cell = tuple(int(position) for position in row)
        value, how = pooled(evidenced, cell)
        values[cell] = value
        names = tuple(axis[position] for axis, position in zip(axes, cell, strict=True))
        trail[kind, *names] = [CodedValue(value, (), "assumption", how)]
    return values


def _pooled_tie(evidenced: FloatArray, cell: tuple[int, ...]) -> tuple[float, str]:
    peers = evidenced[cell[0], :, cell[2]]
    if np.isnan(peers).all():
        return UNEVIDENCED_TIE, "no tie of this power in this channel is evidenced anywhere"
    return float(
        np.nanmean(peers)
    ) / 2, "half the mean of this power's evidenced ties in this channel"


def _pooled_interest(evidenced: FloatArray, cell: tuple[int, ...]) -> tuple[float, str]:
    peers = evidenced[cell[0], :, cell[2]]
    if np.isnan(peers).all():
        return UNEVIDENCED, "one third: no interest of this power in this channel is evidenced"
    return float(np.nanmean(peers)), "mean of this power's evidenced interests in this channel"


def _pooled_need(evidenced: FloatArray, cell: tuple[int, ...]) -> tuple[float, str]:
    peers = evidenced[:, cell[1]]
    if np.isnan(peers).all():
        return UNEVIDENCED, "one third: no need in this channel is evidenced"
    return float(np.nanmean(peers)), "mean of the evidenced needs in this channel"


def _stance(coder: Coder, republic: str, trail: Trail) -> float:
    coded = coder.ordinal("stance", balance=True, republics=republic)
    value = coded or CodedValue(0.5, (), "assumption", "mean of the other republics, or one half")
    trail["stance", republic] = [value]
    return value.value


def _supply(coder: Coder, cast: Cast, trail: Trail) -> FloatArray:
    supply = np.full((len(cast.powers), len(cast.channels), HISTORY_QUARTERS), np.nan)
    for row, power in enumerate(cast.power_names):
        for column, channel in enumerate(cast.channel_names):
            found = coder.over_time("supply", powers=power, channels=channel)
            if found:
                supply[row, column], trail["supply", power, channel] = found
    unknown = np.isnan(supply[:, :, 0])
    for row, column in np.argwhere(unknown):
        known = supply[~unknown[:, column], column]
        value = float(known.mean()) if known.size else UNEVIDENCED
        supply[row, column] = value
        trail["supply", cast.power_names[row], cast.channel_names[column]] = [
            CodedValue(value, (), "assumption", "mean of the evidenced supplies in this channel")
        ]
    return supply


def _relations(coder: Coder, cast: Cast, trail: Trail) -> FloatArray:
    size = len(cast.powers)
    relations = np.zeros((size, size, HISTORY_QUARTERS))
    for row, power in enumerate(cast.power_names):
        for column, other in enumerate(cast.power_names):
            if row == column:
                continue
            found = coder.over_time("relation", balance=True, powers=power, toward=other)
            if found:
                relations[row, column], trail["relation", power, other] = found
            else:
                trail["relation", power, other] = [
                    CodedValue(0.0, (), "assumption", "indifferent: no claim speaks")
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
        )
        trail[kind, name] = [
            CodedValue(
                float(values[-1]), claims, status, how if claims else "zero: no claim speaks"
            )
        ]
    return np.array(series)


def _institutions(coder: Coder, cast: Cast, trail: Trail) -> tuple[Institution, ...]:
    rows = read_yaml(FOLDER / "institutions.yaml", "model/evidence/institutions.yaml").data[
        "institutions"
    ]
    institutions = []
    for name, row in rows.items():
        coded = coder.ordinal("institution", institution=name) or CodedValue(
            1 / TOP_LEVEL, (), "assumption", "level 1: no claim says how much it binds"
        )
        trail["institution", name] = [coded]
        sponsors = np.array([float(row["sponsors"].get(power, 0)) for power in cast.power_names])
        members = np.isin(cast.republic_names, row.get("members", [])).astype(float)
        institutions.append(
            Institution(
                name, sponsors, cast.indices("channel", row["channels"]), members, coded.value
            )
        )
    return tuple(institutions)

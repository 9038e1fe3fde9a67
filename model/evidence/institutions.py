"""Organisations: who sponsors them, whom and how much they bind, and which succeed others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from steppe.model.core.array_types import FloatArray
from steppe.model.core.cast import Cast
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.field_types import ActorNames, StrictModel
from steppe.model.core.suggestions import suggest
from steppe.model.core.type_errors import parse_data
from steppe.model.core.yaml_source import Source, read_yaml

from .claim_schema import TOP_LEVEL
from .coding import HISTORY_QUARTERS, CodedValue, from_the_start, spells_to_series
from .documents import FOLDER

if TYPE_CHECKING:
    from .coding import Coder

RECORD = "model/evidence/institutions.yaml"
UNEVIDENCED_WEIGHT = 1 / TOP_LEVEL


class InstitutionRow(StrictModel):
    """What is recorded of one organisation."""

    sponsors: dict[str, Annotated[float, Field(ge=0, le=1)]]
    channels: Annotated[tuple[str, ...], ActorNames("channel")]
    members: Annotated[tuple[str, ...], ActorNames("republic")] = ()
    succeeds: str | None = None
    source: str | None = None


class Record(StrictModel):
    """The file as a whole."""

    institutions: dict[str, InstitutionRow]


@dataclass(frozen=True)
class Institution:
    """An organisation: its sponsors, the channels it binds, its first members, how much it binds.

    sponsors : (p,) in [0, 1]. channels : positions. members : (r,) 0 or 1. weight : (c, quarters)
    in [0, 1], or (c, 1) if it never changes. body : the name of the first in its succession;
    organisations of one body bind a republic once.
    """

    name: str
    sponsors: FloatArray
    channels: tuple[int, ...]
    members: FloatArray
    weight: FloatArray
    body: str

    def weight_at(self, quarter: int) -> FloatArray:
        """How much it binds in each channel in a quarter, (c,)."""
        return self.weight[:, min(max(quarter, 0), self.weight.shape[1] - 1)]


def code_institutions(
    coder: Coder, cast: Cast, trail: dict[tuple[str, ...], list[CodedValue]]
) -> tuple[Institution, ...]:
    """Every recorded organisation, with how much the claims say it binds in each channel."""
    rows = load_institutions(cast)
    institutions = []
    for name, row in rows.items():
        channels = cast.indices("channel", list(row.channels))
        weight = np.zeros((len(cast.channels), HISTORY_QUARTERS))
        for channel in channels:
            spells = _weights(coder, name, cast.channel_names[channel])
            weight[channel] = spells_to_series(spells)
            trail["institution", name, cast.channel_names[channel]] = spells
        institutions.append(
            Institution(
                name,
                np.array([float(row.sponsors.get(power, 0)) for power in cast.power_names]),
                channels,
                np.isin(cast.republic_names, row.members).astype(float),
                weight,
                body_of(name, rows),
            )
        )
    return tuple(institutions)


def _weights(coder: Coder, name: str, channel: str) -> list[CodedValue]:
    """The successive weights of an organisation in a channel, from 2000Q1 on."""
    spells = coder.over_time("institution", institution=name, channels=channel)
    if not spells:
        how = "level 1, since no claim says how much it binds"
        return [CodedValue(UNEVIDENCED_WEIGHT, (), "assumption", how)]
    return from_the_start(spells)


def body_of(name: str, rows: Mapping[str, InstitutionRow]) -> str:
    """The first organisation of a succession."""
    seen = [name]
    while (before := rows[seen[-1]].succeeds) is not None and before in rows and before not in seen:
        seen.append(before)
    return seen[-1]


def load_institutions(cast: Cast) -> dict[str, InstitutionRow]:
    """Every recorded organisation by name.

    Raises
    ------
    DiagnosticsError
        If the file has mistakes.
    """
    return parse_data(_source(), Record, {"cast": cast}).institutions


def _source() -> Source:
    return read_yaml(FOLDER / "institutions.yaml", RECORD)


def check_institutions(cast: Cast) -> list[Diagnostic]:
    """Successors of what is not recorded or of themselves, and bodies with two successors."""
    source = _source()
    rows = parse_data(source, Record, {"cast": cast}).institutions
    return [
        *_unknown_predecessors(source, rows),
        *_circles(source, rows),
        *_second_successors(source, rows),
    ]


def _unknown_predecessors(
    source: Source, rows: Mapping[str, InstitutionRow]
) -> Iterable[Diagnostic]:
    for name, row in rows.items():
        if row.succeeds is not None and row.succeeds not in rows:
            yield source.diagnostic(
                ("institutions", name, "succeeds"),
                f"unknown institution '{row.succeeds}'; {suggest(row.succeeds, list(rows))}",
            )


def _circles(source: Source, rows: Mapping[str, InstitutionRow]) -> Iterable[Diagnostic]:
    for name in rows:
        if rows[body_of(name, rows)].succeeds in rows:
            yield source.diagnostic(
                ("institutions", name, "succeeds"),
                f"'{name}' succeeds itself, or one that does; the first of a body succeeds none",
            )


def _second_successors(source: Source, rows: Mapping[str, InstitutionRow]) -> Iterable[Diagnostic]:
    first: dict[str, str] = {}
    for name, row in rows.items():
        if row.succeeds is None:
            continue
        if row.succeeds in first:
            yield source.diagnostic(
                ("institutions", name, "succeeds"),
                f"'{row.succeeds}' has two successors, '{first[row.succeeds]}' and '{name}'; "
                "a body goes on in one",
            )
        first.setdefault(row.succeeds, name)

"""The two blind codings of numbered units, and what was settled where they differ.

`codings/first.yaml` and `second.yaml` hold what each coder said of each unit, `units.yaml` which
lines a unit is and which claims came of it, `settled.yaml` why a claim differs from a coder,
`bands.yaml` how much more each coder took a target to say, `stances.yaml` towards whom a stance is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from steppe.model.core.cast import default_cast
from steppe.model.core.field_types import StrictModel
from steppe.model.core.type_errors import parse_data
from steppe.model.core.yaml_source import read_yaml

from .claim_schema import ChannelNames, Claim, Kind, PowerNames, RepublicNames
from .documents import FOLDER
from .expectations import Band

Levels = tuple[float | None, float | None]


class Reading(StrictModel):
    """What one coder made of a unit."""

    kind: Kind
    use: Literal["input", "target", "context"]
    powers: PowerNames = ()
    toward: PowerNames = ()
    republics: RepublicNames = ()
    channels: ChannelNames = ()
    period: tuple[int | str, int | str] | None = None
    level: Annotated[float, Field(ge=-3, le=3)] | None = None
    moves: str | None = None


class Coding(StrictModel):
    """One coder's readings of all units, by number."""

    units: dict[int, tuple[Reading, ...]]


class Unit(StrictModel):
    """A passage that both coders read, and the claims that came of it."""

    document: str
    lines: tuple[int, int]
    claims: tuple[str, ...] = ()


class Units(StrictModel):
    """All units by number."""

    units: dict[int, Unit]


class Settled(StrictModel):
    """Why claims differ from what a coder said, by what differs: kind, use, actors, ..."""

    claims: dict[str, dict[str, Annotated[str, Field(min_length=5)]]]


class BandReading(StrictModel):
    """How much more a target says, as each coder read it."""

    first: Band
    second: Band

    @property
    def settled(self) -> Band:
        """The mean of what they took for the least, and the larger of the most."""
        tops = (self.first.top, self.second.top)
        return Band(
            m0=(self.first.m0 + self.second.m0) / 2,
            top=None if tops[0] is None or tops[1] is None else max(tops[0], tops[1]),
        )


class Bands(StrictModel):
    """The bands of both coders by target."""

    bands: dict[str, BandReading]


class StanceReading(StrictModel):
    """Towards which powers each coder took a stance to be meant; none means all."""

    first: tuple[str, ...]
    second: tuple[str, ...]


class Stances(StrictModel):
    """The powers that both coders named by stance."""

    stances: dict[str, StanceReading]


@dataclass(frozen=True)
class Codings:
    """Both codings, and the units and reasons that join them to the claims."""

    units: Mapping[int, Unit]
    first: Mapping[int, tuple[Reading, ...]]
    second: Mapping[int, tuple[Reading, ...]]
    settled: Mapping[str, Mapping[str, str]]
    bands: Mapping[str, BandReading] = field(default_factory=dict)
    stances: Mapping[str, StanceReading] = field(default_factory=dict)

    @cached_property
    def unit_of(self) -> dict[str, int]:
        """The unit of each claim."""
        return {name: number for number, unit in self.units.items() for name in unit.claims}

    def readings(self, claim: Claim) -> tuple[Reading | None, Reading | None]:
        """What each coder said that is nearest to the claim, None where nothing was."""
        number = self.unit_of.get(claim.id)
        if number is None:
            return None, None
        first, second = (
            _nearest(claim, coding.get(number, ())) for coding in (self.first, self.second)
        )
        return first, second

    def levels(self, claim: Claim) -> Levels:
        """The level that each coder gave to what the claim says, None without one.

        A level counts if the coder chose the claim's kind, and no other powers.
        """
        first, second = (
            reading.level if reading is not None and _speaks_of_the_same(claim, reading) else None
            for reading in self.readings(claim)
        )
        return first, second


def _nearest(claim: Claim, readings: tuple[Reading, ...]) -> Reading | None:
    """The reading of the claim's kind that shares most names with it, or the first."""

    def likeness(reading: Reading) -> tuple[bool, int]:
        shared = sum(
            len(set(getattr(reading, field)) & set(getattr(claim, field)))
            for field in ("powers", "toward", "republics", "channels")
        )
        return _same_scale(claim, reading), shared

    return max(readings, key=likeness, default=None)


def _speaks_of_the_same(claim: Claim, reading: Reading) -> bool:
    """Whether a reading is of the claim's kind, and of its powers where both name some."""
    pairs = ((claim.powers, reading.powers), (claim.toward, reading.toward))
    return _same_scale(claim, reading) and all(
        not mine or not theirs or set(mine) & set(theirs) for mine, theirs in pairs
    )


def _same_scale(claim: Claim, reading: Reading) -> bool:
    return reading.kind == claim.kind and (claim.kind != "event" or reading.moves == claim.moves)


@cache
def load_codings() -> Codings:
    """The two codings that ship.

    Raises
    ------
    DiagnosticsError
        If a file has mistakes.
    """
    return Codings(
        _parse("units.yaml", Units).units,
        _parse("first.yaml", Coding).units,
        _parse("second.yaml", Coding).units,
        _parse("settled.yaml", Settled).claims,
        _parse("bands.yaml", Bands).bands,
        _parse("stances.yaml", Stances).stances,
    )


def _parse(name: str, model: Any) -> Any:
    source = read_yaml(FOLDER / "codings" / name, f"model/evidence/codings/{name}")
    return parse_data(source, model, {"cast": default_cast()})

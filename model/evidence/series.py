"""Series: what statistics counted of each power in each republic and year, with a record.

A folder of evidence holds each as a record, `NAME.series.yaml`, and a table. The shipped pack,
`measured`, is such a folder. Documents never read them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from steppe.model.core.array_types import BoolArray, FloatArray
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.type_errors import parse_data
from steppe.model.core.word_lists import join_words
from steppe.model.core.yaml_source import read_yaml

from .claims import SERIES_SUFFIX

if TYPE_CHECKING:
    from .series_checks import Cells
    from .series_schema import SeriesRecord

MEASURED = Path("measured")  # in place of a folder: the pack that ships
PACK = Path(__file__).parent / "measured"
RECORDS = f"*{SERIES_SUFFIX}"


@dataclass(frozen=True)
class Series:
    """What statistics counted, as shares among the powers.

    value : (years, p, r), summing to 1 over the powers, NaN in years of a republic without one.
    years : (years,), in order. name : of its record and folder, as messages show it.
    """

    name: str
    record: SeriesRecord
    years: tuple[int, ...]
    value: FloatArray = field(repr=False)

    @property
    def observable(self) -> str:
        """The name of the observable that it counts."""
        return self.record.observable

    @property
    def known(self) -> BoolArray:
        """Where there are values, (years, r)."""
        known: BoolArray = ~np.isnan(self.value[:, 0])  # the powers of a year are known together
        return known

    def until(self, year: int) -> Series:
        """The series up to a year, that with it."""
        kept = sum(own <= year for own in self.years)
        return Series(self.name, self.record, self.years[:kept], self.value[:kept])

    def describe(self) -> str:
        """What it holds, in a few words: `trade, 2000 to 2009, 5 republics`."""
        years = f"{self.years[0]} to {self.years[-1]}"
        count = int(self.known.any(axis=0).sum())
        return f"{self.observable}, {years}, {count} {'republic' if count == 1 else 'republics'}"

    def as_record(self, cast: Cast) -> dict[str, Any]:
        """What a batch keeps of it: source, years, and shares by power and republic, rounded."""
        shares = {
            power: {
                republic: [None if np.isnan(share) else round(float(share), 6) for share in column]
                for republic, column in zip(cast.republic_names, of_power.T, strict=True)
            }
            for power, of_power in zip(cast.power_names, self.value.transpose(1, 0, 2), strict=True)
        }
        return {
            "source": f"{self.record.source}, {self.record.release}",
            "fingerprint": self.fingerprint,
            "years": list(self.years),
            "shares": shares,
        }

    @property
    def fingerprint(self) -> str:
        """A hash of everything in it that affects numbers."""
        digest = sha256(json.dumps([self.observable, self.years]).encode())
        digest.update(np.ascontiguousarray(self.value).tobytes())
        return digest.hexdigest()[:16]


def series_fingerprint(series: Iterable[Series]) -> str:
    """A hash of several series; empty where there is none."""
    parts = sorted(row.fingerprint for row in series)
    return sha256(json.dumps(parts).encode()).hexdigest()[:16] if parts else ""


def join_series(series: Sequence[Series]) -> tuple[Series, ...]:
    """One series for each observable, with the years of all that count it; none clash."""
    joined = []
    for name in dict.fromkeys(row.observable for row in series):
        parts = [row for row in series if row.observable == name]
        years = tuple(sorted({year for part in parts for year in part.years}))
        value = np.full((len(years), *parts[0].value.shape[1:]), np.nan)
        for part in parts:
            rows = np.array([years.index(year) for year in part.years], dtype=np.int64)
            value[rows] = np.where(np.isnan(part.value), value[rows], part.value)
        joined.append(
            Series(join_words([part.name for part in parts]), parts[0].record, years, value)
        )
    return tuple(joined)


def holds_series(folder: Path) -> bool:
    """Whether a folder of evidence holds series."""
    return folder == MEASURED or (folder.is_dir() and any(folder.glob(RECORDS)))


def load_series(folders: Sequence[Path], cast: Cast | None = None) -> tuple[Series, ...]:
    """All series in these folders, among them `MEASURED` for the shipped pack.

    Raises
    ------
    DiagnosticsError
        With every mistake in every record and table.
    """
    found, problems = read_series(folders, cast or default_cast())
    if problems:
        raise DiagnosticsError(problems)
    return tuple(found)


def read_series(folders: Sequence[Path], cast: Cast) -> tuple[list[Series], list[Diagnostic]]:
    """The series that can be read, and what is wrong with the others."""
    found: list[Series] = []
    problems: list[Diagnostic] = []
    for path, shown_as in _records(folders):
        try:
            found.append(_read_one(path, shown_as, cast))
        except DiagnosticsError as error:
            problems += error.diagnostics
    problems += _counted_twice(found, cast)
    return found, problems


def _records(folders: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield every record, and the name by which to show it."""
    for folder in dict.fromkeys(folders):
        if folder == MEASURED:
            for path in sorted(PACK.glob(RECORDS)):
                yield path, f"model/evidence/measured/{path.name}"
        else:
            for path in sorted(folder.glob(RECORDS)):
                yield path, str(path)


def _read_one(path: Path, shown_as: str, cast: Cast) -> Series:
    # Runs from documents alone import this module too, and need no schema of series.
    from .series_checks import check_rows
    from .series_schema import SeriesRecord
    from .series_table import read_table

    source = read_yaml(path, shown_as)
    record = parse_data(source, SeriesRecord, {"cast": cast})
    table = path.parent / record.file
    if not table.is_file():
        raise DiagnosticsError(
            [source.diagnostic(("file",), f"there is no file '{record.file}' beside this record")]
        )
    shown_table = shown_as.removesuffix(path.name) + record.file
    cells = check_rows(read_table(table, shown_table), record, source, shown_table, cast)
    return _as_shares(shown_as, record, cells, cast)


def _as_shares(name: str, record: SeriesRecord, cells: Cells, cast: Cast) -> Series:
    """Values as shares among the powers; what is below the floor counts as much."""
    years = tuple(sorted({year for _, _, year in cells}))
    value = np.full((len(years), len(cast.powers), len(cast.republics)), np.nan)
    for (power, republic, year), number in cells.items():
        value[years.index(year), power, republic] = max(number, record.floor)
    value /= value.sum(axis=1, keepdims=True)
    return Series(name, record, years, value)


def _counted_twice(series: Sequence[Series], cast: Cast) -> Iterator[Diagnostic]:
    """Yield a mistake for each two series that count the same in a republic and year."""
    first: dict[tuple[str, str, int], str] = {}
    for row in series:
        clashes: dict[str, str] = {}
        for year, known in zip(row.years, row.known, strict=True):
            for republic, is_known in zip(cast.republic_names, known, strict=True):
                if not is_known:
                    continue
                other = first.setdefault((row.observable, republic, year), row.name)
                if other != row.name:
                    clashes.setdefault(other, f"{republic} in {year}")
        for other, where in clashes.items():
            yield Diagnostic(
                row.name,
                0,
                0,
                f"counts {row.observable} of {where}, as {other} does; give one of them, or let "
                "one leave out what the other has",
            )

"""What can be wrong with the rows of a series, each at its line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from steppe.model.core.calendar import FIRST_YEAR
from steppe.model.core.cast import Cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.number_text import format_fixed, parse_number
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.core.word_lists import join_words
from steppe.model.core.yaml_source import Source

from .series_schema import LAST_YEAR, SeriesRecord
from .series_table import Field, Row

Cell = tuple[int, int, int]  # power, republic, year
Cells = dict[Cell, float]
ROUNDING = 0.005  # of the whole, by which parts may exceed it
NEAR_WHOLE = 0.02  # of the whole, by which parts of the powers alone may miss it


def check_rows(
    rows: Sequence[Row], record: SeriesRecord, source: Source, file: str, cast: Cast
) -> Cells:
    """Values by power, republic and year, without those that are left out.

    Raises
    ------
    DiagnosticsError
        With every mistake.
    """
    return _Checker(record, source, file, cast).check(rows)


class _Checker:
    """Collects values, their places, and what is wrong."""

    def __init__(self, record: SeriesRecord, source: Source, file: str, cast: Cast):
        self._record, self._source, self._file, self._cast = record, source, file, cast
        self._problems: list[Diagnostic] = []
        self._values: Cells = {}
        self._places: dict[Cell, Field] = {}

    def check(self, rows: Sequence[Row]) -> Cells:
        for row in rows:
            self._take(row)
        if not self._problems:
            self._check_unit()
        if not self._problems:
            self._leave_out()
            self._check_years()
            self._check_sums()
        if not self._problems and not self._values:
            self._problems.append(Diagnostic(self._file, 0, 0, "all of its years are left out"))
        if self._problems:
            raise DiagnosticsError(self._problems)
        return self._values

    def _report(self, field: Field, message: str) -> None:
        self._problems.append(Diagnostic(self._file, field.line, field.column, message))

    def _take(self, row: Row) -> None:
        """Keep the value of a row, or report what is wrong with it."""
        power, republic = (self._actor(kind, row[kind]) for kind in ("power", "republic"))
        year, value = self._year(row["year"]), self._value(row["value"])
        if power is None or republic is None or year is None or value is None:
            return
        cell = (power, republic, year)
        if cell in self._values:
            self._report(
                row["year"],
                f"{self._name(cell)} is there twice, first at line {self._places[cell].line}; "
                "keep one",
            )
            return
        self._values[cell], self._places[cell] = value, row["value"]

    def _name(self, cell: Cell) -> str:
        power, republic, year = cell
        names = self._cast.power_names[power], self._cast.republic_names[republic]
        return f"{names[0]} in {names[1]} in {year}"

    def _actor(self, kind: str, field: Field) -> int | None:
        try:
            return self._cast.index(kind, field.text)
        except UnknownNameError as error:
            self._report(field, str(error))
            return None

    def _year(self, field: Field) -> int | None:
        if not (field.text.isascii() and field.text.isdigit() and len(field.text) == 4):
            self._report(field, f"'{field.text}' is not a year; write it as {FIRST_YEAR}")
            return None
        year = int(field.text)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            self._report(
                field,
                f"{year} lies outside the years of a run, {FIRST_YEAR} to {LAST_YEAR}; "
                "take the row out",
            )
            return None
        return year

    def _value(self, field: Field) -> float | None:
        """The value of a field; that it may be a logarithm's argument is checked as well."""
        record = self._record
        try:
            value = parse_number(field.text)
        except ValueError:
            self._report(field, _not_a_number(field.text))
            return None
        if value < 0:
            self._report(field, f"{field.text} is below 0; parts and amounts are not")
        elif value == 0 and record.floor == 0:
            self._report(
                field,
                "0 has no logarithm; give in the record, as `floor`, the least that the source "
                "can tell",
            )
        elif record.unit == "percent" and value > 100 * (1 + ROUNDING):
            self._report(field, f"{field.text} is above 100; with `unit: percent` nothing is")
        else:
            return value
        return None

    def _check_unit(self) -> None:
        """Report percent declared as a share, and a share declared as percent."""
        record = self._record
        above = [cell for cell, value in self._values.items() if value > 1 + ROUNDING]
        if record.unit == "share" and above:
            at = self._places[above[0]]
            line = self._source.place(("unit",))[1]
            largest = max(self._values.values())
            what = "these look like percent: write `unit: percent`"
            remedy = what if largest <= 100 else "these look like amounts: write `unit: amount`"
            self._report(
                at,
                f"{at.text} is above 1, as no share is, and so are {len(above) - 1} more; "
                f"{remedy} in line {line} of {self._source.file}",
            )
        if record.unit == "percent" and not above:
            self._problems.append(
                self._source.diagnostic(
                    ("unit",), "no value is above 1: these look like shares; write `unit: share`"
                )
            )

    def _leave_out(self) -> None:
        """Drop the years that the record leaves out; report those that are not there."""
        for number, row in enumerate(self._record.leave_out):
            republics = self._cast.indices("republic", row.republics)
            years = [year for _, republic, year in self._values if republic in republics]
            if not years or row.years[1] < min(years) or row.years[0] > max(years):
                self._problems.append(
                    self._source.diagnostic(
                        ("leave_out", number, "years"),
                        "there is nothing to leave out: the table has none of these years",
                    )
                )
        names = self._cast.republic_names
        for cell in list(self._values):
            if self._record.leaves_out(names[cell[1]], cell[2]):
                del self._values[cell]

    def _of_year(self) -> dict[tuple[int, int], list[Cell]]:
        """The cells of each republic and year, in order."""
        found: dict[tuple[int, int], list[Cell]] = {}
        for cell in sorted(self._values, key=lambda cell: (cell[1], cell[2], cell[0])):
            found.setdefault(cell[1:], []).append(cell)
        return found

    def _check_years(self) -> None:
        """Report powers that lack a year, and holes between years."""
        of_year = self._of_year()
        for (republic, year), cells in of_year.items():
            powers = {power for power, _, _ in cells}
            missing = [
                name for place, name in enumerate(self._cast.power_names) if place not in powers
            ]
            if missing:
                self._report(
                    self._places[cells[0]],
                    f"{self._cast.republic_names[republic]} in {year} has no value for "
                    f"{join_words(missing)}; shares among the powers need all of them: add the "
                    "rows, or leave the year out with `leave_out` in the record",
                )
        for (before, first), (republic, second) in pairwise(of_year):
            if before == republic:
                self._check_hole(republic, first, second, of_year[republic, second][0])

    def _check_hole(self, republic: int, first: int, second: int, after: Cell) -> None:
        name = self._cast.republic_names[republic]
        hole = [
            year for year in range(first + 1, second) if not self._record.leaves_out(name, year)
        ]
        if hole:
            years = f"{hole[0]}" if len(hole) == 1 else f"{hole[0]} to {hole[-1]}"
            self._report(
                self._places[after],
                f"{name} jumps from {first} to {second}: {years} is missing; add the rows, or "
                "name the years in `leave_out` of the record, with the reason",
            )

    def _check_sums(self) -> None:
        """Report parts that add up to more than the whole, or do not add up to it."""
        whole = self._record.whole
        for (republic, year), cells in self._of_year().items():
            total = sum(self._values[cell] for cell in cells)
            for message in _wrong_sums(total / whole, self._record):
                self._report(
                    self._places[cells[-1]],
                    f"the powers in {self._cast.republic_names[republic]} in {year} add up to "
                    f"{format_fixed(total)}, {message}",
                )


def _wrong_sums(part: float, record: SeriesRecord) -> Iterator[str]:
    if part > 1 + (NEAR_WHOLE if record.out_of == "powers" else ROUNDING):
        yield f"more than the whole, {record.whole:g}"
    elif record.unit != "amount" and record.out_of == "powers" and part < 1 - NEAR_WHOLE:
        yield (
            f"less than {record.whole:g}, and the record says `out_of: powers`; write "
            "`out_of: all` if others have a part too"
        )


def _not_a_number(text: str) -> str:
    if not text or text.casefold() in ("na", "nan", "n/a", "-", "..", "null", "none"):
        return (
            "there is no value; take the row out, and name its year in `leave_out` of the record "
            "with the reason"
        )
    if "," in text:
        return f"'{text}' is not a number; write it with a point, such as 8.5, without separators"
    return f"'{text}' is not a number"

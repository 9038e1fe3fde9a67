"""Tables of series, CSV or Parquet, as rows in which every value keeps its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.optional_packages import import_package
from steppe.model.core.os_errors import describe_os_error
from steppe.model.core.suggestions import suggest
from steppe.model.core.text_files import read_text, split_lines
from steppe.model.core.word_lists import join_words

COLUMNS = ("power", "republic", "year", "value")
MOST_BYTES = 50_000_000
_FIELD = re.compile(r'\s*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^,"]*))\s*(?:,|$)')


@dataclass(frozen=True)
class Field:
    """A value as it is written, and its line and column."""

    text: str
    line: int
    column: int


Row = dict[str, Field]


def read_table(path: Path, shown_as: str) -> list[Row]:
    """The rows of a table by column; in Parquet rows count as lines, and columns as columns.

    Raises
    ------
    DiagnosticsError
        If it cannot be read, lacks a column or has rows of another length.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _error(shown_as, 0, 0, f"is larger than {MOST_BYTES // 10**6} megabytes")
        lines = _parquet_lines(path, shown_as) if path.suffix == ".parquet" else _csv_lines(path)
        return _rows(list(lines), shown_as)
    except OSError as error:
        raise _error(shown_as, 0, 0, describe_os_error(error, "read")) from None


def _error(file: str, line: int, column: int, message: str) -> DiagnosticsError:
    return DiagnosticsError([Diagnostic(file, line, column, message)])


def _csv_lines(path: Path) -> Iterator[list[Field]]:
    for number, line in enumerate(split_lines(read_text(path)), start=1):
        if line.strip():
            yield list(_split_line(line, number))


def _split_line(line: str, number: int) -> Iterator[Field]:
    """The fields of a line of CSV; quotation marks that do not close stay as they are."""
    start = 0
    while start <= len(line):
        match = _FIELD.match(line, start)
        if match is None or match.end() == start:
            end = line.find(",", start)
            end = len(line) if end < 0 else end
            yield Field(line[start:end].strip(), number, start + 1)
            start = end + 1
            continue
        kind = "plain" if match["quoted"] is None else "quoted"
        yield Field(match[kind].replace('""', '"').strip(), number, match.start(kind) + 1)
        if match.end() == len(line) and not match[0].endswith(","):
            return
        start = match.end()
        if start == len(line):  # the line ends in a comma: the last field is empty
            yield Field("", number, start + 1)
            return


def _parquet_lines(path: Path, shown_as: str) -> Iterator[list[Field]]:
    parquet = import_package("export", "pyarrow.parquet")
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it is damaged"
        raise _error(shown_as, 0, 0, f"is not a Parquet file that can be read: {reason}") from None
    yield [Field(name, 0, place) for place, name in enumerate(table.column_names, start=1)]
    columns = [column.to_pylist() for column in table.columns]
    for number, values in enumerate(zip(*columns, strict=True), start=1):
        yield [
            Field("" if value is None else str(value), number, place)
            for place, value in enumerate(values, start=1)
        ]


def _rows(lines: Sequence[Sequence[Field]], shown_as: str) -> list[Row]:
    if not lines:
        raise _error(shown_as, 1, 1, f"is empty; its first line is {','.join(COLUMNS)}")
    header, *rest = lines
    problems = list(_wrong_header(header, shown_as))
    if problems:
        raise DiagnosticsError(problems)
    names = [field.text.casefold() for field in header]
    problems = [
        Diagnostic(
            shown_as,
            fields[0].line,
            1,
            f"has {len(fields)} values, and there are {len(names)} columns; "
            "put text that holds a comma in quotation marks, and write 8.5 with a point",
        )
        for fields in rest
        if len(fields) != len(names)
    ]
    if not rest:
        problems.append(Diagnostic(shown_as, 1, 1, "holds no rows below its first line"))
    if problems:
        raise DiagnosticsError(problems)
    return [dict(zip(names, fields, strict=True)) for fields in rest]


def _wrong_header(header: Sequence[Field], shown_as: str) -> Iterator[Diagnostic]:
    """Yield what is wrong with the names of columns."""
    names = [field.text.casefold() for field in header]
    if len(header) == 1 and (";" in names[0] or "\t" in names[0]):
        found = "semicolons" if ";" in names[0] else "tabs"
        message = f"columns are separated by {found}; save the table with commas between columns"
        yield Diagnostic(shown_as, 1, 1, message)
        return
    for place, field in enumerate(header):
        at = (shown_as, field.line, field.column)
        if names[place] not in COLUMNS:
            message = f"unknown column '{field.text}'; {suggest(field.text, COLUMNS)}"
            yield Diagnostic(*at, message)
        elif names[place] in names[:place]:
            yield Diagnostic(*at, f"the column '{field.text}' is there twice; keep one")
    missing = [f"'{name}'" for name in COLUMNS if name not in names]
    if missing:
        word = "column" if len(missing) == 1 else "columns"
        yield Diagnostic(shown_as, 1, 1, f"lacks the {word} {join_words(missing)}")

"""The posterior sample: calibrated parameters, in a file that records what they were made from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path

import numpy as np

from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.calendar import format_quarter, parse_quarter
from steppe.model.core.cast import Cast
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import describe_os_error
from steppe.model.core.shipped_files import SHIPPED_POSTERIOR
from steppe.model.core.text_files import read_text
from steppe.model.core.version import MODEL_VERSION

from .table import all_labels

POSTERIOR, PRIOR = "posterior", "prior"
MAKE_ONE = "`steppe calibrate` makes one"
MAKE_NEW = "`steppe calibrate` makes a new one"
CELL_DIGITS = 5  # of what is known of cells: enough beside noise of 8%, and half the file
GIVEN = "given"  # the mode of a sample that holds arrays given from Python
DATE_PREFIX, CELL_PREFIX = "date:", "cell:"
_HEADER_KEYS = (
    "evidence",
    "model",
    "seed",
    "particles",
    "runs",
    "effective_size",
    "disagreement",
    "correlation",
    "mode",
    "rows",
    "content",
)
_OLD_KEY = "prior_draws"  # of a file made by weighting draws from the prior
SERIES_SEPARATOR = " | "  # between folders
# The folder of the user's own claims, a hash of the series, and where these came from, if any.
_OPTIONAL_KEYS = ("folder", "series", "series_from")


class PosteriorError(RequestError, ValueError):
    """A posterior file that cannot be used: which, why, and how to fix it."""


@dataclass(frozen=True)
class PosteriorSample:
    """Draws from the posterior. Members beyond the n-th repeat the draws, with noise of their own.

    Parameters
    ----------
    table : label to (n,) values. dates : event whose date is drawn to (n,) quarters. header :
    what the file records about itself. cells : label to (n,) values, what series taught of cells
    (`CellLinks`); empty where documents alone were used.
    """

    table: Mapping[str, FloatArray]
    dates: Mapping[str, IntArray]
    header: Mapping[str, str]
    cells: Mapping[str, FloatArray] = field(default_factory=dict)

    def as_given(self, evidence: str) -> PosteriorSample:
        """The same draws as a sample of their own: what a caller gave, not a calibration."""
        header = dict.fromkeys(_HEADER_KEYS, "") | dict(self.header)
        header |= {"evidence": evidence, "model": MODEL_VERSION, "mode": GIVEN}
        header["content"] = _content_hash(_format_rows(replace(self, header=header)))
        return replace(self, header=header)

    @property
    def size(self) -> int:
        """Number of draws."""
        return len(next(iter(self.table.values())))

    @property
    def fingerprint(self) -> str:
        """Identifies the draws in a manifest."""
        return self.header["content"]

    def draw_indices(self, members: IntArray) -> IntArray:
        """Index of the draw that each member has, (m,)."""
        return members % self.size

    def values_of(self, members: IntArray) -> dict[str, FloatArray]:
        """Parameters of these members, label to (m,)."""
        return {label: values[self.draw_indices(members)] for label, values in self.table.items()}

    def cells_of(self, members: IntArray) -> dict[str, FloatArray]:
        """What series taught of cells in these members, label to (m,)."""
        return {label: values[self.draw_indices(members)] for label, values in self.cells.items()}

    def event_quarters(self, members: IntArray) -> dict[str, IntArray]:
        """Quarters of events whose date is drawn in these members, name to (m,)."""
        return {name: values[self.draw_indices(members)] for name, values in self.dates.items()}


def load_posterior(source: PosteriorSample | str | Path, cast: Cast) -> PosteriorSample | None:
    """The sample that `posterior` (the one that ships) or a path names; None for `prior`.

    Raises
    ------
    PosteriorError
        If the file cannot be used.
    """
    if isinstance(source, PosteriorSample):
        return source
    if not isinstance(source, (str, Path)):
        raise PosteriorError(
            f"parameters_from is {' '.join(repr(source).split())[:60]}; "
            "give 'posterior', 'prior' or the path of a posterior"
        )
    if source == PRIOR:
        return None
    path = SHIPPED_POSTERIOR if source == POSTERIOR else Path(source)
    return _read_unchanged(path, all_labels(cast), path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=4)
def _read_unchanged(path: Path, labels: tuple[str, ...], changed: int) -> PosteriorSample:
    """Read a posterior once while its file is unchanged: models of one session share it."""
    return read_posterior(path, labels)


def write_posterior(path: Path, posterior: PosteriorSample) -> None:
    """Write a posterior file, whole or not at all; a hash of the rows completes the header."""
    rows = _format_rows(posterior)
    header = {**posterior.header, "rows": str(posterior.size), "content": _content_hash(rows)}
    text = "# Draws from the posterior; made by `steppe calibrate`, not to be edited by hand.\n"
    keys = [*_HEADER_KEYS, *(key for key in _OPTIONAL_KEYS if key in header)]
    text += "".join(f"# {key}: {header[key]}\n" for key in keys) + rows
    write_text_atomically(path, text)


def _format_rows(posterior: PosteriorSample) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    digits = 17 if posterior.header.get("mode") == GIVEN else 10  # 17 are exact
    own = [f"{CELL_PREFIX}{name}" for name in posterior.cells]
    of_dates = [f"{DATE_PREFIX}{name}" for name in posterior.dates]
    writer.writerow([*posterior.table, *own, *of_dates])
    for row in range(posterior.size):
        cells = [f"{values[row]:.{digits}g}" for values in posterior.table.values()]
        cells += [f"{values[row]:.{CELL_DIGITS}g}" for values in posterior.cells.values()]
        dates = [format_quarter(values[row]) for values in posterior.dates.values()]
        writer.writerow(cells + dates)
    return stream.getvalue()


def _content_hash(rows: str) -> str:
    return sha256(rows.encode()).hexdigest()[:16]


def read_posterior(
    path: Path, labels: tuple[str, ...], evidence: str | None = None
) -> PosteriorSample:
    """Read a posterior file.

    Parameters
    ----------
    labels : parameters that the cast needs. evidence : fingerprint of the evidence that the file
    must have been made from; None accepts any.

    Raises
    ------
    PosteriorError
        If the file is missing, truncated, edited, or made from other evidence or another model.
    """
    return open_posterior(path).read_draws(labels, evidence)


@dataclass(frozen=True)
class PosteriorFile:
    """A posterior file: what it records about itself, and its rows as text, as it was written."""

    path: Path
    header: Mapping[str, str]
    rows: str

    def read_draws(self, labels: tuple[str, ...], evidence: str | None = None) -> PosteriorSample:
        """The draws in the rows; parameters and errors as of `read_posterior`."""
        if evidence is not None and self.header["evidence"] != evidence:
            raise PosteriorError(
                f"{self.path}: was made from other evidence ({self.header['evidence']}, now "
                f"{evidence}); {MAKE_NEW}"
            )
        return _parse_rows(self.path, self.rows, self.header, labels)


def open_posterior(path: Path) -> PosteriorFile:
    """Open a posterior file, to look at its header before its draws are read.

    Raises
    ------
    PosteriorError
        If the file is missing, truncated, edited, or made with another model.
    """
    header, rows = _split_file(path)
    if header["model"] != MODEL_VERSION:
        raise PosteriorError(
            f"{path}: was made for model version {header['model']}, "
            f"this is version {MODEL_VERSION}; {MAKE_NEW}"
        )
    if _content_hash(rows) != header["content"]:
        found = max(rows.count("\n") - 1, 0)
        truncated = str(found) != header["rows"]
        what = f"{found} rows of {header['rows']}: cut short" if truncated else "it was edited"
        raise PosteriorError(f"{path}: is not as it was written ({what}); {MAKE_NEW}")
    return PosteriorFile(path, header, rows)


def _split_file(path: Path) -> tuple[dict[str, str], str]:
    """The header of a posterior file, and its rows as text."""
    try:
        text = read_text(path)
    except OSError as error:
        raise PosteriorError(f"{path}: {describe_os_error(error, 'read', MAKE_ONE)}") from None
    except DiagnosticsError as error:
        raise PosteriorError(f"{error}; {MAKE_ONE}") from None
    lines = list(io.StringIO(text))
    header: dict[str, str] = {}
    for line in lines:
        if line.startswith("# ") and ": " in line:
            key, value = line[2:].strip().split(": ", 1)
            header[key] = value
    missing = [key for key in _HEADER_KEYS if key not in header]
    if missing and _OLD_KEY in header:
        raise PosteriorError(
            f"{path}: was made by weighting draws from the prior, as this version no longer does; "
            f"{MAKE_NEW}"
        )
    if missing:
        raise PosteriorError(
            f"{path}: is not a posterior file (its header lacks '{missing[0]}'); {MAKE_ONE}"
        )
    return header, "".join(line for line in lines if not line.startswith("#"))


def _parse_rows(
    path: Path, rows: str, header: Mapping[str, str], labels: tuple[str, ...]
) -> PosteriorSample:
    reader = csv.reader(io.StringIO(rows))
    columns = next(reader, [])
    values = list(zip(*reader, strict=True))
    absent = [label for label in labels if label not in columns]
    if absent or not values:
        what = f"the parameter {absent[0]}" if absent else "rows"
        raise PosteriorError(f"{path}: lacks {what}; {MAKE_NEW}")
    by_name = dict(zip(columns, values, strict=True))
    table = {label: np.array(by_name[label], dtype=float) for label in labels}
    dated = {name: column for name, column in by_name.items() if name.startswith(DATE_PREFIX)}
    quarters = {date: parse_quarter(date) for date in set(chain(*dated.values()))}
    cells = {
        name.removeprefix(CELL_PREFIX): np.array(column, dtype=float)
        for name, column in by_name.items()
        if name.startswith(CELL_PREFIX)
    }
    dates = {
        name.removeprefix(DATE_PREFIX): np.array([quarters[date] for date in column])
        for name, column in dated.items()
    }
    return PosteriorSample(table, dates, header, cells)

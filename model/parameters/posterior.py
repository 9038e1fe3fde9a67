"""The posterior sample: calibrated parameters, in a file that records what they were made from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from steppe.model.core.array_types import FloatArray, IntArray
from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.calendar import format_quarter, parse_quarter
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import describe_os_error
from steppe.model.core.text_files import read_text
from steppe.model.core.version import MODEL_VERSION

MAKE_ONE = "`steppe calibrate` makes one"
MAKE_NEW = "`steppe calibrate` makes a new one"
DATE_PREFIX = "date:"
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
_OPTIONAL_KEYS = ("folder",)  # of the user's own claims, if any


class PosteriorError(RequestError, ValueError):
    """A posterior file that cannot be used: which, why, and how to fix it."""


@dataclass(frozen=True)
class PosteriorSample:
    """Draws from the posterior. Members beyond the n-th repeat the draws, with noise of their own.

    Parameters
    ----------
    table : label to (n,) values. dates : event whose date is drawn to (n,) quarters. header :
    what the file records about itself.
    """

    table: Mapping[str, FloatArray]
    dates: Mapping[str, IntArray]
    header: Mapping[str, str]

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

    def event_quarters(self, members: IntArray) -> dict[str, IntArray]:
        """Quarters of events whose date is drawn in these members, name to (m,)."""
        return {name: values[self.draw_indices(members)] for name, values in self.dates.items()}


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
    writer.writerow([*posterior.table, *(f"{DATE_PREFIX}{name}" for name in posterior.dates)])
    for row in range(posterior.size):
        cells = [f"{values[row]:.10g}" for values in posterior.table.values()]
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
    header, rows = _split_file(path)
    if header["model"] != MODEL_VERSION:
        raise PosteriorError(
            f"{path}: was made for model version {header['model']}, "
            f"this is version {MODEL_VERSION}; {MAKE_NEW}"
        )
    if evidence is not None and header["evidence"] != evidence:
        raise PosteriorError(
            f"{path}: was made from other evidence ({header['evidence']}, now {evidence}); "
            f"{MAKE_NEW}"
        )
    if _content_hash(rows) != header["content"]:
        found = max(rows.count("\n") - 1, 0)
        truncated = str(found) != header["rows"]
        what = f"{found} rows of {header['rows']}: cut short" if truncated else "it was edited"
        raise PosteriorError(f"{path}: is not as it was written ({what}); {MAKE_NEW}")
    return _parse_rows(path, rows, header, labels)


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
    dates = {
        name.removeprefix(DATE_PREFIX): np.array([parse_quarter(date) for date in column])
        for name, column in by_name.items()
        if name.startswith(DATE_PREFIX)
    }
    return PosteriorSample(table, dates, header)

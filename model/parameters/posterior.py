"""Calibrated weights: members of the posterior, in a file that says what they were made from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.calendar import format_quarter, parse_quarter
from steppe.model.core.version import MODEL_VERSION

CALIBRATE_COMMAND = "steppe calibrate"
_HEADER_KEYS = (
    "evidence",
    "model",
    "seed",
    "prior_draws",
    "ess",
    "k_hat",
    "mode",
    "rows",
    "content",
)
_OPTIONAL_KEYS = ("folder",)  # where a user's own claims were, if any


class PosteriorError(ValueError):
    """A file of weights that cannot be used: which, why, and how to mend it."""


@dataclass(frozen=True)
class PosteriorSample:
    """Draws from the posterior.

    table : label to (n,) values. dates : disputed event to (n,) quarters. offsets : linked
    target to (n,) values. header : what the file says of itself. Members beyond n repeat
    the draws, with noise of their own.
    """

    table: Mapping[str, np.ndarray]
    dates: Mapping[str, np.ndarray]
    offsets: Mapping[str, np.ndarray]
    header: Mapping[str, str]
    path: str = ""

    @property
    def size(self) -> int:
        return len(next(iter(self.table.values())))

    @property
    def fingerprint(self) -> str:
        """Identifies the draws in a manifest."""
        return self.header["content"]

    def draw_indices(self, members: np.ndarray) -> np.ndarray:
        """Which draw each member has, (m,)."""
        return members % self.size

    def values_of(self, members: np.ndarray) -> dict[str, np.ndarray]:
        """Parameters of these members, label to (m,)."""
        return {label: values[self.draw_indices(members)] for label, values in self.table.items()}

    def event_quarters(self, members: np.ndarray) -> dict[str, np.ndarray]:
        """Quarters of disputed events in these members, name to (m,)."""
        return {name: values[self.draw_indices(members)] for name, values in self.dates.items()}


def write_posterior(path: Path, posterior: PosteriorSample) -> None:
    """Write the file, whole or not at all; the header is completed with a hash of the rows."""
    rows = _rows_text(posterior)
    header = {**posterior.header, "rows": str(posterior.size), "content": _content_hash(rows)}
    text = "# Draws from the posterior; made by `steppe calibrate`, not to be edited by hand.\n"
    keys = [*_HEADER_KEYS, *(key for key in _OPTIONAL_KEYS if key in header)]
    text += "".join(f"# {key}: {header[key]}\n" for key in keys) + rows
    write_text_atomically(path, text)


def _rows_text(posterior: PosteriorSample) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = [
        *posterior.table,
        *(f"date:{name}" for name in posterior.dates),
        *(f"offset:{name}" for name in posterior.offsets),
    ]
    writer.writerow(columns)
    for row in range(posterior.size):
        cells = [f"{values[row]:.10g}" for values in posterior.table.values()]
        cells += [format_quarter(values[row]) for values in posterior.dates.values()]
        writer.writerow(cells + [f"{values[row]:.10g}" for values in posterior.offsets.values()])
    return stream.getvalue()


def _content_hash(rows: str) -> str:
    return sha256(rows.encode()).hexdigest()[:16]


def read_posterior(
    path: Path, labels: tuple[str, ...], evidence: str | None = None
) -> PosteriorSample:
    """Weights from a file.

    Parameters
    ----------
    labels : parameters that the cast needs. evidence : fingerprint that the file must have
    been made from; None accepts any.

    Raises
    ------
    WeightsError
        If the file is missing, cut short, edited, or made from other evidence or another model.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PosteriorError(
            f"{path}: cannot be read ({error.strerror}); `{CALIBRATE_COMMAND}` makes one"
        ) from None
    except UnicodeDecodeError:
        raise PosteriorError(f"{path}: is no text file; `{CALIBRATE_COMMAND}` makes one") from None
    lines = text.splitlines(keepends=True)
    header = dict(
        line[2:].strip().split(": ", 1) for line in lines if line.startswith("# ") and ": " in line
    )
    rows = "".join(line for line in lines if not line.startswith("#"))
    missing = [key for key in _HEADER_KEYS if key not in header]
    if missing:
        raise PosteriorError(
            f"{path}: is no file of weights (its header lacks '{missing[0]}'); `{CALIBRATE_COMMAND}` makes one"
        )
    _check_match(path, header, evidence)
    if _content_hash(rows) != header["content"]:
        found = max(rows.count("\n") - 1, 0)
        wrong = (
            f"{found} rows of {header['rows']}: cut short"
            if str(found) != header["rows"]
            else "edited since it was made"
        )
        raise PosteriorError(
            f"{path}: has been changed ({wrong}); `{CALIBRATE_COMMAND}` makes it anew"
        )
    return _parsed(path, rows, header, labels)


def _check_match(path: Path, header: Mapping[str, str], evidence: str | None) -> None:
    if header["model"] != MODEL_VERSION:
        raise PosteriorError(
            f"{path}: was made for model version {header['model']}, this is version {MODEL_VERSION}; `{CALIBRATE_COMMAND}` makes it anew"
        )
    if evidence is not None and header["evidence"] != evidence:
        raise PosteriorError(
            f"{path}: was made from other evidence ({header['evidence']}, now {evidence}); `{CALIBRATE_COMMAND}` makes it anew"
        )


def _parsed(
    path: Path, rows: str, header: Mapping[str, str], labels: tuple[str, ...]
) -> PosteriorSample:
    reader = csv.reader(io.StringIO(rows))
    columns = next(reader, [])
    values = list(zip(*reader, strict=True))
    absent = [label for label in labels if label not in columns]
    if absent or not values:
        raise PosteriorError(
            f"{path}: lacks {'the parameter ' + absent[0] if absent else 'rows'}; `{CALIBRATE_COMMAND}` makes it anew"
        )
    by_name = dict(zip(columns, values, strict=True))
    table = {label: np.array(by_name[label], dtype=float) for label in labels}
    dates = {
        name[5:]: np.array([parse_quarter(date) for date in column])
        for name, column in by_name.items()
        if name.startswith("date:")
    }
    offsets = {
        name[7:]: np.array(column, dtype=float)
        for name, column in by_name.items()
        if name.startswith("offset:")
    }
    return PosteriorSample(table, dates, offsets, header, str(path))

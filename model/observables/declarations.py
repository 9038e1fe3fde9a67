"""Observables: what statistics count, each declared once, with its channel, link and unit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.suggestions import UnknownNameError, suggest
from steppe.model.core.yaml_source import Source, read_yaml

OWN_FILE = "STEPPE_OBSERVABLES"  # environment variable with the path of a user's declarations
SHIPPED_FILE = Path(__file__).parent / "observables.yaml"
LINKS = ("offset",)
READINGS = ("volume", "none")
KEYS = ("meaning", "channel", "link", "spread", "scatter", "unit", "reading")
MAX_SPREAD = 3.0
# Words with a meaning of their own in results, figures or expressions.
RESERVED = (
    "and autonomy baseline bin channel concentration counts coverage dependence difference forest "
    "heatmap holder influence leads leverage map mean median member multivector not or p parameter "
    "parameters power quantile quarter rank ranks region republic scenario share shares time "
    "trajectories"
)


@dataclass(frozen=True)
class Observable:
    """What statistics count of a republic and each power; sums to 1 over the powers of the cast.

    Parameters
    ----------
    name : of the variable in results, of the function in expressions, of the figure.
    channel : the channel whose shares it follows. spread : sd of the prior of its offsets.
    scatter : sd, between republics, of what is particular to a power in a republic.
    reading : the form of claims that are read on it, or `none`.
    """

    name: str
    meaning: str
    channel: str
    link: str
    spread: float
    scatter: float
    unit: str
    reading: str

    @property
    def parameter(self) -> str:
        """The id of its offsets in the table of parameters."""
        return f"offset.{self.name}"

    @property
    def attributes(self) -> dict[str, str]:
        """What is stored with its values, so that whoever reads them needs no declaration."""
        return {
            "observable": self.name,
            "channel": self.channel,
            "meaning": self.meaning,
            "long_name": self.unit,
        }

    def as_record(self) -> dict[str, str | float]:
        """What a manifest keeps of it; two equal records measure alike."""
        return {
            "channel": self.channel,
            "link": self.link,
            "spread": self.spread,
            "scatter": self.scatter,
        }


def read_observables(path: Path) -> tuple[Observable, ...]:
    """Read the declarations in a file.

    Raises
    ------
    DiagnosticsError
        With every mistake at its line.
    """
    source = read_yaml(path)
    if not isinstance(source.data, Mapping):
        raise DiagnosticsError(
            [source.diagnostic((), "not a mapping; write the name of each observable and its keys")]
        )
    problems = [problem for name in source.data for problem in _problems(source, name)]
    if problems:
        raise DiagnosticsError(problems)
    return tuple(
        Observable(
            name,
            row["meaning"],
            default_cast().channel_names[default_cast().index("channel", row["channel"])],
            row["link"],
            float(row["spread"]),
            float(row["scatter"]),
            row["unit"],
            row["reading"],
        )
        for name, row in source.data.items()
    )


def _problems(source: Source, name: Any) -> Iterator[Diagnostic]:
    """Yield what is wrong with one declaration."""
    if not re.fullmatch("[a-z][a-z_]{1,30}", str(name)) or name in RESERVED.split():
        yield source.diagnostic(
            (name,),
            f"'{name}' cannot name an observable; use lower-case letters, and no word that results "
            "or expressions use already",
            of_key=True,
        )
    row = source.data[name]
    if not isinstance(row, Mapping):
        yield source.diagnostic((name,), f"'{name}' has no keys; it needs {', '.join(KEYS)}")
        return
    for key in row:
        if key not in KEYS:
            message = f"unknown key '{key}'; {suggest(str(key), KEYS)}"
            yield source.diagnostic((name, key), message, of_key=True)
    for key in KEYS:
        if key not in row:
            yield source.diagnostic((name,), f"the key '{key}' is missing", of_key=True)
        elif message := _wrong_value(key, row[key]):
            yield source.diagnostic((name, key), message)


def _wrong_value(key: str, value: Any) -> str:
    """Say what is wrong with a value; empty if nothing is."""
    if key in ("spread", "scatter"):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 < value <= MAX_SPREAD:
            return f"'{key}' is a number above 0 and at most {MAX_SPREAD:g}, not {value!r}"
        return ""
    if not isinstance(value, str) or len(value) < 3:
        return f"'{key}' is text of at least three letters, not {value!r}"
    if key == "channel":
        try:
            default_cast().index("channel", value)
        except UnknownNameError as error:
            return str(error)
    choices = {"link": LINKS, "reading": READINGS}.get(key, (value,))
    return "" if value in choices else f"unknown {key} '{value}'; {suggest(value, choices)}"


def load_observables() -> dict[str, Observable]:
    """Observables by name: those that ship, then those of the file in `STEPPE_OBSERVABLES`.

    Raises
    ------
    DiagnosticsError
        If a file has mistakes, or declares what is declared already.
    """
    found = {row.name: row for row in read_observables(SHIPPED_FILE)}
    own = os.environ.get(OWN_FILE)
    for row in read_observables(Path(own)) if own else ():
        if row.name in found:
            place = read_yaml(Path(own or "")).diagnostic(
                (row.name,), f"'{row.name}' is declared already; give it another name", of_key=True
            )
            raise DiagnosticsError([place])
        found[row.name] = row
    return found


OBSERVABLES = load_observables()


def observables_of(cast: Cast) -> tuple[Observable, ...]:
    """The observables whose channel a cast has."""
    return tuple(row for row in OBSERVABLES.values() if row.channel in cast.channel_names)

"""Mistakes in files, each shown where it is: `file:line:column  what; what would be right`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .errors import RequestError


@dataclass(frozen=True, order=True)
class Diagnostic:
    """One mistake. Line and column count from 1; a line of 0 means the file as a whole."""

    file: str
    line: int
    column: int
    message: str

    def __post_init__(self) -> None:
        """A message quotes what strangers wrote: keep it on one line and free of terminal codes."""
        if not self.message.isprintable():
            plain = "".join(
                letter if letter.isprintable() else letter.encode("unicode_escape").decode()
                for letter in self.message
            )
            object.__setattr__(self, "message", plain)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}  {self.message}"


class DiagnosticsError(RequestError, ValueError):
    """All the mistakes of one pass over one or more files."""

    def __init__(self, problems: Iterable[Diagnostic]):
        self.diagnostics = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.diagnostics)))

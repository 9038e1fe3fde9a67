"""How a command ends when it does not end well."""

from __future__ import annotations


class Refused(Exception):
    """The request was wrong: nothing was done. Exit code 2."""


class Unfinished(Exception):
    """The work failed or was stopped; what is done is kept. Exit code 1."""

"""How a command ends when it does not end well."""

from __future__ import annotations


class RequestError(Exception):
    """The request was wrong: nothing was done. Exit code 2."""


class IncompleteRunError(Exception):
    """The work failed or was stopped; what is done is kept. Exit code 1."""

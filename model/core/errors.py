"""Errors that end a command with a message and an exit code."""

from __future__ import annotations


class RequestError(Exception):
    """The request was wrong, and nothing was done. Exit code 2."""


class IncompleteRunError(Exception):
    """The work failed or was stopped; finished work is kept. Exit code 1."""

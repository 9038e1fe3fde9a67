"""Options that restrict `compare`, `export` and `plot` to parts of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _filter(kind: str, help_text: str) -> Decorator:
    return click.option(f"--{kind}", f"{kind}s", multiple=True, metavar="NAME", help=help_text)


scenarios = _filter("scenario", "Only this scenario; repeatable.")
_republics = _filter("republic", "Only this republic, by name or code; repeatable.")
_channels = _filter("channel", "Only this channel; repeatable.")
_powers = _filter("power", "Only this power, or autonomy; repeatable.")


def cells(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add options that filter republics, channels and powers."""
    return _republics(_channels(_powers(command)))

"""Options that restrict `compare`, `export` and `plot` to parts of a batch, and how pages look."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
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


LOOK = ("style", "title", "note", "size", "colours", "language")


def look(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `LOOK`, on how pages look."""
    file = click.Path(path_type=Path)
    sizes = "what its panels need, 1920 by 1080 pixels, or 89 mm (183 where it needs them)"
    words = "Language of labels, names and captions"
    shown: list[tuple[str, dict[str, Any]]] = [
        ("light|dark", {"default": "light", "help": "Background of the figures."}),
        ("TEXT", {"default": "", "help": "A title of your own."}),
        ("TEXT", {"default": "", "help": "A note before the caption."}),
        ("page|slide|column", {"default": "page", "help": f"Page size: {sizes}."}),
        ("FILE", {"type": file, "help": 'Colours of powers: YAML such as Russia: "#7B1FA2".'}),
        ("en|ru", {"default": "en", "help": f"{words}; findings and events stay English."}),
    ]
    for name, (metavar, about) in reversed(list(zip(LOOK, shown, strict=True))):
        about["show_default"] = bool(about.get("default"))
        command = click.option(f"--{name}", metavar=metavar, **about)(command)
    return command

"""`steppe help`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from textwrap import indent
from typing import Any

import click

from . import options

TERMS = Path(__file__).parents[2] / "scenarios" / "help.json"
SHOWN_USES = 5


@click.command("help", cls=options.Verb)
@click.argument("words", nargs=-1, metavar="[TERM]")
@options.as_json
def command(words: tuple[str, ...], as_json: bool) -> None:
    """Say what a word means: a key of scenario files, effect, actor, institution, unit or function.

    Shows its range, an example that runs, and which shipped scenarios use it. Functions are those
    of the expressions that analyses take. Without TERM, lists all words by what they belong to.

    \b
    Examples:
      steppe help for
      steppe help shock
      steppe help share
    """
    rows = [*json.loads(TERMS.read_text(encoding="utf-8")), *_functions()]
    if words:
        rows = _find(" ".join(words), rows)
    if as_json:
        options.echo_json(rows)
    elif words:
        click.echo("\n\n".join(map(_format, rows)))
    else:
        click.echo(_contents(rows))


def _functions() -> list[dict[str, Any]]:
    """The functions of expressions, which analyses take."""
    from steppe.experiments.analysis.expressions.syntax_tree import FUNCTIONS

    return [
        {
            "term": row.name,
            "where": "expressions",
            "meaning": row.meaning,
            "bounds": f"{row.signature}, which gives a {row.unit}",
            "example": row.example,
        }
        for row in FUNCTIONS
    ]


def _find(word: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a term.

    Raises
    ------
    RequestError
        If there is none; the message names the nearest, and what it means.
    """
    folded = word.strip().rstrip(":").casefold()
    found = [row for row in rows if row["term"].casefold() == folded]
    found = found or [row for row in rows if row["term"].casefold().rstrip("s") == folded]
    if found:
        return found
    from steppe.model.core.errors import RequestError
    from steppe.model.core.suggestions import suggest_name

    known = list(dict.fromkeys(row["term"] for row in rows))
    message = f"no word '{word}'; {suggest_name(word, known, listed=20)}"
    near = next((row for row in rows if f"did you mean '{row['term']}'" in message), None)
    raise RequestError(f"{message} {near['meaning']}" if near else message)


def _format(row: dict[str, Any]) -> str:
    """Return a term as text."""
    lines = [f"{row['term']}  (in {row['where']})", f"  {row['meaning']}"]
    if row.get("bounds"):
        lines.append(f"  values: {row['bounds']}")
    if row.get("example"):
        lines += ["  example:", indent(row["example"], "    ")]
    used = row.get("used_in", [])
    if used:
        rest = f" and {len(used) - SHOWN_USES} more" if len(used) > SHOWN_USES else ""
        lines.append(f"  used in: {', '.join(used[:SHOWN_USES])}{rest}")
    return "\n".join(lines)


def _contents(rows: Sequence[dict[str, Any]]) -> str:
    """Return all terms, by what they belong to."""
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row["where"], []).append(row["term"])
    return "\n".join(f"{where}: {', '.join(terms)}" for where, terms in groups.items())

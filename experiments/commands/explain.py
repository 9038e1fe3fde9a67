"""`steppe explain`."""

import json
from pathlib import Path

import click

from ...model.faults import FaultsFound
from ..problems import Refused


@click.command("explain")
@click.argument("words", nargs=-1, metavar="[POWER] [REPUBLIC] [CHANNEL] | PARAMETER")
@click.option("--evidence", "extra", type=click.Path(path_type=Path), default=None, help="A folder with claims of your own.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(words: tuple[str, ...], extra: Path | None, as_json: bool) -> None:
    """Show where a number comes from: coded values, claims, documents and lines, contradictions, assumptions.

    \b
    Examples:
      steppe explain Russia Kazakhstan security
      steppe explain Uzbekistan
      steppe explain theta
    """
    from ..explain import as_text, explanation

    try:
        found = explanation(words, extra)
    except FaultsFound as faults:
        raise Refused(str(faults)) from None
    click.echo(json.dumps(found, indent=2) if as_json else as_text(found))

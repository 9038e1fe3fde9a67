"""`steppe explain`."""

import json
from pathlib import Path

import click

from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import RequestError


@click.command("explain")
@click.argument("names", nargs=-1, metavar="[POWER] [REPUBLIC] [CHANNEL] | PARAMETER | CLAIM")
@click.option(
    "--evidence",
    "evidence_folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A folder with documents.yaml and claims of your own.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(names: tuple[str, ...], evidence_folder: Path | None, as_json: bool) -> None:
    """Explain a number: coded values, claims, documents and lines, contradictions, assumptions.

    Three names give a cell in full, two powers how they regard each other, fewer names every
    coded value that they share; the id of a claim gives what is based on it.

    \b
    Examples:
      steppe explain Russia Kazakhstan security
      steppe explain Russia China
      steppe explain Uzbekistan
      steppe explain theta
      steppe explain eprs-kazakh-arms
    """
    from steppe.experiments.provenance.explain import explain
    from steppe.experiments.provenance.explanation_text import format_explanation

    try:
        found = explain(names, evidence_folder)
    except DiagnosticsError as error:
        raise RequestError(str(error)) from None
    click.echo(json.dumps(found, indent=2) if as_json else format_explanation(found))

"""`steppe explain`."""

from pathlib import Path

import click

from . import options


@click.command("explain", cls=options.Verb)
@click.argument("names", nargs=-1, metavar="[POWER] [REPUBLIC] [CHANNEL] | NAME")
@options.evidence_folder
@options.as_json
def command(names: tuple[str, ...], evidence_folder: Path | None, as_json: bool) -> None:
    """Explain a number, a name or a term.

    Three names give a cell in full, with claims, documents and lines, contradictions and
    assumptions; two powers how they regard each other; fewer names every coded value that they
    share. NAME is a parameter, observable, claim, document, institution, scenario, lever or event,
    or a term such as autonomy, tie or member.

    \b
    Examples:
      steppe explain Russia Kazakhstan security
      steppe explain Russia China
      steppe explain Uzbekistan
      steppe explain theta
      steppe explain eprs-kazakh-arms
      steppe explain trade
      steppe explain autonomy
    """
    from steppe.experiments.provenance.explain import explain
    from steppe.experiments.provenance.explanation_text import format_explanation

    found = explain(names, evidence_folder)
    if as_json:
        options.echo_json(found)
    else:
        click.echo(format_explanation(found))

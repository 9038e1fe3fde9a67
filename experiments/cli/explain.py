"""`steppe explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

import steppe

from . import options

if TYPE_CHECKING:
    from steppe.model.evidence.choice import EvidenceChoice


@click.command("explain", cls=options.Verb)
@click.argument("names", nargs=-1, metavar="[POWER] [REPUBLIC] [CHANNEL] | NAME")
@options.evidence_choice
@options.as_json
def command(names: tuple[str, ...], evidence: EvidenceChoice, as_json: bool) -> None:
    """Explain a number, a name or a term.

    A power, a republic and a channel give all coded inputs of that cell, with claims, documents and
    lines, contradictions and assumptions. Two powers give how they regard each other; fewer names,
    every coded value of what they name. NAME is a parameter, observable, claim, document,
    institution, scenario, lever or event, or a term such as autonomy, tie or member.

    \b
    Examples:
      steppe explain Russia Kazakhstan security
      steppe explain Russia China
      steppe explain Uzbekistan
      steppe explain theta
      steppe explain eprs-kazakh-facilities
      steppe explain trade --evidence measured
      steppe explain autonomy
    """
    found = steppe.explain(*names, evidence=evidence.places)
    if as_json:
        options.echo_json(found)
    else:
        click.echo(str(found))

"""`steppe evidence check | coverage | agreement`."""

import json
import sys
from pathlib import Path

import click

from ...model.faults import FaultsFound
from ..problems import Refused

EXTRA = click.option("--evidence", "extra", type=click.Path(path_type=Path), default=None, help="A folder with claims of your own.")
JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


@click.group("evidence")
def command() -> None:
    """Check claims against documents, count what is evidenced, and how far two codings agree.

    \b
    Example:
      steppe evidence check --documents ~/documents
    """


@command.command("check")
@click.option("--documents", type=click.Path(path_type=Path), default=None, help="The folder that holds the texts.")
@click.option("--refresh", is_flag=True, help="Write the hash of its lines into every claim; needs --documents.")
@EXTRA
@JSON
def check(documents: Path | None, refresh: bool, extra: Path | None, as_json: bool) -> None:
    """Find every fault of the evidence in one pass; exit code 1 if there is one.

    \b
    Example:
      steppe evidence check --documents ~/documents --evidence my-claims
    """
    from ...model.evidence.checking import check_evidence, refresh_hashes
    from ...model.evidence.claims import claim_files, load_evidence

    if documents is not None and not documents.is_dir():
        raise Refused(f"{documents}: is no folder; --documents takes the folder that holds the texts")
    if refresh:
        if documents is None:
            raise Refused("--refresh needs --documents, the folder that holds the texts")
        changed = refresh_hashes(documents, [path for path, _ in claim_files(extra)], extra)
        click.echo(f"{changed} hashes changed", err=True)
    faults = check_evidence(documents, extra)
    if as_json:
        rows = [{"file": fault.file, "line": fault.line, "column": fault.column, "message": fault.message} for fault in faults]
        click.echo(json.dumps({"faults": rows}, indent=2))
    elif faults:
        click.echo("\n".join(map(str, faults)), err=True)
    else:
        evidence = load_evidence(extra)
        against = "and the documents" if documents is not None else "(without --documents, the texts were not compared)"
        click.echo(f"sound: {len(evidence.claims)} claims of {len(set(evidence.document_of.values()))} documents {against}")
    if faults:
        sys.exit(1)


@command.command("coverage")
@EXTRA
@JSON
def coverage(extra: Path | None, as_json: bool) -> None:
    """Count the coded values that rest on claims, and those that are assumptions.

    \b
    Example:
      steppe evidence coverage
    """
    from ..evidence_tables import coverage_table, coverage_text

    try:
        table = coverage_table(extra)
    except FaultsFound as faults:
        raise Refused(str(faults)) from None
    click.echo(json.dumps(table, indent=2) if as_json else coverage_text(table))


@command.command("agreement")
@JSON
def agreement(as_json: bool) -> None:
    """Report how far the two codings of every level agree (Krippendorff's alpha, ordinal).

    \b
    Example:
      steppe evidence agreement
    """
    from ..evidence_tables import agreement_table, agreement_text

    table = agreement_table()
    click.echo(json.dumps(table, indent=2) if as_json else agreement_text(table))

"""`steppe evidence check | coverage | agreement`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import RequestError
from steppe.model.core.suggestions import suggest

from . import options

if TYPE_CHECKING:
    from steppe.model.evidence.audit import EvidenceCheck
    from steppe.model.evidence.choice import EvidenceChoice


class EvidenceVerbs(click.Group):
    """A group that names its verbs when it is given another."""

    command_class = options.Verb

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if arguments[0] not in self.commands and not arguments[0].startswith("-"):
            raise click.UsageError(
                f"unknown command '{arguments[0]}'; {suggest(arguments[0], list(self.commands))}"
            )
        return super().resolve_command(context, arguments)


@click.group("evidence", cls=EvidenceVerbs)
def command() -> None:
    """Check claims against documents, count what they support, compare the two codings.

    \b
    Example:
      steppe evidence check --documents ~/documents
    """


@command.command("check", short_help="find every mistake in the evidence")
@click.option(
    "--documents",
    "folders",
    type=click.Path(path_type=Path),
    metavar="DIR",
    multiple=True,
    help="A folder that holds texts; may be given several times.",
)
@click.option(
    "--refresh",
    is_flag=True,
    help="First write into each claim the hash of its lines as they stand.",
)
@options.evidence_choice
@options.as_json
def check(
    folders: tuple[Path, ...], refresh: bool, evidence: EvidenceChoice, as_json: bool
) -> None:
    """Find every mistake in the evidence in one pass; exit code 1 if there is one.

    Texts are looked for in the folders given with --documents and in that of --evidence.
    With --evidence, the five texts behind the shipped claims may be absent; --refresh
    then writes into your own claims only. Series are checked where --evidence gives them.

    \b
    Examples:
      steppe evidence check --documents ~/documents
      steppe evidence check --evidence my-evidence
      steppe evidence check --evidence measured
    """
    from steppe.model.evidence.audit import check_evidence

    _check_folders(folders, evidence.claims)
    if refresh:
        _refresh(folders, evidence.claims)
    checked = check_evidence(folders, evidence.claims, evidence.series)
    if as_json:
        click.echo(json.dumps(_as_record(checked), indent=2))
    elif checked.diagnostics:
        click.echo("\n".join(map(str, checked.diagnostics)), err=True)
    else:
        click.echo(_describe_success(checked))
    if checked.diagnostics:
        sys.exit(1)


def _as_record(checked: EvidenceCheck) -> dict[str, Any]:
    return {
        "faults": [
            {
                "file": diagnostic.file,
                "line": diagnostic.line,
                "column": diagnostic.column,
                "message": diagnostic.message,
            }
            for diagnostic in checked.diagnostics
        ],
        "claims": checked.claims,
        "series": list(checked.series),
        "compared": checked.compared,
        "not_compared": checked.not_compared,
    }


def _check_folders(folders: tuple[Path, ...], evidence_folder: Path | None) -> None:
    from steppe.model.evidence.claims import DOCUMENTS_ONLY
    from steppe.model.evidence.documents import find_text, load_documents

    for folder in folders:
        if not folder.is_dir():
            raise RequestError(
                f"{folder}: is not a folder; --documents takes a folder that holds texts"
            )
    if evidence_folder not in (None, DOCUMENTS_ONLY) and not evidence_folder.is_dir():
        raise RequestError(
            f"{evidence_folder}: is not a folder; "
            "--evidence takes a folder with documents.yaml and files of claims, or with series"
        )
    try:
        recorded = load_documents(evidence_folder).by_id.values() if folders else ()
    except DiagnosticsError:
        return  # the check reports them
    for folder in folders:
        if not any(find_text(document, [folder]) for document in recorded):
            files = ", ".join(document.file for document in recorded if document.file)
            raise RequestError(
                f"{folder}: holds none of the texts; one of these is expected there: {files}"
            )


def _refresh(folders: tuple[Path, ...], evidence_folder: Path | None) -> None:
    from steppe.model.evidence.audit import refresh_hashes

    if not folders and evidence_folder is None:
        raise RequestError("--refresh without texts to read; give their folder with --documents")
    try:
        changed = refresh_hashes(folders, evidence_folder)
    except DiagnosticsError:
        return  # the check that follows reports them
    click.echo(f"{changed} hash{'' if changed == 1 else 'es'} written", err=True)


def _describe_success(checked: EvidenceCheck) -> str:
    known = len(checked.compared) + len(checked.not_compared)
    text = f"no mistakes: {checked.claims} claims of the public record and {known} documents"
    if checked.series:
        text += f", and {len(checked.series)} series ({'; '.join(checked.series)})"
    if not checked.compared:
        return f"{text}; no text was compared, give their folder with --documents"
    if not checked.not_compared:
        return f"{text}, all compared with their texts"
    return (
        f"{text}; compared with its text: {', '.join(checked.compared)}; "
        f"not compared, no text given: {', '.join(checked.not_compared)}"
    )


@command.command("coverage", short_help="count coded values based on claims, and assumptions")
@options.evidence_folder
@options.as_json
def coverage(evidence_folder: Path | None, as_json: bool) -> None:
    """Count the coded values based on claims, and those that are assumptions.

    \b
    Examples:
      steppe evidence coverage
      steppe evidence coverage --evidence my-evidence
    """
    from steppe.experiments.provenance.coverage import count_coverage, format_coverage

    table = count_coverage(evidence_folder)
    click.echo(json.dumps(table, indent=2) if as_json else format_coverage(table))


@command.command("agreement", short_help="compare the two blind codings")
@options.as_json
def agreement(as_json: bool) -> None:
    """Report how far the two blind codings agree: kind, use, actors, period and level.

    Alpha is Krippendorff's, nominal for kind and use, ordinal for levels.

    \b
    Example:
      steppe evidence agreement
    """
    from steppe.experiments.provenance.agreement import format_agreement, measure_agreement

    table = measure_agreement()
    click.echo(json.dumps(table, indent=2) if as_json else format_agreement(table))

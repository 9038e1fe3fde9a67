"""The options that all analyses share, and what they print."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steppe.experiments.analysis.expressions.syntax_tree import help_lines

from . import options

if TYPE_CHECKING:
    from steppe.experiments.analysis.session import AnalysisReport


def analysis_options(
    verb: str,
) -> Callable[[Callable[..., AnalysisReport]], Callable[..., None]]:
    """Add the shared options to a command, pass them as `shared`, and print the report."""
    added = (
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            default=None,
            help=f"Folder of the analysis.  [default: results/answers/{verb}, or {verb}-2, ...]",
        ),
        options.seed,
        options.jobs,
        options.parameters_from,
        options.own_evidence,
        click.option(
            "--replace", is_flag=True, help="Delete another analysis in the same folder first."
        ),
        options.as_json,
    )
    names = ("out", "seed", "jobs", "parameters_from", "evidence_folder", "replace")

    def decorate(function: Callable[..., AnalysisReport]) -> Callable[..., None]:
        @wraps(function)
        def call(**values: Any) -> None:
            from steppe.experiments.analysis.session import AnalysisOptions

            as_json = values.pop("as_json")
            shared = {name: values.pop(name) for name in names}
            settings = AnalysisOptions(**shared, command=options.command_line())
            print_report(function(shared=settings, **values), settings.seed, as_json)

        for option in reversed(added):
            call = option(call)
        return call

    return decorate


def print_report(report: AnalysisReport, seed: int, as_json: bool) -> None:
    """Print what an analysis found and where; on standard error, that it was resumed."""
    folder = report.folder
    if report.reused:
        click.echo(f"resumed: {report.reused} pieces of work were already done", err=True)
    if as_json:
        options.echo_json(
            {
                "out": str(folder.path),
                "seed": seed,
                "files": sorted(folder.written),
                "findings": report.sentences,
            }
        )
        return
    files = ", ".join(name for name in folder.written if not name.endswith(".svg"))
    click.echo(f"answer   {folder.path} ({files})")
    if folder.batch is not None:
        click.echo(f"report   steppe report {folder.batch} shows it with the batch")
    for sentence in report.sentences:
        click.echo(f"- {sentence}")


def expression_help() -> str:
    """The table of expressions, for the end of the help of a command."""
    return "\b\nExpressions:\n" + "\n".join(f"  {line}" for line in help_lines())

"""`steppe report`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from . import options


@dataclass(frozen=True)
class Options:
    """The options of `steppe report`."""

    out: Path
    path: Path | None
    evidence_folder: Path | None
    answers: tuple[Path, ...]
    as_json: bool


@click.command("report", cls=options.BatchVerb)
@options.out_argument
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path),
    default=None,
    help="Where to write it.  [default: OUT/report.html]",
)
@options.evidence_folder
@click.option(
    "--answers",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="An analysis from another folder to show as well; may be repeated.",
)
@options.as_json
@options.collect_options(Options)
def command(chosen: Options) -> None:
    """Write one HTML file that shows the batch in OUT to someone who has nothing installed.

    It works offline, on a phone and on paper: findings, trajectories of any scenario with
    a second one beside it, the evidence behind every cell, analyses, the scorecard, and how
    to reproduce it. Analyses in OUT/answers, where steppe sensitivity, tipping, discover and
    robustness put them, are included.

    \b
    Examples:
      steppe report results
      steppe report results --file for-colleagues.html
      steppe report results --answers elsewhere/tipping
    """
    from steppe.experiments.report.analyses_section import find_analyses
    from steppe.experiments.report.build import write_report
    from steppe.experiments.storage.open_batch import unfinished_notice
    from steppe.experiments.storage.working_copy import shown_path
    from steppe.model.core.atomic_files import is_stream

    path = write_report(
        chosen.out, chosen.path, evidence_folder=chosen.evidence_folder, answers=chosen.answers
    )
    options.offer_edited_titles(chosen.out)
    analyses, problems = find_analyses(chosen.out, chosen.answers)
    notice = unfinished_notice(chosen.out).partition("; ")[0]
    if chosen.as_json:
        options.echo_json(
            {
                "file": shown_path(path),
                "bytes": path.stat().st_size,
                "answers": len(analyses),
                "unfinished": bool(notice),
            }
        )
        return
    if notice:
        click.echo(f"{notice}; the report shows what is finished, and says so", err=True)
    for problem in problems:
        click.echo(problem, err=True)
    click.echo(shown_path(path), err=is_stream(path))

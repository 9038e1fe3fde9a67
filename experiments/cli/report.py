"""`steppe report`."""

import json
from pathlib import Path

import click


@click.command("report")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path),
    default=None,
    help="Where to write it.  [default: OUT/report.html]",
)
@click.option(
    "--evidence",
    "evidence_folder",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="Claims of your own that the batch was run with.",
)
@click.option(
    "--answers",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="An answer from elsewhere to show as well; may be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(out, path, evidence_folder, answers, as_json) -> None:
    """Write one HTML file that shows the batch in OUT to someone who has nothing installed.

    It works offline, on a phone and on paper: findings, trajectories of any scenario with
    a second one beside it, the evidence behind every cell, questions asked, the scorecard,
    and how to reproduce it. Answers in OUT/answers, where steppe sensitivity, tipping,
    discover and robustness put them, are shown without being named. Needs steppe[report].

    \b
    Examples:
      steppe report results
      steppe report results --file for-colleagues.html
      steppe report results --answers elsewhere/tipping
    """
    from steppe.experiments.report.analyses_section import find_analyses
    from steppe.experiments.report.build import write_report
    from steppe.experiments.storage.open_batch import unfinished

    written = write_report(out, path, evidence_folder=evidence_folder, answers=answers)
    asked, missing = find_analyses(out, answers)
    note = unfinished(out).partition("; ")[0]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "file": str(written),
                    "bytes": written.stat().st_size,
                    "answers": len(asked),
                    "unfinished": bool(note),
                },
                indent=2,
            )
        )
        return
    if note:
        click.echo(f"{note}; reported from what is there, and the page says so", err=True)
    for words in missing:
        click.echo(words, err=True)
    click.echo(str(written))

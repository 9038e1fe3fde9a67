"""`steppe report`."""

import json
from pathlib import Path

import click


@click.command("report")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--file", "path", type=click.Path(path_type=Path), default=None, help="Where to write it.  [default: OUT/report.html]")
@click.option("--evidence", "extra", type=click.Path(path_type=Path), default=None, metavar="DIR", help="Claims of your own that the batch was run with.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(out, path, extra, as_json) -> None:
    """Write one HTML file that shows the batch in OUT to someone who has nothing installed.

    It works offline, on a phone and on paper: findings, trajectories of any scenario with
    a second one beside it, the evidence behind every cell, the scorecard, and how to
    reproduce it. Needs steppe[report].

    \b
    Examples:
      steppe report results
      steppe report results --file for-colleagues.html
    """
    from ..figures.folder import unfinished
    from ..report.write import write_report

    written = write_report(out, path, extra=extra)
    note = unfinished(out).partition("; ")[0]
    if as_json:
        click.echo(json.dumps({"file": str(written), "bytes": written.stat().st_size, "unfinished": bool(note)}, indent=2))
        return
    if note:
        click.echo(f"{note}; reported from what is there, and the page says so", err=True)
    click.echo(str(written))

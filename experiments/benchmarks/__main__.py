"""`make bench`, or `python -m steppe.experiments.benchmarks`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from steppe.experiments.errors import IncompleteRunError, RequestError

from .cases import called
from .measure import check_packages, in_child, measured
from .plan import FULL, PARTS, QUICK, plan


@click.command()
@click.option(
    "--quick",
    is_flag=True,
    help="Tiny sizes, once each and in one process: shows that everything works; its figures mean nothing.",
)
@click.option(
    "--large", is_flag=True, help="Also 100,000 members of every scenario, which takes long."
)
@click.option(
    "--only",
    type=click.Choice(list(PARTS)),
    multiple=True,
    help="Measure this part only; may be given several times.",
)
@click.option(
    "--redraw",
    is_flag=True,
    help="Measure nothing; write table, figure and pages anew from what was measured last.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder for the results.  [default: this one]",
)
def command(
    quick: bool, large: bool, only: tuple[str, ...], redraw: bool, out: Path | None
) -> None:
    """Measure how fast, how large and how soon, each case in a process of its own.

    Leaves table.md, table.csv, benchmarks.png and measured.json in a folder. Only a full
    run into the default folder also brings the pages of the project up to date.
    """
    from .publish import HERE, MEASURED, PAGES, new_about, publish

    if (quick or only) and out is None:
        raise RequestError(
            "--quick and --only do not measure everything; give a folder for what they find with --out"
        )
    folder = out or HERE
    if redraw:
        found = _last(folder / MEASURED)
    else:
        check_packages()
        given = [
            word for word, is_given in (("--quick", quick), ("--large", large)) if is_given
        ] + [f"--only {part}" for part in only]
        about = new_about(
            " ".join(["make bench", *([f"BENCH='{' '.join(given)}'"] if given else [])])
        )
        calls = plan(QUICK if quick else FULL, only, large)
        found = {
            "about": about,
            "records": measured(
                calls, called if quick else in_child, lambda words: click.echo(words, err=True)
            ),
        }
    for path in publish(found, folder, PAGES if out is None else ()):
        click.echo(f"written  {path}")


def _last(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RequestError(f"{path}: cannot be read ({error}); make bench makes it") from None


def main() -> None:
    """Run the command; a mistake of the user ends with exit code 2, a failed measurement with 1."""
    try:
        sys.exit(command.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (RequestError, IncompleteRunError) as error:
        click.echo(str(error), err=True)
        sys.exit(2 if isinstance(error, RequestError) else 1)


if __name__ == "__main__":
    main()

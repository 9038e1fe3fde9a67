"""`make bench`, or `python -m steppe.experiments.benchmarks`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from steppe.model.core.errors import IncompleteRunError, RequestError

from .measure import check_packages, measure_all, run_case, run_in_child
from .plan import FULL, PARTS, QUICK, plan
from .publish import HERE, RECORDS, describe_machine, publish


@click.command()
@click.option("--quick", is_flag=True, help="Tiny sizes in one process, as a trial.")
@click.option("--large", is_flag=True, help="Also 100,000 members of every scenario.")
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Only this part; repeatable.")
@click.option("--redraw", is_flag=True, help="Measure nothing; write the table again.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder.  [default: this one]")
def command(
    quick: bool, large: bool, only: tuple[str, ...], redraw: bool, out: Path | None
) -> None:
    """Measure speed and memory, each case in its own process.

    Writes table.md and measured.json to a folder. A run into the default folder also refreshes
    the README there; with --only it replaces these parts of the last one.
    """
    if quick and out is None:
        raise RequestError("--quick measures nothing that counts; give a folder with --out")
    folder = out or HERE
    before = _read_records(folder / RECORDS) if redraw or (only and out is None) else None
    found = before if redraw and before else _measure(quick, large, only)
    if before and not redraw:
        found = merge(before, found, only)
    for path in publish(found, folder, HERE / "README.md" if out is None else None):
        click.echo(f"written  {path}")


def merge(before: dict[str, Any], found: dict[str, Any], parts: Sequence[str]) -> dict[str, Any]:
    """What was measured before, with some parts as they were found now."""
    kept = [row for row in before["records"] if row["part"] not in parts]
    again = before["about"].get("again", {}) | {", ".join(parts): found["about"]["created"]}
    return {"about": before["about"] | {"again": again}, "records": kept + found["records"]}


def _measure(quick: bool, large: bool, only: tuple[str, ...]) -> dict[str, Any]:
    check_packages()
    flags = ["--quick"] * quick + ["--large"] * large + [f"--only {part}" for part in only]
    about = describe_machine("make bench" + f" BENCH='{' '.join(flags)}'" * bool(flags))
    calls, run = plan(QUICK if quick else FULL, only, large), run_case if quick else run_in_child
    return {
        "about": about,
        "records": measure_all(calls, run, lambda text: click.echo(text, err=True)),
    }


def _read_records(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RequestError(f"{path}: cannot be read ({error}); make bench makes it") from None
    return found


def main() -> None:
    """Run the command; a wrong request ends with exit code 2, a failed measurement with 1."""
    try:
        command()
    except (RequestError, IncompleteRunError) as error:
        click.echo(str(error), err=True)
        sys.exit(2 if isinstance(error, RequestError) else 1)


if __name__ == "__main__":
    main()

"""`steppe compare`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_fixed

from . import filter_options, options
from .renamed import RenamedOption

if TYPE_CHECKING:
    from steppe.experiments.results.comparison import Comparison
    from steppe.experiments.results.contributions import EventContributions


@dataclass(frozen=True)
class CompareOptions:
    """What `steppe compare` was asked for; each field is an option of the same name."""

    out: Path
    scenario: str
    against: str
    republics: tuple[str, ...]
    channels: tuple[str, ...]
    powers: tuple[str, ...]
    year: int | None
    top: int
    events: bool
    shapley: bool
    members: int
    parameters_from: str | None
    evidence_folder: Path | None
    table: Path | None
    figure: Path | None
    as_json: bool


@click.command("compare", cls=options.BatchVerb)
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("scenario", metavar="A")
@click.argument("against", metavar="[B]", default="baseline")
@filter_options.cells
@click.option(
    "--year",
    type=options.WholeNumber(),
    default=None,
    help="Compare at the end of this year.  [default: the last that both reach]",
)
@click.option(
    "--top",
    type=options.WholeNumber(1),
    default=10,
    show_default=True,
    help="Show so many differences, and so many losses.",
)
@click.option(
    "--events",
    is_flag=True,
    help="Show the contribution of each event, by running A again without it.",
)
@click.option(
    "--shapley",
    is_flag=True,
    help="The same as Shapley values, which add up: exact up to 6 events, sampled beyond.",
)
@click.option(
    "--members",
    type=options.WholeNumber(1),
    default=256,
    show_default=True,
    help="Members to run again for --events and --shapley.",
)
@click.option(
    "--parameters-from",
    "parameters_from",
    cls=RenamedOption,
    old="--weights",
    default=None,
    metavar="posterior|prior|FILE",
    help="Where the parameters are drawn from.  [default: as in the batch]",
)
@click.option(
    "--evidence",
    "evidence_folder",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="Claims of your own.  [default: those of the batch]",
)
@click.option(
    "--csv",
    "table",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="Write the comparison as a table.",
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="Draw the differences: .png, .svg or .pdf.",
)
@options.as_json
@options.collect_options(CompareOptions)
def command(given: CompareOptions) -> None:
    """Compare scenario A of the batch in OUT with B, member by member.

    Shows the differences, the most certain first, then the largest; then who gained what was
    lost; and with --events or --shapley the contribution of each event. B is baseline if it is
    left out. The figure shows every republic and channel, or those asked for.

    \b
    Examples:
      steppe compare results russian-retreat
      steppe compare results russian-retreat china-russia-split --republic Kazakhstan --year 2030
      steppe compare results russian-retreat --events --top 3
    """
    from steppe.experiments.results.comparison import as_json, as_text
    from steppe.experiments.results.comparison_table import as_rows

    if given.events and given.shapley:
        raise RequestError("--events and --shapley exclude each other; give only one of them")
    comparison = _compare(given)
    if comparison.note:
        click.echo(f"{given.out}: {comparison.note}", err=True)
    if given.events or given.shapley:
        comparison = replace(comparison, contributions=_contributions(given, comparison))
    if given.table:
        _write_table(as_rows(comparison), given.table)
    if given.figure:
        from steppe.experiments.figures.comparison import draw_comparison

        draw_comparison(comparison, given.figure)
    written = {"table": given.table, "figure": given.figure}
    files = {what: str(path) for what, path in written.items() if path}
    if given.as_json:
        options.echo_json(as_json(comparison) | files)
        return
    click.echo(as_text(comparison))
    for number, (what, path) in enumerate(files.items()):
        click.echo(f"{'' if number else chr(10)}{what:<8} {path}")


def _compare(given: CompareOptions) -> Comparison:
    from steppe.experiments.results.comparison import compare

    return compare(
        given.out,
        given.scenario,
        given.against,
        republics=given.republics,
        channels=given.channels,
        powers=given.powers,
        year=given.year,
        top=given.top,
    )


def _contributions(given: CompareOptions, comparison: Comparison) -> EventContributions:
    """Run the scenario again to compute the contributions of its events."""
    from steppe.experiments.results.attribution import (
        check_reproduces,
        event_contributions,
        prepare_rerun,
    )
    from steppe.experiments.storage.open_batch import open_batch
    from steppe.model.core.calendar import last_quarter

    rerun = prepare_rerun(
        given.out,
        comparison.scenario,
        comparison.against,
        last_quarter(comparison.year),
        members=given.members,
        parameters_from=given.parameters_from,
        evidence_folder=given.evidence_folder,
    )
    check_reproduces(rerun, open_batch(given.out))
    return event_contributions(rerun, comparison.differences, shapley=given.shapley)


def _write_table(rows: list[dict[str, Any]], path: Path) -> None:
    import pandas as pd

    from steppe.experiments.storage.atomic_files import replace_requested_file

    with replace_requested_file(path) as draft:
        pd.DataFrame(rows).to_csv(
            draft, index=False, float_format=partial(format_fixed, decimals=5)
        )

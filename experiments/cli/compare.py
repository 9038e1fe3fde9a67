"""`steppe compare`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

import steppe
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_fixed

from . import filter_options, options
from .renamed import RenamedOption

if TYPE_CHECKING:
    import pandas as pd

    from steppe.experiments.results.public_comparison import ScenarioComparison


@dataclass(frozen=True)
class CompareOptions:
    """What `steppe compare` was asked for; each field is an option of the same name."""

    out: Path
    scenario: str
    against: str | None
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
    style: str
    title: str
    note: str
    size: str
    colours: Path | None
    language: str
    as_json: bool


@click.command("compare", cls=options.BatchVerb)
@options.out_argument
@click.argument("scenario", metavar="A")
@click.argument("against", metavar="[B]", default=None)
@filter_options.cells
@click.option(
    "--year",
    type=options.WholeNumber(),
    default=None,
    help="Compare at the end of this year.  [default: the last that both reach]",
)
@options.whole_number(
    "--top", 1, default=10, help="How many differences to show, and how many losses."
)
@click.option(
    "--events",
    is_flag=True,
    help="Show the contribution of each event, by running A again without it.",
)
@click.option(
    "--shapley",
    is_flag=True,
    help="Show Shapley values instead, which add up: exact up to 6 events, sampled beyond.",
)
@options.whole_number(
    "--members", 1, default=256, help="How many members to run again for --events and --shapley."
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
@filter_options.look
@options.as_json
@options.collect_options(CompareOptions)
def command(given: CompareOptions) -> None:
    """Compare scenario A of the batch in OUT with B, member by member.

    Shows the differences, the most certain first, then the largest; then who gained what was
    lost; and with --events or --shapley the contribution of each event. B is baseline if it is
    left out, or the same cast without its events if A adds powers or republics. The figure
    shows every republic and channel, or those asked for; --style, --title, --note, --size,
    --colours and --language say how.

    \b
    Examples:
      steppe compare results russian-retreat
      steppe compare results russian-retreat china-russia-split --republic Kazakhstan --year 2030
      steppe compare results russian-retreat --events --top 3
      steppe compare results russian-retreat --figure retreat.png --size slide
    """
    from steppe.experiments.storage.working_copy import shown_path

    if given.events and given.shapley:
        raise RequestError("--events and --shapley exclude each other; give only one of them")
    comparison = _compare(given)
    if comparison.note:
        click.echo(f"{shown_path(given.out)}: {comparison.note}", err=True)
    if given.table:
        _write_table(comparison.to_dataframe(), given.table)
    if given.figure:
        look = {name: getattr(given, name) for name in filter_options.LOOK}
        steppe.plot.write_comparison(comparison, given.figure, **look)
    written = {"table": given.table, "figure": given.figure}
    files = {what: str(path) for what, path in written.items() if path}
    if given.as_json:
        options.echo_json(comparison.to_dict() | files)
        return
    click.echo(str(comparison))
    for number, (what, path) in enumerate(files.items()):
        click.echo(f"{'' if number else chr(10)}{what:<8} {path}")


def _compare(given: CompareOptions) -> ScenarioComparison:
    return steppe.compare(
        given.out,
        given.scenario,
        given.against,
        republics=given.republics,
        channels=given.channels,
        powers=given.powers,
        year=given.year,
        top=given.top,
        events="alone" if given.events else "shapley" if given.shapley else None,
        members=given.members,
        parameters_from=given.parameters_from,
        evidence=given.evidence_folder,
    )


def _write_table(table: pd.DataFrame, path: Path) -> None:
    from steppe.experiments.storage.atomic_files import replace_requested_file

    with replace_requested_file(path) as draft:
        table.to_csv(draft, index=False, float_format=partial(format_fixed, decimals=5))

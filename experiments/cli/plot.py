"""`steppe plot`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from . import filter_options, options


@dataclass(frozen=True)
class PlotOptions:
    """What `steppe plot` was asked for; each field is an option of the same name."""

    out: Path
    figures: tuple[str, ...]
    scenarios: tuple[str, ...]
    republics: tuple[str, ...]
    channels: tuple[str, ...]
    powers: tuple[str, ...]
    style: str
    formats: tuple[str, ...]
    jobs: int | None
    as_json: bool


@click.command("plot", cls=options.BatchVerb)
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--figure",
    "figures",
    multiple=True,
    metavar="NAME",
    help="Only this figure; repeatable.  [default: all]",
)
@filter_options.scenarios
@filter_options.cells
@click.option(
    "--style",
    default="light",
    show_default=True,
    metavar="light|dark",
    help="Background of the figures.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="png|svg|pdf",
    help="File format; repeatable.  [default: png]",
)
@options.jobs
@options.as_json
@options.collect_options(PlotOptions)
def command(given: PlotOptions) -> None:
    """Draw the figures of the batch in the folder OUT, into OUT/figures.

    Draws all figures of all scenarios unless filters are given. Names of files drawn with a
    filter contain it, so that they never overwrite those of the whole batch.

    \b
    Figures:
      trajectories  every share over time, republics by channels
      republic      one republic, large
      region        the mean of the republics, by power
      leads         who leads, as probability over time
      heatmap       every share at the end of the run
      difference    each scenario minus the baseline, member by member
      ranks         how the powers' ranks change
      forest        shares at the end of the run in all scenarios
      coverage      which needs, ties and interests rest on evidence
      map           a map of the region for each power and channel
      trade         trade beside influence, one republic

    \b
    Examples:
      steppe plot results
      steppe plot results --figure trajectories --republic Kazakhstan --power China --power Russia
      steppe plot results --figure difference --format pdf --style dark
    """
    from steppe.experiments.figures.draw import draw_figures
    from steppe.experiments.figures.registry import FIGURE_KINDS
    from steppe.experiments.storage.open_batch import unfinished_notice

    note = unfinished_notice(given.out)
    paths = draw_figures(
        given.out,
        figures=given.figures or tuple(FIGURE_KINDS),
        scenarios=given.scenarios,
        republics=given.republics,
        channels=given.channels,
        powers=given.powers,
        style=given.style,
        formats=given.formats or ("png",),
        jobs=given.jobs,
    )
    options.offer_edited_titles(given.out)
    names = [str(path) for path in paths]
    if given.as_json:
        options.echo_json({"out": str(given.out), "unfinished": bool(note), "figures": names})
        return
    if note:
        click.echo(note, err=True)
    click.echo("\n".join(names))

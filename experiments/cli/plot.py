"""`steppe plot`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

import steppe

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
    years: str
    title: str
    note: str
    size: str
    language: str
    colours: Path | None
    jobs: int | None
    as_json: bool


@click.command("plot", cls=options.BatchVerb)
@options.out_argument
@click.option(
    "--figure",
    "figures",
    multiple=True,
    metavar="NAME",
    help="Only this figure; repeatable.  [default: all but map]",
)
@filter_options.scenarios
@filter_options.cells
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="png|svg|pdf",
    help="File format; repeatable.  [default: png]",
)
@click.option("--years", default="", metavar="A-B", help="Only these years, such as 2020-2040.")
@filter_options.look
@options.jobs
@options.as_json
@options.collect_options(PlotOptions)
def command(given: PlotOptions) -> None:
    """Draw the figures of the batch in the folder OUT, into OUT/figures.

    Draws all figures but maps, of all scenarios, unless options choose fewer. The name of a file
    drawn with such an option contains it, so that it never overwrites one of the whole batch.

    \b
    Figures:
      trajectories  every share over time, republics by channels
      republic      one republic, large
      region        the mean of the republics, by power
      leads         who leads, as probability over time
      heatmap       every share at the end of the run
      difference    each scenario minus what it is compared with, member by member
      overlay       scenarios in one panel, and their paired difference: those chosen with
                    --scenario, or each file of your own beside what it extends
      response      the outcome against each lever that a file varies
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
      steppe plot results --figure overlay --scenario russian-retreat --scenario after-2022
      steppe plot results --figure region --scenario russian-retreat --years 2020-2040
      steppe plot results --figure overlay --size slide
      steppe plot results --figure region --size column --colours journal.yaml
    """
    from steppe.experiments.storage.open_batch import unfinished_notice
    from steppe.experiments.storage.working_copy import shown_path

    note = unfinished_notice(given.out)
    paths = steppe.plot.write_figures(
        given.out,
        given.figures,
        scenario=given.scenarios,
        republic=given.republics,
        channel=given.channels,
        power=given.powers,
        style=given.style,
        formats=given.formats or ("png",),
        years=given.years,
        title=given.title,
        note=given.note,
        size=given.size,
        language=given.language,
        colours=given.colours,
        jobs=given.jobs,
    )
    options.offer_edited_titles(given.out)
    names = [shown_path(path) for path in paths]
    if given.as_json:
        out = shown_path(given.out)
        options.echo_json({"out": out, "unfinished": bool(note), "figures": names})
        return
    if note:
        click.echo(note, err=True)
    click.echo("\n".join(names))

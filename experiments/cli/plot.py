"""`steppe plot`."""

import json
from pathlib import Path

import click


@click.command("plot")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--figure",
    "figures",
    multiple=True,
    metavar="NAME",
    help="Only this figure; say it again for more.  [default: all]",
)
@click.option(
    "--scenario", "scenarios", multiple=True, metavar="NAME", help="Only this scenario; repeatable."
)
@click.option(
    "--republic",
    "republics",
    multiple=True,
    metavar="NAME",
    help="Only this republic, by name or code; repeatable.",
)
@click.option(
    "--channel", "channels", multiple=True, metavar="NAME", help="Only this channel; repeatable."
)
@click.option(
    "--power",
    "powers",
    multiple=True,
    metavar="NAME",
    help="Only this power, or autonomy; repeatable.",
)
@click.option(
    "--style",
    default="light",
    show_default=True,
    metavar="light|dark",
    help="Ground of the figures.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="png|svg|pdf",
    help="File format; repeatable.  [default: png]",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    default=None,
    help="Processes.  [default: one per processor]",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(
    out, figures, scenarios, republics, channels, powers, style, formats, jobs, as_json
) -> None:
    """Draw the figures of the batch in the folder OUT, into OUT/figures.

    All figures of all scenarios, unless filters say otherwise. A file drawn with a
    filter has it in its name, so that a part never takes the place of the whole.

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

    \b
    Examples:
      steppe plot results
      steppe plot results --figure trajectories --republic Kazakhstan --power China --power Russia
      steppe plot results --figure difference --format pdf --style dark
    """
    from steppe.experiments.figures.draw import draw_figures
    from steppe.experiments.figures.registry import FIGURE_KINDS
    from steppe.experiments.storage.open_batch import unfinished

    note = unfinished(out)
    paths = draw_figures(
        out,
        figures=figures or tuple(FIGURE_KINDS),
        scenarios=scenarios,
        republics=republics,
        channels=channels,
        powers=powers,
        style=style,
        formats=formats or ("png",),
        jobs=jobs,
    )
    if as_json:
        click.echo(
            json.dumps(
                {
                    "out": str(out),
                    "unfinished": bool(note),
                    "figures": [str(path) for path in paths],
                },
                indent=2,
            )
        )
        return
    if note:
        click.echo(note, err=True)
    for path in paths:
        click.echo(str(path))

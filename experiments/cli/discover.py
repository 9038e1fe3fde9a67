"""`steppe discover`."""

import click

from .analysis_options import analysis_options, expression_help


@click.command("discover", epilog=expression_help())
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--outcome",
    "text",
    required=True,
    metavar="CONDITION",
    help='On each member, such as "leads(China, 3 of 5, security)".',
)
@click.option(
    "--futures",
    type=click.IntRange(200, 1_000_000),
    default=10_000,
    show_default=True,
    help="Futures in all.",
)
@click.option(
    "--boxes",
    type=click.IntRange(1, 5),
    default=2,
    show_default=True,
    help="Boxes per scenario, at most.",
)
@click.option(
    "--density",
    type=click.FloatRange(0.05, 1.0),
    default=0.8,
    show_default=True,
    help="Share of futures in a box with the outcome to aim for.",
)
@analysis_options("discover")
def command(scenarios, text, futures, boxes, density, asked) -> None:
    """Ask under which conditions an outcome comes about.

    Futures are spread evenly over parameters and levers, parameters correlated as in the
    weights; PRIM finds boxes dense in the outcome, and each is written as a scenario file.
    No scenario means baseline; of several, each gets its part of the futures and its own
    boxes. A lever takes a value of its own in every future; one that sets how long a
    change takes, or what an added actor brings, takes 20.

    \b
    Example:
      steppe discover russian-retreat --outcome "leads(China, 3 of 5, security)"
    """
    from .analysis_session import answer_discover

    answer_discover(asked, scenarios or ("baseline",), text, futures, boxes, density)

"""`steppe robustness`."""

import click

from .analysis_options import analysis_options, expression_help


@click.command("robustness", epilog=expression_help())
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--outcome",
    "text",
    required=True,
    metavar="EXPR",
    help='What the republic wants more of, such as "autonomy(Uzbekistan)".',
)
@click.option(
    "--republic",
    default=None,
    metavar="NAME",
    help="Whose moves.  [default: the one that the outcome names]",
)
@click.option("--year", type=int, default=2025, show_default=True, help="When the move is made.")
@click.option(
    "--members",
    type=click.IntRange(20, 1_000_000),
    default=300,
    show_default=True,
    help="Members of each scenario.",
)
@analysis_options("robustness")
def command(scenarios, text, republic, year, members, asked) -> None:
    """Ask which moves of a republic hold in the worst tenth of futures.

    Moves: join or leave an organisation, diversify, need less, tolerate more or less.
    Each is written as a scenario file that extends the scenario it is tried in. No
    scenario means all that ship but history.

    \b
    Example:
      steppe robustness --outcome "autonomy(Uzbekistan)"
    """
    from .analysis_session import answer_robust

    answer_robust(asked, scenarios, text, republic, year, members)

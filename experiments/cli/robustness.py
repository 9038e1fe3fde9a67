"""`steppe robustness`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options
from .analysis_options import analysis_options, expression_help

if TYPE_CHECKING:
    from steppe.experiments.analysis.session import AnalysisOptions, AnalysisReport


@click.command("robustness", cls=options.Verb, epilog=expression_help())
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--outcome",
    "outcome",
    required=True,
    metavar="EXPR",
    help='What the republic wants more of, such as "autonomy(Uzbekistan)".',
)
@click.option(
    "--republic",
    default=None,
    metavar="NAME",
    help="The republic that moves.  [default: the one in the outcome]",
)
@click.option(
    "--year", type=options.WholeNumber(), default=2025, show_default=True, help="Year of the move."
)
@options.whole_number("--members", 20, 1_000_000, default=300, help="Members of each scenario.")
@analysis_options("robustness")
def command(
    scenarios: tuple[str, ...],
    outcome: str,
    republic: str | None,
    year: int,
    members: int,
    shared: AnalysisOptions,
) -> AnalysisReport:
    """Compare the moves open to a republic by its outcome in the worst tenth of futures.

    Moves: join or leave an organisation, diversify, need less, tolerate more or less.
    Each is written as a scenario file that extends a scenario. The default is all shipped
    scenarios except history.

    \b
    Example:
      steppe robustness --outcome "autonomy(Uzbekistan)"
    """
    from steppe.experiments.analysis.robustness.session import run_robustness

    return run_robustness(shared, scenarios, outcome, republic, year, members)

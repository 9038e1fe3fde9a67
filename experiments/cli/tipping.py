"""`steppe tipping`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options
from .analysis_options import analysis_options, expression_help
from .renamed import RenamedOption

if TYPE_CHECKING:
    from steppe.experiments.analysis.session import AnalysisOptions, AnalysisReport


@click.command("tipping", cls=options.Verb, epilog=expression_help())
@click.argument("scenario")
@click.option(
    "--lever",
    "lever",
    required=True,
    metavar="[NAME.]LEVER",
    help="The lever of the scenario to vary.",
)
@click.option(
    "--from",
    "low",
    type=options.Number(),
    default=None,
    help="Start of the range.  [default: the lever's lowest]",
)
@click.option(
    "--to",
    "high",
    type=options.Number(),
    default=None,
    help="End of the range.  [default: the lever's highest]",
)
@click.option(
    "--condition",
    "condition",
    cls=RenamedOption,
    old="--until",
    required=True,
    metavar="CONDITION",
    help='On all members together, such as "P(leads(China, 3 of 5, security)) > 0.5".',
)
@options.whole_number(
    "--members", 10, 1_000_000, default=1000, help="Members, the same at every value."
)
@analysis_options("tipping")
def command(
    scenario: str,
    lever: str,
    low: float | None,
    high: float | None,
    condition: str,
    members: int,
    shared: AnalysisOptions,
) -> AnalysisReport:
    """Find the value of a lever from which a condition holds.

    A coarse grid comes first, so that a response that is not monotone is noticed; then
    bisection. The interval is a bootstrap over members.

    \b
    Example:
      steppe tipping russian-retreat --lever depth \\
        --condition "P(leads(China, 3 of 5, security)) > 0.5"
    """
    from steppe.experiments.analysis.tipping.session import run_tipping

    return run_tipping(shared, scenario, lever, low, high, condition, members)

"""`steppe discover`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options
from .analysis_options import analysis_options, expression_help

if TYPE_CHECKING:
    from steppe.experiments.analysis.session import AnalysisOptions, AnalysisReport


@click.command("discover", cls=options.Verb, epilog=expression_help())
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--outcome",
    "outcome",
    required=True,
    metavar="CONDITION",
    help='On each member, such as "leads(China, 3 of 5, security)".',
)
@options.whole_number(
    "--futures", 200, 1_000_000, default=10_000, help="Futures, divided between the scenarios."
)
@options.whole_number("--boxes", 1, 5, default=2, help="Most boxes per scenario.")
@click.option(
    "--density",
    type=options.Number(0.05, 1.0),
    default=0.8,
    show_default=True,
    help="Share of futures with the outcome to aim for in a box.",
)
@analysis_options("discover")
def command(
    scenarios: tuple[str, ...],
    outcome: str,
    futures: int,
    boxes: int,
    density: float,
    shared: AnalysisOptions,
) -> AnalysisReport:
    """Find the conditions under which an outcome occurs.

    Futures are spread evenly over parameters and levers, with parameters correlated as in
    the posterior. PRIM finds boxes with a high density of the outcome; each is written as a
    scenario file. The default scenario is baseline; each of several has its own boxes. A
    lever has a different value in every future, but only 20 values if it sets how long a
    change takes or the inputs of an added actor.

    \b
    Example:
      steppe discover russian-retreat --outcome "leads(China, 3 of 5, security)"
    """
    from steppe.experiments.analysis.discovery.session import run_discovery

    names = scenarios or ("baseline",)
    return run_discovery(shared, names, outcome, futures, boxes, density)

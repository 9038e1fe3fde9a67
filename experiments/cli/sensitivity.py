"""`steppe sensitivity`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options
from .analysis_options import analysis_options, expression_help

if TYPE_CHECKING:
    from steppe.experiments.analysis.session import AnalysisOptions, AnalysisReport


@click.command("sensitivity", cls=options.Verb, epilog=expression_help())
@click.argument("scenario", default="baseline")
@click.option(
    "--output",
    "output",
    required=True,
    metavar="EXPR",
    help='A value of each member, such as "autonomy(region)".',
)
@click.option(
    "--method",
    type=click.Choice(["both", "morris"]),
    default="both",
    show_default=True,
    help="Screening alone, or Sobol indices too.",
)
@options.whole_number("--trajectories", 4, 10_000, default=100, help="Morris trajectories.")
@options.whole_number(
    "--samples",
    16,
    1_048_576,
    default=1024,
    help="Base samples for Sobol, and samples with parameters drawn jointly; a power of 2.",
)
@options.whole_number(
    "--members", 10, 1_000_000, default=500, help="Members in which rules are switched off."
)
@analysis_options("sensitivity")
def command(
    scenario: str,
    output: str,
    method: str,
    trajectories: int,
    samples: int,
    members: int,
    shared: AnalysisOptions,
) -> AnalysisReport:
    """Find what an output depends on: parameters, coded inputs, strength of events, rules.

    Morris screens all factors; Sobol indices follow for the ten most influential. Factors
    are sampled independently; the output says what drawing parameters jointly would change.

    \b
    Example:
      steppe sensitivity russian-retreat --output "share(China, all, security, 2040)"
    """
    from steppe.experiments.analysis.sensitivity.session import run_sensitivity

    if samples & (samples - 1):
        raise click.UsageError(
            f"--samples {samples}: Sobol's sequence needs a power of 2, such as "
            f"{1 << (samples.bit_length() - 1)}"
        )
    return run_sensitivity(shared, scenario, output, method, trajectories, samples, members)

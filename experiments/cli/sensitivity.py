"""`steppe sensitivity`."""

import click

from .analysis_options import analysis_options, expression_help


@click.command("sensitivity", epilog=expression_help())
@click.argument("scenario", default="baseline")
@click.option(
    "--output",
    "text",
    required=True,
    metavar="EXPR",
    help='What is asked of each member, such as "autonomy(region)".',
)
@click.option(
    "--method",
    type=click.Choice(["both", "morris"]),
    default="both",
    show_default=True,
    help="Screening alone, or Sobol indices too.",
)
@click.option(
    "--trajectories",
    type=click.IntRange(4, 10_000),
    default=100,
    show_default=True,
    help="Morris trajectories.",
)
@click.option(
    "--samples",
    type=click.IntRange(16, 1_048_576),
    default=1024,
    show_default=True,
    help="Base samples for Sobol; a power of 2. As many are drawn together.",
)
@click.option(
    "--members",
    type=click.IntRange(10, 1_000_000),
    default=500,
    show_default=True,
    help="Members in which rules are switched off.",
)
@analysis_options("sensitivity")
def command(scenario, text, method, trajectories, samples, members, asked) -> None:
    """Ask what an output hangs on: parameters, coded inputs, strength of events, rules.

    Morris screens everything; the ten factors that matter most go on to Sobol. Factors
    are varied one by one; the answer says what drawing parameters together would change.

    \b
    Example:
      steppe sensitivity russian-retreat --output "share(China, all, security, 2040)"
    """
    from .analysis_session import answer_sensitivity

    if samples & (samples - 1):
        raise click.UsageError(
            f"--samples {samples}: Sobol's sequence needs a power of 2, such as {1 << (samples.bit_length() - 1)}"
        )
    answer_sensitivity(asked, scenario, text, method, trajectories, samples, members)

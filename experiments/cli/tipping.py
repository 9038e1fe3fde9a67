"""`steppe tipping`."""

import click

from .analysis_options import analysis_options, expression_help
from .renamed import RenamedOption


@click.command("tipping", epilog=expression_help())
@click.argument("scenario")
@click.option(
    "--lever",
    "lever",
    required=True,
    metavar="[NAME.]LEVER",
    help="Which lever of the scenario is turned.",
)
@click.option(
    "--from",
    "low",
    type=float,
    default=None,
    help="Where the search begins.  [default: the lever's lowest]",
)
@click.option(
    "--to", "high", type=float, default=None, help="Where it ends.  [default: the lever's highest]"
)
@click.option(
    "--condition",
    "text",
    cls=RenamedOption,
    old="--until",
    required=True,
    metavar="CONDITION",
    help='About all members, such as "P(leads(China, 3 of 5, security)) > 0.5".',
)
@click.option(
    "--members",
    type=click.IntRange(10, 1_000_000),
    default=1000,
    show_default=True,
    help="The same members throughout.",
)
@analysis_options("tipping")
def command(scenario, lever, low, high, text, members, asked) -> None:
    """Ask how far a lever must be turned until a condition holds.

    A coarse grid first, so that a response that goes up and down is noticed; then
    bisection. The interval is a bootstrap over members.

    \b
    Example:
      steppe tipping russian-retreat --lever depth --condition "P(leads(China, 3 of 5, security)) > 0.5"
    """
    from .analysis_session import answer_tipping

    answer_tipping(asked, scenario, lever, low, high, text, members)

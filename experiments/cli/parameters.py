"""`steppe parameters`."""

from __future__ import annotations

import json
import sys

import click

from steppe.model.core.cast import default_cast
from steppe.model.parameters.table import TABLE, Parameter

from . import options

COLUMNS = ("symbol", "parameter", "name", "prior", "bounds", "unit")


@click.command("parameters", cls=options.Verb)
@click.option("--schedule", is_flag=True, help="Print the numbered steps of one quarter instead.")
@click.option("--json", "as_json", is_flag=True, help="Print machine-readable output.")
def command(schedule: bool, as_json: bool) -> None:
    """Print the table of parameters: symbol, id, name, prior, bounds, unit and meaning.

    A scenario file may set each of them, by its id, under `parameters:`.

    \b
    Examples:
      steppe parameters
      steppe parameters --schedule
    """
    if schedule:
        _print_schedule(as_json)
        return
    rows = [row for parameter in TABLE for row in _describe_entries(parameter)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    columns = COLUMNS if _terminal_has_greek() else COLUMNS[1:]
    widths = {key: max(len(key), *(len(row[key]) for row in rows)) for key in columns}
    click.echo("  ".join(f"{key:<{width}}" for key, width in widths.items()) + "  meaning")
    for row in rows:
        cells = "  ".join(f"{row[key]:<{width}}" for key, width in widths.items())
        click.echo(f"{cells}  {row['meaning']}")


def _terminal_has_greek() -> bool:
    symbols = "".join(parameter.symbol for parameter in TABLE)
    try:
        symbols.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _describe_entries(parameter: Parameter) -> list[dict[str, str]]:
    """One row of the printed table for each entry of a parameter."""
    cast = default_cast()
    return [
        {
            "symbol": parameter.symbol,
            "parameter": label,
            "name": parameter.name,
            "prior": parameter.prior(entry).describe(),
            "bounds": f"{parameter.bounds[0]:g} to {parameter.bounds[1]:g}",
            "unit": parameter.unit,
            "meaning": parameter.meaning,
            "source": parameter.source,
            "status": parameter.status,
        }
        for entry, label in zip(parameter.entries(cast), parameter.labels(cast), strict=True)
    ]


def _print_schedule(as_json: bool) -> None:
    from steppe.model.model import SCHEDULE

    if as_json:
        click.echo(json.dumps([{"step": name, "what": what} for name, what in SCHEDULE], indent=2))
        return
    for number, (name, what) in enumerate(SCHEDULE, start=1):
        click.echo(f"{number}. {name}: {what}")

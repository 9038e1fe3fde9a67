"""`steppe parameters`."""

import json

import click

from steppe.model.core.cast import default_cast
from steppe.model.parameters.table import TABLE


@click.command("parameters")
@click.option("--schedule", is_flag=True, help="Print the numbered steps of one quarter instead.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(schedule: bool, as_json: bool) -> None:
    """Print the table of parameters: symbol, prior, bounds, unit and meaning.

    A scenario file may set each of them under `parameters:`.

    \b
    Example:
      steppe parameters
      steppe parameters --schedule
    """
    if schedule:
        _print_schedule(as_json)
        return
    rows = [row for parameter in TABLE for row in _rows(parameter)]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    widths = {
        key: max(len(key), *(len(row[key]) for row in rows))
        for key in ("parameter", "prior", "bounds", "unit")
    }
    click.echo("  ".join(f"{key:<{width}}" for key, width in widths.items()) + "  meaning")
    for row in rows:
        click.echo(
            "  ".join(f"{row[key]:<{width}}" for key, width in widths.items())
            + f"  {row['meaning']}"
        )


def _rows(parameter) -> list[dict]:
    cast = default_cast()
    return [
        {
            "parameter": label,
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

"""`steppe export`."""

import json
from pathlib import Path

import click


@click.command("export")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "parquet", "netcdf", "iamc"]),
    required=True,
    help="What to write.",
)
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path),
    default=None,
    help="Where to.  [default: a file in OUT]",
)
@click.option("--members", is_flag=True, help="Every member, rather than quantiles over them.")
@click.option(
    "--scenario", "scenarios", multiple=True, metavar="NAME", help="Only this scenario; repeatable."
)
@click.option(
    "--republic",
    "republics",
    multiple=True,
    metavar="NAME",
    help="Only this republic, by name or code; repeatable.",
)
@click.option(
    "--channel", "channels", multiple=True, metavar="NAME", help="Only this channel; repeatable."
)
@click.option(
    "--power",
    "powers",
    multiple=True,
    metavar="NAME",
    help="Only this power, or autonomy; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(out, form, path, members, scenarios, republics, channels, powers, as_json) -> None:
    """Write the shares of the batch in OUT for other tools, with units.

    \b
    Forms:
      csv      a tidy table, one row per number
      parquet  the same, smaller and typed; needs steppe[export]
      netcdf   one array with named dimensions, for xarray; needs steppe[export]
      iamc     one row per variable and one column per year, for pyam

    \b
    Examples:
      steppe export results --to iamc --file influence.csv
      steppe export results --to parquet --members --republic Kazakhstan --file kazakhstan.parquet
    """
    from steppe.experiments.results.export import SUFFIXES, export
    from steppe.experiments.storage.open_batch import unfinished

    path = path or out / f"shares-{form}{'-members' if members else ''}{SUFFIXES[form]}"
    export(
        out,
        form,
        path,
        members=members,
        scenarios=scenarios,
        republics=republics,
        channels=channels,
        powers=powers,
    )
    note = unfinished(out).partition("; ")[0]
    if as_json:
        click.echo(
            json.dumps(
                {"file": str(path), "bytes": path.stat().st_size, "unfinished": bool(note)},
                indent=2,
            )
        )
        return
    if note:
        click.echo(f"{note}; written from what is there", err=True)
    click.echo(str(path))

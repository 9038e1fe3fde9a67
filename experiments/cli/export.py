"""`steppe export`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from . import filter_options, options


@dataclass(frozen=True)
class ExportOptions:
    """What `steppe export` was asked for; each field is an option of the same name."""

    out: Path
    form: str
    path: Path | None
    members: bool
    scenarios: tuple[str, ...]
    republics: tuple[str, ...]
    channels: tuple[str, ...]
    powers: tuple[str, ...]
    as_json: bool


@click.command("export", cls=options.BatchVerb)
@options.out_argument
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "parquet", "netcdf", "iamc"]),
    required=True,
    help="Format to write.",
)
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path),
    default=None,
    help="File to write.  [default: a file in OUT, named after format and filters]",
)
@click.option("--members", is_flag=True, help="Every member instead of quantiles over members.")
@filter_options.scenarios
@filter_options.cells
@options.as_json
@options.collect_options(ExportOptions)
def command(given: ExportOptions) -> None:
    """Write the shares of the batch in OUT for other tools, with units.

    \b
    Formats:
      csv      a tidy table, one row per number
      parquet  the same, smaller and typed; needs steppe[export]
      netcdf   one array with named dimensions, for xarray; needs steppe[export]
      iamc     one row per variable and one column per year, for pyam

    \b
    Examples:
      steppe export results --to iamc --file influence.csv
      steppe export results --to parquet --members --republic Kazakhstan --file kazakhstan.parquet
    """
    from steppe.experiments.results.export import export
    from steppe.experiments.storage.open_batch import unfinished_notice
    from steppe.experiments.storage.working_copy import shown_path
    from steppe.model.core.atomic_files import is_stream

    path = export(
        given.out,
        given.form,
        given.path,
        members=given.members,
        scenarios=given.scenarios,
        republics=given.republics,
        channels=given.channels,
        powers=given.powers,
    )
    note = unfinished_notice(given.out).partition("; ")[0]
    if given.as_json:
        size = path.stat().st_size
        options.echo_json({"file": shown_path(path), "bytes": size, "unfinished": bool(note)})
        return
    if note:
        click.echo(f"{note}; written from what is there", err=True)
    click.echo(shown_path(path), err=is_stream(path))

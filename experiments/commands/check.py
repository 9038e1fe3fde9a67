"""`steppe check`."""

import json
import sys

import click

from ..requests import load_all


@click.command("check")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(scenarios: tuple[str, ...], as_json: bool) -> None:
    """Find every mistake in scenario files, each with file, line and column.

    Names or files; none means all that ship. Exit code 2 if there are mistakes.

    \b
    Example:
      steppe check my-future.yaml
    """
    loaded, faults = load_all(scenarios, {})
    if as_json:
        rows = [{"file": fault.file, "line": fault.line, "column": fault.column, "message": fault.message} for fault in faults]
        click.echo(json.dumps({"sound": [scenario.name for scenario in loaded], "faults": rows}, indent=2))
    else:
        for fault in faults:
            click.echo(str(fault), err=True)
        if loaded:
            click.echo(f"sound: {', '.join(scenario.name for scenario in loaded)}")
    if faults:
        sys.exit(2)

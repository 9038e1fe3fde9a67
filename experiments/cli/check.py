"""`steppe check`."""

import json
import sys
from collections.abc import Sequence

import click

from steppe.experiments.errors import RequestError
from steppe.experiments.runs.requested_scenarios import levers_of, load_requested, parse_settings
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.scenario.load import Scenario, load_scenario


@click.command("check")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--explain",
    is_flag=True,
    help="Print the merged scenario, each line with the file and line it comes from.",
)
@click.option("--diff", is_flag=True, help="Say in words what differs between two scenarios.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="LEVER=NUMBER",
    help="Turn a lever first, such as depth=0.8.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(
    scenarios: tuple[str, ...], explain: bool, diff: bool, settings: tuple[str, ...], as_json: bool
) -> None:
    """Find every mistake in scenario files, each with file, line and column; then what changes nothing.

    Names or files; none means all that ship. Exit code 2 if there are mistakes; warnings
    alone end with 0.

    \b
    Examples:
      steppe check my-future.yaml
      steppe check --explain my-future.yaml
      steppe check --diff baseline russian-retreat
    """
    if diff:
        _print_differences(scenarios, parse_settings(settings), as_json)
        return
    loaded, problems = load_requested(scenarios, parse_settings(settings))
    warnings = _warnings(loaded)
    if as_json:
        answer = {
            "sound": [scenario.name for scenario in loaded],
            "faults": _rows(problems),
            "warnings": _rows(warnings),
        }
        if explain:
            answer["explained"] = {scenario.name: _explained(scenario) for scenario in loaded}
        click.echo(json.dumps(answer, indent=2))
    else:
        for diagnostic in problems:
            click.echo(str(diagnostic), err=True)
        for warning in warnings:
            click.echo(f"warning: {warning}", err=True)
        for scenario in loaded if explain else ():
            click.echo(_explained(scenario))
        if loaded:
            click.echo(f"sound: {', '.join(scenario.name for scenario in loaded)}")
    if problems:
        sys.exit(2)


def _rows(problems: Sequence[Diagnostic]) -> list[dict]:
    return [
        {
            "file": diagnostic.file,
            "line": diagnostic.line,
            "column": diagnostic.column,
            "message": diagnostic.message,
        }
        for diagnostic in problems
    ]


def _warnings(loaded: Sequence[Scenario]) -> list[Diagnostic]:
    from steppe.model.evidence.coded_inputs import default_inputs
    from steppe.model.scenario.added_actors import extend_inputs
    from steppe.model.scenario.lint import lint_scenario

    if not loaded:
        return []
    found = {
        diagnostic
        for scenario in loaded
        for diagnostic in lint_scenario(scenario, extend_inputs(scenario, default_inputs()))
    }
    return sorted(found)


def _explained(scenario: Scenario) -> str:
    from steppe.model.scenario.annotate import annotate_scenario

    return annotate_scenario(scenario)


def _print_differences(words: Sequence[str], levers: dict[str, float], as_json: bool) -> None:
    from steppe.model.scenario.describe import describe_differences

    if len(words) != 2:
        raise RequestError(
            f"--diff compares two scenarios, not {len(words)}: steppe check --diff baseline russian-retreat"
        )
    try:
        one, other = (load_scenario(word) for word in words)
        if levers:
            one, other = (
                load_scenario(word, levers=levers_of(scenario, levers))
                for word, scenario in zip(words, (one, other), strict=True)
            )
    except DiagnosticsError as found:
        raise RequestError(str(found)) from None
    lines = describe_differences(one, other)
    if as_json:
        click.echo(
            json.dumps({"one": one.name, "other": other.name, "differences": lines}, indent=2)
        )
    else:
        click.echo("\n".join(lines) or f"{one.name} and {other.name} differ in nothing")

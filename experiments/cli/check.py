"""`steppe check`."""

import sys
from collections.abc import Mapping, Sequence

import click

from steppe.experiments.runs.requested_scenarios import (
    check_requested,
    load_requested,
    parse_settings,
)
from steppe.model.core.diagnostics import Diagnostic
from steppe.model.core.errors import RequestError
from steppe.model.scenario.load import Scenario

from . import options


@click.command("check", cls=options.Verb)
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--explain",
    is_flag=True,
    help="Print the merged scenario, each line with the file and line it comes from.",
)
@click.option("--diff", is_flag=True, help="Print the differences between two scenarios.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="LEVER=NUMBER",
    help="Set a lever first, such as depth=0.8.",
)
@options.as_json
def command(
    scenarios: tuple[str, ...], explain: bool, diff: bool, settings: tuple[str, ...], as_json: bool
) -> None:
    """Report every mistake in scenario files by file, line and column, and what has no effect.

    SCENARIO is the name of a shipped scenario or a file; without one, all shipped scenarios
    are checked. The exit code is 2 if there are mistakes, and 0 if there are only warnings.

    \b
    Examples:
      steppe check my-future.yaml
      steppe check --explain my-future.yaml
      steppe check --diff baseline russian-retreat
    """
    levers = parse_settings(settings)
    if diff:
        _print_differences(scenarios, levers, as_json)
        return
    loaded, problems = check_requested(scenarios, levers)
    warnings = _lint(loaded)
    annotated = _annotate(loaded) if explain else {}
    names = [scenario.name for scenario in loaded]
    if as_json:
        answer = {"sound": names, "faults": _rows(problems), "warnings": _rows(warnings)}
        options.echo_json({**answer, "explained": annotated} if explain else answer)
    else:
        for problem in problems:
            click.echo(str(problem), err=True)
        for warning in warnings:
            click.echo(f"warning: {warning}", err=True)
        for text in annotated.values():
            click.echo(text)
        if names:
            click.echo(f"sound: {', '.join(names)}")
    if problems:
        sys.exit(2)


def _rows(diagnostics: Sequence[Diagnostic]) -> list[dict[str, object]]:
    return [
        {"file": item.file, "line": item.line, "column": item.column, "message": item.message}
        for item in diagnostics
    ]


def _lint(scenarios: Sequence[Scenario]) -> list[Diagnostic]:
    from steppe.model.evidence.coded_inputs import default_inputs
    from steppe.model.scenario.added_actors import extend_inputs
    from steppe.model.scenario.lint import lint_scenario

    return sorted(
        {
            warning
            for scenario in scenarios
            for warning in lint_scenario(scenario, extend_inputs(scenario, default_inputs()))
        }
    )


def _annotate(scenarios: Sequence[Scenario]) -> dict[str, str]:
    from steppe.model.scenario.annotate import annotate_scenario

    return {scenario.name: annotate_scenario(scenario) for scenario in scenarios}


def _print_differences(names: Sequence[str], levers: Mapping[str, float], as_json: bool) -> None:
    from steppe.model.scenario.describe import describe_differences

    if len(names) != 2:
        raise RequestError(
            f"--diff compares two scenarios, not {len(names)}: "
            "steppe check --diff baseline russian-retreat"
        )
    scenarios, problems = load_requested(names, levers, unfold=False)
    if problems:
        raise RequestError("\n".join(map(str, problems)))
    one, other = scenarios
    lines = describe_differences(one, other)
    if as_json:
        options.echo_json({"one": one.name, "other": other.name, "differences": lines})
    else:
        click.echo("\n".join(lines) or f"{one.name} and {other.name} differ in nothing")

"""`steppe check`."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

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
    """Report mistakes in scenario files by file, line and column, and warn of what has no effect.

    SCENARIO is the name of a shipped scenario or a file; without one, the scenarios that ship are
    checked, and no file of yours. The exit code is 2 if there are mistakes, and 0 if there are
    only warnings.

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
        for text in share_lines(annotated, {one.name: one.chain[-1] for one in loaded}):
            click.echo(text)
        if names:
            click.echo(f"no mistakes: {', '.join(names)}")
        if not scenarios and (here := sorted(Path().glob("*.yaml"))):
            click.echo(
                "note: without a name, only the scenarios that ship are checked; "
                f"for a file of yours: steppe check {here[0]}",
                err=True,
            )
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


def share_lines(texts: Mapping[str, str], families: Mapping[str, str]) -> list[str]:
    """Texts to print, where members of a family share one and add what is their own.

    Parameters
    ----------
    texts : by scenario. families : the file of each scenario.
    """
    printed = []
    for file in dict.fromkeys(families[name] for name in texts):
        members = {name: texts[name].splitlines() for name in texts if families[name] == file}
        if len(members) == 1:
            printed += [texts[name] for name in members]
            continue
        first, *others = members.values()
        shared = {line for line in first if all(line in other for other in others)}
        common = [f"# all {len(members)} of {file}", *(line for line in first if line in shared)]
        printed.append("\n".join(common) + "\n")
        for name, lines in members.items():
            own = [line for line in lines if line not in shared and not line.startswith("# ")]
            printed.append("\n".join([f"# {name} alone", *own]) + "\n")
    return printed


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

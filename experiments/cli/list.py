"""`steppe list`."""

import json

import click

from steppe.model.core.calendar import format_quarter
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import Scenario, load_scenario

from . import options


@click.command("list", cls=options.Verb)
@options.as_json
def command(as_json: bool) -> None:
    """List the scenarios that ship, with their first and last quarters, titles and levers.

    \b
    Example:
      steppe list
    """
    scenarios = [load_scenario(name) for name in shipped_names()]
    if as_json:
        click.echo(json.dumps([_row(scenario) for scenario in scenarios], indent=2))
        return
    width = max(len(scenario.name) for scenario in scenarios)
    for scenario in scenarios:
        span = f"{format_quarter(scenario.first)} to {format_quarter(scenario.last)}"
        click.echo(f"{scenario.name:<{width}}  {span}  {scenario.title}")
        for name, value in scenario.lever_values.items():
            click.echo(f"{'':<{width}}    {name}={value:g}: {scenario.levers[name].meaning}")


def _row(scenario: Scenario) -> dict[str, object]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "narrative": scenario.narrative,
        "from": format_quarter(scenario.first),
        "to": format_quarter(scenario.last),
        "extends": list(scenario.chain[:-1]),
        "tags": list(scenario.tags),
        "levers": {
            name: {
                "meaning": lever.meaning,
                "value": scenario.lever_values[name],
                "range": list(lever.range),
            }
            for name, lever in scenario.levers.items()
        },
        "events": list(scenario.own_events),
    }

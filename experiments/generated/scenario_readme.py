"""The lists of scenarios in scenarios/README.md, with a small figure for each."""

from __future__ import annotations

from steppe.model.core.calendar import format_quarter
from steppe.model.scenario.expectations import in_words
from steppe.model.scenario.load import Scenario, load_scenario, shipped_names

HEAD = """\
| scenario | in a line | levers | figure |
|---|---|---|---|
"""


def scenarios_block() -> str:
    """A row for each scenario that ships."""
    return HEAD + "".join(_row(load_scenario(name)) for name in shipped_names())


def expectations_block() -> str:
    """What the authors of the scenarios expect, a line each."""
    scenarios = [load_scenario(name) for name in shipped_names()]
    return "\n".join(
        f"- `{scenario.name}`: {in_words(row, scenario.cast)}"
        for scenario in scenarios
        for row in scenario.expects
    )


def _row(scenario: Scenario) -> str:
    levers = ", ".join(
        f"`{name}` {lever.default:g} ({lever.range[0]:g} to {lever.range[1]:g})"
        for name, lever in scenario.levers.items()
    )
    outside = " *Outside the documents.*" if "outside the documents" in scenario.sources else ""
    figure = f"![{scenario.title}](figures/{scenario.name}.svg)"
    return f"| [`{scenario.name}`]({scenario.name}.yaml) to {format_quarter(scenario.last)} | {first_sentence(scenario)}{outside} | {levers or 'none'} | {figure} |\n"


def first_sentence(scenario: Scenario) -> str:
    """What the narrative begins with."""
    text = " ".join(scenario.narrative.split())
    return text.partition(". ")[0].rstrip(".") + "."

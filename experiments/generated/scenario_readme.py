"""scenarios/README.md: a line and a small figure for each scenario that ships."""

from __future__ import annotations

from steppe.model.core.calendar import format_quarter
from steppe.model.scenario.expectations import in_words
from steppe.model.scenario.load import Scenario, load_scenario, shipped_names

HEAD = """\
# The scenarios that ship

Made by `python -m steppe.experiments.generated` (or `make generated`); do not edit.

A scenario holds only what differs from the one it extends. Each figure shows the median
influence share of the four powers over the mean of the five republics, 2000 to 2040, in
the economic, security and soft-power channel; dotted is the baseline. Blue: Russia,
vermilion: China, green: United States, pink: European Union.

| scenario | in a line | levers | figure |
|---|---|---|---|
"""


def page() -> str:
    """The text of the page."""
    scenarios = [load_scenario(name) for name in shipped_names()]
    rows = "".join(_row(scenario) for scenario in scenarios)
    return HEAD + rows + _expected(scenarios)


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


def _expected(scenarios: list[Scenario]) -> str:
    lines = [
        "\n## What each is expected to move\n\nA test holds these against 200 members: the median paired difference has this\n"
        "sign, and at least three members in four agree.\n\n"
    ]
    for scenario in scenarios:
        lines += [
            f"- `{scenario.name}`: {in_words(row, scenario.cast)}\n" for row in scenario.expects
        ]
    return "".join(lines)

"""Blocks of `scenarios/README.md`: the shipped scenarios, and what each is expected to do."""

from __future__ import annotations

from steppe.model.core.calendar import format_quarter
from steppe.model.scenario.expectations import describe_expectation
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import Scenario, load_scenario

HEAD = """\
| scenario | in one sentence | levers | figure |
|---|---|---|---|
"""


def scenarios_block() -> str:
    """A line and a thumbnail for each scenario."""
    return HEAD + "".join(_row(load_scenario(name)) for name in shipped_names())


def _row(scenario: Scenario) -> str:
    levers = "; ".join(
        f"`{name}` {lever.default:g} ({lever.range[0]:g} to {lever.range[1]:g}): {lever.meaning}"
        for name, lever in scenario.levers.items()
    )
    outside = " *Outside the documents.*" if "outside the documents" in scenario.sources else ""
    return (
        f"| [`{scenario.name}`]({scenario.name}.yaml) to {format_quarter(scenario.last)} "
        f"| {first_sentence(scenario)}{outside} | {levers or 'none'} "
        f"| ![{scenario.title}](figures/{scenario.name}.svg) |\n"
    )


def first_sentence(scenario: Scenario) -> str:
    """The first sentence of the narrative."""
    text = " ".join(scenario.narrative.split())
    return text.partition(". ")[0].rstrip(".") + "."


def expectations_block() -> str:
    """The expectations of each scenario, one a line."""
    return "".join(
        f"- `{name}`: {describe_expectation(row, scenario.cast)}\n"
        for name, scenario in ((name, load_scenario(name)) for name in shipped_names())
        for row in scenario.expects
    )


def keys_block() -> str:
    """The keys of scenario files and of events, with the words that `steppe help` says."""
    from steppe.model.scenario.help_terms import language_terms

    rows = ["| key | belongs to | what it says |", "|---|---|---|"]
    for term in language_terms():
        if term.where in ("a scenario file", "an event"):
            rows.append(f"| `{term.term}` | {term.where} | {term.meaning.replace('|', '/')} |")
    return "\n".join(rows)


def effects_block() -> str:
    """The effects, each with its keys, with the words that `steppe help` says."""
    from steppe.model.scenario.help_terms import language_terms

    terms = language_terms()
    rows = ["| effect | what it does | keys |", "|---|---|---|"]
    for term in terms:
        if term.where == "an effect":
            inner = f"the effect {term.term}"
            keys = [f"`{key.term}`" for key in terms if key.where == inner and key.term.islower()]
            rows.append(f"| `{term.term}` | {term.meaning} | {', '.join(keys)} |")
    return "\n".join(rows)

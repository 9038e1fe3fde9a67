"""A new scenario file with comments that show what can be changed, for `steppe new`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import shorten

from steppe.model.core.yaml_source import dump_yaml

from .describe import describe_dates, describe_effect
from .find_files import SHIPPED, shipped_names
from .load import Scenario
from .schema import LANGUAGE_VERSION

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")
SHOWN_EVENTS = 4


def template(name: str, parent: Scenario, folder: Path) -> str:
    """The text of a file that extends `parent` and changes nothing yet."""
    schema = "schema.json" if folder.resolve() == SHIPPED else str(SHIPPED / "schema.json")
    title = name.replace("-", " ").replace("_", " ").capitalize()
    extended = parent.chain[-1]
    requested = extended if extended in shipped_names() else f"{extended}.yaml"
    return (
        "\n".join(
            [
                f"# yaml-language-server: $schema={schema}",
                dump_yaml({"title": title}).rstrip(),
                "narrative: >-",
                "  Say here in a few sentences what happens and why.",
                "sources: outside the documents",
                f"version: {LANGUAGE_VERSION}",
                dump_yaml({"extends": extended}).rstrip(),
                "",
                "# Everything that is not written here is as in the scenario that this one "
                "extends.",
                "# Take the sign # away from the start of a line to make it count; then",
                f"# `steppe check {name}.yaml` finds mistakes, `steppe run {name}.yaml "
                f"{requested}` compares.",
                "",
                "# How long it runs.",
                "#to: 2035Q4",
                "",
                *_levers(parent),
                "# What happens. An event of the parent's name changes that event; "
                "a new name adds one;",
                "# `name: null` takes one out.",
                "#events:",
                *_events(parent),
                "#  my-event:",
                _with_comment("#    when: 2030Q1", "or between: [2028, 2032]"),
                "#    what: Something new happens",
                "#    effects:",
                _with_comment("#      - budget: China", "a power, a list of them, or all"),
                _with_comment("#        scale: 1.5", "half as much again"),
                _with_comment("#        over: 8", "quarters"),
                "",
                "# Parameters of the model: a number, a factor, or a distribution (`steppe "
                "parameters`).",
                "#parameters:",
                "#  rho: {times: 0.9}",
                "",
            ]
        )
        + "\n"
    )


def _levers(parent: Scenario) -> list[str]:
    if not parent.levers:
        return []
    lines = [
        f"# Levers of {parent.chain[-1]}. Another default here changes one number for this file;",
        "# `--set name=value` changes it for one run.",
        "#levers:",
    ]
    for name, lever in parent.levers.items():
        low, high = lever.range
        lines += [
            _with_comment(f"#  {name}:", lever.meaning),
            _with_comment(
                f"#    default: {repr(lever.default).removesuffix('.0')}", f"{low:g} to {high:g}"
            ),
        ]
    return [*lines, ""]


def _events(parent: Scenario) -> list[str]:
    lines = []
    for name in parent.own_events[:SHOWN_EVENTS]:
        event = parent.events[name]
        effects = "; ".join(describe_effect(effect, parent.cast) for effect in event.effects)
        lines.append(_with_comment(f"#  {name}:", effects))
        if event.when is not None:
            lines.append(
                _with_comment(
                    f"#    when: {parent.source.data['events'][name]['when']}", event.what
                )
            )
        else:
            lines.append(
                _with_comment(
                    f"#    what: {json.dumps(event.what, ensure_ascii=False)}",
                    describe_dates(event),
                )
            )
    return lines


def _with_comment(text: str, comment: str) -> str:
    return f"{text:<34} # {shorten(comment, 90, placeholder=' ...')}"

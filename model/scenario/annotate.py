"""The merged scenario, line by line, with the file and line that each comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from steppe.model.core.yaml_source import KeyPath, is_plain_text

from .lever_arithmetic import evaluate_arithmetic, lever_names
from .load import Scenario

_PLAIN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-+*/.()'")
WIDTH = 76


def annotate_scenario(scenario: Scenario) -> str:
    """Return the scenario as YAML, with a comment on every line that has a place of its own."""
    lines = [f"# {scenario.name}: {' -> '.join(scenario.chain)}"]
    for key, value in scenario.source.data.items():
        if key != "extends":
            lines += _lines(scenario, key, value, (key,), 0)
    return "\n".join(lines) + "\n"


def _lines(scenario: Scenario, key: Any, value: Any, path: KeyPath, depth: int) -> Iterator[str]:
    place = scenario.source.keys.get(path) or scenario.source.values.get(path)
    head = f"{'  ' * depth}{_scalar(key)}:"
    if isinstance(value, dict) and value and depth < 3:
        yield _with_origin(head, scenario, path, None)
        for inner, item in value.items():
            yield from _lines(scenario, inner, item, (*path, inner), depth + 1)
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield head
        for number, item in enumerate(value):
            yield _with_origin(
                f"{'  ' * (depth + 1)}- {_flow(item)}", scenario, (*path, number), item
            )
    else:
        yield (
            _with_origin(f"{head} {_flow(value)}", scenario, path, value)
            if place
            else f"{head} {_flow(value)}"
        )


def _with_origin(text: str, scenario: Scenario, path: KeyPath, value: Any) -> str:
    file, line, _ = scenario.source.place(path, of_key=path in scenario.source.keys)
    origin = f"{file}:{line}"
    evaluations = ", ".join(_evaluations(scenario, value))
    return f"{text:<{WIDTH}}  # {origin}" + (f"  {evaluations}" if evaluations else "")


def _evaluations(scenario: Scenario, value: Any) -> Iterator[str]:
    """Yield `1 - depth = 0.4` for every arithmetic in a value."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _evaluations(scenario, item)
    elif isinstance(value, list):
        for item in value:
            yield from _evaluations(scenario, item)
    elif (
        isinstance(value, str) and lever_names(value) and lever_names(value) <= set(scenario.levers)
    ):
        yield f"{value} = {evaluate_arithmetic(value, scenario.lever_values):g}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    plain = (
        value
        and set(value) <= _PLAIN
        and value[0].isalnum()
        and value == value.strip()
        and is_plain_text(value)
    )
    number = value.replace(".", "").replace("-", "").isdigit()
    return value if plain and not number else json.dumps(value, ensure_ascii=False)

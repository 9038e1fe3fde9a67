"""From a question to a scenario: a short text that extends another, laid over it.

The text that the engine runs is the text that "Download scenario" gives, so `steppe run`
gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from steppe.model.core.calendar import decimal_year
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.core.suggestions import UnknownNameError, suggest
from steppe.model.core.yaml_source import Source, dump_yaml, parse_yaml
from steppe.model.parameters.table import find_parameter
from steppe.model.scenario.describe import describe_dates
from steppe.model.scenario.find_files import SHIPPED, read_chain, shipped_names
from steppe.model.scenario.load import Scenario, complete_scenario
from steppe.model.scenario.merge import merge_chain

from .question import Question

DOWNLOAD = "my-future"
EDITED = f"{DOWNLOAD}.yaml"  # the name in messages of text that the page sends
BASELINE = "baseline"
HISTORY = "history"
MOST_BASELINES = 16  # kept, with different parameters


@dataclass(frozen=True)
class Library:
    """The scenarios that a page may ask for: those that ship, and files given by their name.

    Each file is read once; `anew` gives a library that reads them again.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    _chains: dict[str, list[Source]] = field(default_factory=dict, repr=False)
    _read_baseline: Callable[[str], Scenario] = field(
        default_factory=lambda: lru_cache(MOST_BASELINES)(read_baseline), repr=False
    )

    def anew(self) -> Library:
        """A library of the same files, none of which is read yet."""
        return Library(self.files)

    def chain(self, question: Question) -> list[Source]:
        """What is asked for and all that it extends, the outermost first.

        Text may extend shipped scenarios only: it is read as if it lay in their folder.

        Raises
        ------
        RequestError
            If there is no such scenario, or a file has mistakes.
        """
        if question.text:
            return read_chain(SHIPPED / EDITED, own=parse_yaml(question.text, EDITED))
        return self._chain(question.scenario)

    def _chain(self, name: str) -> list[Source]:
        if name not in self._chains:
            known = [*self.files, *shipped_names()]
            if name not in known:
                raise RequestError(f"unknown scenario '{name}'; {suggest(name, known)}")
            self._chains[name] = read_chain(self.files.get(name, SHIPPED / f"{name}.yaml"))
        return list(self._chains[name])

    def scenario(self, question: Question) -> Scenario:
        """The scenario of a question, complete and checked.

        Raises
        ------
        RequestError
            With every mistake, at its place.
        """
        chain = self.chain(question)
        changes = changes_of(question)
        if changes:
            title = chain[-1].data.get("title", question.scenario)
            chain.append(parse_yaml(dump_yaml({"title": title, **changes}), EDITED))
        return complete_scenario(merge_chain(chain))

    def baseline(self, scenario: Scenario | None = None) -> Scenario:
        """The shipped baseline, with the same changes to parameters as a scenario."""
        parameters = scenario.source.data.get("parameters", {}) if scenario else {}
        changes = {
            label: value for label, value in parameters.items() if _is_in_default_cast(label)
        }
        return self._read_baseline(dump_yaml({"parameters": changes}) if changes else "")

    def download(self, question: Question) -> str:
        """The text of a file that is the scenario of a question, to run with `steppe run`."""
        chain, changes = self.chain(question), changes_of(question)
        own = chain[-1].data
        title = str(own.get("title", question.scenario))
        if not question.text and question.scenario not in self.files:
            kept: dict[str, Any] = {
                "title": f"{title}, changed"[:120],
                "extends": question.scenario,
            }
            return dump_yaml({**kept, **changes} if changes else kept)
        merged = merge_chain(
            [chain[-1], parse_yaml(dump_yaml({"title": title, **changes}), EDITED)]
        )
        kept = {key: own[key] for key in ("title", "narrative", "sources", "extends") if key in own}
        data = {**kept, **{k: v for k, v in merged.source.data.items() if k not in kept}}
        parents = merge_chain(chain[:-1]).source.data if len(chain) > 1 else {}
        removed = {name: None for name in question.off if name in parents.get("events", {})}
        if removed:
            data["events"] = {**data.get("events", {}), **removed}
        return dump_yaml(data)


def mistakes_of(error: RequestError | IncompleteRunError) -> dict[str, Any]:
    """The answer to a question with mistakes: each with file, line, column and message."""
    if isinstance(error, DiagnosticsError):
        return {"mistakes": [asdict(problem) for problem in error.diagnostics]}
    return {"mistakes": [{"file": "", "line": 0, "column": 0, "message": str(error)}]}


def read_baseline(changes: str) -> Scenario:
    """The shipped baseline, with changes to parameters as YAML; empty for none."""
    own = read_chain(SHIPPED / f"{BASELINE}.yaml")
    if changes:
        own.append(parse_yaml(f"title: {BASELINE}\n{changes}", f"{BASELINE}.yaml"))
    return complete_scenario(merge_chain(own))


def _is_in_default_cast(label: str) -> bool:
    try:
        find_parameter(label, default_cast())
    except UnknownNameError:
        return False
    return True


def changes_of(question: Question) -> dict[str, Any]:
    """What a question changes, as keys of a scenario file."""
    levers = {name: {"default": _plain(value)} for name, value in question.levers.items()}
    factors = {name: {"times": _plain(value)} for name, value in question.factors.items()}
    off = dict.fromkeys(question.off)
    rows = {"levers": levers, "parameters": factors, "events": off}
    return {key: value for key, value in rows.items() if value}


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def describe_scenario(scenario: Scenario) -> dict[str, Any]:
    """What the page shows of a scenario: its words, levers and events, dates as they now stand."""
    own = future_events(scenario)
    return {
        "title": scenario.title,
        "narrative": scenario.narrative,
        "sources": list(scenario.sources),
        "levers": [
            {
                "name": name,
                "meaning": lever.meaning,
                "default": lever.default,
                "value": scenario.lever_values[name],
                "low": lever.range[0],
                "high": lever.range[1],
                "whole": is_whole(lever.default, *lever.range),
            }
            for name, lever in scenario.levers.items()
        ],
        "events": [
            {
                "name": name,
                "what": event.what,
                "when": describe_dates(event),
                "year": decimal_year(min(event.dates())) if event.dates() else None,
            }
            for name, event in scenario.events.items()
            if name in own
        ],
        "factors": {
            label: change.times
            for label, change in scenario.parameters.items()
            if not isinstance(change, float) and change.times is not None
        },
        "fixed": [
            label
            for label, change in scenario.parameters.items()
            if isinstance(change, float) or change.times is None
        ],
    }


def future_events(scenario: Scenario) -> tuple[str, ...]:
    """The events that the scenario adds to history, or changes in it."""
    history = set(read_chain(SHIPPED / f"{HISTORY}.yaml")[-1].data.get("events", {}))
    return tuple(
        name for name in scenario.events if name not in history or name in scenario.own_events
    )


def is_whole(default: float, low: float, high: float) -> bool:
    """Whether a lever counts years: whole numbers far from nought, such as 2020 to 2035."""
    return all(float(value).is_integer() for value in (default, low, high)) and high - low >= 10


def cast_data(cast: Cast) -> dict[str, Any]:
    """Actors for the page."""
    holders = [(power.name, power.code) for power in cast.powers]
    holders.append((cast.holder_names[-1], cast.holder_names[-1]))
    return {
        "holders": [
            {"name": name, "code": code, "colour": cast.colour(name)} for name, code in holders
        ],
        "republics": list(cast.republic_names),
        "channels": list(cast.channel_names),
    }

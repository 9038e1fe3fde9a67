"""What a single name means that is no actor, parameter or claim: terms, documents, observables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from steppe.model.core.calendar import format_quarter
from steppe.model.core.number_text import format_fixed
from steppe.model.core.word_lists import join_words
from steppe.model.evidence.choice import DOCUMENTS_ALONE, WITH_SERIES
from steppe.model.evidence.claims import Evidence
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.evidence.coding import CodedValue
from steppe.model.evidence.documents import Documents
from steppe.model.evidence.series import MEASURED, Series, load_series
from steppe.model.observables.declarations import OBSERVABLES
from steppe.model.scenario.describe import describe_dates, describe_effect
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import Scenario, load_scenario

Meaning = dict[str, Any]  # kind, name, text, and lines of details


def meanings(
    word: str,
    inputs: Inputs,
    documents: Documents,
    evidence: Evidence,
    history: Scenario,
    series: Sequence[Series] = (),
) -> list[Meaning]:
    """Everything that a word names: a term, observable, document, institution, scenario, ...

    `history` and `series` are those that go with the evidence.
    """
    found = [
        *_term(word),
        *_observable(word, evidence, series),
        *_document(word, documents),
        *_institution(word, inputs),
    ]
    if word == history.name:
        return [*found, _describe_scenario(history)]
    if word in shipped_names() or word.endswith((".yaml", ".yml")):
        return [*found, _describe_scenario(load_scenario(word))]
    others = [load_scenario(name) for name in shipped_names() if name != history.name]
    for scenario in (history, *others):
        found += _lever(word, scenario)
        found += _event(word, scenario)
    return found


def known_names(inputs: Inputs, documents: Documents) -> list[str]:
    """Names that `meanings` knows, to suggest one."""
    institutions = [institution.name for institution in inputs.institutions]
    return [*load_terms(), *OBSERVABLES, *documents.by_id, *institutions, *shipped_names()]


@cache
def load_terms() -> dict[str, str]:
    """The terms of outputs, help and figures, each with its explanation."""
    text = files(__package__).joinpath("terms.yaml").read_text(encoding="utf-8")
    terms: dict[str, str] = yaml.safe_load(text)
    return terms


def find_term(word: str) -> str | None:
    """The term that a word is, in the singular or the plural and in any case."""
    lower = word.lower()
    forms = (lower, lower.removesuffix("s"), lower.removesuffix("ies") + "y")
    return next((form for form in forms if form in load_terms()), None)


def _term(word: str) -> Iterator[Meaning]:
    name = find_term(word)
    if name is not None:
        yield {"kind": "term", "name": name, "text": load_terms()[name], "details": []}


def _observable(word: str, evidence: Evidence, series: Sequence[Series]) -> Iterator[Meaning]:
    row = OBSERVABLES.get(word.lower())
    if row is not None:
        read = [
            claim.id
            for claim in evidence.targets()
            if claim.expect is not None and claim.expect.link == row.name
        ]
        details = [
            f"unit: {row.unit}; it adds up to 1 over the powers, and autonomy has none of it",
            f"how it follows: proportional to influence in the {row.channel} channel times "
            f"exp({row.parameter}[POWER]), an offset per power for all years, N(0, {row.spread:g}) "
            f"before calibration, and what is particular to each republic, N(0, {row.scatter:g})",
            f"claims read on it: {', '.join(read) or 'none'}",
            *_layers(row.name, series),
            f"`steppe plot OUT --figure {row.name}` draws it beside influence; in expressions: "
            f"{row.name}(POWER, PLACE, [YEAR])",
            "An influence share cannot be measured and is never held against data; this is.",
        ]
        text = f"{row.meaning[:1].upper()}{row.meaning[1:]}."
        yield {"kind": "observable", "name": row.name, "text": text, "details": details}


def _layers(observable: str, series: Sequence[Series]) -> Iterator[str]:
    """Yield on which layer its values rest, and the series that count it."""
    counting = [row for row in series if row.observable == observable]
    yield f"layer: {WITH_SERIES if counting else DOCUMENTS_ALONE}"
    for row in counting:
        yield f"counted by {row.name}: {row.describe()} ({row.record.source}, {row.record.release})"
    if not counting:
        yield from (
            f"with --evidence measured, as in `steppe run --evidence measured`: {WITH_SERIES} "
            f"({row.describe()}; {row.record.source}, {row.record.release})"
            for row in load_series([MEASURED])
            if row.observable == observable
        )


def _document(word: str, documents: Documents) -> Iterator[Meaning]:
    document = documents.by_id.get(word)
    if document is not None:
        first, last = document.date
        details = [
            f"{document.kind} by {document.author}; publisher: {document.publisher}",
            f"date: {first if first == last else f'{first} to {last}'}. {document.date_reason}",
            f"standpoint: {document.standpoint}",
            f"its claims: model/evidence/claims/{word}.yaml; each begins with a name to explain",
        ]
        yield {"kind": "document", "name": word, "text": document.title, "details": details}


def _institution(word: str, inputs: Inputs) -> Iterator[Meaning]:
    cast = inputs.cast
    for item in inputs.institutions:
        if item.name.lower() == word.lower():
            sponsors = [
                name for name, part in zip(cast.power_names, item.sponsors, strict=True) if part > 0
            ]
            channels = [cast.channel_names[place] for place in item.channels]
            details = [
                f"sponsors: {join_words(sponsors)}; binds in: {join_words(channels)}",
                *(
                    _binding(name, inputs.trail["institution", item.name, name])
                    for name in channels
                ),
            ]
            text = "An institution, which binds its members to its sponsors."
            if item.body != item.name:
                text += f" It succeeds {item.body}; a republic in both is bound once."
            yield {"kind": "institution", "name": item.name, "text": text, "details": details}


def _binding(channel: str, coded: list[CodedValue]) -> str:
    """How much an institution binds in a channel, and the claims that say so."""
    last = coded[-1]
    claims = dict.fromkeys(name for value in coded for name in value.claims)
    return (
        f"{channel}: weight {format_fixed(last.value)} of 1, {last.status}: {last.how}; "
        f"claims: {', '.join(claims) or 'none'}"
    )


def _describe_scenario(scenario: Scenario) -> Meaning:
    parents = scenario.chain[1:] if scenario.chain[:1] == (scenario.name,) else scenario.chain[:-1]
    details = [
        f"ends in {format_quarter(scenario.last)}"
        + (f"; extends {', '.join(parents)}" if parents else ""),
        *(
            f"lever {name}: {lever.meaning}; {lever.default:g}, from {lever.range[0]:g} to "
            f"{lever.range[1]:g}"
            for name, lever in scenario.levers.items()
        ),
        *(
            f"event {name}, {describe_dates(scenario.events[name])}: {scenario.events[name].what}"
            for name in scenario.own_events
        ),
        f"`steppe check {scenario.name} --explain` shows the file with everything it inherits",
    ]
    return {
        "kind": "scenario",
        "name": scenario.name,
        "text": f"{scenario.title}. {scenario.narrative}",
        "details": details,
    }


def _lever(word: str, scenario: Scenario) -> Iterator[Meaning]:
    name = word.removeprefix(f"{scenario.name}.")
    lever = scenario.levers.get(name)
    if lever is not None:
        low, high = lever.range
        details = [f"default {lever.default:g}, range {low:g} to {high:g}"]
        yield {
            "kind": "lever",
            "name": f"{name} of {scenario.name}",
            "text": lever.meaning,
            "details": details,
        }


def _event(word: str, scenario: Scenario) -> Iterator[Meaning]:
    if word in scenario.own_events:
        event = scenario.events[word]
        effects = [describe_effect(effect, scenario.cast) for effect in event.effects]
        claims = [f"claims: {', '.join(event.claims)}"] if event.claims else []
        yield {
            "kind": "event",
            "name": f"{word} of {scenario.name}",
            "text": f"{event.what}, {describe_dates(event)}",
            "details": [*effects, *claims],
        }

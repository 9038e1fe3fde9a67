"""Sentences of captions: what bands mean, how many members, which parameters, which seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from steppe.experiments.results.differences import BASELINE, reference_of
from steppe.experiments.results.scenario_events import HISTORY, history_sentence
from steppe.model.core.array_types import Array
from steppe.model.core.number_text import format_general
from steppe.model.core.word_lists import join_words

from .language import mark, translate, translate_count

BAND_SENTENCE = mark(
    "Line: median over members; stronger band: the middle 50% of them; "
    "fainter band: the middle 90%."
)
MOST_LISTED = 12  # names in a caption; more are counted
MOST_NOTES = 2  # of scenarios that change history, told one by one
UNIT_SENTENCE = mark(
    "Shares are influence capacity, 0 to 1; with autonomy they add up to 1 in each member."
)


def scenario_title(dataset: xr.Dataset) -> str:
    """Return the title of the only scenario of a dataset."""
    return title_of(dataset, str(dataset["scenario"].values))


def title_of(dataset: xr.Dataset, scenario: str) -> str:
    """Return the title of a scenario of a batch, as its file has it."""
    return str(dataset.attrs["request"]["titles"].get(scenario, scenario))


def shown_title(dataset: xr.Dataset, scenario: str = "") -> str:
    """Return the title of a scenario, or of the only one, in the language of the page."""
    name = scenario or str(dataset["scenario"].values)
    return translate(title_of(dataset, name))


def list_words(words: Sequence[str]) -> str:
    """Return names as a list, in the language of the page; of many the first, and how many more."""
    more = len(words) - MOST_LISTED
    shown = [translate(word) for word in (words[:MOST_LISTED] if more > 1 else words)]
    if more > 1:
        shown.append(translate_count("{number} other", "{number} others", more).format(number=more))
    return join_words(shown, translate("and"))


def years_phrase(years: Array) -> str:
    """Return the first and the last of decimal years, once if they are the same."""
    first, last = int(years[0]), int(years[-1])
    if first == last:
        return str(first)
    return translate("{first} to {last}").format(first=first, last=last)


def difference_title(dataset: xr.Dataset, name: str) -> str:
    """Return the title of a scenario in a difference, with what is subtracted if it is its own."""
    own = reference_of(dataset, name) != BASELINE
    note = translate(", minus the same without its events") if own else ""
    return shown_title(dataset, name) + note


def lever_changes(dataset: xr.Dataset, name: str, other: str) -> list[str]:
    """Return which levers have another value than in the scenario that one is compared with.

    Only where one extends the other, or both the same future: elsewhere the same name may stand
    for something else.
    """
    request = dataset.attrs["request"]
    one, two = (set(request.get("chains", {}).get(each, ())) for each in (name, other))
    if not one & two - ({BASELINE, HISTORY} - {other}):
        return []
    own, before = (request["levers"].get(each, {}) for each in (name, other))
    text = translate("{lever} is {value}, in {other} {before}")
    return [
        text.format(
            lever=name_lever(dataset, lever, name),
            value=format_general(own[lever]),
            other=shown_title(dataset, other),
            before=format_general(before[lever]),
        )
        for lever in own
        if lever in before and own[lever] != before[lever]
    ]


def varied_levers(dataset: xr.Dataset, name: str) -> list[str]:
    """Return what the levers mean whose values stand in the title of a scenario of a family."""
    request = dataset.attrs["request"]
    meanings = request.get("meanings", {}).get(name, {})
    varied = request.get("varied", {}).get(name, {})
    return [f"{lever}: {meanings[lever]}" for lever in varied if meanings.get(lever)]


def name_lever(dataset: xr.Dataset, lever: str, name: str) -> str:
    """Return a lever with its meaning, if the batch keeps it: `depth (how far Russia leaves)`."""
    meaning = dataset.attrs["request"].get("meanings", {}).get(name, {}).get(lever)
    return f"{lever} ({meaning})" if meaning else lever


def references_phrase(pairs: Mapping[str, str]) -> str:
    """Return what scenarios are compared with, by their references."""
    if BASELINE not in pairs.values():
        return translate("the same cast without its events")
    if {*pairs.values()} == {BASELINE}:
        return translate("the baseline")
    return translate("the baseline, or the same cast without its events")


def provenance_sentence(dataset: xr.Dataset) -> str:
    """Return members, parameters and seed, whether the batch is finished, and changed history."""
    request = dataset.attrs["request"]
    counts = np.atleast_1d(dataset["members"].values)
    requested, low, high = request["members"], int(counts.min()), int(counts.max())
    if low == requested:
        members = translate_count(
            "{number} member (a simulated history)",
            "{number} members (simulated histories)",
            requested,
        )
    else:
        members = translate(
            "{done} of {number} members (simulated histories): the batch is unfinished, and this "
            "is what is there"
        )
    done = f"{low}" if low == high else translate("{low} to {high}").format(low=low, high=high)
    per_scenario = translate(" per scenario") if counts.size > 1 else ""
    no_bands = translate(" One member has no bands.") if high == 1 else ""
    layer = ""
    if "layer" in request:
        layer = translate(", from {layer}").format(layer=translate(request["layer"]))
    kind, space, number = request["weights"].partition(" ")
    source = translate("; parameters: {weights}{layer}; seed {seed}.").format(
        weights=f"{translate(kind)}{space}{number}", layer=layer, seed=request["seed"]
    )
    return (
        f"{members.format(number=requested, done=done)}{per_scenario}{source}{no_bands}"
        f"{_history_notes(dataset)}"
    )


def _history_notes(dataset: xr.Dataset) -> str:
    """Say which of the scenarios shown change the years before 2020."""
    names = [str(name) for name in np.atleast_1d(dataset["scenario"].values)]
    request = dataset.attrs["request"]
    notes = (
        history_sentence(request, name, title=title_of(dataset, name), of_difference=len(names) > 1)
        for name in names
    )
    found = [note for note in notes if note]
    if len(found) > MOST_NOTES:
        many = translate(" {number} of the scenarios change the years before 2020 as well.")
        return many.format(number=len(found))
    return "".join(f" {note}." for note in found)


def region_label(dataset: xr.Dataset) -> str:
    """Return what a mean over republics covers: the whole region, or the republics chosen."""
    chosen = [str(name) for name in dataset["republic"].values]
    if len(chosen) == 1:
        return translate(chosen[0])
    if len(chosen) == dataset.attrs.get("republics_in_all", len(chosen)):
        return translate("mean of the {number} republics").format(number=len(chosen))
    return translate("mean of {republics}").format(republics=list_words(chosen))

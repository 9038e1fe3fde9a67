"""The head and foot of a page: a title that states the finding, a subtitle that says what is shown.

Titles come from the paired differences that `steppe compare` lists. `--title` and `--note` of a
user take their place, or are added, here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import xarray as xr

from steppe.experiments.results.findings import (
    MIN_MEMBERS,
    Finding,
    state_finding,
    state_leads,
    too_few,
)
from steppe.experiments.results.paired_ends import ScenarioEnd, select_cells
from steppe.experiments.results.statistics import FINDINGS, OBSERVED
from steppe.model.core.word_lists import count_in_words

from .captions import scenario_title, title_of
from .text_layout import shorten_middle

TITLE, NOTE = "title", "note"  # attributes of statistics: what the user asked for
MOST_BANDS = 2  # holders with bands in one panel; more turn to mud
NAME_LETTERS = 60  # of the title of a scenario within a sentence


class Headline(NamedTuple):
    """The texts of a page."""

    title: str
    subtitle: str
    caption: str


def end_of(dataset: xr.Dataset) -> ScenarioEnd:
    """Return what is known of the end of the only scenario of a dataset."""
    ends = dataset.attrs.get(FINDINGS, {})
    found = ends.get(str(dataset["scenario"].values), ScenarioEnd(()))
    assert isinstance(found, ScenarioEnd)
    return found


def find_difference(dataset: xr.Dataset, *, observed: str = "") -> Finding:
    """Return how a scenario differs from another, in the cells of a dataset.

    Parameters
    ----------
    observed : an observable, to speak of in place of influence.

    Without another the finding is who leads.
    """
    end, name = end_of(dataset), shorten_middle(scenario_title(dataset), NAME_LETTERS)
    if not end.compared or (not end.differences and end.leads):
        channel = dataset.attrs[OBSERVED][observed].channel if observed else None
        return find_leads(dataset.sel(channel=[channel]) if channel else dataset)
    items = select_cells(end.observed if observed else end.differences, dataset, observed)
    other = shorten_middle(title_of(dataset, end.compared), NAME_LETTERS)
    return state_finding(items, name, other, end.absent)


def _from_reference(dataset: xr.Dataset) -> Finding:
    """Return how a scenario differs from the baseline, or from what else is subtracted from it."""
    end = end_of(dataset)
    if not end.reference:
        return find_difference(dataset)
    own = replace(end, compared=end.reference, differences=end.from_reference, absent=())
    ends = {**dataset.attrs[FINDINGS], str(dataset["scenario"].values): own}
    return find_difference(dataset.assign_attrs({FINDINGS: ends}))


def find_leads(dataset: xr.Dataset) -> Finding:
    """Return which powers lead at the end of a scenario, in the cells of a dataset."""
    name = shorten_middle(scenario_title(dataset), NAME_LETTERS)
    return state_leads(select_cells(end_of(dataset).leads, dataset), name)


def largest_finding(dataset: xr.Dataset, names: Sequence[str]) -> Finding:
    """Return the finding of one of several scenarios whose sure differences add up to most."""
    ends = [dataset.sel(scenario=name) for name in names]
    compared = [_from_reference(one) for one in ends if end_of(one).differences]
    if not compared:
        return Finding("")
    largest = max(compared, key=lambda one: one.size)
    if len(compared) == 1 or not largest.size:
        members = int(dataset["members"].max())
        none = f"No share differs surely in any of {count_in_words(len(compared))} scenarios"
        if members < MIN_MEMBERS:
            none = f"{too_few(members)} to be sure of a difference"
        return largest if len(compared) == 1 else Finding(none[0].upper() + none[1:])
    first = f"Largest of {count_in_words(len(compared))} scenarios: "
    return replace(largest, sentence=first + largest.sentence)


def banded_holders(dataset: xr.Dataset, observed: str = "") -> tuple[str, ...]:
    """Return the holders drawn with bands: those that the title speaks of, at most two."""
    there = [str(name) for name in dataset["holder"].values]
    if len(there) <= MOST_BANDS:
        return tuple(there)
    found = find_difference(dataset, observed=observed)
    spoken = [*found.holders, *find_leads(dataset).holders, *there]
    return tuple(dict.fromkeys(name for name in spoken if name in there))[:MOST_BANDS]


def headline_of_leads(dataset: xr.Dataset, subtitle: str, caption: str) -> Headline:
    """Return the texts of a page on who leads, which says as well who gained against what."""
    leads = find_leads(dataset)
    change = find_difference(dataset) if end_of(dataset).differences else leads
    if change.sentence != leads.sentence:
        subtitle = f"{change.sentence}. {subtitle}"
    return headline(dataset, leads, subtitle, caption)


def headline(dataset: xr.Dataset, finding: Finding, subtitle: str, caption: str) -> Headline:
    """Return the texts of a page, with what the user asked for in their place."""
    title = str(dataset.attrs.get(TITLE) or finding.sentence or subtitle)
    note = str(dataset.attrs.get(NOTE) or "")
    if dataset.attrs.get(TITLE) and finding.sentence:
        subtitle = f"{finding.sentence}. {subtitle}"
    return Headline(title, subtitle, f"{note} {caption}".strip())

"""Sentences of captions: what bands mean, how many members, which parameters, which seed."""

from __future__ import annotations

import numpy as np
import xarray as xr

from steppe.model.core.word_lists import join_words

BAND_SENTENCE = (
    "Line: median over members; stronger band: the middle 50% of them; "
    "fainter band: the middle 90%."
)
UNIT_SENTENCE = (
    "Shares are influence capacity, 0 to 1; with autonomy they add up to 1 in each member."
)


def scenario_title(dataset: xr.Dataset) -> str:
    """Return the title of the only scenario of a dataset."""
    name = str(dataset["scenario"].values)
    return str(dataset.attrs["request"]["titles"].get(name, name))


def provenance_sentence(dataset: xr.Dataset) -> str:
    """Return members, parameters and seed, and whether the batch is finished."""
    request = dataset.attrs["request"]
    counts = np.atleast_1d(dataset["members"].values)
    requested, low, high = request["members"], counts.min(), counts.max()
    if low == requested:
        members = f"{requested} member{'s' * (requested != 1)}"
    else:
        count = f"{low}" if low == high else f"{low} to {high}"
        members = (
            f"{count} of {requested} members: the batch is unfinished, and this is what is there"
        )
    per_scenario = " per scenario" if counts.size > 1 else ""
    no_bands = " One member has no bands." if high == 1 else ""
    return (
        f"{members}{per_scenario}; weights: {request['weights']}; seed {request['seed']}.{no_bands}"
    )


def region_label(dataset: xr.Dataset) -> str:
    """Return what a mean over republics covers: the whole region, or the republics chosen."""
    chosen = [str(name) for name in dataset["republic"].values]
    if len(chosen) == 1:
        return chosen[0]
    if len(chosen) == dataset.attrs.get("republics_in_all", len(chosen)):
        return f"mean of the {len(chosen)} republics"
    return f"mean of {join_words(chosen)}"

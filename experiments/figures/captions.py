"""What stands under every figure: what bands mean, how many members, which weights, which seed."""

from __future__ import annotations

import numpy as np
import xarray as xr

from steppe.model.core.word_lists import join_words

BAND_SENTENCE = "Line: median over members; stronger band: the middle 50 % of them; fainter band: the middle 90 %."
UNIT_SENTENCE = (
    "Shares are influence capacity, 0 to 1; with autonomy they add up to 1 in each member."
)


def scenario_title(dataset: xr.Dataset) -> str:
    """The title of the one scenario of a dataset."""
    name = str(dataset["scenario"].values)
    return dataset.attrs["request"]["titles"].get(name, name)


def provenance_sentence(dataset: xr.Dataset) -> str:
    """Members, weights and seed, and whether the batch is finished."""
    request = dataset.attrs["request"]
    counts = np.atleast_1d(dataset["members"].values)
    asked = request["members"]
    if counts.min() == asked:
        members = f"{asked} member{'s' * (asked != 1)}"
    else:
        spread = (
            f"{counts.min()}"
            if counts.min() == counts.max()
            else f"{counts.min()} to {counts.max()}"
        )
        members = f"{spread} of {asked} members: the batch is unfinished, and this is what is there"
    per = " per scenario" if counts.size > 1 else ""
    one = " One member has no bands." if counts.max() == 1 else ""
    return f"{members[:1].upper()}{members[1:]}{per}; weights: {request['weights']}; seed {request['seed']}.{one}"


def region_label(dataset: xr.Dataset) -> str:
    """What a mean over republics is a mean of: the whole region, or the republics chosen."""
    chosen = [str(name) for name in dataset["republic"].values]
    if len(chosen) == 1:
        return chosen[0]
    if len(chosen) == dataset.attrs.get("republics_in_all", len(chosen)):
        return f"mean of the {len(chosen)} republics"
    return f"mean of {join_words(chosen)}"

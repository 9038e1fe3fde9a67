"""Observables of two scenarios compared member by member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from steppe.model.core.word_lists import join_words

from .differences import Difference, member_differences, rank_differences
from .observed import as_shares, stored_observables
from .selection import Selection

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class ObservedComparison:
    """The differences of one observable, each with its name as channel; the surest first.

    `note` says whose part the whole has in one of the scenarios only; empty if nobody's.
    """

    observable: str
    unit: str
    differences: tuple[Difference, ...]
    note: str = ""

    def lines(self, shown: Mapping[str, str] | None = None) -> list[str]:
        """Return the differences as lines to read; `shown` are names of scenarios."""
        return [
            f"What statistics count: {self.unit}",
            *([self.note] if self.note else []),
            *(f"- {item.sentence(shown)}" for item in self.differences),
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as JSON, where an observable has no channel."""
        data = asdict(self)
        for row in data["differences"]:
            del row["channel"]
        return data


def compare_observables(
    dataset: xr.Dataset,
    like: Difference,
    chosen: Selection,
    absent: Mapping[str, Sequence[str]],
    top: int,
) -> tuple[ObservedComparison, ...]:
    """Compare the observables of a batch that follow the channels chosen.

    Parameters
    ----------
    like : a difference of shares, with the scenarios and the year. absent : the powers and
    republics that each scenario lacks of the other's. top : differences of each observable to
    return.
    """
    import xarray as xr

    found = []
    scenarios = like.scenario, like.against
    for row in stored_observables(dataset, chosen.channels):
        values = as_shares(dataset[row.variable], row.name)
        last = member_differences(xr.Dataset({"shares": values}), *scenarios, like.year)
        if last is None or not last.sizes["member"]:
            continue
        cells = {"republic": list(chosen.republics)} if chosen.republics else {}
        items = rank_differences(last.sel(cells), *scenarios)
        shown = [item for item in items if not chosen.holders or item.holder in chosen.holders]
        powers = [str(name) for name in dataset["power"].values]
        note = _describe_whole(row.name, scenarios, absent, powers)
        if shown:
            found.append(ObservedComparison(row.name, row.unit, tuple(shown[:top]), note))
    return tuple(found)


def _describe_whole(
    name: str,
    scenarios: tuple[str, str],
    absent: Mapping[str, Sequence[str]],
    powers: Sequence[str],
) -> str:
    """Say which powers only one of the scenarios counts in the whole; empty if there are none."""
    sentences = []
    for having, lacking in (scenarios, scenarios[::-1]):
        added = [power for power in absent.get(lacking, ()) if power in powers]
        if added:
            sentences.append(
                f"the whole differs: in {having} it has the {name} with {join_words(added)}, whose "
                "offset is drawn from its prior, so the parts of the others are smaller there"
            )
    return "; ".join(sentences)

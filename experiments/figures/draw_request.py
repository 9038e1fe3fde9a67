"""What to draw: figures, parts of the batch, style and formats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import xarray as xr

from steppe.experiments.results.differences import BASELINE, reference_of
from steppe.experiments.results.selection import (
    Selection,
    file_parts,
    match_names,
    resolve_selection,
)
from steppe.model.core.errors import RequestError

from .language import ENGLISH, language_names
from .page_sizes import SIZE_NAMES
from .registry import FIGURE_KINDS, QUICK_FIGURES
from .themes import THEME_NAMES

FORMATS = ("png", "svg", "pdf")


class Asked(TypedDict, total=False):
    """What `resolve_draw_request` takes."""

    figures: Sequence[str]
    scenarios: Sequence[str]
    republics: Sequence[str]
    channels: Sequence[str]
    powers: Sequence[str]
    style: str
    formats: Sequence[str]
    years: str
    title: str
    note: str
    size: str
    language: str


@dataclass(frozen=True)
class DrawRequest:
    """Which figures of which parts of a batch, in which style and formats.

    file_parts : how each name in the whole batch is written in the names of files.
    """

    figures: tuple[str, ...]
    parts: Selection
    style: str
    formats: tuple[str, ...]
    file_parts: Mapping[str, str]
    years: tuple[int, int] | None = None
    title: str = ""
    note: str = ""
    size: str = SIZE_NAMES[0]
    language: str = ENGLISH

    def narrow(self, dataset: xr.Dataset) -> xr.Dataset:
        """Select the parts that figures need, with every scenario that others are compared with.

        Pages are drawn of those asked for alone.
        """
        names, request = (
            [str(name) for name in dataset["scenario"].values],
            dataset.attrs["request"],
        )
        chosen = self.parts.scenarios
        extended = [name for one in chosen for name in request.get("chains", {}).get(one, ())]
        families = {name.partition("[")[0] for name in chosen if "[" in name}
        alike = [name for name in names if name.partition("[")[0] in families]
        keep = [BASELINE, *self._references(dataset), *extended, *alike]
        return self.parts.narrow(self.select_years(dataset), keep=keep)

    def _references(self, dataset: xr.Dataset) -> list[str]:
        """Return what the scenarios asked for are compared with."""
        return [reference_of(dataset, name) for name in self.parts.scenarios]

    def select_years(self, dataset: xr.Dataset) -> xr.Dataset:
        """Select the years asked for; all without."""
        if self.years is None:
            return dataset
        years = dataset["time"].dt.year
        return dataset.isel(time=((years >= self.years[0]) & (years <= self.years[1])).values)

    def select_scenarios(self, statistics: xr.Dataset) -> xr.Dataset:
        """Select the scenarios asked for, and their references where differences are drawn."""
        if not self.parts.scenarios:
            return statistics
        references = self._references(statistics) if "difference" in self.figures else []
        keep = {*self.parts.scenarios, *references}
        names = [name for name in statistics["scenario"].values if name in keep]
        return statistics.sel(scenario=names)

    def select_holders(self, statistics: xr.Dataset) -> xr.Dataset:
        """Select holders, after ranks and leads have been computed among all powers."""
        if not self.parts.holders:
            return statistics
        return statistics.sel(
            holder=[name for name in statistics["holder"].values if name in self.parts.holders],
            power=[name for name in statistics["power"].values if name in self.parts.holders],
        )

    def file_suffix(self, *, one_republic: bool = False, all_scenarios: bool = False) -> str:
        """Return what filters add to a file name, so that a part never overwrites the whole.

        A page of one republic or of one scenario is the same whichever others are filtered
        out; `all_scenarios` marks a page that shows all scenarios together.
        """
        filters = self.parts.file_suffix(
            self.file_parts, scenarios=all_scenarios, republics=not one_republic
        )
        usual, asked = (
            (THEME_NAMES[0], SIZE_NAMES[0], ENGLISH),
            (self.style, self.size, self.language),
        )
        form = "".join(f"--{name}" for name in asked if name not in usual)
        years = "" if not self.years else "--" + "-".join(map(str, dict.fromkeys(self.years)))
        return filters + years + form


def resolve_draw_request(
    dataset: xr.Dataset,
    *,
    figures: Sequence[str] = (),
    scenarios: Sequence[str] = (),
    republics: Sequence[str] = (),
    channels: Sequence[str] = (),
    powers: Sequence[str] = (),
    style: str = THEME_NAMES[0],
    formats: Sequence[str] = FORMATS[:1],
    years: str = "",
    title: str = "",
    note: str = "",
    size: str = SIZE_NAMES[0],
    language: str = ENGLISH,
) -> DrawRequest:
    """Return filters as names that the batch and the registry of figures know.

    Raises
    ------
    RequestError
        If a name is unknown, or the batch has none of the years.
    """
    languages = language_names()
    return DrawRequest(
        figures=match_names("figure", figures or QUICK_FIGURES, list(FIGURE_KINDS)),
        parts=resolve_selection(
            dataset, scenarios=scenarios, republics=republics, channels=channels, powers=powers
        ),
        style=match_names("style", [style], THEME_NAMES)[0],
        formats=match_names("format", formats, FORMATS),
        # so that no filter reads as a style, a size or a language
        file_parts=file_parts(dataset, (*THEME_NAMES, *SIZE_NAMES, *languages)),
        years=parse_years(years, dataset) if years else None,
        title=title,
        note=note,
        size=match_names("size", [size], SIZE_NAMES)[0],
        language=match_names("language", [language], languages)[0],
    )


def parse_years(text: str, dataset: xr.Dataset) -> tuple[int, int]:
    """Return the first and the last year of `2020-2040` or `2030`.

    Raises
    ------
    RequestError
        If it is no such range, or the batch has none of the years.
    """
    found = re.fullmatch(r"(\d{4})(?:\s*[-\N{EN DASH}:]\s*(\d{4}))?", text.strip())
    if not found:
        raise RequestError(f"--years {text}: not a range of years; give one such as 2020-2040")
    first, last = int(found[1]), int(found[2] or found[1])
    if first > last:
        raise RequestError(f"--years {text}: it ends before it begins; give {last}-{first}")
    years = dataset["time"].dt.year.values
    if last < years.min() or first > years.max():
        raise RequestError(
            f"--years {text}: the batch has {years.min()} to {years.max()}; give years among these"
        )
    return first, last

"""What to draw: figures, parts of the batch, style and formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xarray as xr

from steppe.experiments.results.differences import BASELINE
from steppe.experiments.results.selection import (
    Selection,
    file_parts,
    match_names,
    resolve_selection,
)

from .registry import FIGURE_KINDS, QUICK_FIGURES
from .themes import THEME_NAMES

FORMATS = ("png", "svg", "pdf")


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

    def narrow(self, dataset: xr.Dataset) -> xr.Dataset:
        """Select the parts that figures need, with the baseline where differences are drawn."""
        return self.parts.narrow(dataset, keep=[BASELINE] if "difference" in self.figures else [])

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
        style = "" if self.style == THEME_NAMES[0] else f"--{self.style}"
        return filters + style


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
) -> DrawRequest:
    """Return filters as names that the batch and the registry of figures know.

    Raises
    ------
    RequestError
        If a name is unknown.
    """
    return DrawRequest(
        figures=match_names("figure", figures or QUICK_FIGURES, list(FIGURE_KINDS)),
        parts=resolve_selection(
            dataset, scenarios=scenarios, republics=republics, channels=channels, powers=powers
        ),
        style=match_names("style", [style], THEME_NAMES)[0],
        formats=match_names("format", formats, FORMATS),
        file_parts=file_parts(dataset, THEME_NAMES),  # so that no filter reads as a style
    )

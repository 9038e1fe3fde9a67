"""What to draw: figures, parts of the batch, style and formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr

from steppe.experiments.results.differences import BASELINE
from steppe.experiments.results.selection import Selection, match_names, resolve_selection

from .registry import FIGURE_KINDS, QUICK_FIGURES
from .themes import THEME_NAMES

FORMATS = ("png", "svg", "pdf")


@dataclass(frozen=True)
class DrawRequest:
    """Which figures of which parts of a batch, in which style and formats."""

    figures: tuple[str, ...]
    parts: Selection
    style: str
    formats: tuple[str, ...]

    def narrowed(self, dataset: xr.Dataset) -> xr.Dataset:
        """The parts that figures need: those chosen, and the baseline where a difference is drawn."""
        return self.parts.narrowed(dataset, keep=[BASELINE] if "difference" in self.figures else [])

    def shown(self, statistics: xr.Dataset) -> xr.Dataset:
        """Measures of the holders chosen. Ranks and leads were found among all powers before."""
        if not self.parts.holders:
            return statistics
        powers = [name for name in statistics["power"].values if name in self.parts.holders]
        return statistics.sel(
            holder=[name for name in statistics["holder"].values if name in self.parts.holders],
            power=powers,
        )

    def suffix(self, *, of_one_republic: bool = False, of_scenarios: bool = False) -> str:
        """What a filter adds to file names, so that a part never takes the place of the whole.

        A page of one republic, or of one scenario, is whole whichever others are filtered
        away; `of_scenarios` marks a page on which they stand together.
        """
        scenarios, republics = (
            self.parts.scenarios if of_scenarios else (),
            () if of_one_republic else self.parts.republics,
        )
        words = "-".join(
            file_name_part(word)
            for word in (*scenarios, *republics, *self.parts.channels, *self.parts.holders)
        )
        return (f"--{words}" if words else "") + (
            "" if self.style == THEME_NAMES[0] else f"--{self.style}"
        )


def file_name_part(words: str) -> str:
    """A name as part of a file name."""
    return "".join(
        letter if letter.isalnum() or letter in "_." else "-" for letter in words.casefold()
    )


def resolve_draw_request(
    dataset: xr.Dataset,
    *,
    figures: Sequence[str] | None = None,
    scenarios: Sequence[str] | None = None,
    republics: Sequence[str] | None = None,
    channels: Sequence[str] | None = None,
    powers: Sequence[str] | None = None,
    style: str = THEME_NAMES[0],
    formats: Sequence[str] = FORMATS[:1],
) -> DrawRequest:
    """The filters as names that the batch and the registry of figures know.

    Raises
    ------
    RequestError
        If a word names nothing.
    """
    return DrawRequest(
        figures=match_names("figure", figures or QUICK_FIGURES, list(FIGURE_KINDS)),
        parts=resolve_selection(
            dataset, scenarios=scenarios, republics=republics, channels=channels, powers=powers
        ),
        style=match_names("style", [style], list(THEME_NAMES))[0],
        formats=match_names("format", formats, list(FORMATS)),
    )

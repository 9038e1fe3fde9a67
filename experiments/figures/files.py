"""Figures as files, from Python: whole pages, as the commands write them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .draw import draw_figures
from .registry import USUAL_FIGURES

Names = str | Sequence[str]


def write_figures(
    out: str | Path,
    figures: Names = (),
    *,
    scenario: Names = (),
    republic: Names = (),
    channel: Names = (),
    power: Names = (),
    style: str = "light",
    formats: Names = ("png",),
    years: str = "",
    title: str = "",
    note: str = "",
    size: str = "page",
    language: str = "en",
    colours: str | Path | None = None,
    jobs: int | None = None,
) -> list[Path]:
    """Write figures as whole pages into the folder of a batch, as `steppe plot` does.

    Parameters
    ----------
    out : the folder of a batch; pages go to its folder `figures`.
    figures : names of figures; by default all but maps.
    scenario, republic, channel, power : draw only these; one name or several.
    style : `light` or `dark`. formats : `png`, `svg` or `pdf`, one or several.
    years : only these, such as `2020-2040`.
    title : in place of the finding, which then follows it. note : comes before the caption.
    size : `page`; `slide`, 1920 by 1080 pixels; or `column` of a journal, 89 mm wide with one row
        of panels and else, or where it would be taller than 240 mm, 183 mm; 300 pixels per inch.
    language : `en`, or `ru` for labels, names and captions in Russian; findings stay English.
    colours : a YAML file with lines such as `Russia: "#7B1FA2"`, in place of the cast's.
    jobs : processes; by default one per processor, where there are pages for more than one.

    Returns
    -------
    The paths of the files, in the order of figures.

    Raises
    ------
    RequestError
        If there is no batch, a name is unknown, or there is nothing to draw.

    Examples
    --------
    >>> import steppe
    >>> batch = steppe.run("baseline", members=9, out="batch")
    >>> [path.name for path in steppe.plot.write_figures("batch", "region")]
    ['region-baseline.png']
    """
    return draw_figures(
        Path(out),
        figures=several(figures) or USUAL_FIGURES,
        scenarios=several(scenario),
        republics=several(republic),
        channels=several(channel),
        powers=several(power),
        style=style,
        formats=several(formats),
        years=years,
        title=title,
        note=note,
        size=size,
        language=language,
        colours=Path(colours) if colours else None,
        jobs=jobs,
    )


def several(names: Names) -> tuple[str, ...]:
    """One name or several, as several."""
    return (names,) if isinstance(names, str) else tuple(names)

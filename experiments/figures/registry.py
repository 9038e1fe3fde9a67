"""Every figure by name: what it shows, what it needs computed, and for what it is drawn once."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType


@dataclass(frozen=True)
class FigureKind:
    """A figure. `per` names the dimensions along which there is one page each; `quick` ones are drawn by `steppe run`.

    `together` : a page shows all the scenarios asked for.
    """

    name: str
    what: str
    per: tuple[str, ...] = ("scenario",)
    quick: bool = False
    together: bool = False

    @property
    def module(self) -> ModuleType:
        """The file that draws it, read only when it is wanted."""
        return import_module(f".{self.name}", package=__package__)


FIGURE_KINDS = {
    kind.name: kind
    for kind in (
        FigureKind("trajectories", "every share over time, republics by channels", quick=True),
        FigureKind("republic", "one republic, large", per=("scenario", "republic")),
        FigureKind("region", "the mean of the republics, by power", quick=True),
        FigureKind("leads", "who leads, as probability over time"),
        FigureKind("heatmap", "every share at the end of the run"),
        FigureKind(
            "difference",
            "each scenario minus the baseline, member by member",
            per=(),
            quick=True,
            together=True,
        ),
        FigureKind("ranks", "how the powers' ranks change"),
        FigureKind(
            "forest", "shares at the end of the run in all scenarios", per=("place",), together=True
        ),
        FigureKind("coverage", "which needs, ties and interests rest on evidence", per=()),
        FigureKind("map", "a map of the region for each power and channel"),
    )
}
QUICK_FIGURES = tuple(kind.name for kind in FIGURE_KINDS.values() if kind.quick)

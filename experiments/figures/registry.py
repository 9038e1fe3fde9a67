"""Every figure by name: what it shows, and how many pages it has."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from steppe.model.observables.declarations import OBSERVABLES


@dataclass(frozen=True)
class FigureKind:
    """A figure, drawn by the module of the same name; all observables by one module.

    Attributes
    ----------
    one_page_per : dimensions whose combinations have a page each
    quick : whether `steppe run` draws it
    all_scenarios : whether a page shows all the scenarios asked for
    of_observable : whether it shows the observable of its name
    on_request : whether it is drawn only if it is asked for by name
    """

    name: str
    description: str
    one_page_per: tuple[str, ...] = ("scenario",)
    quick: bool = False
    all_scenarios: bool = False
    of_observable: bool = False
    on_request: bool = False

    @property
    def module(self) -> ModuleType:
        """The module, with `STATISTICS` and `make_page`; imported when first used."""
        name = "observable" if self.of_observable else self.name
        return import_module(f".{name}", package=__package__)


FIGURE_KINDS = {
    kind.name: kind
    for kind in (
        FigureKind("trajectories", "every share over time, republics by channels", quick=True),
        FigureKind("republic", "one republic, large", one_page_per=("scenario", "republic")),
        FigureKind("region", "the mean of the republics, by power", quick=True),
        FigureKind("leads", "who leads, as probability over time"),
        FigureKind("heatmap", "every share at the end of the run"),
        FigureKind(
            "difference",
            "each scenario minus the baseline, member by member",
            one_page_per=(),
            quick=True,
            all_scenarios=True,
        ),
        FigureKind(
            "overlay",
            "scenarios in one panel, and their paired difference",
            one_page_per=("group",),
            all_scenarios=True,
        ),
        FigureKind(
            "response",
            "the outcome against each lever that a file varies",
            one_page_per=(),
            quick=True,
            all_scenarios=True,
        ),
        FigureKind("ranks", "how the powers' ranks change"),
        FigureKind(
            "forest",
            "shares at the end of the run in all scenarios",
            one_page_per=("place",),
            all_scenarios=True,
        ),
        FigureKind("coverage", "which needs, ties and interests rest on evidence", one_page_per=()),
        FigureKind("map", "a map of the region for each power and channel", on_request=True),
        *(
            FigureKind(
                row.name,
                f"{row.name} beside influence, one republic",
                one_page_per=("scenario", "republic"),
                of_observable=True,
            )
            for row in OBSERVABLES.values()
        ),
    )
}
USUAL_FIGURES = tuple(kind.name for kind in FIGURE_KINDS.values() if not kind.on_request)
QUICK_FIGURES = tuple(kind.name for kind in FIGURE_KINDS.values() if kind.quick)

"""Every figure by name: what it shows, what it needs computed, and for what it is drawn once."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType


@dataclass(frozen=True)
class Kind:
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


KINDS = {
    kind.name: kind
    for kind in (
        Kind("trajectories", "every share over time, republics by channels", quick=True),
        Kind("republic", "one republic, large", per=("scenario", "republic")),
        Kind("region", "the mean of the republics, by power", quick=True),
        Kind("leads", "who leads, as probability over time"),
        Kind("heatmap", "every share at the end of the run"),
        Kind(
            "difference",
            "each scenario minus the baseline, member by member",
            per=(),
            quick=True,
            together=True,
        ),
        Kind("ranks", "how the powers' ranks change"),
        Kind(
            "forest", "shares at the end of the run in all scenarios", per=("place",), together=True
        ),
        Kind("coverage", "which needs, ties and interests rest on evidence", per=()),
        Kind("map", "a map of the region for each power and channel"),
    )
}
QUICK = tuple(kind.name for kind in KINDS.values() if kind.quick)

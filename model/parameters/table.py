"""The one table of parameters: symbol, name, meaning, unit, prior, bounds, source and status.

Documentation, samplers, the scenario schema and `steppe parameters` are made from `TABLE`; a
parameter is declared nowhere else. The last rows are those of the observables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from steppe.model.core.cast import Cast
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.observables.declarations import OBSERVABLES, Observable

from .prior import Prior, uniform


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One row of the table.

    Parameters
    ----------
    id : in scenario files, in results and as attribute of an ensemble, such as `phi`.
    symbol : in the equations of MODEL.md, such as φ.
    name : in the signatures of the equations, such as `loss_weight`.
    per : the axis along which it varies: channel, republic or power; None for a single number.
    of_first_power : whether a parameter per power has an entry for the first power; otherwise that
        is 0 by definition.
    priors : one prior for all entries, or one by name of the entry.
    status : assumption, or coded if a prior mean comes from the evidence.
    """

    id: str
    symbol: str
    name: str
    meaning: str
    per: str | None = None
    unit: str
    priors: Prior | Mapping[str, Prior]
    bounds: tuple[float, float]
    source: str
    status: str = "assumption"
    of_first_power: bool = False

    @property
    def skips_first(self) -> bool:
        """True if the first power has no entry."""
        return self.per == "power" and not self.of_first_power

    def prior(self, entry: str | None = None) -> Prior:
        """The prior of an entry; an entry that is not listed has that of the first."""
        if isinstance(self.priors, Prior):
            return self.priors
        first = next(iter(self.priors.values()))
        return first if entry is None else self.priors.get(entry, first)

    def entries(self, cast: Cast) -> tuple[str | None, ...]:
        """Names along the parameter's axis; (None,) for a single number."""
        if self.per is None:
            return (None,)
        actors = cast.actors(self.per)
        return tuple(actor.name for actor in (actors[1:] if self.skips_first else actors))

    def labels(self, cast: Cast) -> tuple[str, ...]:
        """`theta`, or `beta[economic]`, `beta[security]`, ..."""
        return tuple(
            self.id if entry is None else f"{self.id}[{entry}]" for entry in self.entries(cast)
        )


MODEL_ROWS: tuple[Parameter, ...] = (
    Parameter(
        id="theta",
        symbol="θ",
        name="effort_elasticity",
        meaning="elasticity of attraction to effort and means",
        unit="per ln effort",
        priors=uniform(0.2, 0.9),
        bounds=(0.2, 0.9),
        source="Tullock 1980",
    ),
    Parameter(
        id="beta",
        symbol="β",
        name="tie_weight",
        meaning="weight of structural ties",
        per="channel",
        unit="per unit tie",
        priors=uniform(0, 2),
        bounds=(0, 2),
        source="Hirschman 1945",
    ),
    Parameter(
        id="gamma",
        symbol="γ",
        name="institution_weight",
        meaning="weight of shared institutions (enmeshment)",
        unit="per unit membership",
        priors=uniform(0, 1.5),
        bounds=(0, 1.5),
        source="Keohane and Nye 1977",
    ),
    Parameter(
        id="eta",
        symbol="η",
        name="need_weight",
        meaning="weight of a need met by supply",
        unit="per unit need met",
        priors=uniform(0, 2),
        bounds=(0, 2),
        source="Keohane and Nye 1977",
    ),
    Parameter(
        id="iota",
        symbol="ι",
        name="interest_weight",
        meaning="weight of interests in the allocation of effort",
        unit="per unit interest",
        priors=uniform(0, 3),
        bounds=(0, 3),
        source="Luce 1959",
    ),
    Parameter(
        id="lambda_",
        symbol="λ",
        name="precision",
        meaning="precision of allocation: 0 spreads effort evenly, 1 is the myopic best response",
        unit="1",
        priors=uniform(0, 1),
        bounds=(0, 1),
        source="McKelvey and Palfrey 1995",
    ),
    Parameter(
        id="phi",
        symbol="φ",
        name="loss_weight",
        meaning="reaction of a power to share it lost over the last year",
        unit="per unit share lost in a year",
        priors=uniform(0, 10),
        bounds=(0, 10),
        source="Kahneman and Tversky 1979",
    ),
    Parameter(
        id="chi",
        symbol="χ",
        name="rival_weight",
        meaning="effort drawn to cells where rivals hold influence and kept away from "
        "those of partners",
        unit="per unit share held",
        priors=uniform(0, 3),
        bounds=(0, 3),
        source="Bueno de Mesquita 1981",
    ),
    Parameter(
        id="h",
        symbol="h",
        name="half_life",
        meaning="time in which influence covers half the distance to its attraction target",
        per="channel",
        unit="quarters",
        priors={
            "economic": Prior("log-uniform", 4, 20),
            "security": Prior("log-uniform", 6, 40),
            "soft power": Prior("log-uniform", 8, 60),
        },
        bounds=(1, 80),
        source="Nerlove 1958",
    ),
    Parameter(
        id="sigma",
        symbol="σ",
        name="noise_scale",
        meaning="noise: whatever moves influence and is not in the model",
        unit="log-ratio per square root of a quarter",
        priors=uniform(0.01, 0.08),
        bounds=(0, 0.2),
        source="assumption",
    ),
    Parameter(
        id="alpha",
        symbol="α",
        name="autonomy_weight",
        meaning="gatekeeping: how far a republic keeps all powers out; prior mean "
        "coded per republic, 1.3 to 2.2",
        per="republic",
        unit="log-ratio",
        priors=Prior("normal", 1.75, 0.5),
        bounds=(0, 4),
        source="coded stance",
        status="coded",
    ),
    Parameter(
        id="tau_0",
        symbol="τ₀",
        name="tolerance",
        meaning="dependence on one power beyond which a republic resists; offsets per "
        "republic are coded",
        unit="share",
        priors=uniform(0.25, 0.55),
        bounds=(0, 1),
        source="Contessi 2015",
    ),
    Parameter(
        id="rho",
        symbol="ρ",
        name="resistance",
        meaning="resistance to dependence beyond tolerance",
        unit="per unit excess dependence",
        priors=uniform(0, 10),
        bounds=(0, 10),
        source="Contessi 2015",
    ),
    Parameter(
        id="psi",
        symbol="ψ",
        name="threat_weight",
        meaning="extra dependence that a threatened regime tolerates (omnibalancing)",
        unit="share per unit threat",
        priors=uniform(0, 0.3),
        bounds=(0, 0.3),
        source="David 1991",
    ),
    Parameter(
        id="b",
        symbol="b",
        name="budget_offset",
        meaning="logarithm of a power's means at the start, relative to the first power's",
        per="power",
        unit="ln means",
        priors=Prior("normal", 0, 0.4),
        bounds=(-1.5, 1.5),
        source="assumption",
    ),
    Parameter(
        id="delta",
        symbol="δ",
        name="event_scale",
        meaning="how far one level of intensity of an event shifts effort, and nothing else",
        unit="logit per unit intensity",
        priors=uniform(0, 0.6),
        bounds=(0, 0.6),
        source="assumption",
    ),
    Parameter(
        id="zeta",
        symbol="ζ",
        name="legacy",
        meaning="inherited (Soviet) attraction of the first power before 2000, removed "
        "at the start",
        unit="log-ratio",
        priors=uniform(0, 1),
        bounds=(0, 1),
        source="assumption",
    ),
)


def _offset_row(observable: Observable) -> Parameter:
    """The offsets of an observable, which move nothing in the model."""
    return Parameter(
        id=observable.parameter,
        symbol=f"a ({observable.name})",
        name=f"{observable.name}_offset",
        meaning=f"how much more {observable.name} a power has than its {observable.channel} "
        "influence shows",
        per="power",
        unit="log-ratio",
        priors=Prior("normal", 0, observable.spread),
        bounds=(-4, 4),
        source="assumption",
        of_first_power=True,
    )


TABLE = (*MODEL_ROWS, *map(_offset_row, OBSERVABLES.values()))
BY_ID = {row.id: row for row in TABLE}


def find_parameter(label: str, cast: Cast) -> tuple[Parameter, str | None]:
    """The row and the entry that `theta`, `beta` or `beta[economic]` names.

    Raises
    ------
    UnknownNameError
        With the nearest parameter or entry.
    """
    identifier, _, rest = label.partition("[")
    row = BY_ID.get(identifier.strip())
    if row is None:
        labels = [text for row in TABLE for text in row.labels(cast) if row.per]
        raise UnknownNameError("parameter", label, [*BY_ID, *labels])
    if not rest:
        return row, None
    return row, _find_entry(row, rest.rstrip("]").strip(), cast)


def _find_entry(row: Parameter, entry: str, cast: Cast) -> str:
    for name in row.entries(cast):
        if (
            row.per is not None
            and name is not None
            and cast.actors(row.per)[cast.index(row.per, name)].matches(entry)
        ):
            return name
    raise UnknownNameError(
        f"entry of {row.id}", entry, [name or row.id for name in row.entries(cast)]
    )


def all_labels(cast: Cast) -> tuple[str, ...]:
    """Labels of all single numbers, in table order: 31 for the default cast."""
    return tuple(label for row in TABLE for label in row.labels(cast))

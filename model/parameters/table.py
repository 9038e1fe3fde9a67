"""The one table of parameters, and ensembles drawn from it.

Documentation, samplers, the scenario schema and `steppe parameters` are made from
`TABLE`; a parameter is declared nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from steppe.model.core.cast import Cast
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.equations import adjustment_rate
from steppe.model.random_streams import uniforms

BEST_REPLY_LIMIT = 0.9
OSCILLATION_LIMIT = 2.0
MAX_REDRAWS = 200
INITIAL_ALPHA = 1.75
PRIORS = ("uniform", "log-uniform", "normal")


@dataclass(frozen=True)
class Prior:
    """What is believed of a parameter before the documents speak.

    uniform and log-uniform: `low` and `high` are the ends. normal: `low` is the mean and
    `high` the standard deviation, cut at the parameter's bounds.
    """

    kind: str
    low: float
    high: float

    def quantiles(
        self, uniform: np.ndarray, bounds: tuple[float, float], centre=None
    ) -> np.ndarray:
        """Values at these probabilities; `centre`, where coded, replaces a normal prior's mean."""
        if self.kind == "uniform":
            return self.low + (self.high - self.low) * uniform
        if self.kind == "log-uniform":
            return self.low * (self.high / self.low) ** uniform
        normal = NormalDist(self.low if centre is None else float(centre), self.high)
        below, above = (normal.cdf(bound) for bound in bounds)
        within = below + (above - below) * np.clip(uniform, 1e-12, 1 - 1e-12)
        return np.array([normal.inv_cdf(probability) for probability in within])

    def describe(self) -> str:
        if self.kind == "normal":
            return f"N({self.low:g}, {self.high:g})"
        return f"{'U' if self.kind == 'uniform' else 'logU'}({self.low:g}, {self.high:g})"


@dataclass(frozen=True)
class Parameter:
    """One row of the table. `per` names the axis it varies over: channel, republic, power or none.

    A parameter per power has no entry for the first power, whose value is 0 by definition.
    `priors` holds one prior for all entries, or one by entry name.
    """

    id: str
    per: str | None
    unit: str
    priors: Prior | Mapping[str, Prior]
    bounds: tuple[float, float]
    name: str
    meaning: str
    source: str
    status: str = "assumption"
    headline: bool = False

    def prior(self, entry: str | None = None) -> Prior:
        if isinstance(self.priors, Prior):
            return self.priors
        return self.priors.get(entry, next(iter(self.priors.values())))

    def entries(self, cast: Cast) -> tuple[str | None, ...]:
        """Names along the parameter's axis; (None,) for a single number."""
        if self.per is None:
            return (None,)
        actors = cast.actors(self.per)
        return tuple(actor.name for actor in (actors[1:] if self.per == "power" else actors))

    def labels(self, cast: Cast) -> tuple[str, ...]:
        """`theta`, or `beta[economic]`, `beta[security]`, ..."""
        return tuple(
            self.id if entry is None else f"{self.id}[{entry}]" for entry in self.entries(cast)
        )


def _uniform(low, high):
    return Prior("uniform", low, high)


TABLE: tuple[Parameter, ...] = (
    Parameter(
        "theta",
        None,
        "per ln effort",
        _uniform(0.2, 0.9),
        (0.2, 0.9),
        "effort elasticity",
        "elasticity of attraction to effort and means",
        "Tullock 1980",
        headline=True,
    ),
    Parameter(
        "beta",
        "channel",
        "per unit tie",
        _uniform(0, 2),
        (0, 2),
        "tie weight",
        "weight of structural ties",
        "Hirschman 1945",
        headline=True,
    ),
    Parameter(
        "gamma",
        None,
        "per unit membership",
        _uniform(0, 1.5),
        (0, 1.5),
        "institution weight",
        "weight of shared institutions (enmeshment)",
        "Keohane and Nye 1977",
        headline=True,
    ),
    Parameter(
        "eta",
        None,
        "per unit need met",
        _uniform(0, 2),
        (0, 2),
        "need weight",
        "weight of a need met by supply",
        "Keohane and Nye 1977",
        headline=True,
    ),
    Parameter(
        "iota",
        None,
        "per unit interest",
        _uniform(0, 3),
        (0, 3),
        "interest weight",
        "weight of interests in the allocation of effort",
        "Luce 1959",
    ),
    Parameter(
        "lambda_",
        None,
        "1",
        _uniform(0, 1),
        (0, 1),
        "allocation precision",
        "precision of allocation: 0 spreads effort evenly, 1 is the myopic best response",
        "McKelvey and Palfrey 1995",
        headline=True,
    ),
    Parameter(
        "phi",
        None,
        "per unit share lost in a year",
        _uniform(0, 10),
        (0, 10),
        "loss reaction",
        "reaction of a power to share it lost over the last year",
        "Kahneman and Tversky 1979",
    ),
    Parameter(
        "chi",
        None,
        "per unit share held",
        _uniform(0, 3),
        (0, 3),
        "rivalry",
        "effort sent where rivals hold influence and kept away from where partners do",
        "Bueno de Mesquita 1981",
        headline=True,
    ),
    Parameter(
        "h",
        "channel",
        "quarters",
        {
            "economic": Prior("log-uniform", 4, 20),
            "security": Prior("log-uniform", 6, 40),
            "soft power": Prior("log-uniform", 8, 60),
        },
        (1, 80),
        "half-life",
        "time in which influence covers half the way to where it is drawn",
        "Nerlove 1958",
        headline=True,
    ),
    Parameter(
        "sigma",
        None,
        "log-ratio per square root of a quarter",
        _uniform(0.01, 0.08),
        (0, 0.2),
        "process noise",
        "what moves influence and is not in the model",
        "assumption",
    ),
    Parameter(
        "alpha",
        "republic",
        "log-ratio",
        Prior("normal", INITIAL_ALPHA, 0.5),
        (0, 4),
        "autonomy weight",
        "gatekeeping: how far a republic holds all powers off; prior mean coded per republic, 1.3 to 2.2",
        "coded stance",
        status="coded",
        headline=True,
    ),
    Parameter(
        "tau_0",
        None,
        "share",
        _uniform(0.25, 0.55),
        (0, 1),
        "dependence tolerance",
        "dependence on one power beyond which a republic resists; offsets per republic are coded",
        "Contessi 2015",
        headline=True,
    ),
    Parameter(
        "rho",
        None,
        "per unit excess dependence",
        _uniform(0, 10),
        (0, 10),
        "resistance",
        "resistance to dependence beyond tolerance",
        "Contessi 2015",
        headline=True,
    ),
    Parameter(
        "psi",
        None,
        "share per unit threat",
        _uniform(0, 0.3),
        (0, 0.3),
        "omnibalancing",
        "dependence that a threatened regime tolerates on top",
        "David 1991",
    ),
    Parameter(
        "b",
        "power",
        "ln means",
        Prior("normal", 0, 0.4),
        (-1.5, 1.5),
        "budget offset",
        "logarithm of a power's means relative to the first power's, at the start",
        "assumption",
        headline=True,
    ),
    Parameter(
        "delta",
        None,
        "logit per unit intensity",
        _uniform(0, 0.6),
        (0, 0.6),
        "event scale",
        "what one step of intensity of an event moves",
        "assumption",
        headline=True,
    ),
    Parameter(
        "zeta",
        None,
        "log-ratio",
        _uniform(0, 1),
        (0, 1),
        "Soviet legacy",
        "the first power's inherited attraction before 2000, removed at the start",
        "assumption",
    ),
)

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
        raise UnknownNameError(
            "parameter",
            label,
            [*BY_ID, *(text for row in TABLE for text in row.labels(cast) if row.per)],
        )
    if not rest:
        return row, None
    entry = rest.rstrip("]").strip()
    for name in row.entries(cast):
        if name is not None and cast.actors(row.per)[cast.index(row.per, name)].matches(entry):
            return row, name
    raise UnknownNameError(
        f"entry of {row.id}", entry, [name or row.id for name in row.entries(cast)]
    )


def all_labels(cast: Cast) -> tuple[str, ...]:
    """Labels of all single numbers, in table order: 27 for the default cast."""
    return tuple(label for row in TABLE for label in row.labels(cast))


class GuardError(ValueError):
    """Parameters under which the model may have two resting places, or oscillate."""


class Parameters:
    """An ensemble: one array per parameter, (m,) or (entries, m).

    `b` holds all powers, the first row being zero. Attributes are the ids of the table:
    `ensemble.theta`, `ensemble.beta`, ... `members`, (m,), are the numbers by which errors
    name members; by default their places.

    Raises
    ------
    GuardError
        If a member breaks a guard; names the first such member and what to change.
    ValueError
        If a value is not finite or out of its bounds.
    """

    def __init__(
        self, values: Mapping[str, np.ndarray], cast: Cast, members: np.ndarray | None = None
    ):
        self.cast = cast
        self._numbers = members
        for row in TABLE:
            array = np.asarray(values[row.id], dtype=float)
            self._check(row, array)
            if row.per == "power":
                array = np.concatenate([np.zeros((1, array.shape[-1])), array])
            array.setflags(write=False)
            setattr(self, row.id, array)
        self.rate = adjustment_rate(self.h)
        broken = broken_guards(self.lambda_, self.theta, self.chi, self.h, self.rho)
        if broken.any():
            raise GuardError(_guard_message(self, broken))

    @property
    def size(self) -> int:
        """Number of members."""
        return self.theta.shape[-1]

    def member_number(self, place: int) -> int:
        """The number of the member that stands at a place."""
        return place if self._numbers is None else int(self._numbers[place])

    def _check(self, row: Parameter, array: np.ndarray) -> None:
        expected = len(row.entries(self.cast)) if row.per else None
        if array.ndim != (1 if row.per is None else 2) or (expected and array.shape[0] != expected):
            raise ValueError(
                f"parameter {row.id} has shape {array.shape}; expected ({expected or ''}, members)"
            )
        low, high = row.bounds
        wrong = ~((array >= low) & (array <= high))
        if wrong.any():
            member = self.member_number(int(np.argwhere(wrong)[0][-1]))
            raise ValueError(
                f"parameter {row.id} is {array[wrong][0]:g} in member {member}; bounds are {low:g} to {high:g}"
            )

    def as_table(self) -> dict[str, np.ndarray]:
        """Label to (m,) values, in table order; the form in which ensembles are stored."""
        table = {}
        for row in TABLE:
            array = getattr(self, row.id)
            rows = array[None] if row.per is None else array[1:] if row.per == "power" else array
            table.update(zip(row.labels(self.cast), rows, strict=True))
        return table

    @classmethod
    def from_table(
        cls, table: Mapping[str, np.ndarray], cast: Cast, members: np.ndarray | None = None
    ) -> Parameters:
        """The inverse of `as_table`."""
        size = len(next(iter(table.values())))
        values = {}
        for row in TABLE:
            columns = [np.asarray(table[label], dtype=float) for label in row.labels(cast)]
            values[row.id] = (
                columns[0] if row.per is None else np.array(columns).reshape(len(columns), size)
            )
        return cls(values, cast, members)


def broken_guards(lambda_, theta, chi, h, rho) -> np.ndarray:
    """Members whose best replies may rest in two places, or whose hedging may oscillate.

    Parameters
    ----------
    lambda_, theta, chi, rho : (m,); h : (channels, m) quarters.

    Returns
    -------
    (m,) booleans.
    """
    replies = lambda_ * theta * (1 + chi / 2) >= BEST_REPLY_LIMIT
    swings = adjustment_rate(h).max(axis=0) * (1 + rho / 2) >= OSCILLATION_LIMIT
    return replies | swings


def _guard_message(ensemble: Parameters, broken: np.ndarray) -> str:
    member = int(np.argmax(broken))
    theta, lambda_, chi = ensemble.theta[member], ensemble.lambda_[member], ensemble.chi[member]
    return (
        f"{int(broken.sum())} of {broken.size} members break a guard, the first being member {ensemble.member_number(member)}: "
        f"lambda_ * theta * (1 + chi/2) is {lambda_ * theta * (1 + chi / 2):.2f} and must stay below "
        f"{BEST_REPLY_LIMIT:g}, max kappa * (1 + rho/2) is "
        f"{ensemble.rate[:, member].max() * (1 + ensemble.rho[member] / 2):.2f} and must stay below "
        f"{OSCILLATION_LIMIT:g}; lower lambda_, theta, chi or rho"
    )


def draw_priors(
    seed: int, members: np.ndarray, cast: Cast, alpha_means: Mapping[str, float]
) -> dict[str, np.ndarray]:
    """Draws from the priors, redrawn as a whole where they break a guard.

    Parameters
    ----------
    members : (m,) member numbers; a member's draw does not depend on the others.
    alpha_means : coded prior mean of alpha by republic name.

    Returns
    -------
    Label to (m,) values.
    """
    members = np.asarray(members)
    table = _draw_once(seed, members, cast, alpha_means, attempt=0)
    for attempt in range(1, MAX_REDRAWS):
        halves = np.stack([table[label] for label in BY_ID["h"].labels(cast)])
        broken = broken_guards(table["lambda_"], table["theta"], table["chi"], halves, table["rho"])
        if not broken.any():
            return table
        again = _draw_once(seed, members[broken], cast, alpha_means, attempt)
        for label, values in again.items():
            table[label][broken] = values
    raise RuntimeError(f"no admissible draw in {MAX_REDRAWS} attempts")


def _draw_once(seed, members, cast, alpha_means, attempt) -> dict[str, np.ndarray]:
    table = {}
    for row in TABLE:
        for entry, label in zip(row.entries(cast), row.labels(cast), strict=True):
            uniform = uniforms(seed, "parameter", (label, str(attempt)), members)
            centre = alpha_means.get(entry) if row.id == "alpha" else None
            table[label] = row.prior(entry).quantiles(uniform, row.bounds, centre)
    return table

"""What acts on the model from outside in each quarter: coded inputs, memberships, and events."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from steppe.model import equations
from steppe.model.backends.numpy_backend import NumpyBackend
from steppe.model.core.calendar import parse_quarter
from steppe.model.evidence.coded_inputs import DATED, Inputs
from steppe.model.evidence.coding import HISTORY_QUARTERS
from steppe.model.random_streams import uniforms
from steppe.model.scenario.file_models import Event

from .effects import APPLY, foundings_of, routes_of
from .shocks import SHOCKABLE, ShockedInput

NEVER = np.iinfo(np.int64).max // 2
EVENT_HALF_LIFE = 6.0  # quarters


class Forcing:
    """The world as the agents find it this quarter.

    `interests` (p,r,c,*), `needs` (r,c,*), `ties`, `membership` (p,r,c,*), `supply` (p,c,*),
    `relations` (p,p,*), `ln_means` (p,*), `threat` (r,*), `tolerance` (r,*) and `urges`
    (p,r,c,*), the shocks on effort logits. The last axis, *, is 1 where all members see
    the same and m where an event tells them apart.

    `version` counts the quarters that were set, and `changed_at` (p,r,c) says in which of them
    a tie, membership, need or supply may last have moved in a cell.

    Subclasses may override `coded`, `binding` and `strength`. What `coded` returns, `members`,
    `needs` and `relation_shift` are replaced where they change, never altered in place: the same
    array again says that nothing has.

    Parameters
    ----------
    events : by name, in any order.
    delta : (m,), what one step of intensity moves.
    seed, members : for dates and occurrences that are drawn per member.
    dates : (m,) quarters of disputed events that are already settled, by event name.
    """

    def __init__(
        self,
        inputs: Inputs,
        events: Mapping[str, Event],
        delta: np.ndarray,
        seed: int,
        members: np.ndarray,
        dates: Mapping[str, np.ndarray] | None = None,
        backend: NumpyBackend | None = None,
    ):
        self.inputs, self.events, self.delta = inputs, dict(events), delta
        self._coded: dict[tuple[str, int], np.ndarray] = {}
        self.size = len(members)
        powers, republics, channels = inputs.cast.shape
        self.interests, self.needs = self.coded("interests", 0), self.coded("needs", 0)
        self.tolerance = self.coded("tolerance_offset", 0)
        self.relation_shift = np.zeros((powers, powers, 1))
        self.means_shift = np.zeros((powers, 1))
        founded = foundings_of(self.events, inputs.cast.shape)
        self.institutions = founded | {row.name: row for row in inputs.institutions}
        standing = {row.name for row in inputs.institutions}
        self.members = {
            name: row.members[:, None].copy() for name, row in self.institutions.items()
        }
        self.founded = {name: np.array([name in standing]) for name in self.institutions}
        self.routes = routes_of(self.events, inputs.cast.shape)
        lengths = {"p": powers, "r": republics, "c": channels}
        shapes = {
            name: tuple(lengths[axis] for axis in axes) for name, (axes, _) in SHOCKABLE.items()
        }
        self.shocked = {
            name: ShockedInput(shapes[name], delta, *bounds, backend or NumpyBackend())
            for name, (_, bounds) in SHOCKABLE.items()
        }
        self.ties, self.supply, self.threat, self.urges = (
            self.shocked[name].value for name in SHOCKABLE
        )
        self._no_urge = np.zeros((*shapes["effort"], 1))
        self._fade = 1.0 - equations.adjustment_rate(EVENT_HALF_LIFE)
        self.starts = {
            name: start_quarters(name, event, seed, members, (dates or {}).get(name))
            for name, event in self.events.items()
        }
        self._waiting = sorted(self.events, key=lambda name: int(self.starts[name].min()))
        self._conditional = [name for name in self._waiting if self.events[name].if_ is not None]
        self._occurs = {
            name: occurrence(name, self.events[name], seed, members) for name in self._conditional
        }
        self._waiting = [name for name in self._waiting if self.events[name].if_ is None]
        self._active: list[str] = []
        self._order = {name: place for place, name in enumerate(self.events)}
        self.quarter, self.version = 0, 0
        self.changed_at = np.zeros(inputs.cast.shape, dtype=np.int64)
        self._went_by: dict[str, tuple] = {}
        self._set_quarter(0)

    def advance(self, quarter: int, share: np.ndarray) -> None:
        """Bring everything to this quarter; `share` (p, r, c, m), of the quarter before, decides conditions."""
        self._fire_conditions(quarter, share)
        self._pass(quarter)
        self._set_quarter(quarter)

    def replay(self, quarter: int, fired: Mapping[str, np.ndarray]) -> None:
        """Bring a fresh forcing to this quarter at once; `fired` says when conditions were met, by event name."""
        for name in self._conditional:
            if name in fired:
                self.starts[name] = fired[name].copy()
        met = [name for name in self._conditional if self.starts[name].min() <= quarter]
        self._waiting = sorted(self._waiting + met, key=lambda name: int(self.starts[name].min()))
        for past in range(quarter + 1):
            self._pass(past)
        self._set_quarter(quarter)

    def _pass(self, quarter: int) -> None:
        """Let shocks fade and events that have begun take effect."""
        self.quarter = quarter
        for shocked in self.shocked.values():
            shocked.fade(self._fade)
        while self._waiting and self.starts[self._waiting[0]].min() <= quarter:
            self._active.append(self._waiting.pop(0))
        self._active.sort(
            key=self._order.__getitem__
        )  # sums must not depend on who else is in the block
        for name in self._active:
            self._apply(name, quarter)
        self._active = [name for name in self._active if not self._finished(name, quarter)]

    @property
    def unmet_conditions(self) -> tuple[str, ...]:
        """Events whose condition no member has met so far."""
        return tuple(name for name in self._conditional if (self.starts[name] == NEVER).all())

    def _fire_conditions(self, quarter: int, share: np.ndarray) -> None:
        for name in self._conditional:
            waiting = (self.starts[name] == NEVER) & self._occurs[name]
            if waiting.any():
                now = holds(self.events[name].if_, share) & waiting
                if now.any():
                    self.starts[name][now] = quarter
                    if name not in self._active:
                        self._active.append(name)

    def _apply(self, name: str, quarter: int) -> None:
        age = quarter - self.starts[name]
        for effect in self.events[name].effects:
            over = getattr(effect, "over", 1)
            now = (age >= 0) & (age < over)
            if now.any():
                APPLY[type(effect)](self, effect, self.strength(name, effect, now), age)

    def _finished(self, name: str, quarter: int) -> bool:
        """Whether nothing that has begun is still in progress and nothing drawn is still to begin."""
        longest = max(getattr(effect, "over", 1) for effect in self.events[name].effects)
        begun = self.starts[name][self.starts[name] < NEVER]
        return begun.size == 0 or quarter >= int(begun.max()) + longest - 1

    def coded(self, name: str, quarter: int) -> np.ndarray:
        """A coded input by its name in `Inputs`, before any event, (..., 1 or m)."""
        when = (
            min(quarter, HISTORY_QUARTERS) if name in DATED else 0
        )  # beyond history nothing dated moves
        if (name, when) not in self._coded:  # the same array again says that nothing has changed
            self._coded[name, when] = (
                self.inputs.at(name, when) if name in DATED else getattr(self.inputs, name)
            )[..., None]
        return self._coded[name, when]

    def binding(self, institution: str) -> float | np.ndarray:
        """How much an institution binds, in [0, 1], or (m,)."""
        return self.institutions[institution].weight

    def strength(self, name: str, effect, now: np.ndarray) -> np.ndarray:
        """What an effect of an event is multiplied by, (1 or m,), given the members in which it acts."""
        return now

    def _membership(self) -> np.ndarray:
        """M = 1 - prod(1 - weight * sponsor part) over the institutions a republic is in, (p, r, c, *)."""
        powers, republics, channels = self.inputs.cast.shape
        size = max(
            (
                np.broadcast(self.binding(name), rows[0]).shape[-1]
                for name, rows in self.members.items()
            ),
            default=1,
        )
        outside = np.ones((powers, republics, channels, size))
        for name, row in self.institutions.items():
            for power in np.flatnonzero(row.sponsors):
                bound = 1.0 - self.binding(name) * row.sponsors[power] * self.members[name]
                for channel in row.channels:
                    outside[power, :, channel] *= bound
        return 1.0 - outside

    def relation_now(self, power: int, other: int) -> np.ndarray:
        """A power's view of another in the present quarter, (1 or m,), before it is cut to [-1, 1]."""
        return (
            self.coded("relations", self.quarter)[power, other] + self.relation_shift[power, other]
        )

    def _set_quarter(self, quarter: int) -> None:
        self.version += 1
        if self._new("membership", self.members):
            self.membership = self._membership()
        for name, shocked in self.shocked.items():
            shocked.update(self._no_urge if name == "effort" else self.coded(name, quarter))
        relations = self.coded("relations", quarter)
        if self._new("relations", relations, self.relation_shift):
            self.relations = _within(relations + self.relation_shift, -1.0, 1.0)
        self.ln_means = self.coded("ln_means", quarter) + self.means_shift
        moved = self.shocked["ties"].moved | self.shocked["supply"].moved[:, None]
        if self._new("standing", self.membership, self.needs):
            moved[...] = True
        self.changed_at[moved] = self.version

    def _new(self, name: str, *given: object) -> bool:
        """Whether what this goes by is not the very same as the last time."""
        before, self._went_by[name] = self._went_by.get(name), given
        return before is None or any(
            now is not then for now, then in zip(given, before, strict=True)
        )


def _within(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """The values cut to their bounds, in place."""
    np.maximum(values, low, out=values)
    return np.minimum(values, high, out=values)


def start_quarters(
    name: str, event: Event, seed: int, members: np.ndarray, settled: np.ndarray | None = None
) -> np.ndarray:
    """The quarter in which each member's event begins, (m,), or (1,) where all share it; NEVER for none.

    Disputed dates and spans are drawn per member, unless `settled` gives the former; so is
    whether an event of probability below 1 happens at all.
    """
    if event.if_ is not None:
        return np.full(len(members), NEVER)
    if event.when is not None:
        starts = np.array([event.when])
    elif event.between is not None:
        first, last = event.between
        starts = first + np.floor(
            uniforms(seed, "date", (name,), members) * (last - first + 1)
        ).astype(np.int64)
    else:
        dates = np.array([parse_quarter(date) for date in event.either])
        bounds = np.cumsum(list(event.either.values()))[:-1]
        starts = dates[
            np.searchsorted(bounds, uniforms(seed, "date", (name,), members), side="right")
        ]
        if (
            settled is not None
        ):  # a scenario may give the event other dates than those that were settled
            starts = np.where(np.isin(settled, dates), settled, starts)
    if event.probability < 1.0:
        starts = np.where(occurrence(name, event, seed, members), starts, NEVER)
    return starts


def occurrence(name: str, event: Event, seed: int, members: np.ndarray) -> np.ndarray:
    """Whether the event can happen in each member, (m,)."""
    return uniforms(seed, "occurrence", (name,), members) < event.probability


def holds(condition, share: np.ndarray) -> np.ndarray:
    """Members in which every share that the condition names passes its bound, (m,)."""
    relation, bound = condition.share.split()
    cells = share[np.ix_(condition.power, condition.republic, condition.channel)]
    compare = {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal}[relation]
    return compare(cells, float(bound)).all(axis=(0, 1, 2))

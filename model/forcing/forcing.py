"""What acts on the model from outside each quarter: coded inputs, memberships and events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from steppe.model.backends.numpy_backend import NumpyBackend
from steppe.model.core.array_types import BoolArray, FloatArray, IntArray
from steppe.model.evidence.coded_inputs import DATED, Inputs
from steppe.model.evidence.institutions import Institution
from steppe.model.scenario.effect_schema import Effect
from steppe.model.scenario.event_schema import Event

from .compositions import take_apart
from .dates import NEVER
from .effects import APPLY, founded_binding, founded_institution, foundings_of, routes_of
from .endings import END
from .schedule import Schedule
from .shocks import REMAINING, SCALED_BY_DELTA, SHOCKABLE, Cells, ShockedInput


class Forcing:
    """The inputs of the agents in the present quarter.

    `interests`, `needs`, `ties`, `membership` (p,r,c,*), `supply` (p,c,*), `relations` (p,p,*),
    `ln_means` (p,*), `threat` (r,*), `tolerance` (r,*), `wariness` (p,r,*) and `urges` (p,r,c,*),
    the shocks on effort logits. The last axis, *, is 1 where all members share the value and m
    where an event makes them differ.

    `version` counts the quarters that were set, and `changed_at` (p,r,c) says in which of them
    a tie, membership, need or supply may last have changed in a cell.

    Subclasses may override `coded`, `bindings` and `strength`. What the first two return, and
    `members`, `set_interests`, `set_needs` and `relation_shift`, are replaced when they change,
    never modified in place: an identical object means that nothing changed.

    Parameters
    ----------
    events : by name, in any order.
    delta : (m,), effect of one step of intensity on an effort logit.
    seed, members : for dates and occurrences that are drawn per member.
    dates : (m,) quarters, already settled, of events whose date is drawn, by event name.
    backend : how shocks are computed.
    """

    def __init__(
        self,
        inputs: Inputs,
        events: Mapping[str, Event],
        delta: FloatArray,
        seed: int,
        members: IntArray,
        dates: Mapping[str, IntArray] | None = None,
        backend: NumpyBackend | None = None,
    ):
        self.inputs, self.events, self.delta = inputs, take_apart(events), delta
        self.size = len(members)
        self._coded: dict[tuple[str, int], FloatArray] = {}
        self._bindings: dict[int, Mapping[str, FloatArray]] = {}
        self._seen: dict[str, tuple[object, ...]] = {}
        self._set_inputs: dict[str, FloatArray] = {}
        self._reached: FloatArray = np.zeros(0)
        self.quarter, self.version = 0, 0
        self.changed_at = np.zeros(inputs.cast.shape, dtype=np.int64)
        self._set_undated_inputs()
        self._create_institutions()
        self.routes = routes_of(self.events, inputs.cast.shape)
        self._create_shocked_inputs(backend or NumpyBackend())
        self._schedule_events(seed, members, dates or {})
        self._set_quarter(0)

    def _set_undated_inputs(self) -> None:
        powers = self.inputs.cast.shape[0]
        self.set_interests = np.full((*self.inputs.cast.shape, 1), np.nan)
        self.set_needs = self.set_interests.copy()  # NaN: as coded
        self.tolerance = self.coded("tolerance_offset", 0)
        self.wariness = self.coded("wariness", 0)
        self.cut_off: FloatArray = np.zeros((*self.inputs.cast.shape, 1))
        self.relation_shift: FloatArray = np.zeros((powers, powers, 1))
        self.means_shift: FloatArray = np.zeros((powers, 1))
        # by the identity of the effect: what events with an end put back
        self.relation_moves: dict[int, dict[tuple[int, int], FloatArray]] = {}
        self.levels_before: dict[int, FloatArray] = {}
        self.given = {id(effect): np.zeros(1) for effect in self._ending_effects()}
        self._fading = [
            id(effect)
            for effect in self._ending_effects()
            if not getattr(effect, "permanent", True)
        ]

    def _ending_effects(self) -> Iterator[Effect]:
        """Effects of events with an end."""
        for event in self.events.values():
            yield from event.effects if event.lasts else ()

    def _create_institutions(self) -> None:
        existing = {row.name: row for row in self.inputs.institutions}
        shape = self.inputs.cast.shape
        foundings = foundings_of(self.events)
        self.institutions = {
            name: founded_institution(name, founding, shape) for name, founding in foundings.items()
        } | existing
        self._founded_bindings = {
            name: founded_binding(founding, shape[2])
            for name, founding in foundings.items()
            if name not in existing
        }
        self.members: dict[str, FloatArray] = {
            name: row.members[:, None].copy() for name, row in self.institutions.items()
        }
        self.founded: dict[str, BoolArray] = {
            name: np.array([name in existing]) for name in self.institutions
        }
        self._bodies: dict[str, list[Institution]] = {}
        for row in self.institutions.values():
            self._bodies.setdefault(row.body, []).append(row)
        self._binding_changes = binding_changes(existing.values())

    def _create_shocked_inputs(self, backend: NumpyBackend) -> None:
        lengths = dict(zip("prc", self.inputs.cast.shape, strict=True))
        self.shocked_inputs: dict[str, ShockedInput] = {}
        for name, (axes, (low, high)) in SHOCKABLE.items():
            shape = tuple(lengths[axis] for axis in axes)
            scale = self.delta if name in SCALED_BY_DELTA else np.ones(self.size)
            self.shocked_inputs[name] = ShockedInput(shape, scale, low, high, backend)
        self.ties, self.supply, self.threat, self.urges = (
            self.shocked_inputs[name].value for name in ("ties", "supply", "threat", "effort")
        )
        self._no_urge = np.zeros((*self.inputs.cast.shape, 1))

    def _schedule_events(self, seed: int, members: IntArray, dates: Mapping[str, IntArray]) -> None:
        """Settle when events start, and sort those that have a date by it."""
        self.schedule = Schedule(self.events, seed, members, dates)
        dated = [name for name in self.events if name not in self.schedule.open]
        self._waiting = sorted(dated, key=self.schedule.first_start)
        self._active: list[str] = []
        self._order = {name: position for position, name in enumerate(self.events)}

    @property
    def starts(self) -> dict[str, IntArray]:
        """The quarters (1 or m,) in which events start, by name; NEVER where they do not."""
        return self.schedule.starts

    def advance(self, quarter: int, share: FloatArray) -> None:
        """Move to this quarter; `share` (p, r, c, m) of the quarter before decides conditions."""
        self._activate(self.schedule.meet_conditions(quarter, share))
        self._apply_events(quarter)
        self._set_quarter(quarter)

    def replay(self, quarter: int, starts: Mapping[str, IntArray]) -> None:
        """Move a new forcing to this quarter at once.

        starts : (m,) by event name, when the conditions of events were met.
        """
        self.schedule.replay(starts)
        self._activate(self.schedule.open)
        for past in range(quarter + 1):
            self._apply_events(past)
        self._set_quarter(quarter)

    def _apply_events(self, quarter: int) -> None:
        """Let shocks fade and apply the effects of events in progress."""
        self.quarter = quarter
        for shocked in self.shocked_inputs.values():
            shocked.fade()
        for key in self._fading:
            self.given[key] = self.given[key] * REMAINING
        while self._waiting and self.schedule.first_start(self._waiting[0]) <= quarter:
            self._active.append(self._waiting.pop(0))
        # in the order of the file, so that sums do not depend on the other members of the block
        self._active.sort(key=self._order.__getitem__)
        for name in self._active:
            self._apply_event(name, quarter)
        self._active = [name for name in self._active if not self._has_ended(name, quarter)]

    @property
    def unmet_conditions(self) -> tuple[str, ...]:
        """Events whose condition no member has met so far."""
        return tuple(
            name for name in self.schedule.conditional if (self.starts[name] == NEVER).all()
        )

    def _activate(self, names: Iterable[str]) -> None:
        """Follow these events, which have a start in a member, from now on."""
        self._active += [
            name
            for name in names
            if name not in self._active and self.schedule.first_start(name) < NEVER
        ]

    def _apply_event(self, name: str, quarter: int) -> None:
        starts, ends = self.schedule.starts[name], self.schedule.ends[name]
        age = quarter - starts
        ending = ends == quarter
        for effect in self.events[name].effects:
            over = getattr(effect, "over", 1)
            now = (age >= 0) & (age < over) & (quarter < ends)
            if now.any():
                APPLY[type(effect)](self, effect, self.strength(name, effect, now), age)
            if ending.any():
                lasted = self.schedule.lasted(name)
                END[type(effect)](self, effect, self.strength(name, effect, ending), lasted)

    def _has_ended(self, name: str, quarter: int) -> bool:
        """True once the event has ended in every member in which it started or will start."""
        starts, ends = self.schedule.starts[name], self.schedule.ends[name]
        started = starts[starts < NEVER]
        if started.size == 0:
            return True
        if (ends < NEVER).any():
            return quarter >= int(ends[ends < NEVER].max())
        longest = max(getattr(effect, "over", 1) for effect in self.events[name].effects)
        return quarter >= int(started.max()) + longest - 1

    def coded(self, name: str, quarter: int) -> FloatArray:
        """A coded input by its name in `Inputs`, before any event, (..., 1 or m)."""
        when = self.spell_start(name, quarter)
        if (name, when) not in self._coded:
            value = self.inputs.at(name, when) if name in DATED else getattr(self.inputs, name)
            self._coded[name, when] = value[..., None]
        return self._coded[name, when]

    def spell_start(self, name: str, quarter: int) -> int:
        """The quarter since which a coded input has not changed."""
        return spell_start(self.inputs, name, quarter)

    def bindings(self, quarter: int) -> Mapping[str, FloatArray]:
        """How much each institution binds in each channel, (c, 1 or m) in [0, 1], by name."""
        when = self.bindings_since(quarter)
        if when not in self._bindings:
            coded = {row.name: row.weight_at(when)[:, None] for row in self.inputs.institutions}
            self._bindings[when] = coded | self._founded_bindings
        return self._bindings[when]

    def bindings_since(self, quarter: int) -> int:
        """The quarter since which no institution has changed how much it binds."""
        return max((change for change in self._binding_changes if change <= quarter), default=0)

    def add_shock(self, name: str, cells: Cells, step: FloatArray, lasting: bool) -> FloatArray:
        """Add a shock on effort, ties, supply or threat to these cells; see `ShockedInput.add`."""
        coded = self._no_urge if name == "effort" else self.coded(name, self.quarter)
        return self.shocked_inputs[name].add(cells, step, lasting, coded)

    def strength(self, name: str, effect: Effect, now: BoolArray) -> BoolArray | FloatArray:
        """Factor on an effect of an event, (1 or m,); `now` are the members in which it acts."""
        return now

    def _membership(self) -> FloatArray:
        """M = 1 - prod(1 - bound) over the bodies of institutions, (p, r, c, *).

        A body binds by the largest weight * sponsor part among its institutions that a republic
        has joined.
        """
        powers, republics, channels = self.inputs.cast.shape
        bindings = self.bindings(self.quarter)
        sizes = (
            np.broadcast(bindings[name][0], rows[0]).shape[-1]
            for name, rows in self.members.items()
        )
        outside = np.ones((powers, republics, channels, max(sizes, default=1)))
        for rows in self._bodies.values():
            bound = np.zeros_like(outside)
            for row in rows:
                for power in np.flatnonzero(row.sponsors):
                    for channel in row.channels:
                        held = bindings[row.name][channel] * row.sponsors[power]
                        cell = bound[power, :, channel]
                        np.maximum(cell, held * self.members[row.name], out=cell)
            outside *= 1.0 - bound
        return 1.0 - outside

    def _as_set(self, name: str, quarter: int, levels: FloatArray) -> FloatArray:
        """A coded input (p, r, c, *), with the levels that events have set in its place."""
        coded = self.coded(name, quarter)
        if self._has_changed(name, coded, levels):
            given = ~np.isnan(levels)
            self._set_inputs[name] = np.where(given, levels, coded) if given.any() else coded
        return self._set_inputs[name]

    def _within_reach(self, needs: FloatArray) -> FloatArray:
        """Needs (p, r, c, *), less the part that blockades keep a power from meeting."""
        if self._has_changed("reach", needs, self.cut_off):
            open_part = np.clip(1.0 - self.cut_off, 0.0, 1.0)
            self._reached = needs * open_part if self.cut_off.any() else needs
        return self._reached

    def relation_now(self, power: int, other: int) -> FloatArray:
        """A power's view of another in the present quarter, (1 or m,), before clipping."""
        coded = self.coded("relations", self.quarter)
        relation: FloatArray = coded[power, other] + self.relation_shift[power, other]
        return relation

    def _set_quarter(self, quarter: int) -> None:
        self.version += 1
        self.interests = self._as_set("interests", quarter, self.set_interests)
        self.needs = self._within_reach(self._as_set("needs", quarter, self.set_needs))
        if self._has_changed("membership", self.members, self.bindings(quarter)):
            self.membership = self._membership()
        for name, shocked in self.shocked_inputs.items():
            shocked.update(self._no_urge if name == "effort" else self.coded(name, quarter))
        relations = self.coded("relations", quarter)
        if self._has_changed("relations", relations, self.relation_shift):
            shifted = relations + self.relation_shift
            self.relations = np.minimum(np.maximum(shifted, -1.0), 1.0)
        self.ln_means = self.coded("ln_means", quarter) + self.means_shift
        changed = self.shocked_inputs["ties"].moved | self.shocked_inputs["supply"].moved[:, None]
        if self._has_changed("baseline", self.membership, self.needs, self.wariness):
            changed[...] = True
        self.changed_at[changed] = self.version

    def _has_changed(self, name: str, *given: object) -> bool:
        """True unless given the same objects as the last time under this name."""
        before, self._seen[name] = self._seen.get(name), given
        return before is None or any(
            now is not then for now, then in zip(given, before, strict=True)
        )


def spell_start(inputs: Inputs, name: str, quarter: int) -> int:
    """The quarter since which an input has not changed; 0 for one without dates."""
    if name not in DATED:
        return 0
    starts = inputs.spell_starts[name]
    if quarter >= len(starts):  # nothing dated changes after history, where threats end
        return len(starts) if name == "threat" else int(starts[-1])
    return int(starts[quarter])


def binding_changes(institutions: Iterable[Institution]) -> set[int]:
    """The quarters in which an institution begins to bind more or less than before."""
    return {
        int(quarter) + 1
        for row in institutions
        for quarter in np.flatnonzero((np.diff(row.weight, axis=1) != 0).any(axis=0))
    }

"""The engine: a question to its answers, first a quick one, then that of all members.

An answer is a generator that gives way after each simulated quarter (it yields None), so that
whoever runs it can turn to something more urgent, or drop it.
"""

from __future__ import annotations

import json
from collections import OrderedDict, defaultdict
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from steppe.experiments.runs.parameter_source import load_parameter_source
from steppe.model.core.array_types import BoolArray
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.core.snapshot import Noise
from steppe.model.scenario.load import Scenario
from steppe.model.scenario.parameter_guards import check_guards

from .asked_scenario import Library, describe_scenario, mistakes_of
from .interpolation import (
    Place,
    bracketing,
    continuous_levers,
    interpolate,
    mix_near,
    place_of,
    values_along,
)
from .member_run import MemberRun
from .pictures import Picture, correct_picture, draw_picture, pack
from .question import THIRDS, Question
from .worlds import SEED, World

FEW, ALL = 100, 1000  # members of a first answer, and of the whole one
MOST_RUNS = 24
MOST_VERSIONS = 4  # of files, that pages may still ask for
MOST_BYTES = 100_000_000  # of runs: as many of the shipped actors, fewer of a larger cast
MOST_WORLDS = 1  # of all members, beside that of the shipped parameters
MOST_SMALL_WORLDS = 4  # of a few members: one for each of some tabs
FIRST, INTERPOLATED, WHOLE = "first", "interpolated", "whole"
Answer = dict[str, Any]
Steps = Iterator[Answer | None]


@dataclass(frozen=True)
class Asked:
    """A question with its scenario, the baseline of its world, and its place among runs."""

    question: Question
    scenario: Scenario
    baseline: Scenario
    place: Place


class Engine:
    """Answers questions; keeps worlds and runs from one to the next.

    Parameters
    ----------
    library : the scenarios that may be asked for.
    few, all_members : members of a first answer, and of a whole one.
    """

    def __init__(self, library: Library, few: int = FEW, all_members: int = ALL) -> None:
        self.library, self.few, self.all = library, few, all_members
        self.source = load_parameter_source()
        self.runs: OrderedDict[Place, MemberRun] = OrderedDict()
        self._worlds: OrderedDict[tuple[str, int], World] = OrderedDict()
        self._noise: defaultdict[int, dict[int, Noise]] = defaultdict(dict)
        self._versions: OrderedDict[str, Library] = OrderedDict()

    def prepare(self) -> Iterator[None]:
        """Simulate the baseline of the shipped parameters, a few members first."""
        for size in (self.few, self.all):
            yield from self._begin_world(self.library.baseline(), size)

    def answers(self, question: Question, version: str = "", *, first: bool = True) -> Steps:
        """A first answer, if it is wanted, and the whole one, None while there is neither.

        version : of the files that a question may refer to; another one is another scenario.
        Mistakes come as one answer with `mistakes`.
        """
        try:
            asked = self.ask(question, version)
            if first and asked.place not in self.runs:
                yield from self._quick_answer(asked)
            yield from self._whole_answer(asked)
        except (RequestError, IncompleteRunError) as error:
            yield mistakes_of(error)

    def whole_answer(self, question: Question) -> Steps:
        """The answer of all members alone.

        Raises
        ------
        RequestError
            With every mistake.
        """
        yield from self._whole_answer(self.ask(question))

    def ask(self, question: Question, version: str = "") -> Asked:
        """What a question asks, complete and checked.

        Raises
        ------
        RequestError
            With every mistake.
        """
        scenario = self._library_of(version).scenario(question)
        problems = check_guards(scenario, self.source.posterior, SEED, self.all)
        if problems:
            raise DiagnosticsError(problems)
        rest = replace(question, levers={}, keep={})
        key = json.dumps([version, asdict(rest)], sort_keys=True)
        baseline = self.library.baseline(scenario)
        place = place_of(scenario, key, baseline.fingerprint)
        return Asked(question, scenario, baseline, place)

    def _library_of(self, version: str) -> Library:
        """Files as they were when first asked for under a version: a save changes no answer."""
        if version not in self._versions:
            self._versions[version] = self.library.anew()
        while len(self._versions) > MOST_VERSIONS:
            self._versions.popitem(last=False)
        return self._versions[version]

    def _quick_answer(self, asked: Asked) -> Steps:
        between = self._interpolated(asked)
        if between is not None:
            yield between
        else:
            yield from self._first_answer(asked)

    # The three kinds of answers

    def _interpolated(self, asked: Asked) -> Answer | None:
        found = bracketing(asked.place, self.runs, continuous_levers(asked.scenario))
        world = self._worlds.get((asked.baseline.fingerprint, self.all))
        if found is None or world is None or world.run is None:
            return None
        lever, places = found
        nodes = [(place.value(lever), self.runs[place]) for place in places]
        run = interpolate(asked.place.value(lever), nodes)
        picture = draw_picture(run, world.run, self._kept(asked, world))
        return self._answer(asked, picture, world, INTERPOLATED, lever=lever, runs=len(nodes))

    def _first_answer(self, asked: Asked) -> Steps:
        few = yield from self._begin_world(asked.baseline, self.few)
        run = yield from few.simulate(asked.scenario)
        kept = self._kept(asked, few)
        picture = draw_picture(run, few.whole_run, kept)
        near = self._near(asked, run)
        if near is not None:
            world = self._worlds[asked.baseline.fingerprint, self.all]
            part = draw_picture(near.part(self.few), few.whole_run, kept)
            whole = draw_picture(near, world.whole_run, self._kept(asked, world))
            picture = correct_picture(picture, part, whole)
        yield self._answer(asked, picture, few, FIRST, corrected=near is not None)

    def _whole_answer(self, asked: Asked) -> Steps:
        world = yield from self._begin_world(asked.baseline, self.all)
        run = yield from self._whole_run(asked, world)
        picture = draw_picture(run, world.whole_run, self._kept(asked, world))
        yield self._answer(asked, picture, world, WHOLE)

    def _answer(
        self, asked: Asked, picture: Picture, world: World, kind: str, **more: Any
    ) -> Answer:
        kept = self._kept(asked, world)
        counted = world.size if kept is None else int(kept.sum())
        if kind == INTERPOLATED:
            counted = self.all if kept is None else counted
        return {
            "kind": kind,
            "members": counted,
            "of": self.all,
            **more,
            "scenario": describe_scenario(asked.scenario),
            **picture.packed(),
        }

    # Along a lever

    def along(self, asked: Asked) -> Steps:
        """Runs along each lever, and how shares and leads at the end follow it."""
        for lever, values in values_along(asked.scenario).items():
            nodes: dict[float, MemberRun] = {}
            world = yield from self._begin_world(asked.baseline, self.all)
            for value in values:
                moved = {**asked.question.levers, lever: value}
                try:
                    other = self.ask(
                        replace(asked.question, levers=moved), json.loads(asked.place.rest)[0]
                    )
                except RequestError:
                    continue
                nodes[value] = yield from self._whole_run(other, world)
            if len(nodes) > 1:
                yield _along_lever(lever, nodes, self._kept(asked, world), world)

    # Worlds and runs

    def _whole_run(self, asked: Asked, world: World) -> Generator[None, None, MemberRun]:
        run = self.runs.get(asked.place)
        if run is None:
            run = yield from world.simulate(asked.scenario)
            self.runs[asked.place] = run
        self.runs.move_to_end(asked.place)
        while len(self.runs) > MOST_RUNS or (len(self.runs) > 1 and self._held() > MOST_BYTES):
            self.runs.popitem(last=False)
        return run

    def _held(self) -> int:
        return sum(run.nbytes for run in self.runs.values())

    def _near(self, asked: Asked, run: MemberRun) -> MemberRun | None:
        """What all members do in runs of the same world, mixed to be near a run of a few."""
        world = self._worlds.get((asked.baseline.fingerprint, self.all))
        if world is None or world.run is None:
            return None
        own = (other for place, other in self.runs.items() if place.world == asked.place.world)
        runs = [
            other
            for other in (world.run, *own)
            if other.cast == run.cast and other.years == run.years
        ]
        return mix_near(run, runs, world.run) if runs else None

    def _begin_world(self, baseline: Scenario, size: int) -> Generator[None, None, World]:
        """The world of a baseline; several answers may drive its beginning in turn."""
        key = baseline.fingerprint, size
        if key not in self._worlds:
            self._worlds[key] = World(baseline, size, self.source, self._noise[size])
            self._forget_worlds(size)
        world = self._worlds[key]
        self._worlds.move_to_end(key)
        world.users += 1
        try:
            while world.run is None:
                world.advance()
                yield
        except Exception:
            self._worlds.pop(key, None)
            raise
        finally:
            world.users -= 1
            self._end_forgotten(world)
        return world

    def _forget_worlds(self, size: int) -> None:
        """Keep the shipped parameters, which came first, and the worlds used last."""
        shipped = self.library.baseline().fingerprint
        of_size = [key for key in self._worlds if key[1] == size and key[0] != shipped]
        for key in of_size[: -(MOST_WORLDS if size == self.all else MOST_SMALL_WORLDS)]:
            self._end_forgotten(self._worlds.pop(key))

    def _end_forgotten(self, world: World) -> None:
        """End a world that is kept no longer, once no answer drives its beginning."""
        if not world.users and world not in self._worlds.values():
            world.end()

    def _kept(self, asked: Asked, world: World) -> BoolArray | None:
        """Which members are looked at; None for all."""
        if not asked.question.keep:
            return None
        kept = np.ones(world.size, dtype=bool)
        limits = self._worlds.get((asked.baseline.fingerprint, self.all), world)
        for label, third in asked.question.keep.items():
            if label not in world.parameters:
                raise RequestError(f"unknown parameter '{label}'; see: steppe parameters")
            bounds = np.quantile(limits.parameters[label], (1 / 3, 2 / 3))
            kept &= np.searchsorted(bounds, world.parameters[label]) == THIRDS.index(third)
        if not kept.any():
            raise RequestError("no member meets these conditions; take one of them off")
        return kept


def _along_lever(
    lever: str, nodes: dict[float, MemberRun], kept: BoolArray | None, world: World
) -> Answer:
    """Shares and leads in the last year at each node, as the page draws them along the lever."""
    found = [run.statistics(kept) for run in nodes.values()]
    shares = np.stack([one.shares[:, -1] for one in found])  # (node, quantile, holder, r, c)
    leads = np.stack([one.leads[-1] for one in found])  # (node, power, r, c)
    return {
        "along": lever,
        "values": list(nodes),
        "shares": pack(shares.transpose(3, 4, 2, 1, 0)),
        "leads": pack(leads.transpose(2, 3, 1, 0)),
        "members": world.size if kept is None else int(kept.sum()),
    }

"""Prior draws run through history, block by block, each block kept on disk once it is done."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from steppe.experiments.errors import IncompleteRunError, RequestError
from steppe.experiments.runs.executors import worker_pool
from steppe.model.core.version import MODEL_VERSION
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.model import InfluenceModel
from steppe.model.parameters.table import Parameters, draw_priors
from steppe.model.random_streams import CHUNK
from steppe.model.scenario.load import Scenario

from .targets import Target, YearMeans, evenly, margins
from .variants import Variant

FILE_DRAWS = 2048  # draws in one file
AT_ONCE = 1024  # draws simulated together


@dataclass(frozen=True)
class Plan:
    """What to simulate: prior draws of these inputs through this history, weighed by these targets.

    `watched` are worked out beside the targets without weighing anything. `variant` alters
    the rules (structural variants); None leaves them.
    """

    history: Scenario
    inputs: Inputs
    targets: tuple[Target, ...]
    seed: int
    draws: int
    evidence: str
    watched: tuple[Target, ...] = ()
    variant: Variant | None = None

    @property
    def questions(self) -> tuple[Target, ...]:
        """Everything that a margin is worked out for."""
        return (*self.targets, *self.watched)

    @property
    def identity(self) -> str:
        """A hash of everything that decides the outcome, for taking up an interrupted run."""
        parts = [
            self.history.fingerprint,
            self.evidence,
            MODEL_VERSION,
            self.seed,
            [repr(target) for target in self.questions],
            [self.variant.name, self.variant.says] if self.variant else None,
        ]
        digest = sha256(json.dumps(parts).encode())
        for name in (
            "ties",
            "interests",
            "needs",
            "supply",
            "relations",
            "ln_means",
            "threat",
            "stance",
        ):
            digest.update(np.ascontiguousarray(getattr(self.inputs, name)).tobytes())
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Draws:
    """Simulated prior draws: `table` label to (n,), `dates` event to (n,), `margin` (questions, n).

    `persistence` holds the margins that the shares of 2000 would give if nothing had moved.
    """

    table: dict[str, np.ndarray]
    dates: dict[str, np.ndarray]
    margin: np.ndarray
    persistence: np.ndarray

    @property
    def size(self) -> int:
        return self.margin.shape[1]


def simulate_members(plan: Plan, members: np.ndarray) -> Draws:
    """Some prior draws, run through history."""
    table = draw_priors(plan.seed, members, plan.inputs.cast, plan.inputs.alpha_means)
    republics = {}
    if plan.variant is not None:
        table = plan.variant.change(table)
        republics = dict.fromkeys(plan.inputs.cast.republic_names, plan.variant.republic)
    parameters = Parameters.from_table(table, plan.inputs.cast, members)
    model = InfluenceModel(
        plan.history,
        members,
        plan.seed,
        parameters=parameters,
        inputs=plan.inputs,
        republics=republics,
    )
    means = YearMeans(model.share.shape)
    for quarter in model.run():
        means.add(quarter, model.share)
    dates = {
        name: np.broadcast_to(model.forcing.starts[name], (len(members),))
        for name in disputed(plan.history)
    }
    average = plan.variant.average if plan.variant is not None else evenly
    model.release()
    cast, unmoved = plan.inputs.cast, np.broadcast_to(means.values[:1], means.values.shape)
    return Draws(
        table,
        dates,
        *(margins(plan.questions, years, cast, average) for years in (means.values, unmoved)),
    )


def disputed(history: Scenario) -> list[str]:
    """Events whose date the documents dispute."""
    return [name for name, event in history.events.items() if event.either]


def _simulate_file(plan: Plan, first: int, last: int, path: Path) -> Path:
    parts = [
        simulate_members(plan, np.arange(start, min(start + AT_ONCE, last)))
        for start in range(first, last, AT_ONCE)
    ]
    arrays = {
        f"parameter:{label}": np.concatenate([part.table[label] for part in parts])
        for label in parts[0].table
    }
    arrays |= {
        f"date:{name}": np.concatenate([part.dates[name] for part in parts])
        for name in parts[0].dates
    }
    arrays |= {
        name: np.concatenate([getattr(part, name) for part in parts], axis=1)
        for name in ("margin", "persistence")
    }
    draft = path.with_suffix(".draft")
    with open(draft, "wb") as stream:
        np.savez(stream, **arrays)
    os.replace(draft, path)
    return path


@contextmanager
def workers(jobs: int) -> Iterator[Executor | None]:
    """Processes that simulate, to be shared by several calls of `simulate`; None where one job is enough."""
    if jobs == 1:
        yield None
        return
    with worker_pool(jobs) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def simulate(
    plan: Plan,
    folder: Path,
    pool: Executor | None = None,
    tell: Callable[[int], None] = lambda count: None,
) -> Draws:
    """All draws of a plan; files of the same plan that are already in the folder are not made again.

    Parameters
    ----------
    pool : from `workers`; None simulates in this process. tell : called with the number of draws each time some are done.

    Raises
    ------
    RequestError, IncompleteRunError
        If the folder cannot be written, or the work was stopped; what is done is kept.
    """
    kept = folder / plan.identity
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(
            f"{folder}: cannot be written ({error.strerror}); give another folder with --work"
        ) from None
    spans = [
        (first, min(first + FILE_DRAWS, plan.draws)) for first in range(0, plan.draws, FILE_DRAWS)
    ]
    paths = {span: kept / f"draws-{span[0]:08d}-{span[1]:08d}.npz" for span in spans}
    whole = [span for span in spans if _whole(paths[span])]
    if whole and not _still_given(plan, whole[0][0], paths[whole[0]]):
        whole = []
    todo = [span for span in spans if span not in whole]
    tell(plan.draws - sum(last - first for first, last in todo))
    try:
        for first, last in _made(plan, todo, paths, pool):
            tell(last - first)
    except KeyboardInterrupt:
        raise IncompleteRunError(
            f"stopped; what is done is kept in {folder}, and the same command goes on from there"
        ) from None
    return _gathered([paths[span] for span in spans])


def _whole(path: Path) -> bool:
    """Whether a file of draws is there and can be read to its end; a full disk may have cut one short."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def _still_given(plan: Plan, first: int, path: Path) -> bool:
    """Whether the model gives the first draws of a file once more; not so if its code has changed under the same version."""
    again = simulate_members(plan, np.arange(first, min(first + CHUNK, plan.draws)))
    with np.load(path) as file:
        kept = file["margin"][:, : again.size]
    return kept.shape == again.margin.shape and np.allclose(kept, again.margin, rtol=0.0, atol=1e-9)


def _made(plan: Plan, todo: list, paths: dict, pool: Executor | None) -> Iterator[tuple[int, int]]:
    if pool is None or len(todo) < 2:
        for span in todo:
            _simulate_file(plan, *span, paths[span])
            yield span
        return
    futures = {span: pool.submit(_simulate_file, plan, *span, paths[span]) for span in todo}
    try:
        for span, future in futures.items():
            future.result()
            yield span
    except BrokenProcessPool:
        raise IncompleteRunError(
            "a process that simulated draws died, perhaps for want of memory; what is done is kept, "
            "and the same command goes on from there, with --jobs 1 in less memory"
        ) from None


def _gathered(paths: list[Path]) -> Draws:
    parts = []
    for path in paths:
        with np.load(path) as file:
            parts.append(dict(file))
    joined = {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}
    table = {name[10:]: joined[name] for name in joined if name.startswith("parameter:")}
    dates = {name[5:]: joined[name] for name in joined if name.startswith("date:")}
    return Draws(table, dates, joined["margin"], joined["persistence"])

"""A batch: every block of every scenario, run in parallel, continued where it stopped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from steppe.experiments.errors import IncompleteRunError, RequestError
from steppe.experiments.storage import histograms, zarr_store
from steppe.experiments.storage.atomic_files import report_disk_errors
from steppe.experiments.storage.manifest import (
    BEFORE,
    DRAFT,
    FORMAT,
    MEMBERS,
    NAME,
    RESULTS,
    SUMMARY,
    FolderLock,
    Manifest,
    differences,
    holds_batch,
    load_manifest,
    new_about,
)
from steppe.model.core.cast import Cast, default_cast
from steppe.model.core.version import MODEL_VERSION
from steppe.model.parameters.table import all_labels
from steppe.model.scenario.load import Scenario

from .block import Block, BlockResult, check_block, run_block
from .compiled_kernels import plan_work
from .executors import completed
from .parameter_source import ParameterSource
from .progress import Progress
from .requested_scenarios import require_guards
from .run_log import Log
from .shared_history import KEPT

BLOCK = 2048  # members: enough that calls cost little beside arithmetic, few enough that a kill loses less than a second
OURS = {
    ".lock",
    NAME,
    BEFORE,
    DRAFT,
    f"{BEFORE}.draft",
    RESULTS,
    f"{RESULTS}.draft",
    "summary.csv",
    "summary.csv.draft",
    "figures",
    "answers",
    "run.log",
}
SAVE_SECONDS = 1.0
SAVE_SHARE = 0.05  # of the time, at most, goes into saving a long manifest
CHECKS_PER_JOB = 64  # stored blocks; fewer are read before another process has started


def members_per_part(members: int, block: int) -> int:
    """How many members one worker counts before it writes: at least a block, and parts for many workers.

    It follows from the request alone, so that another number of workers can go on. No
    more blocks than the pasts that a process keeps, so that scenarios share them.
    """
    blocks = -(-members // block)
    return block * max(1, min(KEPT, blocks // 8))


@dataclass(frozen=True)
class Request:
    """What to run and how.

    store : `members`, or `summary` for counts from which quantiles can be read. results :
    an address for the results, if they are not to lie in the folder. given : words that
    lead back to the weights and evidence, for `steppe verify`.
    """

    scenarios: Sequence[Scenario]
    parameter_source: ParameterSource
    members: int
    seed: int
    frequency: str = "year"
    block: int = BLOCK
    store: str = MEMBERS
    results: str = ""
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def cast(self) -> Cast:
        """Everybody who is in one of the scenarios."""
        base = self.parameter_source.inputs.cast
        casts = [base, *(scenario.cast for scenario in self.scenarios)]
        if all(cast.shape == base.shape for cast in casts):
            return base
        kinds = ("powers", "republics", "channels")
        return Cast(
            *(
                tuple(
                    {actor.name: actor for cast in casts for actor in getattr(cast, kind)}.values()
                )
                for kind in kinds
            )
        )

    def layout(self) -> zarr_store.Layout:
        quarters = zarr_store.recorded_quarters(
            max(scenario.last for scenario in self.scenarios), self.frequency
        )
        names = tuple(scenario.name for scenario in self.scenarios)
        size = (
            min(self.block, self.members)
            if self.store == MEMBERS
            else members_per_part(self.members, self.block)
        )
        return zarr_store.Layout(
            names, self.members, size, quarters, self.cast, all_labels(self.cast)
        )

    def blocks(self, folder: Path) -> list[Block]:
        """All blocks, those of the same members beside each other."""
        layout = self.layout()
        return [
            Block(
                scenario,
                index,
                first,
                last,
                self.seed,
                self.frequency,
                self.parameter_source,
                self.place(folder),
                layout.cast,
                layout.parameters,
                self.store,
                self.block,
                number,
                alone=len(self.scenarios) == 1,
            )
            for number, (first, last) in enumerate(layout.blocks)
            for index, scenario in enumerate(self.scenarios)
        ]

    def place(self, folder: Path) -> zarr_store.Place:
        """Where the results of a batch in this folder lie; the same from any working folder."""
        return zarr_store.place_of(self.results) if self.results else folder.resolve() / RESULTS

    @property
    def draws_repeat(self) -> bool:
        """Whether there are more members than the posterior has draws, so that draws repeat with fresh noise."""
        return (
            self.parameter_source.posterior is not None
            and self.members > self.parameter_source.posterior.size
        )

    def _colours_brought(self) -> dict[str, str]:
        """Colours of powers that scenarios add to the cast."""
        known = set(default_cast().power_names)
        return {
            actor.name: actor.colour
            for actor in self.layout().cast.powers
            if actor.name not in known
        }

    def as_record(self) -> dict:
        """The request as the manifest keeps it; two equal records give equal results."""
        return {
            "format": FORMAT,
            "model": MODEL_VERSION,
            "evidence": self.parameter_source.evidence,
            "weights": self.parameter_source.label,
            "seed": self.seed,
            "members": self.members,
            "block": self.block,
            "every": self.frequency,
            "keep": self.store,
            "results": self.results or RESULTS,
            "scenarios": {scenario.name: scenario.fingerprint for scenario in self.scenarios},
            "titles": {scenario.name: scenario.title for scenario in self.scenarios},
            "files": {scenario.name: scenario.source.file for scenario in self.scenarios},
            "levers": {scenario.name: dict(scenario.lever_values) for scenario in self.scenarios},
            "chains": {scenario.name: list(scenario.chain) for scenario in self.scenarios},
            "spans": {
                scenario.name: [scenario.first, scenario.last] for scenario in self.scenarios
            },
            "events": {scenario.name: _marked_events(scenario) for scenario in self.scenarios},
            "colours": self._colours_brought(),
            "draws_repeat": self.draws_repeat,
            "blocks_in_all": len(self.scenarios) * len(self.layout().blocks),
        }


def _marked_events(scenario: Scenario) -> list[dict]:
    """Events of a scenario as figures mark them: dates in quarters, words, and whether the file itself wrote them."""
    return [
        {
            "name": name,
            "what": event.what,
            "dates": list(event.dates()),
            "own": name in scenario.own_events,
        }
        for name, event in scenario.events.items()
    ]


def run_batch(
    request: Request,
    folder: Path,
    *,
    jobs: int,
    command: str,
    replace: bool = False,
    retry: bool = False,
    progress: Progress | None = None,
    cluster=None,
) -> Manifest:
    """Run what is missing of a batch and return its manifest.

    Parameters
    ----------
    cluster : a `cluster.Cluster` to run the blocks on, in place of `jobs` processes here.

    Raises
    ------
    RequestError
        If parameters break a guard of the model, or the folder cannot be written, is in use,
        or holds another batch.
    IncompleteRunError
        If it was interrupted, the disk is full, or blocks failed; what is done is kept.
    """
    require_guards(request.scenarios, request.parameter_source, request.seed, request.members)
    _make_folder(folder)
    with FolderLock(folder), report_disk_errors(folder):
        run = _Run(
            request,
            folder,
            _opened(request, folder, command, replace),
            progress or Progress(quiet=True),
            jobs,
            cluster,
        )
        run.log.line(f"begun: {command}")
        if retry:
            run.manifest.failures.clear()
        try:
            run.check()
            run.go_on()
            run.finish()
        except (IncompleteRunError, OSError) as error:
            run.log.line(f"stopped: {error}")
            raise
    failures = run.manifest.failures
    if failures:
        shown = "".join(f"\n  {key}: {reason}" for key, reason in list(failures.items())[:10])
        more = (
            f"\n  and {len(failures) - 10} more, in {folder / NAME}" if len(failures) > 10 else ""
        )
        raise IncompleteRunError(
            f"{len(failures)} of {run.manifest.request['blocks_in_all']} blocks failed:{shown}{more}\n"
            "mend the cause, then run the same command with --retry"
        )
    return run.manifest


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / ".lock", "a", encoding="utf-8"):
            pass
    except OSError as error:
        raise RequestError(
            f"{folder}: cannot be written ({error.strerror}); give another folder with --out"
        ) from None


def _opened(request: Request, folder: Path, command: str, replace: bool) -> Manifest:
    """The manifest of what is there, if it is the same batch; otherwise a new one."""
    asked, place = request.as_record(), request.place(folder)
    if holds_batch(folder) and not replace:
        manifest = load_manifest(folder)
        found = differences(manifest.request, asked)
        if found:
            raise RequestError(
                f"{folder}: holds another batch ({'; '.join(found)}); give another --out, or --replace to do away with it"
            )
        zarr_store.sweep(place)
        if not zarr_store.is_address(place):
            _create(request, place)  # what describes the blocks may be damaged as well
        return manifest
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in OURS)
    if foreign and not holds_batch(folder):
        raise RequestError(
            f"{folder}: is not empty and holds no batch ({foreign[0]} is in it); give another --out"
        )
    if request.results and not replace and zarr_store.holds_something(place):
        raise RequestError(
            f"{place}: is not empty; give another address with --results, or --replace to do away with what is there"
        )
    Manifest.forget(folder)
    zarr_store.remove(place)
    _create(request, place)
    manifest = Manifest(
        asked, about=new_about(command) | {"folder": str(Path.cwd()), "given": dict(request.given)}
    )
    manifest.save(folder)
    return manifest


def _create(request: Request, place: zarr_store.Place) -> None:
    layout = request.layout()
    if request.store == SUMMARY:
        histograms.create(place, layout, len(layout.blocks))
    else:
        zarr_store.create(place, layout)


class _Run:
    """A batch at work: what is left to do, and what has become of the rest."""

    def __init__(
        self,
        request: Request,
        folder: Path,
        manifest: Manifest,
        progress: Progress,
        jobs: int,
        cluster,
    ):
        self.request, self.folder, self.manifest, self.progress = (
            request,
            folder,
            manifest,
            progress,
        )
        self.jobs, self.cluster = jobs, cluster
        self.blocks = request.blocks(folder)
        self.log = Log(folder / "run.log")
        self._saved, self._saving = time.monotonic(), 0.0

    def check(self) -> None:
        """Strike out blocks whose data are no longer what the manifest says."""
        self._check_sums()
        there = [
            block
            for block in self.blocks
            if block.key in self.manifest.blocks and block.scenario.name not in self.manifest.sums
        ]
        unsound = [
            block.key
            for block, found in completed(
                check_block, there, min(self.jobs, 1 + len(there) // CHECKS_PER_JOB)
            )
            if found.hash != self.manifest.blocks[block.key]["hash"]
        ]
        for key in unsound:
            self.log.line(f"{key}: is damaged or gone; it is run again")
            del self.manifest.blocks[key]

    def _check_sums(self) -> None:
        for index, scenario in enumerate(self.request.scenarios):
            name = scenario.name
            if (
                name in self.manifest.sums
                and sum_hash(self.request, self.folder, index) != self.manifest.sums[name]
            ):
                self.log.line(f"{name}: its counts are damaged or gone; it is run again")
                del self.manifest.sums[name]
                self.manifest.blocks = {
                    key: done
                    for key, done in self.manifest.blocks.items()
                    if key.rpartition("/")[0] != name
                }

    def go_on(self) -> None:
        """Run the blocks that are neither done nor failed."""
        todo = [
            block
            for block in self.blocks
            if block.key not in self.manifest.blocks and block.key not in self.manifest.failures
        ]
        if not todo:
            return
        members = Counter()
        for block in todo:
            members[block.scenario.name] += block.size
        self.progress.begin(members)
        self.log.line(f"to do: {len(todo)} of {len(self.blocks)} blocks")
        try:
            for block, done in self._completed(todo):
                self._take(block, done)
        except KeyboardInterrupt:
            raise self._stopped("stopped") from None
        except IncompleteRunError as error:
            raise self._stopped(str(error)) from None
        finally:
            self.progress.end()

    def _completed(self, todo: list[Block]) -> Iterator[tuple[Block, BlockResult]]:
        todo = plan_work(todo, self.jobs)
        if self.cluster is not None:
            return self.cluster.completed(run_block, todo)
        return completed(run_block, todo, self.jobs, self.log.line)

    def _take(self, block: Block, done: BlockResult) -> None:
        if done.halt:
            raise IncompleteRunError(done.halt)
        if done.failure:
            self.manifest.failures[done.key] = done.failure
            self.log.line(f"{done.key}: failed: {done.failure}")
        else:
            self.manifest.blocks[done.key] = {
                "hash": done.hash,
                "seconds": round(done.seconds, 3),
                "writing": round(done.writing, 3),
            }
        self.progress.advance(block.size, block.scenario.name)
        if time.monotonic() - self._saved > max(SAVE_SECONDS, self._saving / SAVE_SHARE):
            self._save()

    def _save(self) -> None:
        started = time.monotonic()
        self.manifest.save(self.folder)
        self._saved = time.monotonic()
        self._saving = self._saved - started

    def _stopped(self, why: str) -> IncompleteRunError:
        """What to say; what is done is saved if there is room for it, and found missing otherwise."""
        try:
            self._save()
        except OSError:
            self.log.line(
                "the manifest could not be saved; blocks since the last time are run again"
            )
        return IncompleteRunError(
            f"{why}\n{len(load_manifest(self.folder).blocks)} of {len(self.blocks)} blocks are kept, "
            "and the same command goes on from there"
        )

    def finish(self) -> None:
        """Add counts up scenario by scenario, each from nothing, and save the manifest."""
        zarr_store.sweep(
            self.request.place(self.folder)
        )  # workers may have been killed while they wrote
        self._save()
        if self.request.store == SUMMARY:
            for index, scenario in enumerate(self.request.scenarios):
                self._add_up(index, scenario.name)
        self.log.line(
            f"{'finished' if self.manifest.finished else 'unfinished'}: {len(self.manifest.blocks)} blocks done, "
            f"{len(self.manifest.failures)} failed"
        )

    def _add_up(self, index: int, name: str) -> None:
        place = self.request.place(self.folder)
        parts = [block for block in self.blocks if block.index == index]
        if name not in self.manifest.sums:
            if any(block.key not in self.manifest.blocks for block in parts):
                return
            self.manifest.sums[name] = histograms.add_up(
                place, index, len(parts), len(parts[0].quarters)
            )
            self._save()
        histograms.drop_parts(place, index)


def sum_hash(request: Request, folder: Path, index: int) -> str:
    """The hash of a scenario's counts as they are stored; nothing where they cannot be read."""
    times = len(zarr_store.recorded_quarters(request.scenarios[index].last, request.frequency))
    try:
        return zarr_store.block_hash(*histograms.read_sum(request.place(folder), index, times))
    except Exception:  # cut short, garbled, gone: whatever the codecs say, it cannot be used
        return ""

"""Whether a batch still is what its manifest says, and whether its numbers come out again."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from steppe.experiments.errors import RequestError
from steppe.experiments.storage.manifest import (
    FORMAT,
    SUMMARY,
    Manifest,
    differences,
    load_manifest,
)
from steppe.experiments.storage.zarr_store import block_hash, read_block
from steppe.model.core.diagnostics import DiagnosticsError
from steppe.model.scenario.find_files import SHIPPED
from steppe.model.scenario.load import Scenario, load_scenario

from .batch import Request, sum_hash
from .block import Block, check_block, compute_block, simulate
from .executors import completed
from .parameter_source import PRIOR, load_parameter_source


@dataclass
class Verdict:
    """What was checked and what is wrong; `damaged` are blocks, `different` members or stretches of them."""

    blocks: int = 0
    blocks_in_all: int = 0
    members: int = 0
    damaged: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not (self.damaged or self.different)


def verify(folder: Path, *, members: int = 20, jobs: int = 1) -> Verdict:
    """Check the hash of every block, and run sampled members again to compare their bytes.

    Of a batch that keeps a summary, whole stretches are counted again, one or more, until
    they have that many members.

    Raises
    ------
    RequestError
        If the folder holds no batch, or its inputs are no longer the same.
    """
    manifest = load_manifest(folder)
    request = rebuilt(manifest)
    blocks = [block for block in request.blocks(folder) if block.key in manifest.blocks]
    verdict = Verdict(len(blocks), manifest.request["blocks_in_all"])
    _check_hashes(verdict, request, folder, manifest, blocks, jobs)
    whole = [
        block
        for block in blocks
        if block.key not in verdict.damaged and block.scenario.name not in verdict.damaged
    ]
    sample = np.random.default_rng(request.seed)
    if request.store == SUMMARY:
        _recount(verdict, manifest, whole, sample, members)
    else:
        _rerun(verdict, whole, sample, members)
    return verdict


def rebuilt(manifest: Manifest) -> Request:
    """The request of a manifest, from the files it names.

    Raises
    ------
    RequestError
        If a file is gone, or gives another result than it did.
    """
    there, about = manifest.request, manifest.about
    if there.get("format") != FORMAT:
        raise RequestError(
            f"the batch has format {there.get('format')}, this version reads {FORMAT}; run it again with --replace"
        )
    given = about.get("given", {})
    try:
        with _at_home(about.get("folder", ".")):
            scenarios = [_scenario(name, there) for name in there["scenarios"]]
            word = given.get("weights") or (PRIOR if there["weights"] == PRIOR else "posterior")
            request = Request(
                scenarios,
                load_parameter_source(
                    word, Path(given["evidence"]) if given.get("evidence") else None
                ),
                there["members"],
                there["seed"],
                there["every"],
                there["block"],
                there["keep"],
                there["results"] if "://" in there["results"] else "",
                given,
            )
    except DiagnosticsError as found:
        raise RequestError(
            "the batch cannot be run again, since a scenario is gone or has mistakes:\n"
            + "\n".join(map(str, found.diagnostics))
        ) from None
    changed = differences(there, request.as_record())
    if changed:
        raise RequestError(
            f"the batch cannot be run again, since its inputs have changed ({'; '.join(changed).replace(' asked', ' now')})"
        )
    return request


@contextmanager
def _at_home(folder: str) -> Iterator[None]:
    """In the folder where the batch was begun, since files were named from there."""
    before = Path.cwd()
    if Path(folder).is_dir():
        os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _scenario(name: str, there: dict) -> Scenario:
    """A scenario by its file, with the levers it had; the values in a name such as `split[depth=0.3]` count as well."""
    file = there["files"][name]
    shipped = SHIPPED / Path(file).name
    path = (
        str(shipped)
        if file.startswith("scenarios/") and shipped.exists() and not Path(file).exists()
        else file
    )
    settings = name[name.index("[") :] if "[" in name else ""
    return load_scenario(path + settings, levers=there["levers"][name])


def _check_hashes(
    verdict: Verdict,
    request: Request,
    folder: Path,
    manifest: Manifest,
    blocks: list[Block],
    jobs: int,
) -> None:
    for index, scenario in enumerate(request.scenarios):
        if (
            scenario.name in manifest.sums
            and sum_hash(request, folder, index) != manifest.sums[scenario.name]
        ):
            verdict.damaged.append(scenario.name)
    stored = [block for block in blocks if block.scenario.name not in manifest.sums]
    for block, found in completed(check_block, stored, min(jobs, 1 + len(stored) // 64)):
        if found.hash != manifest.blocks[block.key]["hash"]:
            verdict.damaged.append(block.key)


def _rerun(
    verdict: Verdict, blocks: list[Block], sample: np.random.Generator, members: int
) -> None:
    """Members drawn from all blocks; those of one scenario are run together, in other company than before."""
    drawn: dict[int, list[tuple[Block, int]]] = defaultdict(list)
    sizes = np.array([block.size for block in blocks], dtype=np.int64)
    ends = sizes.cumsum()
    for place in (
        sorted(sample.choice(int(sizes.sum()), min(members, int(sizes.sum())), replace=False))
        if blocks
        else []
    ):
        block = blocks[int(np.searchsorted(ends, place, side="right"))]
        drawn[block.index].append(
            (block, int(block.last - (ends[np.searchsorted(ends, place, side="right")] - place)))
        )
    for picks in drawn.values():
        shares, parameters = simulate(picks[0][0], np.array([member for _, member in picks]))
        for row, (block, member) in enumerate(picks):
            there = read_block(block.results, block.index, member, member + 1, len(block.quarters))
            if not _equal(there, (shares[row : row + 1], parameters[row : row + 1])):
                verdict.different.append(f"{block.scenario.name}, member {member}")
        verdict.members += len(picks)


def _equal(one: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...]) -> bool:
    return all(left.tobytes() == right.tobytes() for left, right in zip(one, other, strict=True))


def _recount(
    verdict: Verdict,
    manifest: Manifest,
    blocks: list[Block],
    sample: np.random.Generator,
    members: int,
) -> None:
    for place in sample.permutation(len(blocks)):
        if verdict.members >= members:
            return
        block = blocks[place]
        if block_hash(*compute_block(block)) != manifest.blocks[block.key]["hash"]:
            verdict.different.append(
                f"{block.scenario.name}, members {block.first} to {block.last - 1}"
            )
        verdict.members += block.size

"""Cases, one function each. Imports are part of what is timed only where a command is run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

import numpy as np

from steppe.experiments.runs.batch import run_batch
from steppe.experiments.runs.batch_request import Request
from steppe.experiments.runs.block import BLOCK, simulate
from steppe.experiments.runs.compiled_kernels import plan_work
from steppe.experiments.runs.parameter_source import ParameterSource, load_parameter_source
from steppe.experiments.runs.shared_history import start_or_branch
from steppe.experiments.storage.manifest import RESULTS
from steppe.experiments.storage.zarr_store import pack_shares
from steppe.model.backends.choice import compiled_backend, expect_work, use_backend
from steppe.model.backends.numpy_backend import NumpyBackend
from steppe.model.core.cast import Cast
from steppe.model.core.errors import IncompleteRunError
from steppe.model.evidence.coded_inputs import Inputs
from steppe.model.model import SPINUP_QUARTERS
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import Scenario, load_scenario

from .lower_bound import Workload, lower_bound, simulated_quarters
from .measure import Record, disk_bytes

POWERS = ("Turkey", "Iran", "India", "Japan")
REPUBLICS = ("Afghanistan", "Azerbaijan", "Armenia", "Mongolia")
NOWHERE = Path("nowhere")
PATIENCE = 60.0  # seconds
STEPPE = [sys.executable, "-m", "steppe", "run", "--no-figures", "--quiet"]


def ensemble(members: int, compiled: bool = True) -> Record:
    """Members in blocks in one process, nothing written, with compiled equations or without."""
    from .rivals import ensemble_shares

    work = Workload()
    blocks = Request([work.scenario], work.source, members, work.seed).blocks(NOWHERE)
    use_backend(compiled_backend() if compiled else NumpyBackend())
    simulate(blocks[0], np.arange(2))
    started = perf_counter()
    shares = [simulate(block)[0] for block in blocks]
    seconds = perf_counter() - started
    use_backend(None)
    few = np.arange(min(members, 8))
    expected = np.moveaxis(pack_shares(ensemble_shares(work, few)), 2, -1)
    if not np.array_equal(shares[0][few, :, :, :, :-1], expected):
        raise IncompleteRunError("a block differs from the model that rivals are compared with")
    return {"members": members, "seconds": seconds}


def rival(tool: str, members: int) -> Record:
    """Members one by one under another tool, compared with the ensemble."""
    from .rivals import idle_noise_seconds, time_rival

    work = Workload()
    use_backend(compiled_backend())  # as the ensemble has them
    seconds = time_rival(tool, work, members)
    use_backend(None)
    return {"members": members, "seconds": seconds, "idle": members * idle_noise_seconds(work)}


def beside_lower_bound(
    members: int, scenarios: int, seconds: float, stored: int, block: int = 0
) -> Record:
    """A batch in one process, and the mean of the lower bound just before and just after it.

    The speed of a shared machine changes within seconds.
    """
    before = lower_bound(seconds, stored, block or BLOCK)
    record = batch(members, 1, scenarios, block=block)
    after = lower_bound(seconds, stored, block or BLOCK)
    return record | {"parts": {name: (before[name] + after[name]) / 2 for name in before}}


def spinup(members: int) -> Record:
    """Members as a batch has them before 2000Q1: parameters, dates, streams and spin-up."""
    work = Workload()
    request = Request([work.scenario], work.source, members, work.seed)
    _warm_up(request, 1)
    started = perf_counter()
    for block in request.blocks(NOWHERE):
        numbers = np.arange(block.first, block.last)
        source = block.parameter_source
        start_or_branch(block.scenario, numbers, block.seed, block.frequency, source)[0].release()
    return {"members": members, "seconds": perf_counter() - started}


def quarters(scenarios: int, members: int) -> Record:
    """Quarters that a batch stores and simulates for each member, and quarters of spin-up."""
    chosen, posterior = _scenarios(scenarios), load_parameter_source().posterior
    assert posterior is not None
    draws, lengths = min(members, posterior.size), [scenario.quarters for scenario in chosen]
    return {
        "held": sum(lengths),
        "simulated": simulated_quarters(chosen),
        "drawn": max(lengths),
        "draws": draws,
        "inherited": SPINUP_QUARTERS * draws / members,
    }


def batch(
    members: int, jobs: int, scenarios: int = 1, store: str = "members", block: int = 0
) -> Record:
    """A whole batch of the first scenarios, from its first file to its last manifest."""
    return _run(_scenarios(scenarios), load_parameter_source(), members, jobs, store, block)


def cast(powers: int, republics: int, members: int) -> Record:
    """A batch of the baseline with so many powers and republics.

    A scenario file adds actors to the shipped cast; a smaller cast has the first of the shipped
    actors and no events.
    """
    source, scenario = load_parameter_source(), load_scenario("baseline")
    full = source.inputs.cast
    if powers < len(full.powers):
        smaller = Cast(full.powers[:powers], full.republics[:republics], full.channels)
        source = replace(source, inputs=_cut(source.inputs, smaller))
        scenario = replace(scenario, cast=smaller, events={}, own_events=())
    elif (powers, republics) != full.shape[:2]:
        more = {name: {"kind": "power"} for name in POWERS[: powers - len(full.powers)]}
        added = republics - len(full.republics)
        more |= {name: {"kind": "republic"} for name in REPUBLICS[:added]}
        with TemporaryDirectory() as folder:
            path = Path(folder) / "larger.yaml"
            text = json.dumps({"title": "A larger cast", "extends": "baseline", "cast": more})
            path.write_text(text, encoding="utf-8")
            scenario = load_scenario(path)
    return _run([scenario], source, members, 1, "members") | {"actors": powers + republics}


def _cut(inputs: Inputs, smaller: Cast) -> Inputs:
    """The coded inputs of a part of the cast."""
    p, r = map(slice, smaller.shape[:2])
    axes: dict[str, tuple[slice, ...]] = {"ties": (p, r), "interests": (p, r), "relations": (p, p)}
    axes |= dict.fromkeys(("supply", "ln_means"), (p,))
    axes |= {"needs": (p, r), "stance": (p, r), "threat": (r,)}
    arrays: dict[str, Any] = {name: getattr(inputs, name)[part] for name, part in axes.items()}
    institutions = tuple(
        replace(body, sponsors=body.sponsors[p], members=body.members[r])
        for body in inputs.institutions
    )
    return replace(inputs, cast=smaller, institutions=institutions, trail={}, **arrays)


def _scenarios(count: int) -> list[Scenario]:
    """The first scenarios: the baseline first, history last."""
    others = sorted(set(shipped_names()) - {"baseline", "history"})
    return [load_scenario(name) for name in ["baseline", *others, "history"][:count]]


def _warm_up(request: Request, jobs: int) -> None:
    """Run a few members of each cast, which imports and compiles what a block needs.

    Kernels are loaded where the whole request would load them.
    """
    expect_work(sum(block.work for block in plan_work(request.blocks(NOWHERE), jobs)[:1]))
    scenarios = list({scenario.cast: scenario for scenario in request.scenarios}.values())
    few = replace(request, scenarios=scenarios, members=2 * jobs, block=2, store="members")
    with TemporaryDirectory() as folder:
        run_batch(few, Path(folder), jobs=jobs, command="benchmark")


def _run(
    scenarios: list[Scenario],
    source: ParameterSource,
    members: int,
    jobs: int,
    store: str,
    block: int = 0,
) -> Record:
    request = Request(scenarios, source, members, seed=1, store=store, block=block or BLOCK)
    _warm_up(request, jobs)
    with TemporaryDirectory() as folder:
        started = perf_counter()
        blocks = run_batch(request, Path(folder), jobs=jobs, command="benchmark").blocks.values()
        return {
            "members": members,
            "jobs": jobs,
            "scenarios": len(scenarios),
            "seconds": perf_counter() - started,
            "in_blocks": sum(block["seconds"] for block in blocks),
            "writing": sum(block["writing"] for block in blocks),
            "disk": disk_bytes(Path(folder) / RESULTS),
        }


def start(members: int) -> Record:
    """From the start of the process `steppe run` to its first block; it is then stopped."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [*STEPPE, "--members", str(members), "--out", folder]
        chunks, started = Path(folder) / "results.zarr" / "shares" / "c", perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                while not any(
                    path.is_file() and path.suffix != ".partial" for path in chunks.rglob("*")
                ):
                    if process.poll() is not None or perf_counter() - started > PATIENCE:
                        raise IncompleteRunError(f"no block in {PATIENCE:g} seconds")
                    sleep(0.005)
                seconds = perf_counter() - started
            finally:
                process.send_signal(signal.SIGTERM)
    return {"members": members, "seconds": seconds}


def large(members: int, jobs: int) -> Record:
    """`steppe run` of every scenario, summary included, figures left out."""
    with TemporaryDirectory() as folder:
        started, sizes = perf_counter(), ["--members", f"{members}", "--jobs", f"{jobs}"]
        command = [*STEPPE, *sizes, "--store", "summary", "--out", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds, disk = perf_counter() - started, disk_bytes(Path(folder))
    return {"members": members, "jobs": jobs, "seconds": seconds, "disk": disk}

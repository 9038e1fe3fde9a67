"""What is measured, one function each; `python -m steppe.experiments.benchmarks.cases NAME JSON` runs one alone.

Each case has a process of its own, so that its peak memory is its own, and says what it
found as one line of JSON. What it imports, and the time for that, is not counted, except
in `start`.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

from steppe.experiments.errors import IncompleteRunError

Result = dict[str, Any]
POWERS = ("Turkey", "Iran", "India", "Japan")
REPUBLICS = ("Afghanistan", "Azerbaijan", "Armenia", "Mongolia")
PATIENCE = 60.0  # seconds
STEPPE = [sys.executable, "-c", "from steppe.experiments.cli.app import main; main()"]


def ensemble(members: int, compiled: bool = True) -> Result:
    """Members in blocks, in one process, nothing written; with equations that are compiled, or as they are without Numba."""
    import numpy as np

    from steppe.experiments.runs.batch import Request
    from steppe.experiments.runs.block import simulate
    from steppe.experiments.storage.zarr_store import packed
    from steppe.model.backends.choice import compiled_backend, use_backend
    from steppe.model.backends.numpy_backend import NumpyBackend

    from .rivals import ensemble_shares
    from .workload import Asked

    asked = Asked.of()
    blocks = Request([asked.scenario], asked.parameter_source, members, asked.seed).blocks(
        Path("nowhere")
    )
    use_backend(compiled_backend() if compiled else NumpyBackend())
    simulate(blocks[0], np.arange(2))
    started = perf_counter()
    kept = [simulate(block)[0] for block in blocks]
    seconds = perf_counter() - started
    few = np.arange(min(members, 8))
    same = np.array_equal(
        kept[0][few, :, :, :, :-1], np.moveaxis(packed(ensemble_shares(asked, few)), 2, -1)
    )
    if not same:
        raise IncompleteRunError(
            "a block does not hold the shares of the model that rivals are held against"
        )
    return {"members": members, "seconds": seconds}


def rival(tool: str, members: int) -> Result:
    """Members one by one under another tool, held against the ensemble."""
    from .rivals import idle_noise, timed
    from .workload import Asked

    asked = Asked.of()
    seconds, difference = timed(tool, asked, members)
    return {
        "members": members,
        "seconds": seconds,
        "difference": difference,
        "idle": members * idle_noise(asked),
    }


def under_the_roof(
    members: int, scenarios: int, seconds: float, stored: int, block: int = 0
) -> Result:
    """A batch in one process, and the least that a member-quarter can cost: the mean of just before and just after.

    The pace of a machine that others share changes within seconds.
    """
    from steppe.experiments.runs.batch import BLOCK

    from .lower_bound import roof

    before, bare_before = roof(seconds, stored, block or BLOCK)
    found = batch(members, 1, scenarios, block=block)
    after, bare_after = roof(seconds, stored, block or BLOCK)
    return found | {
        "parts": {name: (before[name] + after[name]) / 2 for name in before},
        "bare": (bare_before + bare_after) / 2,
    }


def beginning(members: int) -> Result:
    """Members as a batch has them before 2000Q1: parameters, dates, streams, and the inheritance, once for each draw."""
    import numpy as np

    from steppe.experiments.runs.batch import Request
    from steppe.experiments.runs.shared_history import start_or_branch

    from .workload import Asked

    asked = Asked.of()
    request = Request([asked.scenario], asked.parameter_source, members, asked.seed)
    _tried(request, 1)
    started = perf_counter()
    for block in request.blocks(Path("nowhere")):
        start_or_branch(
            block.scenario,
            np.arange(block.first, block.last),
            block.seed,
            block.frequency,
            block.parameter_source,
        )[0].release()
    return {"members": members, "seconds": perf_counter() - started}


def quarters(scenarios: int, members: int) -> Result:
    """Quarters that a batch of the first so many scenarios holds and simulates, for each member; and quarters of inheritance, on average."""
    from steppe.model.model import SPINUP_QUARTERS

    from .lower_bound import simulated_quarters
    from .workload import Asked

    chosen = _scenarios(scenarios)
    draws = min(members, Asked.of().parameter_source.posterior.size)
    return {
        "held": sum(scenario.quarters for scenario in chosen),
        "simulated": simulated_quarters(chosen),
        "drawn": max(scenario.quarters for scenario in chosen),
        "draws": draws,
        "inherited": SPINUP_QUARTERS * draws / members,
    }


def batch(
    members: int, jobs: int, scenarios: int = 1, keep: str = "members", block: int = 0
) -> Result:
    """A batch of the first so many scenarios, from its first file to its last manifest, in blocks of so many members if that is said."""
    from steppe.experiments.runs.parameter_source import load_parameter_source

    return _run(_scenarios(scenarios), load_parameter_source(), members, jobs, keep, block)


def cast(powers: int, republics: int, members: int) -> Result:
    """A batch of the baseline with so many powers and republics.

    More than the four and five that ship are added by a scenario file, with what it assumes
    of actors of which it says nothing; fewer are the first of those that ship, without events.
    """
    from steppe.experiments.runs.parameter_source import load_parameter_source
    from steppe.model.core.cast import Cast
    from steppe.model.scenario.load import load_scenario

    full = load_parameter_source()
    of, scenario = full.inputs.cast, load_scenario("baseline")
    if powers < len(of.powers):
        smaller = Cast(of.powers[:powers], of.republics[:republics], of.channels)
        full = replace(full, inputs=_cut(full.inputs, smaller))
        scenario = replace(scenario, cast=smaller, events={}, own_events=())
    elif (powers, republics) != (len(of.powers), len(of.republics)):
        more = {name: {"kind": "power"} for name in POWERS[: powers - len(of.powers)]}
        more |= {name: {"kind": "republic"} for name in REPUBLICS[: republics - len(of.republics)]}
        with TemporaryDirectory() as folder:
            path = Path(folder) / "larger.yaml"
            path.write_text(
                json.dumps({"title": "A larger cast", "extends": "baseline", "cast": more}),
                encoding="utf-8",
            )
            scenario = load_scenario(path)
    return _run([scenario], full, members, 1, "members") | {"actors": sum(scenario.cast.shape[:2])}


def _cut(inputs, smaller):
    """Coded inputs of a part of the cast."""
    powers, republics, _ = smaller.shape
    axes = {
        "ties": (powers, republics),
        "interests": (powers, republics),
        "needs": (republics,),
        "supply": (powers,),
        "relations": (powers, powers),
        "ln_means": (powers,),
        "threat": (republics,),
        "stance": (republics,),
    }
    arrays = {name: getattr(inputs, name)[tuple(map(slice, sizes))] for name, sizes in axes.items()}
    bodies = tuple(
        replace(body, sponsors=body.sponsors[:powers], members=body.members[:republics])
        for body in inputs.institutions
    )
    return replace(inputs, cast=smaller, institutions=bodies, trail={}, **arrays)


def _scenarios(count: int) -> list:
    """The baseline first, history last, as many as asked."""
    from steppe.model.scenario.find_files import shipped_names
    from steppe.model.scenario.load import load_scenario

    others = sorted(set(shipped_names()) - {"baseline", "history"})
    return [load_scenario(name) for name in ["baseline", *others, "history"][:count]]


def _tried(request, jobs: int) -> None:
    """A few members of each cast that there is, for all that is loaded when blocks are first simulated."""
    from steppe.experiments.runs.batch import run_batch

    casts = {scenario.cast: scenario for scenario in request.scenarios}
    with TemporaryDirectory() as folder:
        run_batch(
            replace(
                request, scenarios=list(casts.values()), members=2 * jobs, block=2, store="members"
            ),
            Path(folder),
            jobs=jobs,
            command="benchmark",
        )


def _run(scenarios: list, weights, members: int, jobs: int, keep: str, block: int = 0) -> Result:
    from steppe.experiments.runs.batch import BLOCK, Request, run_batch
    from steppe.experiments.storage.manifest import RESULTS

    request = Request(scenarios, weights, members, seed=1, store=keep, block=block or BLOCK)
    _tried(request, jobs)
    with TemporaryDirectory() as folder:
        started = perf_counter()
        manifest = run_batch(request, Path(folder), jobs=jobs, command="benchmark")
        seconds = perf_counter() - started
        spent = {
            name: sum(block[name] for block in manifest.blocks.values())
            for name in ("seconds", "writing")
        }
        return {
            "members": members,
            "jobs": jobs,
            "scenarios": len(scenarios),
            "keep": keep,
            "seconds": seconds,
            "in_blocks": spent["seconds"],
            "writing": spent["writing"],
            "disk": _bytes(Path(folder) / RESULTS),
        }


def stretch(members: int) -> Result:
    """What the counts of one stretch of a batch of so many members take on the disk until they are added up."""
    from steppe.experiments.runs.batch import Request
    from steppe.experiments.runs.block import compute_block
    from steppe.experiments.storage import histograms

    from .workload import Asked

    asked = Asked.of()
    with TemporaryDirectory() as folder:
        request = Request(
            [asked.scenario], asked.parameter_source, members, asked.seed, store="summary"
        )
        layout, place = request.layout(), request.place(Path(folder))
        histograms.create(place, layout, len(layout.blocks))
        empty = _bytes(place)
        block = request.blocks(Path(folder))[0]
        histograms.write_part(place, 0, 0, compute_block(block))
        return {"members": block.size, "disk": _bytes(place) - empty}


def start(members: int) -> Result:
    """From the start of the process `steppe run` to its first block in place; it is then asked to stop."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        started = perf_counter()
        command = [
            *STEPPE,
            "run",
            "--members",
            str(members),
            "--no-figures",
            "--quiet",
            "--out",
            folder,
        ]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                while not any(_chunks(Path(folder))):
                    if process.poll() is not None or perf_counter() - started > PATIENCE:
                        raise IncompleteRunError(
                            f"steppe run wrote no block in {PATIENCE:g} seconds"
                        )
                    sleep(0.005)
                seconds = perf_counter() - started
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait()
    return {"members": members, "seconds": seconds}


def large(members: int, jobs: int) -> Result:
    """`steppe run` of every scenario, summary included, figures left out: the command itself."""
    with TemporaryDirectory() as folder:
        started = perf_counter()
        subprocess.run(
            [
                *STEPPE,
                "run",
                "--members",
                str(members),
                "--jobs",
                str(jobs),
                "--store",
                "summary",
                "--no-figures",
                "--quiet",
                "--out",
                folder,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return {
            "members": members,
            "jobs": jobs,
            "seconds": perf_counter() - started,
            "disk": _bytes(Path(folder)),
        }


def _chunks(folder: Path) -> Iterator[Path]:
    """Chunks of shares that are whole."""
    return (
        path
        for path in (folder / "results.zarr" / "shares" / "c").rglob("*")
        if path.is_file() and path.suffix != ".partial"
    )


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


CASES: dict[str, Callable[..., Result]] = {
    case.__name__: case
    for case in (
        ensemble,
        rival,
        under_the_roof,
        beginning,
        quarters,
        batch,
        cast,
        stretch,
        start,
        large,
    )
}


def called(name: str, arguments: dict[str, Any]) -> Result:
    """A case in this process, with the most memory that the process has had in MB."""
    found = CASES[name](**arguments)
    return found | {
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (1024 if sys.platform != "darwin" else 1024**2)
    }


if __name__ == "__main__":
    print(json.dumps(called(sys.argv[1], json.loads(sys.argv[2]))))

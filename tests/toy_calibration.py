"""A toy calibration: two powers, two republics, three channels, three targets, one event.

Documents disagree on the date of the event.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import toys
from killing import save_and_kill

from steppe.experiments.calibration import tempered_smc
from steppe.experiments.calibration.calibration_plan import CalibrationPlan
from steppe.experiments.calibration.fit import Fit, Sampler
from steppe.experiments.calibration.simulated_draws import SimulatedDraws
from steppe.experiments.calibration.targets import Target
from steppe.experiments.runs import checkpoints
from steppe.model.evidence.expectations import Expectation

TOY = toys.cast(republics=("Valley", "Hills"), channels=("trade", "security", "culture"))
PARTICLES = 64
TOY_TARGETS = (
    (
        "east-leads",
        "letter",
        None,
        {
            "reading": "lead",
            "more": {
                "powers": ["East"],
                "republics": "all",
                "channels": ["security"],
                "when": 2010,
            },
            "less": {"powers": "others"},
            "across": "each",
            "quantifier": "every",
        },
    ),
    (
        "west-trades",
        "letter",
        None,
        {
            "reading": "lead",
            "more": {
                "powers": ["West"],
                "republics": ["Valley"],
                "channels": ["trade"],
                "when": 2015,
            },
            "less": {"powers": ["East"]},
        },
    ),
    (
        "east-rises",
        "essay",
        None,
        {
            "reading": "change",
            "more": {
                "powers": ["East"],
                "republics": ["Valley"],
                "channels": ["security"],
                "when": 2012,
            },
            "less": {"when": 2003},
        },
    ),
)


def target(
    identifier: str,
    document: str,
    cluster: str | None,
    expect: dict,
    *,
    confidence: float = 0.8,
    cast=TOY,
    says: str | None = None,
) -> Target:
    made = Expectation.model_validate(expect, context={"cast": cast})
    return Target(
        identifier,
        document,
        cluster or identifier,
        confidence,
        made,
        says or f"the claim {identifier}",
        f"{document}.yaml:7",
    )


def ordinals(*rows) -> tuple[Target, ...]:
    return tuple(target(*row) for row in rows)


def share_target(
    identifier: str,
    figure: float,
    power: str = "East",
    *,
    link: str | None = None,
    document: str = "letter",
) -> Target:
    share = {"powers": [power], "republics": ["Valley"], "channels": ["trade"], "when": 2010}
    return target(
        identifier,
        document,
        None,
        {
            "reading": "figure",
            "share": share,
            "figure": figure,
            **({"link": link} if link else {}),
        },
    )


def toy_plan(
    targets: tuple[Target, ...] | None = None, particles: int = PARTICLES, seed: int = 3
) -> CalibrationPlan:
    """The plan of the toy, with its own targets or others."""
    event = {
        "either": {"2005Q1": 0.5, "2009Q3": 0.5},
        "effects": [
            {
                "shock": "ties",
                "power": "East",
                "republic": "Valley",
                "channel": "security",
                "intensity": 3,
                "permanent": True,
            }
        ],
    }
    future = toys.scenario(TOY, {"accession": event}, quarters=80)
    coded = toys.inputs(
        TOY, ties=np.array([0.7, 0.4])[:, None, None], interests=0.5, needs=0.5, supply=0.5
    )
    return CalibrationPlan(
        future,
        coded,
        ordinals(*TOY_TARGETS) if targets is None else targets,
        seed,
        particles,
        "toy evidence",
    )


def made_up_draws(table: dict, margin: np.ndarray, tilt: np.ndarray | None = None):
    """Draws with these parameters and margins, and nothing else."""
    return SimulatedDraws(
        table,
        {},
        {},
        {},
        margin,
        np.zeros_like(margin) if tilt is None else tilt,
        np.zeros_like(margin),
        np.full((2, 2, 3, margin.shape[1]), 0.2),
    )


def made_up_fit(
    plan: CalibrationPlan,
    prior: SimulatedDraws,
    posterior: SimulatedDraws,
    *,
    runs: int = 2,
    size: float = 1000.0,
    correlation: float = 0.01,
) -> Fit:
    """A fit of these draws, each run with the effective size and the correlation given."""
    sample: Any = SimpleNamespace(
        effective_size=size, median_correlation=correlation, temperatures=np.ones(3)
    )
    return Fit(plan, prior, posterior, (sample,) * runs)


def files_of(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*.npz")}


def move_little() -> None:
    """Let samples in this process take few moves, so that tests are quick."""
    tempered_smc.STAGE_MOVES, tempered_smc.FINAL_MOVES = 1, 4
    tempered_smc.MOST_FINAL_MOVES = 4


def calibrate_and_be_killed(folder: Path) -> None:
    """Calibrate the toy in a process that is killed once it has five files."""
    move_little()
    checkpoints._run_and_save = partial(save_and_kill, 5, os.getpid())
    Sampler(folder).fit(toy_plan(), "posterior", 2)

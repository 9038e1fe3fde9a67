"""A toy calibration: two powers, two republics, three channels, three targets, one event.

Documents disagree on the date of the event.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np
import toys
from killing import save_and_kill

from steppe.experiments.calibration import prior_draws
from steppe.experiments.calibration.calibration_plan import CalibrationPlan
from steppe.experiments.calibration.targets import Target
from steppe.experiments.runs import checkpoints
from steppe.model.evidence.expectations import Expectation

TOY = toys.cast(republics=("Valley", "Hills"), channels=("trade", "security", "culture"))
DRAWS = 2304
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
    targets: tuple[Target, ...] | None = None, draws: int = DRAWS, seed: int = 3
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
        draws,
        "toy evidence",
    )


def files_of(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*.npz")}


def simulate_in_small_files(folder: Path) -> None:
    """Simulate the toy with many files, in a process that is killed once it has two of them."""
    prior_draws.FILE_DRAWS = 256
    checkpoints._run_and_save = partial(save_and_kill, 2, os.getpid())
    prior_draws.simulate_draws(toy_plan(), folder)

"""Small batches on disk, made without the model, for whatever reads batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from steppe.experiments.storage import zarr_store as store
from steppe.experiments.storage.manifest import Manifest
from steppe.model.core.cast import default_cast

CAST = default_cast()
LAST = {"history": 79, "short": 99}
EVENTS = {
    "retreat": [("leaves", "The garrison leaves", [96]), ("shrinks", "Means shrink", [100, 103])]
}
ALL = ("history", "baseline", "retreat", "short")


def make_batch(
    out: Path,
    scenarios=ALL,
    *,
    members: int = 12,
    block: int = 6,
    done: int | None = None,
    titles=None,
    frequency: str = "year",
    last: int = 123,
) -> Path:
    """A batch; `done` blocks of each scenario are written, all by default."""
    layout = store.Layout(
        tuple(scenarios),
        members,
        block,
        store.recorded_quarters(last, frequency),
        CAST,
        ("theta", "delta"),
    )
    out.mkdir(parents=True)
    store.create_results(out / "results.zarr", layout)
    manifest = Manifest(
        _request(
            scenarios,
            members,
            block,
            frequency,
            last,
            titles or {},
            len(scenarios) * len(layout.blocks),
        ),
        about=_about(),
    )
    for index, name in enumerate(scenarios):
        for first, end in layout.blocks[:done]:
            times = sum(quarter <= LAST.get(name, last) for quarter in layout.quarters)
            packed = store.pack_shares(_shares(name, index, np.arange(first, end), times))
            store.write_block(
                out / "results.zarr", index, first, packed, np.zeros((end - first, 2))
            )
            manifest.blocks[f"{name}/{first}"] = {"hash": "", "seconds": 0.0}
    manifest.save(out)
    return out


def _request(scenarios, members, block, frequency, last, titles, blocks) -> dict:
    events = {
        name: [
            {"name": key, "what": what, "dates": dates, "own": True}
            for key, what, dates in EVENTS.get(name, [])
        ]
        for name in scenarios
    }
    return {
        "format": 1,
        "model": "1",
        "evidence": "none",
        "weights": "prior",
        "seed": 7,
        "members": members,
        "block": block,
        "every": frequency,
        "keep": "members",
        "scenarios": dict.fromkeys(scenarios, "0123456789abcdef"),
        "titles": {name: titles.get(name, name.capitalize()) for name in scenarios},
        "files": {name: f"scenarios/{name}.yaml" for name in scenarios},
        "levers": {name: {"depth": 0.5} if name == "retreat" else {} for name in scenarios},
        "spans": {name: [0, LAST.get(name, last)] for name in scenarios},
        "events": events,
        "blocks_in_all": blocks,
    }


def _about() -> dict:
    return {
        "created": "2026-01-01T00:00:00+00:00",
        "command": "steppe run --out results",
        "versions": {"python": "3.11", "numpy": "2.0"},
    }


def _shares(name: str, index: int, members: np.ndarray, times: int) -> np.ndarray:
    """Return shares (member, time, republic, channel, holder) that sum to 1.

    The first power loses in `retreat` after 2023.
    """
    powers, republics, channels = CAST.shape
    axes = np.ogrid[0 : len(members), 0:times, 0:republics, 0:channels, 0:powers]
    tilt = 0.03 * index * np.clip(axes[1] - 23, 0, None) * (axes[4] == 0) * (name == "retreat")
    scores = (
        np.sin(1.3 * members[axes[0]] + axes[2]) * 0.4
        + 0.5 * axes[4] * np.cos(axes[3])
        + 0.02 * axes[1] * (axes[4] == 1)
        - tilt
    )
    attraction = np.exp(scores)
    shares = attraction / (1 + attraction.sum(axis=-1, keepdims=True))
    return np.concatenate([shares, 1 - shares.sum(axis=-1, keepdims=True)], axis=-1)

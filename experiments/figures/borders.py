"""Outlines of the republics, for maps.

They come from `borders.yaml`: simplified by hand, under the licence of this project.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import yaml

from steppe.model.core.array_types import Array


@cache
def borders() -> dict[str, tuple[Array, tuple[float, float]]]:
    """Return the outline (points, 2) and the position of the label of each republic, in degrees."""
    data = yaml.safe_load((Path(__file__).parent / "borders.yaml").read_text(encoding="utf-8"))
    arcs = {name: np.array(points, dtype=float) for name, points in data["arcs"].items()}
    return {
        name: (_ring(row["ring"], arcs), tuple(row["label"]))
        for name, row in data["republics"].items()
    }


def _ring(names: list[str], arcs: dict[str, Array]) -> Array:
    """Join arcs end to end to one closed outline; a leading minus reverses an arc."""
    parts = [arcs[name[1:]][::-1] if name.startswith("-") else arcs[name] for name in names]
    for part, following in zip(parts, [*parts[1:], parts[0]], strict=True):
        if not np.allclose(part[-1], following[0]):
            raise ValueError(f"borders.yaml: arcs {names} do not meet at {part[-1]}")
    return np.concatenate([part[:-1] for part in parts])

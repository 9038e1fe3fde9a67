"""Axes that a figure is drawn on from Python: new ones, or those that the caller gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from steppe.model.core.errors import RequestError

PANEL_INCHES = (3.2, 2.2)
LEAST_INCHES = (4.8, 3.2)


def new_axes(shape: tuple[int, ...]) -> Any:
    """Axes of this shape on a new figure."""
    from matplotlib import pyplot as plt

    rows, columns = shape if len(shape) == 2 else (1, *shape)
    inches = [
        max(count * side, least)
        for count, side, least in zip((columns, rows), PANEL_INCHES, LEAST_INCHES, strict=True)
    ]
    _, axes = plt.subplots(rows, columns, squeeze=False, figsize=inches, layout="constrained")
    return axes.reshape(shape)


def given_axes(kind: str, ax: Any, shape: tuple[int, ...]) -> Any:
    """The axes given, in the shape that a figure needs; RequestError if they do not fit it."""
    axes = np.atleast_1d(np.asarray(ax, dtype=object))
    if axes.size != int(np.prod(shape)) or not all(hasattr(one, "plot") for one in axes.flat):
        needed = " by ".join(str(size) for size in shape)
        raise RequestError(
            f"ax has {axes.size} axes; {kind} draws {needed} here; "
            "give as many, or choose with republic=, channel= or power="
        )
    return axes.reshape(shape)

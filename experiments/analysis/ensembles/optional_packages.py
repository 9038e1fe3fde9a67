"""Packages of the extra `analysis`, imported when they are used."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from steppe.model.core.optional_packages import import_package


def import_optional(module: str) -> Any:
    """Import a module of an optional package; typed as anything, since these have no types.

    Raises
    ------
    RequestError
        If it is not installed, with the extra that contains it.
    """
    with silence():
        return import_package("analysis", module)


@contextmanager
def silence() -> Iterator[None]:
    """Suppress warnings of these packages, which are irrelevant or covered by our own output."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextmanager
def seed_numpy(seed: int) -> Iterator[None]:
    """Seed NumPy's global generator, which the EMA workbench uses for its trees."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002

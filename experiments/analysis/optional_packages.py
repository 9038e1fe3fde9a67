"""Packages of the extra `analysis`, imported when they are needed and kept quiet."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

import numpy as np

from steppe.experiments.errors import RequestError


def needed(module: str) -> ModuleType:
    """A module of a package that not everybody has installed.

    Raises
    ------
    RequestError
        If it is not there, with the extra that brings it.
    """
    try:
        with quiet():
            return import_module(module)
    except ImportError:
        raise RequestError(
            f"this needs the package {module.partition('.')[0]}; pip install 'steppe[analysis]'"
        ) from None


@contextmanager
def quiet() -> Iterator[None]:
    """These packages speak of others that they lack, of bootstraps and of small boxes: no matter for users, or said by the answer itself."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """The workbench leaves the seed of its trees to NumPy's own."""
    state = np.random.get_state()
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        np.random.set_state(state)

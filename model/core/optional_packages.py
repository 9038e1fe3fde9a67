"""Packages that come with an extra: imported when used, and missed before any work is done."""

from __future__ import annotations

import shlex
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .errors import RequestError
from .word_lists import join_words

_CHECKOUT = Path(__file__).resolve().parents[2]


def require_packages(extra: str, *packages: str) -> None:
    """Check that packages are installed, without the time that importing them takes.

    Raises
    ------
    RequestError
        If one is missing; the message says how to install the extra that holds it.
    """
    missing = [package for package in packages if not _is_installed(package)]
    if missing:
        raise RequestError(
            f"this needs the package {join_words(missing)}; install it with: "
            f"{install_command(extra)}"
        )


def import_package(extra: str, module: str) -> Any:
    """Import a module of an optional package; typed as anything, since some have no types.

    Raises
    ------
    RequestError
        If it is not installed or cannot be imported; the message says which, and the way out.
    """
    package = module.partition(".")[0]
    require_packages(extra, package)
    try:
        return import_module(module)
    except ImportError as error:
        raise RequestError(
            f"the package {package} is installed but cannot be imported ({error}); "
            f"repair it with: {install_command(extra, '--force-reinstall')}"
        ) from None


def install_command(extra: str, *options: str) -> str:
    """The command that installs an extra for the Python that runs this, ready for a shell."""
    pip = [sys.executable, "-m", "pip", "install"]
    if find_spec("pip") is None:  # as in environments that uv makes
        pip = ["uv", "pip", "install", "--python", sys.executable]
    return f"{shlex.join([*pip, *options])} '{_source()}[{extra}]'"


def _source() -> str:
    """What pip knows this package by: its name, or the folder of a checkout never installed."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution("steppe")
    except PackageNotFoundError:
        return f"{_CHECKOUT}"
    return "steppe"


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ValueError:  # a module without a specification
        return False

"""What the command sets in its process, so that nothing depends on how it was started."""

from __future__ import annotations

import gc
import io
import os
import sys
import warnings

LIVE_OBJECTS = 50_000  # allocated before rubbish is looked for; imports alone make more than that


def prepare_process() -> None:
    """Open closed standard streams, let them write any character, and ignore settings of Python.

    Without that, a file or socket opened next would take the number of a closed stream, and get
    what other processes write to it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    os.environ["MPLBACKEND"] = "agg"
    gc.set_threshold(LIVE_OBJECTS)
    if os.environ.pop("PYTHONWARNINGS", None):
        _restore_default_warnings()


def _restore_default_warnings() -> None:
    """Treat warnings as Python does by default; `error` would end on those of other packages."""
    sys.warnoptions.clear()
    warnings.resetwarnings()
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)

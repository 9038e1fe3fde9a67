"""Where the compiled code of `kernels` is kept: in a folder named after the text that it came from.

So a function or constant that is edited has effect at once, whatever the time of its file.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import cache
from pathlib import Path

from steppe.model.core.disk_cache import MODEL, hash_files

# what compiled code is made from: `kernels` and all of the model that it imports, and the
# equations that it follows
SOURCES = ("backends/kernels.py", "core/array_types.py", "equations.py")


@cache
def cache_folder() -> Path | None:
    """The folder of compiled code made from today's sources; None where none can be written."""
    name = f"steppe-kernels-{hash_files(MODEL / name for name in SOURCES).hex()[:16]}"
    given = os.environ.get("NUMBA_CACHE_DIR")
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    places = [given] if given else [Path(__file__).with_name("__pycache__"), Path(user) / "numba"]
    return next((Path(place) / name for place in places if _is_writable(Path(place) / name)), None)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def kernels_are_compiled() -> bool:
    """True if code compiled from today's sources, for this Python, is kept."""
    folder, python = cache_folder(), f"py{sys.version_info.major}{sys.version_info.minor}"
    return folder is not None and any(folder.glob(f"*/kernels.*.{python}*.nbi"))

"""Files that a user asked for, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .problems import Refused


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A draft beside the file, put in its place once it is complete and taken away if it is not.

    Raises
    ------
    Refused
        If the place cannot be written.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        yield draft
        os.replace(draft, path)
    except OSError as error:
        raise Refused(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        draft.unlink(missing_ok=True)

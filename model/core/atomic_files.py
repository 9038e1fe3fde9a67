"""Files written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Yield a draft beside a file; it replaces the file on success and is deleted on failure."""
    draft = path.with_name(f"{path.name}.draft")
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write_text_atomically(path: Path, text: str) -> Path:
    """Write a UTF-8 text file, whole or not at all, and return its path."""
    with replace_file(path) as draft:
        draft.write_text(text, encoding="utf-8")
    return path

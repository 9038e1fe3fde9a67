"""The log of a batch: a line for each thing done or gone wrong, in a file in its folder."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class _TolerantFileHandler(logging.FileHandler):
    """Appends to a file; a log that cannot be written stops nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # when the file is opened, at the first line
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Ignore errors when a line is written."""

    def close(self) -> None:
        with suppress(OSError):
            super().close()


@contextmanager
def open_run_log(path: Path) -> Iterator[logging.Logger]:
    """A logger whose lines, with the time in UTC, are added to a file while it is open."""
    formatter = logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%S+00:00")
    formatter.converter = time.gmtime
    handler = _TolerantFileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(formatter)
    logger = logging.Logger("steppe.run", logging.INFO)  # of this run alone
    logger.addHandler(handler)
    try:
        yield logger
    finally:
        handler.close()

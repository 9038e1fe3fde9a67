"""The scorecard as files: tables and Markdown."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from steppe.model.core.atomic_files import write_text_atomically
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_fixed
from steppe.model.core.os_errors import describe_os_error

from .make_scorecard import Scorecard
from .render import render_markdown


def write_folder(scorecard: Scorecard, record: dict[str, Any], folder: Path) -> list[Path]:
    """Write everything and return the paths.

    Raises
    ------
    RequestError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [
            _write_table(table.assign(mode=record["mode"]), folder / f"{name}.csv")
            for name, table in _tables(scorecard).items()
        ]
        paths.append(
            write_text_atomically(folder / "scorecard.md", render_markdown(record, level=2))
        )
        return paths
    except OSError as error:
        raise RequestError(
            f"{folder}: {describe_os_error(error, other_way='give another folder with --out')}"
        ) from None


def _tables(scorecard: Scorecard) -> dict[str, pd.DataFrame]:
    """The tables by the names of their files."""
    return {
        "left_out": scorecard.left_out,
        "left_out_targets": scorecard.targets,
        "conclusions": scorecard.conclusions,
        "missed": scorecard.missed,
        "against": scorecard.against,
        "offsets": scorecard.offsets,
        "slants": scorecard.slants,
    }


def _write_table(table: pd.DataFrame, path: Path) -> Path:
    text = table.to_csv(
        index=False, float_format=partial(format_fixed, decimals=4), lineterminator="\n"
    )
    return write_text_atomically(path, text)

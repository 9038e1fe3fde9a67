"""The scorecard as files: tables, Markdown, and rank histograms."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from steppe.experiments.calibration.figures import ranks_figure
from steppe.experiments.errors import RequestError
from steppe.experiments.figures.style import styled

from .make_scorecard import Scorecard
from .recovery import RANK_BINS
from .render import as_markdown


def write_folder(card: Scorecard, record: dict, folder: Path) -> list[Path]:
    """Write everything and return the paths.

    Raises
    ------
    RequestError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [
            _table(table.assign(mode=record["mode"]), folder / f"{name}.csv")
            for name, table in _tables(card).items()
        ]
        paths.append(_text(as_markdown(record, level=2), folder / "scorecard.md"))
        with styled("light"):
            figure = ranks_figure(card.ranks, RANK_BINS)
            figure.savefig(folder / "ranks.png", metadata={"Software": None})
        return [*paths, folder / "ranks.png"]
    except OSError as error:
        raise RequestError(
            f"{folder}: cannot be written ({error.strerror}); give another folder with --out"
        ) from None


def _tables(card: Scorecard) -> dict[str, pd.DataFrame]:
    counted = {
        name: np.histogram(ranks, bins=RANK_BINS, range=(0, 1))[0]
        for name, ranks in card.ranks.items()
    }
    columns = [f"rank {10 * place} to {10 * place + 10} %" for place in range(RANK_BINS)]
    ranks = pd.DataFrame(counted, index=columns).T.rename_axis("quantity").reset_index()
    return {
        "left_out": card.left_out,
        "left_out_targets": card.targets,
        "recovery": card.recovery,
        "ranks": ranks,
        "conclusions": card.conclusions,
        "missed": card.missed,
    }


def _table(table: pd.DataFrame, path: Path) -> Path:
    return _text(table.to_csv(index=False, float_format="%.4f", lineterminator="\n"), path)


def _text(text: str, path: Path) -> Path:
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)
    return path

"""thresholds.csv: where along the levers that files vary something changes."""

from __future__ import annotations

import csv
from pathlib import Path

from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.atomic_files import replace_file

from .families import STATISTICS, find_responses, find_thresholds

COLUMNS = ("family", "lever", "value", "not_at", "channel", "holder", "what", "direction", "held")


def write_thresholds(folder: Path) -> Path | None:
    """Write the table of a batch; None without a family in it, or without thresholds."""
    path = folder / "thresholds.csv"
    dataset = open_batch(folder)
    names = [str(name) for name in dataset["scenario"].values]
    path.unlink(missing_ok=True)
    if not find_responses(dataset.attrs["request"], names):
        return None
    from .statistics import compute_statistics  # slow to import, and seldom needed here

    rows = [
        threshold.as_row() for threshold in find_thresholds(compute_statistics(dataset, STATISTICS))
    ]
    if not rows:
        return None

    with replace_file(path) as draft, open(draft, "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path

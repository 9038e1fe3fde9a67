"""What the benchmarks leave behind: table, figure, what was measured, and the blocks of the pages that show them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from steppe.experiments.figures.style import use_theme
from steppe.experiments.generated.blocks import ROOT, with_block
from steppe.experiments.runs.executors import default_jobs
from steppe.experiments.storage.atomic_files import replace_requested_file

from . import extrapolation as ten_million
from .figure import page
from .measure import Records
from .table import brief, comma_separated, markdown, rows_of, sentence

HERE = Path(__file__).resolve().parent
MEASURED = "measured.json"
NAMES = ("steppe", "numpy", "numba", "zarr", "mesa", "agentpy", "ema_workbench")
PAGES = (HERE / "README.md", ROOT / "README.md")


def new_about(command: str) -> dict[str, Any]:
    """On what, when and with which versions."""
    return {
        "command": command,
        "created": datetime.now(UTC).date().isoformat(),
        "processors": default_jobs(),
        "processor": _processor(),
        "versions": {
            "Python": platform.python_version(),
            **{name: version(name) for name in NAMES},
        },
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def texts(found: dict[str, Any]) -> dict[str, str]:
    """Blocks for pages, by name: the table, and what ten million members need where that can be said."""
    records = Records(found["records"])
    rows = rows_of(records)
    blocks = {"benchmarks": markdown(rows, found["about"]), "speed": brief(rows, found["about"])}
    if ten_million.can_be_said(records):
        blocks["ten million"] = ten_million.words(records)
    return blocks


def publish(found: dict[str, Any], out: Path, pages: Sequence[Path] = ()) -> list[Path]:
    """Write everything into a folder, bring the pages up to date, and return what was written.

    Parameters
    ----------
    found : `about`, and `records` as `measure.measured` gives them.
    """
    out.mkdir(parents=True, exist_ok=True)
    records = Records(found["records"])
    rows = rows_of(records)
    blocks = texts(found)
    files = {
        MEASURED: json.dumps(found, indent=1) + "\n",
        "table.md": blocks["benchmarks"] + "\n",
        "table.csv": comma_separated(rows),
    }
    for name, text in files.items():
        with replace_requested_file(out / name) as draft:
            draft.write_text(text, encoding="utf-8")
    with use_theme(), replace_requested_file(out / "benchmarks.png") as draft:
        page(records, sentence(rows, found["about"]).replace("`", "")).savefig(draft, format="png")
    return [
        *(out / name for name in files),
        out / "benchmarks.png",
        *(path for path in pages if refreshed(path, blocks)),
    ]


def refreshed(path: Path, blocks: dict[str, str]) -> bool:
    """Whether a page has one of these blocks; they are brought up to date in it."""
    before = text = path.read_text(encoding="utf-8")
    there = [name for name in blocks if f"<!-- generated: {name} -->" in text]
    for name in there:
        text = with_block(text, name, blocks[name])
    if text != before:
        with replace_requested_file(path) as draft:
            draft.write_text(text, encoding="utf-8")
            os.chmod(draft, path.stat().st_mode)
    return bool(there)

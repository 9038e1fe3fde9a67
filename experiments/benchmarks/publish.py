"""Write the records and the table, and refresh the block of the page that shows it."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from steppe.experiments.generated.blocks import with_block
from steppe.experiments.runs.workers import default_jobs
from steppe.experiments.storage.atomic_files import replace_requested_file

from .table import as_markdown, table_rows

HERE = Path(__file__).resolve().parent
RECORDS, TABLE, BLOCK = "measured.json", "table.md", "benchmarks"
PACKAGES = ("steppe", "numpy", "numba", "zarr", "mesa", "ema_workbench")


def describe_machine(command: str) -> dict[str, Any]:
    """On what, when and with which versions the benchmarks were run."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "command": command,
        "created": datetime.now(UTC).date().isoformat(),
        "processors": default_jobs(),
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "versions": {"Python": platform.python_version(), **{x: version(x) for x in PACKAGES}},
    }


def publish(found: dict[str, Any], out: Path, page: Path | None = None) -> list[Path]:
    """Write records and table to a folder, and the table to a page; return what was written.

    Parameters
    ----------
    found : `about` the machine, and `records` as `measure_all` returns them.
    """
    out.mkdir(parents=True, exist_ok=True)
    table = as_markdown(table_rows(found["records"]), found["about"])
    texts = {out / RECORDS: json.dumps(found, indent=1) + "\n", out / TABLE: table + "\n"}
    if page is not None:
        texts[page] = with_block(page.read_text(encoding="utf-8"), BLOCK, table)
    for path, text in texts.items():
        with replace_requested_file(path) as draft:
            draft.write_text(text, encoding="utf-8")
    return list(texts)

"""Write the records, the table, the figure, and the blocks of the page that show them."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from steppe.experiments.figures.style import use_theme
from steppe.experiments.generated.blocks import with_block
from steppe.experiments.runs.executors import default_jobs
from steppe.experiments.storage.atomic_files import replace_requested_file

from .figure import draw_page
from .measure import Band, Part, Record
from .table import about_sentence, as_csv, as_markdown, number, sizes, table_rows

HERE = Path(__file__).resolve().parent
RECORDS = "measured.json"
PACKAGES = ("steppe", "numpy", "numba", "zarr", "mesa", "agentpy", "ema_workbench")
MEMBERS = 10_000_000  # of the extrapolation
CORES = (2, 16, 128)


def describe_machine(command: str) -> dict[str, Any]:
    """On what, when and with which versions the benchmarks were run."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        models = []
    versions = {name: version(name) for name in PACKAGES}
    return {
        "command": command,
        "created": datetime.now(UTC).date().isoformat(),
        "processors": default_jobs(),
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "versions": {"Python": platform.python_version(), **versions},
    }


def page_blocks(found: dict[str, Any]) -> dict[str, str]:
    """Blocks of the page by name: the table, and the extrapolation where it can be made."""
    records: Sequence[Record] = found["records"]
    blocks = {"benchmarks": as_markdown(table_rows(records), found["about"])}
    needed = [Part(records, name) for name in ("lower-bound", "processes", "members")]
    if all(part.labels for part in needed):
        blocks["ten million"] = extrapolate(*needed)
    return blocks


def publish(found: dict[str, Any], out: Path, page: Path | None = None) -> list[Path]:
    """Write everything to a folder, and refresh the blocks of a page; return what was written.

    Parameters
    ----------
    found : `about` the machine, and `records` as `measure_all` returns them.
    """
    out.mkdir(parents=True, exist_ok=True)
    rows, blocks = table_rows(found["records"]), page_blocks(found)
    texts = {
        out / RECORDS: json.dumps(found, indent=1) + "\n",
        out / "table.md": blocks["benchmarks"] + "\n",
        out / "table.csv": as_csv(rows),
    }
    if page is not None:
        text = page.read_text(encoding="utf-8")
        for name, block in blocks.items():
            text = with_block(text, name, block)
        texts[page] = text
    for path, text in texts.items():
        with replace_requested_file(path) as draft:
            draft.write_text(text, encoding="utf-8")
    caption = about_sentence(rows, found["about"]).replace("`", "")
    with use_theme(), replace_requested_file(out / "benchmarks.png") as draft:
        draw_page(found["records"], caption).savefig(draft, format="png")
    return [*texts, out / "benchmarks.png"]


def extrapolate(bound: Part, processes: Part, members: Part) -> str:
    """What ten million members would need: a table of time, and one of disk and memory."""
    alone, together = (Band.of(bound.rates(label)).median for label in ("alone", "together"))
    scenarios = bound.rounds("together")[0]["scenarios"]
    last = members.rounds(sizes(members)[-1])[0]
    summary = last["members"] / last["seconds"] / last["jobs"]
    lines = [
        f"Worked out for {MEMBERS:,} members by `make bench`, as if cores did not slow each "
        "other down.\n",
        "| time in hours on cores: | " + " | ".join(map(str, CORES)) + " |",
        "|---" * (len(CORES) + 1) + "|",
    ]
    for what, factor, rate in (
        ("one scenario, members stored", 1, alone),
        (f"{scenarios} scenarios, members stored", scenarios, together),
        ("one scenario, summary stored", 1, summary),
    ):
        hours = [number(MEMBERS * factor / rate / cores / 3600) for cores in CORES]
        lines.append(f"| {what} | {' | '.join(hours)} |")
    lines.append(
        f"\nThese are {number(alone)}, {number(together)} and {number(summary)} members per second "
        "and core; a member of several scenarios counts once for each.\n"
    )
    return "\n".join(lines + _space_lines(bound, processes, members))


def _space_lines(bound: Part, processes: Part, members: Part) -> list[str]:
    two, every = processes.rounds("two")[0], bound.rounds("together")[0]
    last, part = members.rounds(sizes(members)[-1])[0], members.rounds("part")[0]
    count, stored = every["scenarios"], two["disk"] / two["members"]
    stored_of_many = every["disk"] / every["members"] / count
    waiting = MEMBERS / part["members"] * part["disk"]
    lines = [f"| space | one scenario | {count} scenarios |", "|---|---|---|"]
    for what, one, several in (
        ("disk, members stored", MEMBERS * stored, MEMBERS * count * stored_of_many),
        ("disk, summary stored, at the end", last["disk"], count * last["disk"]),
        ("disk, summary stored, before parts are added up", waiting, count * waiting),
    ):
        lines.append(f"| {what} | {number(one / 1e9)} GB | {number(several / 1e9)} GB |")
    lines.append(
        f"\nA member takes {number(stored)} bytes on the disk, one of many scenarios "
        f"{number(stored_of_many)}; a part of {part['members']:,} members "
        f"{number(part['disk'] / 1000)} kB. Memory is {number(last['peak'])} MB for two processes "
        "with `--store summary`, whatever the number of members, and "
        f"{number(processes.peak('two'))} MB with `--store members` "
        f"({number(processes.peak('one'))} MB for one). A manifest names every block: "
        f"{MEMBERS // part['members']:,} parts a scenario."
    )
    return lines

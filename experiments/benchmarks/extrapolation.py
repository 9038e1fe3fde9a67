"""What ten million members would need, worked out from what was measured."""

from __future__ import annotations

from .measure import Band, Records
from .table import number, sizes_of

MEMBERS = 10_000_000
CORES = (2, 16, 128)
NEEDS = ("roof", "processes", "members")


def can_be_said(records: Records) -> bool:
    """Whether everything that it rests on was measured."""
    return all(records.labels(part) for part in NEEDS)


def words(records: Records) -> str:
    """Two tables, of time and of room, and what they were worked out from."""
    alone, together = (
        Band.of(records.rates("roof", label)).middle for label in ("alone", "together")
    )
    scenarios = records.rounds("roof", "together")[0]["scenarios"]
    last = records.rounds("members", sizes_of(records)[-1])[0]
    summary = last["members"] / last["seconds"] / last["jobs"]
    lines = [
        f"Worked out for {MEMBERS:,} members by `make bench`, as if cores did not slow each other down.",
        "",
        "| time in hours on cores: | " + " | ".join(map(str, CORES)) + " |",
        "|---" * (len(CORES) + 1) + "|",
    ]
    for what, members, rate in (
        ("one scenario, members kept", 1, alone),
        (f"{scenarios} scenarios, members kept", scenarios, together),
        ("one scenario, summary kept", 1, summary),
    ):
        hours = [number(MEMBERS * members / rate / cores / 3600) for cores in CORES]
        lines.append(f"| {what} | {' | '.join(hours)} |")
    lines += [
        "",
        f"These are {number(alone)}, {number(together)} and {number(summary)} members per second and core, those of each scenario counted.",
        "",
    ]
    return "\n".join(lines + _room(records, scenarios))


def _room(records: Records, scenarios: int) -> list[str]:
    two = records.rounds("processes", "two")[0]
    stored = two["disk"] / two["members"]
    of_all = records.rounds("roof", "together")[0]
    stored_all = of_all["disk"] / of_all["members"] / of_all["scenarios"]
    last, stretch = (
        records.rounds("members", sizes_of(records)[-1])[0],
        records.rounds("members", "stretch")[0],
    )
    waiting = MEMBERS / stretch["members"] * stretch["disk"]
    peak, peak_one = records.peak("processes", "two"), records.peak("processes", "one")
    return [
        f"| room | one scenario | {scenarios} scenarios |",
        "|---|---|---|",
        f"| disk, members kept | {_gigabytes(MEMBERS * stored)} | {_gigabytes(MEMBERS * scenarios * stored_all)} |",
        f"| disk, summary kept, at the end | {_gigabytes(last['disk'])} | {_gigabytes(scenarios * last['disk'])} |",
        f"| disk, summary kept, before stretches are added up | {_gigabytes(waiting)} | {_gigabytes(scenarios * waiting)} |",
        "",
        f"A member takes {number(stored)} bytes on the disk, one of many scenarios {number(stored_all)}; a stretch of {stretch['members']:,} members "
        f"{number(stretch['disk'] / 1000)} kB. Memory is {number(last['peak'])} MB for two processes with `--store summary`, whatever the number of members, "
        f"and {number(peak)} MB with `--store members` ({number(peak_one)} MB for one). A manifest names every block: "
        f"{MEMBERS // stretch['members']:,} stretches a scenario.",
    ]


def _gigabytes(count: float) -> str:
    return f"{number(count / 1e9)} GB"

"""The table: what was asked, what was got, with which memory and how."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .measure import Band, Records

AT_LEAST, AT_MOST = "at least", "at most"
COLUMNS = (
    "part",
    "what",
    "asked",
    "got",
    "low",
    "high",
    "rounds",
    "unit",
    "peak memory, MB",
    "how",
)
NAMES = {"mesa": "`mesa.batch_run`", "agentpy": "agentpy", "ema_workbench": "EMA workbench"}
HOW_RIVAL = {
    "mesa": "the same model with one member, in one process; a DataCollector keeps shares",
    "agentpy": "one run per member; agents with small arrays and rules of their own; forcing, parameters and noise are ours",
    "ema_workbench": "the same model with one member, by its SequentialEvaluator; an experiment per member",
}


@dataclass(frozen=True)
class Row:
    """A line of the table; `asked` is a bound and its sign, `peak` in MB."""

    part: str
    what: str
    got: Band
    unit: str
    how: str
    asked: tuple[str, float] | None = None
    peak: float | None = None

    @property
    def met(self) -> bool:
        """Whether the median is as asked, or nothing was."""
        if self.asked is None:
            return True
        sign, bound = self.asked
        return self.got.middle >= bound if sign == AT_LEAST else self.got.middle <= bound

    def asked_words(self) -> str:
        return f"{self.asked[0]} {number(self.asked[1])}" if self.asked else ""

    def got_words(self, unit: str = "") -> str:
        words = number(self.got.middle)
        if self.got.rounds > 1:
            words += f" ({number(self.got.low)} to {number(self.got.high)})"
        words = f"{words} {unit}".rstrip()
        return words if self.met else f"{words}, **not met**"


def number(value: float) -> str:
    """Three digits, thousands apart."""
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def over(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Ratios within each round."""
    return [one / other for one, other in zip(above, below, strict=True)]


def rival_rows(records: Records) -> list[Row]:
    ours = records.rates("rivals", "ensemble")
    rows = [
        Row(
            "rivals",
            "ensemble, one core",
            Band.of(ours),
            "members/s",
            "baseline, 2000 to 2040, in blocks, nothing written",
            peak=records.peak("rivals", "ensemble"),
        )
    ]
    plain = records.rates("rivals", "plain")
    if plain:
        rows += [
            Row(
                "rivals",
                "the same without `steppe[fast]`",
                Band.of(plain),
                "members/s",
                "NumPy alone",
                peak=records.peak("rivals", "plain"),
            ),
            Row(
                "rivals",
                "with `steppe[fast]` over without",
                Band.of(over(ours, plain)),
                "times",
                "of the same round; equal to the last bit",
            ),
        ]
    for tool in [label for label in records.labels("rivals") if label not in ("ensemble", "plain")]:
        theirs, peak = records.rates("rivals", tool), records.peak("rivals", tool)
        difference = max(records.values("rivals", tool, "difference"))
        same = "equal to the last bit" if difference == 0 else f"equal within {difference:.1g}"
        rows += [
            Row(
                "rivals",
                NAMES[tool],
                Band.of(theirs),
                "members/s",
                f"{HOW_RIVAL[tool]}; shares {same}",
                peak=peak,
            ),
            Row(
                "rivals",
                f"ensemble over {NAMES[tool]}, per core",
                Band.of(over(ours, theirs)),
                "times",
                "of the same round",
                (AT_LEAST, 60.0) if tool == "mesa" else None,
            ),
        ]
        spared = [
            row["members"] / (row["seconds"] - row["idle"])
            for row in records.rounds("rivals", tool)
        ]
        rows.append(
            Row(
                "rivals",
                f"the same, {NAMES[tool]} spared idle noise",
                Band.of(over(ours, spared)),
                "times",
                "less the time in which one member alone draws the noise of the 63 others of its chunk",
            )
        )
    return rows


def least(parts: dict[str, float], quarters: dict[str, int]) -> dict[str, float]:
    """The roof of one member's quarters in seconds, by both readings.

    results : every quarter that is kept for somebody, `held` over all scenarios, as if each
    stood alone. work : what cannot be left out when scenarios share a past: noise drawn once
    for all of them, exponentials and logarithms of the quarters that are simulated and of
    those `inherited`, what is simulated packed once, and every write.
    """
    computing = parts["exponentials"] + parts["logarithms"]
    simulated = quarters["simulated"]
    work = (
        quarters["drawn"] * parts["random numbers"]
        + (simulated + quarters["inherited"]) * computing
    )
    return {
        "results": quarters["held"]
        * (parts["random numbers"] + computing + parts["packing"] + parts["writing"]),
        "work": work + simulated * parts["packing"] + quarters["held"] * parts["writing"],
    }


def roof_rows(records: Records) -> list[Row]:
    roofs = records.values("roof", "alone", "parts")
    whole = [1e6 * sum(parts.values()) for parts in roofs]
    of_parts = ", ".join(
        f"{name} {number(1e6 * Band.of([parts[name] for parts in roofs]).middle)}"
        for name in roofs[0]
    )
    bare = number(1e6 * Band.of(records.values("roof", "alone", "bare")).middle)
    rows = [
        Row(
            "roof",
            "the roof",
            Band.of(whole),
            "µs/member-quarter",
            f"before and after a run of one scenario; medians: {of_parts}; "
            f"as many normals from one generator in one call: {bare}",
        )
    ]
    for label, words in (("alone", "one scenario"), ("together", "all scenarios in one batch")):
        rows += _over_the_roof(records, label, words)
    began = over(
        records.values("roof", "beginning", "seconds"),
        records.values("roof", "beginning", "members"),
    )
    alone = over(
        records.values("roof", "alone", "seconds"), records.values("roof", "alone", "members")
    )
    held, draws, inherited = (
        records.rounds("roof", "quarters alone")[0][name] for name in ("held", "draws", "inherited")
    )
    quarter = [1e6 * (run - start) / held for run, start in zip(alone, began, strict=True)]
    rows += [
        Row(
            "roof",
            "a member-quarter, over the roof of one",
            Band.of(over(quarter, whole)),
            "times",
            "one scenario, written, less what comes before 2000",
            (AT_MOST, 2.0),
        ),
        Row(
            "roof",
            "before 2000",
            Band.of([1e6 * each for each in began]),
            "µs/member",
            f"parameters, dates, streams; and the noiseless quarters of the inheritance, once for each of {draws:,} draws, "
            f"{number(inherited)} a member",
            peak=records.peak("roof", "beginning"),
        ),
        Row(
            "roof",
            "before 2000, in a run of one scenario",
            Band.of([100 * share for share in over(began, alone)]),
            "%",
            "of its time",
        ),
    ]
    return rows


def _over_the_roof(records: Records, label: str, words: str) -> list[Row]:
    quarters = records.rounds("roof", f"quarters {label}")[0]
    taken = over(records.values("roof", label, "seconds"), records.values("roof", label, "members"))
    readings = [least(parts, quarters) for parts in records.values("roof", label, "parts")]
    writing = over(
        records.values("roof", label, "writing"), records.values("roof", label, "in_blocks")
    )
    asked, peak = (AT_MOST, 2.0), records.peak("roof", label)
    count = records.rounds("roof", label)[0]["scenarios"]
    return [
        Row(
            "roof",
            f"{words}, written",
            Band.of([1e6 * seconds / quarters["held"] for seconds in taken]),
            "µs/member-quarter",
            f"scenarios: {count}; time over the {quarters['held']:,} quarters of results, {quarters['simulated']:,} of them simulated",
            peak=peak,
        ),
        Row(
            "roof",
            f"{words}, over the roof of its results",
            Band.of(over(taken, [one["results"] for one in readings])),
            "times",
            f"roof: {quarters['held']:,} quarters, each with its own noise; nothing before 2000 is in it",
            asked,
        ),
        Row(
            "roof",
            f"{words}, over the roof of the work left",
            Band.of(over(taken, [one["work"] for one in readings])),
            "times",
            f"roof: noise of {quarters['drawn']:,} quarters, exponentials and logarithms of {quarters['simulated']:,} and of "
            f"{number(quarters['inherited'])} before 2000, writes of {quarters['held']:,}",
            asked,
        ),
        Row(
            "roof",
            f"writing in a run of {words}",
            Band.of([100 * share for share in writing]),
            "%",
            "of the time in blocks",
            (AT_MOST, 25.0),
        ),
    ]


def process_rows(records: Records) -> list[Row]:
    rows = [
        Row(
            "processes",
            f"{label} process{'es' if label == 'two' else ''}",
            Band.of(records.rates("processes", label)),
            "members/s",
            f"{records.rounds('processes', label)[0]['members']:,} members of the baseline, written; pool and manifest included",
            peak=records.peak("processes", label),
        )
        for label in ("one", "two")
    ]
    faster = over(
        records.values("processes", "one", "seconds"), records.values("processes", "two", "seconds")
    )
    writing = over(
        records.values("processes", "two", "writing"),
        records.values("processes", "two", "in_blocks"),
    )
    return [
        *rows,
        Row(
            "processes",
            "two processes over one",
            Band.of(faster),
            "times",
            "of the same round",
            (AT_LEAST, 1.7),
        ),
        Row(
            "processes",
            "writing in two processes",
            Band.of([100 * share for share in writing]),
            "%",
            "of the time in blocks",
            (AT_MOST, 25.0),
        ),
    ]


def member_rows(records: Records) -> list[Row]:
    counts = sizes_of(records)
    rows = [
        Row(
            "members",
            f"{int(count):,} members",
            Band.of(records.values("members", count, "seconds")),
            "s",
            "baseline, `--store summary`, up to two processes",
            peak=records.peak("members", count),
        )
        for count in counts
    ]
    before, last = counts[-2:]
    growth = records.peak("members", last) / records.peak("members", before)
    return [
        *rows,
        Row(
            "members",
            f"memory at {int(last):,} members over {int(before):,}",
            Band.of([growth]),
            "times",
            "peaks of all processes together",
            (AT_MOST, 1.2),
        ),
    ]


def sizes_of(records: Records) -> list[str]:
    """Labels of the series over members."""
    return [label for label in records.labels("members") if label != "stretch"]


def _series_rows(records: Records, part: str, words: str, how: str) -> list[Row]:
    rows = []
    for label in records.labels(part):
        seconds, size = (
            records.values(part, label, "seconds"),
            records.rounds(part, label)[0]["members"],
        )
        rows.append(
            Row(
                part,
                words.format(label=label, s="" if label == "1" else "s"),
                Band.of(seconds),
                "s",
                how.format(size=size),
                peak=records.peak(part, label),
            )
        )
    return rows


def scenario_rows(records: Records) -> list[Row]:
    return _series_rows(
        records,
        "scenarios",
        "{label} scenario{s}",
        "{size:,} members of each, one process, written",
    )


def actor_rows(records: Records) -> list[Row]:
    return _series_rows(
        records,
        "actors",
        "{label}",
        "{size:,} members of the baseline, one process, written; the smallest cast without events",
    )


def start_rows(records: Records) -> list[Row]:
    return [
        Row(
            "start",
            "from `steppe run` to the first block",
            Band.of(records.values("start", "first block", "seconds")),
            "s",
            "every scenario, until the first chunk of shares is in its place; files in the system's cache",
            (AT_MOST, 3.0),
            records.peak("start", "first block"),
        )
    ]


def large_rows(records: Records) -> list[Row]:
    run = records.rounds("large", "every scenario")[0]
    return [
        Row(
            "large",
            f"{run['members']:,} members of every scenario",
            Band.of([run["seconds"]]),
            "s",
            f"`steppe run --store summary`, {run['jobs']} processes, summary included; {number(run['disk'] / 1e6)} MB on the disk",
            peak=run["peak"],
        )
    ]


PARTS: dict[str, Callable[[Records], list[Row]]] = {
    "rivals": rival_rows,
    "roof": roof_rows,
    "processes": process_rows,
    "members": member_rows,
    "scenarios": scenario_rows,
    "actors": actor_rows,
    "start": start_rows,
    "large": large_rows,
}


def rows_of(records: Records) -> list[Row]:
    """All rows, of the parts that were measured."""
    return [row for part, rows in PARTS.items() if records.labels(part) for row in rows(records)]


def markdown(rows: Sequence[Row], about: dict[str, Any]) -> str:
    """The table, and on what it was made."""
    lines = [
        "| what | asked | got (band) | unit | peak memory | how |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        memory = "" if row.peak is None else f"{row.peak:,.0f} MB"
        lines.append(
            f"| {row.what} | {row.asked_words()} | {row.got_words()} | {row.unit} | {memory} | {row.how} |"
        )
    return "\n".join([*lines, "", sentence(rows, about)])


def brief(rows: Sequence[Row], about: dict[str, Any]) -> str:
    """What was asked, and what members cost, without how: the table for the front page."""
    lines = ["| what | asked | got (band) | peak memory |", "|---|---|---|---|"]
    for row in rows:
        if row.asked or row.part in ("members", "large"):
            memory = "" if row.peak is None else f"{row.peak:,.0f} MB"
            lines.append(
                f"| {row.what} | {row.asked_words()} | {row.got_words(row.unit)} | {memory} |"
            )
    return "\n".join([*lines, "", sentence(rows, about)])


def sentence(rows: Sequence[Row], about: dict[str, Any]) -> str:
    """How the table came about and what it missed."""
    missed = [row.what for row in rows if not row.met]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    words = f"Made by `{about['command']}` on {about['processors']} processors ({about['processor']}), {about['created']}, with {versions}. "
    words += "Medians, with the least and the most of the rounds in brackets; ratios are of the same round. "
    return words + (f"Not met: {'; '.join(missed)}." if missed else "Everything asked was met.")


def comma_separated(rows: Sequence[Row]) -> str:
    """The table for a spreadsheet, unrounded."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(
            [
                row.part,
                row.what,
                row.asked_words(),
                row.got.middle,
                row.got.low,
                row.got.high,
                row.got.rounds,
                row.unit,
                "" if row.peak is None else round(row.peak, 1),
                row.how,
            ]
        )
    return stream.getvalue()

"""The table of results: target, median and band of the rounds, memory, and how it was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .day import SMALL, UNIT
from .measure import Band, Part, Record, over

AT_LEAST, AT_MOST = "at least", "at most"
SAME, MET = "of the same round", "Every target is met."
CPU = "s of processor"
QUARTERS = "µs/member-quarter"
RIVALS = {
    "mesa": ("`mesa.batch_run`", "in one process; a DataCollector records shares"),
    "ema_workbench": ("EMA workbench", "by its SequentialEvaluator; an experiment per member"),
}


EXPLORED = (
    ("live page, lever moved to first picture", "lever first", 150.0),
    ("live page, lever moved to all members", "lever whole", 700.0),
    ("live page, parameter factor to first picture", "factor first", 500.0),
    ("live page, parameter factor to all members", "factor whole", 2200.0),
    ("live page, a run that is held", "cached whole", 100.0),
    ("live page, mistakes in a file", "mistakes found", 300.0),
)
BEGUN = (
    ("live page, command to page", "page", 0.5),
    ("live page, command to first picture", "shipped", 0.8),
    ("live page, command to levers with 100 members", "first", 3.0),
    ("live page, command to levers with 1,000 members", "whole", 5.0),
)


@dataclass(frozen=True)
class Row:
    """A row of the table; `target` is a bound and its direction, `peak` in MB."""

    what: str
    result: Band
    unit: str
    how: str
    target: tuple[str, float] | None = None
    peak: float | None = None

    @property
    def met(self) -> bool:
        """True if the median meets the target, or there is none."""
        direction, bound = self.target or (AT_LEAST, 0.0)
        median = self.result.median
        return median >= bound if direction == AT_LEAST else median <= bound

    def cells(self) -> tuple[str, ...]:
        """What the columns of the page show."""
        target = f"{self.target[0]} {number(self.target[1])}" if self.target else ""
        result, band = number(self.result.median), (self.result.low, self.result.high)
        result += f" ({' to '.join(map(number, band))})" if self.result.rounds > 1 else ""
        result += "" if self.met else ", **not met**"
        peak = "" if self.peak is None else f"{self.peak:,.0f} MB"
        return self.what, target, result, self.unit, peak, self.how


def number(value: float) -> str:
    """Three digits, with commas between thousands."""
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 100 else f"{value:.3g}"


class Rows(list[Row]):
    """The rows of one part."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self.part = part

    def add(
        self,
        what: str,
        values: Sequence[float],
        unit: str,
        how: str,
        target: tuple[str, float] | None = None,
        peak: str = "",
    ) -> None:
        """Add a row with one value per round; `peak` is the label whose memory it shows."""
        memory = self.part.peak(peak) if peak else None
        self.append(Row(what, Band.of(values), unit, how, target, memory))


def day_rows(part: Part) -> Rows:
    rows, members = Rows(part), part.rounds("commands")[0]["members"]

    def seconds(name: str, label: str = "commands") -> list[float]:
        return [commands[name] for commands in part.values(label, "commands")]

    run = f"`steppe run baseline mine.yaml --members {members}`"
    how = "import mesa, xarray, zarr and matplotlib, and draw one empty page"
    rows.add("libraries alone: the unit", seconds(UNIT), CPU, how)
    beside = f"{run}, in another folder than before, where mine.yaml was different"
    for what, name, how, bound in (
        ("the first run, nothing kept on disk", "nothing kept", run, None),
        ("a run, with figures", "run", beside, 3.0),
        ("the same after one changed number", "changed", f"{run[:-1]} --replace`", 2.0),
    ):
        rows.add(what, seconds(name), CPU, how)
        ratios = over(seconds(name), seconds(UNIT))
        rows.add(f"{what}, in units", ratios, "times", SAME, (AT_MOST, bound) if bound else None)
    rows.add("the same without figures", seconds("without figures"), CPU, "`--no-figures`")
    rows.add("a small run", seconds("small"), CPU, f"`--members {SMALL}`, with figures")
    rows.add("a small run after one changed number", seconds("small, changed"), CPU, "`--replace`")
    how = "`steppe compare results mine`"
    rows.add("a comparison", seconds("compare"), CPU, how, (AT_MOST, 1.5))
    rows.add("a check of a file", seconds("check"), CPU, "`steppe check mine.yaml`")
    how = f'`steppe.run("russian-retreat", members={members // 2})`, `import steppe` included'
    rows.add("a run in Python", seconds("in Python"), CPU, how, (AT_MOST, 3.0))
    _add_larger_work(rows, seconds)
    return rows


def _add_larger_work(rows: Rows, seconds: Callable[[str, str], list[float]]) -> None:
    """Rows of more members, of every scenario, and of Numba, as far as they were measured."""
    part = rows.part
    if "per member" in part.labels:
        command, python = (seconds(side, "per member") for side in ("command", "Python"))
        how = "one process, between four and twelve times as many members; both write a summary"
        rows.add("one more member, by the command", command, "µs of processor", how)
        ratios = over(python, command)
        rows.add("the same from Python, over the command", ratios, "times", SAME, (AT_MOST, 1.05))
    if "library" in part.labels:
        how = f"`steppe report results`, {part.rounds('library')[0]['members']} members"
        report = seconds("report", "library")
        rows.add("a report of every scenario", report, CPU, how, (AT_MOST, 6.0))
        how = "`steppe plot results`, nothing drawn before"
        drawn = seconds("figures", "library")
        rows.add("all figures of every scenario", drawn, CPU, how, (AT_MOST, 25.0))
        again = seconds("again", "library")
        rows.add("the same again", again, CPU, "nothing has changed, and little is drawn")
    if "numba" in part.labels:
        size = part.rounds("numba")[0]["members"]
        for what, name, how in (
            (f"{size:,} members, compiled before", "warm", "as above, without figures"),
            ("the same, nothing compiled before", "cold", "so few do not repay compiling"),
            ("the same without Numba", "without", "NumPy alone"),
            ("compiling for Numba", "compiling", "once, by the first run that repays it"),
        ):
            rows.add(what, seconds(name, "numba"), CPU, how)


def rival_rows(part: Part) -> Rows:
    rows, ours, plain = Rows(part), part.rates("ensemble"), part.rates("plain")
    how = "baseline, 2000 to 2040, in blocks, nothing written"
    rows.add("ensemble, one core", ours, "members/s", how, peak="ensemble")
    rows.add("the same without `steppe[fast]`", plain, "members/s", "NumPy alone", peak="plain")
    how = f"{SAME}; equal to the last bit"
    rows.add("with `steppe[fast]` over without", over(ours, plain), "times", how)
    for tool in part.labels[2:]:
        (name, how), theirs = RIVALS[tool], part.rates(tool)
        how = f"the same model with one member, {how}; shares equal to the last bit"
        rows.add(name, theirs, "members/s", how, peak=tool)
        target = (AT_LEAST, 60.0) if tool == "mesa" else None
        rows.add(f"ensemble over {name}, per core", over(ours, theirs), "times", SAME, target)
        rounds = part.rounds(tool)
        spared = [row["members"] / (row["seconds"] - row["idle"]) for row in rounds]
        how = "without the time that one member spends on the noise of the 63 others of its chunk"
        rows.add(f"the same, {name} without idle noise", over(ours, spared), "times", how)
    return rows


def jax_rows(part: Part) -> Rows:
    rows = Rows(part)

    def micros(label: str, name: str) -> list[float]:
        rounds = part.rounds(label)
        return [1e6 * row[name] / row["members"] / row["quarters"] for row in rounds]

    ours, theirs, wall = micros("one", "ours"), micros("one", "spent"), micros("one", "seconds")
    how = "forcing and noise given; compiled equations, one thread, processor time"
    rows.add("a quarter of powers and republics", ours, QUARTERS, how)
    furthest = max(part.values("one", "difference"))
    how = f"the same by `jax.jit`, 64 bits, one thread; shares differ by {furthest:.0e} at most"
    rows.add("the same quarter by JAX", theirs, QUARTERS, how, peak="one")
    rows.add("JAX over the model", over(theirs, ours), "times", SAME)
    ratios = over(wall, micros("two", "seconds"))
    rows.add("JAX with two threads, as fast as with one", ratios, "times", "by the clock")
    return rows


def least_seconds(parts: dict[str, float], quarters: Record) -> dict[str, float]:
    """The lower bound of one member's quarters in seconds, by both readings.

    results : every quarter that is stored, as if each scenario stood alone. work : what scenarios
    with a shared history cannot avoid: noise drawn once for all of them; exponentials and
    logarithms of the quarters that are simulated and of the spin-up; simulated quarters packed
    once; every write.
    """
    noise, packing, writing = (parts[name] for name in ("random numbers", "packing", "writing"))
    computing = parts["exponentials"] + parts["logarithms"]
    held, simulated = quarters["held"], quarters["simulated"]
    work = quarters["drawn"] * noise + (simulated + quarters["inherited"]) * computing
    return {
        "results": held * (noise + computing + packing + writing),
        "work": work + simulated * packing + held * writing,
    }


def lower_bound_rows(part: Part) -> Rows:
    rows, bounds = Rows(part), part.values("alone", "parts")
    whole = [1e6 * sum(parts.values()) for parts in bounds]
    medians = {name: Band.of([1e6 * parts[name] for parts in bounds]).median for name in bounds[0]}
    listed = ", ".join(f"{name} {number(median)}" for name, median in medians.items())
    how = f"before and after a run of one scenario; medians: {listed}"
    rows.add("the lower bound", whole, QUARTERS, how)
    for label, name in (("alone", "one scenario"), ("together", "all scenarios in one batch")):
        _add_run(rows, label, name)
    spinup, alone = part.per_member("spinup"), part.per_member("alone")
    quarters = part.rounds("quarters alone")[0]
    each = [
        1e6 * (run - start) / quarters["held"] for run, start in zip(alone, spinup, strict=True)
    ]
    how = "one scenario, written, without what comes before 2000"
    ratios = over(each, whole)
    rows.add("a member-quarter, over the lower bound", ratios, "times", how, (AT_MOST, 2.0))
    how = "parameters, dates, streams; and the noiseless quarters of the spin-up, once for each of "
    how += f"{quarters['draws']:,} draws, {number(quarters['inherited'])} a member"
    micros = [1e6 * seconds for seconds in spinup]
    rows.add("before 2000", micros, "µs/member", how, peak="spinup")
    share = [100 * value for value in over(spinup, alone)]
    rows.add("before 2000, in a run of one scenario", share, "%", "of its time")
    return rows


def _add_run(rows: Rows, label: str, name: str) -> None:
    """Time, both ratios to the lower bound, and writing, of one scenario or of all."""
    part, two = rows.part, (AT_MOST, 2.0)
    quarters, taken = part.rounds(f"quarters {label}")[0], part.per_member(label)
    bounds = [least_seconds(parts, quarters) for parts in part.values(label, "parts")]
    held, simulated = f"{quarters['held']:,}", f"{quarters['simulated']:,}"
    how = f"scenarios: {part.rounds(label)[0]['scenarios']}; time over the {held} quarters of "
    how += f"results, {simulated} of them simulated"
    micros = [1e6 * seconds / quarters["held"] for seconds in taken]
    rows.add(f"{name}, written", micros, QUARTERS, how, peak=label)
    how = f"lower bound: {held} quarters, each with its own noise; nothing before 2000"
    ratios = over(taken, [bound["results"] for bound in bounds])
    rows.add(f"{name}, over the lower bound of its results", ratios, "times", how, two)
    how = f"lower bound: noise of {quarters['drawn']:,} quarters, exponentials and logarithms of "
    how += f"{simulated} and of {number(quarters['inherited'])} before 2000, writes of {held}"
    ratios = over(taken, [bound["work"] for bound in bounds])
    rows.add(f"{name}, over the lower bound of the work left", ratios, "times", how, two)
    _add_writing(rows, f"writing in a run of {name}", label)


def _add_writing(rows: Rows, what: str, label: str) -> None:
    ratios = over(rows.part.values(label, "writing"), rows.part.values(label, "in_blocks"))
    percent = [100 * ratio for ratio in ratios]
    rows.add(what, percent, "%", "of the time in blocks", (AT_MOST, 25.0))


def process_rows(part: Part) -> Rows:
    rows, members = Rows(part), part.rounds("one")[0]["members"]
    how = f"{members:,} members of the baseline, written; pool and manifest included"
    rows.add("one process", part.rates("one"), "members/s", how, peak="one")
    rows.add("two processes", part.rates("two"), "members/s", how, peak="two")
    faster = over(part.values("one", "seconds"), part.values("two", "seconds"))
    rows.add("two processes over one", faster, "times", SAME, (AT_LEAST, 1.7))
    _add_writing(rows, "writing in two processes", "two")
    return rows


def member_rows(part: Part) -> Rows:
    rows, how = Rows(part), "baseline, `--store summary`, up to two processes"
    for size in part.labels:
        rows.add(f"{int(size):,} members", part.values(size, "seconds"), "s", how, peak=size)
    before, last = part.labels[-2:]
    growth = [part.peak(last) / part.peak(before)]
    what = f"memory at {int(last):,} members over {int(before):,}"
    rows.add(what, growth, "times", "peaks of all processes together", (AT_MOST, 1.2))
    return rows


def scenario_rows(part: Part) -> Rows:
    return _series_rows(part, "scenarios: {}", "of each, one process, written")


def actor_rows(part: Part) -> Rows:
    how = "of the baseline, one process, written; the smallest cast without events"
    return _series_rows(part, "{}", how)


def _series_rows(part: Part, what: str, how: str) -> Rows:
    rows = Rows(part)
    for label in part.labels:
        members, seconds = part.values(label, "members")[0], part.values(label, "seconds")
        rows.add(what.format(label), seconds, "s", f"{members:,} members {how}", peak=label)
    return rows


def start_rows(part: Part) -> Rows:
    rows, label = Rows(part), "first block"
    how = "every scenario, until the first chunk of shares is written; files in the system's cache"
    seconds = part.values(label, "seconds")
    rows.add("from `steppe run` to the first block", seconds, "s", how, (AT_MOST, 3.0), label)
    return rows


HELD = "server and worker, with 24 runs held"
LAST = "processor time of server and worker, until the last of four that ask at once has "
OF_SERVER = (
    ("four tabs", "tabs", "ms", f"{LAST}its first picture", 600.0),
    ("four tabs that move factors", "factor tabs", "ms", f"{LAST}its first picture", 600.0),
    ("memory", "memory", "MB", HELD, 450.0),
    ("memory of two worlds", "memory of two worlds", "MB", f"{HELD}; one factor moved", 450.0),
)


def explore_rows(part: Part) -> Rows:
    rows, how = Rows(part), "processor time of one process that has begun; russian-retreat"
    answers, commands = part.rounds("answers"), part.rounds("command")
    for what, key, most in EXPLORED:
        found = [1e3 * row[key] for row in answers if key in row]
        if found:
            rows.add(what, found, "ms", how, (AT_MOST, most))
    how = "processor time of the server and its worker, from the command on"
    for what, key, most in BEGUN:
        rows.add(what, [row[key] for row in commands], "s", how, (AT_MOST, most))
    for what, key, unit, how, most in OF_SERVER:
        values = [row[key] * (1e3 if unit == "ms" else 1) for row in commands]
        rows.add(f"live page, {what}", values, unit, how, (AT_MOST, most))
    return rows


def large_rows(part: Part) -> Rows:
    rows, label = Rows(part), "every scenario"
    run = part.rounds(label)[0]
    how = f"`steppe run --store summary`, {run['jobs']} processes, summary included; "
    how += f"{number(run['disk'] / 1e6)} MB on the disk"
    what = f"{run['members']:,} members of every scenario"
    rows.add(what, [run["seconds"]], "s", how, peak=label)
    return rows


PARTS: dict[str, Callable[[Part], Rows]] = {
    "day": day_rows, "rivals": rival_rows, "jax": jax_rows, "lower-bound": lower_bound_rows,
    "processes": process_rows, "members": member_rows, "scenarios": scenario_rows,
    "actors": actor_rows, "start": start_rows, "explore": explore_rows, "large": large_rows,
}  # fmt: skip


def table_rows(records: Sequence[Record]) -> list[Row]:
    """All rows, of the parts that were measured."""
    parts = {name: Part(records, name) for name in PARTS}
    return [row for name, part in parts.items() if part.labels for row in PARTS[name](part)]


def as_markdown(rows: Sequence[Row], about: dict[str, Any]) -> str:
    """The table for a page, and below it how it was made and which targets it missed."""
    head = "| what | target | result (band) | unit | peak memory | how |\n|---|---|---|---|---|---|"
    lines = [f"| {' | '.join(row.cells())} |" for row in rows]
    missed = "; ".join(row.what for row in rows if not row.met)
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    made = (
        f"Made by `{about['command']}` on {about['processors']} processors "
        f"({about['processor']}), {about['created']}, with {versions}. Medians, with the least and "
        "the most of the rounds in brackets; ratios are of the same round. "
    )
    for parts, date in about.get("again", {}).items():
        made += f"Measured again on {date}: {parts}. "
    return "\n".join([head, *lines, "", made + (f"Not met: {missed}." if missed else MET)])

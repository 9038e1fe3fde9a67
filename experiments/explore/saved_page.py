"""`steppe explore --save`: one HTML file whose levers move without Steppe, from runs at nodes."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt

from steppe.experiments.figures.html_page import policy_hash, stylesheet
from steppe.experiments.results.packed_numbers import SCALE
from steppe.experiments.storage.atomic_files import replace_requested_file
from steppe.model.backends.choice import compiled_backend, use_backend
from steppe.model.core.array_types import FloatArray
from steppe.model.core.errors import RequestError
from steppe.model.core.number_text import format_fixed
from steppe.model.scenario.load import Scenario

from .asked_scenario import Library, describe_scenario
from .engine import ALL, Engine
from .interpolation import continuous_levers
from .node_weights import Nodes, Setting, nodes_of
from .page_parts import SAVED_SCRIPTS, part
from .question import Question
from .shipped_answers import installed_version
from .start_data import shipped_evidence, start_data

MOST_BYTES = 8_000_000
CLOSE = 0.005  # what counts as the same, in shares
PROBES = 6  # fresh runs between the nodes, for each scenario
PARTS = ("shares", "leads", "differences")
POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
Int16 = npt.NDArray[np.int16]


@dataclass(frozen=True)
class SavedScenario:
    """Runs of a scenario at its nodes, each as one row of whole numbers.

    first : the answer at the defaults, whose numbers the others have in the same order.
    lengths : of the parts of a row. events : by setting, where dates are not those at the defaults.
    close, worst : share of cells within `CLOSE` of fresh runs, and the largest error.
    """

    nodes: Nodes
    first: dict[str, Any]
    lengths: dict[str, int]
    rows: dict[Setting, Int16]
    events: dict[Setting, list[dict[str, Any]]]
    close: float
    worst: float

    def as_data(self) -> dict[str, Any]:
        """As JSON: rows as changes from the first, which compress well."""
        base = self.rows[()]
        rows: list[dict[str, Any]] = [
            {"levers": dict(setting), "numbers": _squeeze(row - base)}
            for setting, row in self.rows.items()
        ]
        for row, setting in zip(rows, self.rows, strict=True):
            if setting in self.events:
                row["events"] = self.events[setting]
        return {
            "first": self.first,
            "numbers": _squeeze(base),
            "lengths": self.lengths,
            "nodes": {name: list(values) for name, values in self.nodes.values.items()},
            "rows": rows,
            "close": round(self.close, 4),
            "worst": round(self.worst, 3),
            "probes": PROBES,
        }


def save_page(
    names: Sequence[str],
    files: dict[str, Path],
    path: Path,
    *,
    members: int = ALL,
    report: Callable[[str], None] = lambda text: None,
) -> int:
    """Write the file, whole or not at all, and return its size in bytes.

    Parameters
    ----------
    names : scenarios, shipped ones or those of `files`. report : is told what is being done.

    Raises
    ------
    RequestError
        With mistakes in a scenario, if none has a lever, or if the file would be too large.
    """
    use_backend(compiled_backend())
    engine = Engine(Library(files), all_members=members)
    saved = {}
    for name in names:
        scenario = engine.library.scenario(Question(name))
        if not scenario.levers:
            raise RequestError(f"{name} has no levers; name a scenario that has some")
        report(f"{name}: {len(nodes_of(scenario).settings())} runs of {members:,} members")
        saved[name] = simulate_nodes(engine, name, scenario)
    page = render(engine.library, names, saved)
    if len(page.encode()) > MOST_BYTES:
        raise RequestError(
            f"the file would have {format_fixed(len(page.encode()) / 1e6, 1)} MB, more than "
            f"{round(MOST_BYTES / 1e6)}; name fewer scenarios"
        )
    with replace_requested_file(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return len(page.encode())


def simulate_nodes(engine: Engine, name: str, scenario: Scenario) -> SavedScenario:
    """Run a scenario at all its nodes, and between them to measure the error."""
    nodes = nodes_of(scenario)
    answers = {setting: _whole(engine, name, dict(setting)) for setting in nodes.settings()}
    least = min(answer["first"] for answer in answers.values())
    rows = {setting: _row(answer, least) for setting, answer in answers.items()}
    first = dict(answers[()])
    lengths = {
        **{key: len(_numbers(first[key])) for key in PARTS},
        **{key: len(_numbers(one["values"])) for key, one in first["observed"].items()},
    }
    lengths["differences"] = len(_late_differences(first, least))
    events = {
        setting: answer["scenario"]["events"]
        for setting, answer in answers.items()
        if answer["scenario"]["events"] != first["scenario"]["events"]
    }
    years, size = len(first["years"]), lengths["shares"]
    apart = np.zeros((1, 1))
    for levers in probes(nodes, continuous_levers(scenario)):
        fresh = _row(_whole(engine, name, levers), least)
        error = np.abs(blend(nodes, rows, levers) - fresh)[:size] / SCALE
        apart = np.vstack([apart, error.reshape(-1, years)[:, least:].reshape(-1, 1)])
    for key in PARTS:
        first.pop(key)
    for one in first["observed"].values():
        one.pop("values")
    first["first"] = least
    return SavedScenario(
        nodes, first, lengths, rows, events, float((apart <= CLOSE).mean()), float(apart.max())
    )


def probes(nodes: Nodes, continuous: Sequence[str]) -> list[dict[str, float]]:
    """Settings between nodes: a continuous lever alone, or with another; the same every time."""
    draws, found = np.random.default_rng(1), []
    for number in range(PROBES if continuous else 0):
        first = continuous[number // 2 % len(continuous)]
        others = [name for name in nodes.values if name != first]
        second = [str(draws.choice(others))] if number % 2 and others else []
        levers = {}
        for name in (first, *second):
            values = nodes.values[name]
            between = float(draws.uniform(values[0], values[-1]))
            levers[name] = between if name in continuous else float(draws.choice(values))
        found.append(levers)
    return found


def _whole(engine: Engine, name: str, levers: dict[str, float]) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for step in engine.whole_answer(Question(name, levers=levers)):
        answer = step or answer
    if "mistakes" in answer:
        raise RequestError("; ".join(row["message"] for row in answer["mistakes"]))
    return answer


def _numbers(text: str) -> Int16:
    return np.frombuffer(b64decode(text), "<i2")


def _late_differences(answer: dict[str, Any], first: int) -> Int16:
    """Differences from the year in place `first` on; before the scenario's own first, nought."""
    cells = len(_numbers(answer["base"])) // len(answer["years"])
    own = _numbers(answer["differences"]).reshape(cells, 4, -1)
    return np.pad(own, ((0, 0), (0, 0), (answer["first"] - first, 0))).ravel()


def _row(answer: dict[str, Any], first: int) -> Int16:
    observed = [_numbers(one["values"]) for one in answer["observed"].values()]
    parts = [_numbers(answer["shares"]), _numbers(answer["leads"])]
    return np.concatenate([*parts, _late_differences(answer, first), *observed])


def blend(nodes: Nodes, rows: dict[Setting, Int16], levers: dict[str, float]) -> FloatArray:
    """The row at a setting between nodes."""
    parts = [weight * rows[setting] for setting, weight in nodes.weights(levers).items()]
    return np.asarray(np.sum(parts, axis=0))


def _squeeze(row: Int16) -> str:
    """Whole numbers as the changes from one to the next, low bytes first, then high bytes."""
    steps = np.diff(row, prepend=row.dtype.type(0)).astype("<u2")
    return b64encode(
        (steps & 0xFF).astype(np.uint8).tobytes() + (steps >> 8).astype(np.uint8).tobytes()
    ).decode()


def render(library: Library, names: Sequence[str], saved: dict[str, SavedScenario]) -> str:
    """The page as text, with everything in it."""
    start = start_data(library) | {"initial": names[0], "version": installed_version()}
    start["scenarios"] = [one for one in start["scenarios"] if one["name"] in names]
    start["scenarios"].sort(key=lambda one: list(names).index(one["name"]))
    for one in start["scenarios"]:
        described = describe_scenario(library.scenario(Question(one["name"])))
        one["levers"] = [
            {**lever, "stops": list(saved[one["name"]].nodes.values[lever["name"]])}
            if lever["whole"]
            else lever
            for lever in described["levers"]
        ]
    start["parameters"] = []
    rows = {name: one.as_data() for name, one in saved.items()}
    data = {"start": start, "saved": rows, "evidence": shipped_evidence()}
    packed = b64encode(gzip.compress(json.dumps(data).encode(), 9, mtime=0)).decode()
    script = "\n".join(part(name) for name in SAVED_SCRIPTS)
    style = stylesheet() + part("page.css")
    policy = POLICY.format(script=policy_hash(script), style=policy_hash(style))
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<style>{style}</style>'
    scripts = (
        f'<script type="application/octet-stream" id="data">{packed}</script>\n'
        f"<script>{script}</script>"
    )
    return Template(part("page.html")).substitute(head=head, scripts=scripts)

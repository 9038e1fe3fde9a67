"""Bars that show how far a run has come, with a clock that does not depend on the machine."""

import io
import re
from functools import partial
from itertools import count

import pytest

from steppe.experiments.calibration.tempered_smc import Progress as Tempering
from steppe.experiments.runs.progress import Progress, TemperatureCounter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _a_second_a_glance(monkeypatch):
    """A clock for tqdm that is a second later whenever it is read."""
    monkeypatch.setattr("tqdm.std.time", partial(next, count()))


def test_progress_has_one_bar_per_scenario_with_rate_and_time_left():
    terminal = Terminal()
    progress = Progress(stream=terminal)
    progress.begin({"baseline": 400, "retreat": 400, "done": 0})
    for scenario in ("baseline", "baseline", "retreat"):
        progress.advance(200, scenario)
    progress.end()
    lines = re.split(r"[\r\n]", terminal.getvalue())
    last = {name: [line for line in lines if name in line][-1] for name in ("baseline", "retreat ")}
    assert re.search(r"100%.* 400/400 \[00:\d\d<00:\d\d, .* members/s\]", last["baseline"])
    assert re.search(r"50%.* 200/400 \[00:\d\d<00:\d\d, .* members/s\]", last["retreat "])
    assert "done" not in terminal.getvalue()


def test_a_short_terminal_has_one_bar_for_all_scenarios(monkeypatch):
    monkeypatch.setenv("LINES", "6")
    terminal = Terminal()
    progress = Progress(stream=terminal)
    progress.begin({"one": 1, "two": 1, "three": 2})
    progress.advance(2, "three")
    progress.end()
    assert re.search(r"3 scenarios:  50%.* 2/4 ", terminal.getvalue())


def test_progress_is_quiet_when_asked_and_where_there_is_no_terminal():
    for stream, quiet in ((io.StringIO(), False), (Terminal(), True)):
        progress = Progress(stream=stream, quiet=quiet)
        progress.begin({"baseline": 1})
        progress.advance(1, "baseline")
        progress.end()
        assert stream.getvalue() == ""


def test_a_tempered_sample_shows_its_temperature_and_the_time_left(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal()
    with TemperatureCounter(terminal) as counter:
        counter.show("run 1 of 2", Tempering(0.25, 400, 1600))
        counter.show("run 1 of 2", Tempering(1.0, 1200, 1200))
        counter.show("run 2 of 2", Tempering(0.0, 100, 1000))
    lines = re.split(r"[\r\n]", terminal.getvalue())
    first, second = ([line for line in lines if f"run {run}" in line] for run in (1, 2))
    time_left = r"\[\d\d:\d\d<\d\d:\d\d, .* draws/s\]"
    assert re.search(rf"temperature 0.25:  25%.* 400/1600 {time_left}", first[0])
    assert any(re.search(r"temperature 1.00: 100%.* 1200/1200", line) for line in first)
    assert any(re.search(rf"temperature 0.00:  10%.* 100/1000 {time_left}", x) for x in second)

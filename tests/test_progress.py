"""Bars that show how far a run has come, with a clock that does not depend on the machine."""

import io
import re
from functools import partial
from itertools import count

import pytest

from steppe.experiments.runs.progress import Progress


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

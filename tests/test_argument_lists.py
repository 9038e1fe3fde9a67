"""No list of arguments ends a command in a trace: random ones, made from the options' own types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from command import steppe
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_batches import make_batch
from test_failures import COMMANDS

NUMBERS = ("nan", "inf", "-inf", "-0", "1e999", "1e3", "0", "1", "-1", "300", "0.5", "2025")
NUMBERS += ("x", "", str(2**63), str(2**64), "9" * 5000, "١٢")
EXPRESSIONS = ("autonomy(region)", "leads(China, 3 of 5, security)", "autonomy(Uzbekistan)")
EXPRESSIONS += ("P(leads(China, 3 of 5, security)) > 0.5", "share(China, all, security, 1e999)")
EXPRESSIONS += ("P(", "1/0", "share(", "nan", "(" * 3000, "share(Chna, all, security, 2040)")
WORDS = ("baseline", "russian-retreat", "russian-retreat[depth=nan]", "russian-retreat[depth=0.3]")
WORDS += ("depth", "depth=0.5", "depth=nan", "depth=", "=", "Kazakhstan", "KZ", "security", "China")
WORDS += ("theta", "autonomy", "light", "svg", "posterior", "prior", "local:0", "local:x", "leads")
WORDS += ("some/place", "memory://x", "foo://x", "file://", "file:///%00", "--", "-", "--help")
PATHS = ("batch", "batch/manifest.json", "missing", "a/b/c", ".", "", "x" * 300, "text")
PATHS += ("out.csv", "out.svg", "link", "кириллица", "\udcff", "text/below", "/proc/1/mem")
TEXTS = st.text(st.characters(exclude_characters="\0"), max_size=6)  # no shell passes \0
HEAVY = (  # what runs once a request has been checked
    "steppe.experiments.runs.batch._BatchRun.run",
    "steppe.experiments.runs.verification._damaged_sums",
    "steppe.experiments.figures.draw._write_in_processes",
    "steppe.experiments.report.build.render",
    "steppe.experiments.explore.saved_page.simulate_nodes",
    "steppe.experiments.results.attribution.event_contributions",
    "steppe.experiments.results.export._select_shares",
    "steppe.experiments.calibration.fit.Sampler.fit",
    "steppe.experiments.calibration.scorecard.make_scorecard.make_scorecard",
    "steppe.experiments.analysis.sensitivity.analysis.analyse",
    "steppe.experiments.analysis.tipping.analysis.analyse",
    "steppe.experiments.analysis.discovery.analysis.analyse",
    "steppe.experiments.analysis.robustness.analysis.analyse",
)


def reach(*_, **__):
    """In place of work: the request has been found sound."""
    raise click.exceptions.Exit(0)


def refuse(*_, **__):
    """In place of connecting: no scheduler answers."""
    raise OSError("no scheduler answers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working folder with a batch, a file and a link that leads nowhere; work is stubbed."""
    place = tmp_path_factory.mktemp("arguments")
    make_batch(place / "batch", ("baseline", "russian-retreat"))
    (place / "text").write_text("not: [what, is, asked", encoding="utf-8")
    (place / "link").symlink_to(place / "nowhere")
    with pytest.MonkeyPatch.context() as patch:
        for name in HEAVY:
            patch.setattr(name, reach)
        distributed = SimpleNamespace(Client=refuse, LocalCluster=refuse)
        name = "steppe.experiments.runs.dask_cluster.import_package"
        patch.setattr(name, lambda *_: distributed)
        patch.setattr("steppe.experiments.runs.workers.warm_up", lambda: None)
        yield place


def values(parameter: click.Parameter) -> st.SearchStrategy[str]:
    """Texts for a parameter: most of its own type, and others."""
    kind = parameter.type
    own = WORDS
    if isinstance(kind, click.Choice):
        own = tuple(kind.choices)
    elif isinstance(kind, (click.types.IntParamType, click.types.FloatParamType)):
        own = NUMBERS
    elif isinstance(kind, click.Path) or parameter.name in ("results", "parameters_from"):
        own = PATHS + WORDS
    elif parameter.name in ("output", "outcome", "condition"):
        own = EXPRESSIONS
    return st.one_of(st.sampled_from(own), st.sampled_from(own), st.sampled_from(WORDS), TEXTS)


@st.composite
def argument_lists(draw, words, command):
    """A verb with some of its options and arguments."""
    chosen = list(words)
    for parameter in command.params:
        rate = 0.9 if parameter.required or isinstance(parameter, click.Argument) else 0.25
        if draw(st.floats(0, 1)) > rate:
            continue
        if isinstance(parameter, click.Argument):
            chosen.append(draw(values(parameter)))
            continue
        chosen.append(parameter.opts[0])
        if not parameter.is_flag:
            chosen.append(draw(values(parameter)))
    return chosen + draw(st.lists(TEXTS, max_size=1)) * draw(st.booleans())


@pytest.mark.fuzz
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_argument_list_ends_in_a_trace(folder, words):
    @settings(
        max_examples=examples(12),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(argument_lists(words, COMMANDS[words]))
    def run(arguments):
        ended = steppe(*arguments, cwd=folder)
        said = ended.stderr
        assert "Traceback" not in said and "a bug in steppe" not in said, (arguments, said)
        assert ended.returncode in (0, 1, 2), arguments
        assert ended.returncode == 0 or said.strip() or "check" in arguments, arguments

    run()


PROCESSES = [
    ["tipping", "russian-retreat", "--lever", "depth", "--condition", "x", "--from", "nan"],
    ["run", "baseline", "--results", "some/place"],
    ["discover", "--outcome", EXPRESSIONS[1], "--density", "nan"],
    ["run", "--set", "depth=1e999"],
    ["run", "--seed", "-0", "--members", "1e999"],
    ["plot", "\udcff"],
    ["verify", "."],
    ["nothing"],
    ["compare", "batch", "baseline", "--year", str(2**64)],
    ["export", "text", "--to", "netcdf"],
    ["report", "batch", "--file", "a/b/c"],
    ["explain", "Rusia"],
    ["new", "2030", "--folder", "missing"],
    ["check", "text"],
    ["evidence", "check", "--documents", "text"],
    ["sensitivity", "--output", "1/0"],
    ["robustness", "--outcome", "autonomy(region)", "--year", "-1"],
    ["calibrate", "--particles", "nan"],
    ["scorecard", "--ship", "--quick"],
    ["parameters", "--jsn"],
]


@pytest.mark.fuzz
@pytest.mark.parametrize("number", range(len(PROCESSES)))
def test_a_real_process_ends_in_words(folder, number):
    done = subprocess.run(
        [sys.executable, "-m", "steppe", *PROCESSES[number]], cwd=folder, capture_output=True
    )
    assert done.returncode in (1, 2) and done.stderr.strip()
    assert b"Traceback" not in done.stderr and b"a bug in steppe" not in done.stderr
    assert Path(folder / "batch").exists()

"""A batch that is damaged, foreign or older ends every verb in words, never in a trace."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import pytest
from command import steppe
from damaged_batches import DAMAGES, SHARES, cut, make_batch
from examples import examples

from steppe.experiments.figures import draw

VERBS = {
    "plot": (),
    "compare": ("russian-retreat",),
    "report": (),
    "export": ("--to", "csv"),
    "verify": ("--members", 1, "--jobs", 1),
}
RUN = ("run", "baseline", "russian-retreat", "--members", 6, "--jobs", 1, "--no-figures", "--quiet")


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A batch that is not damaged."""
    return make_batch(tmp_path_factory.mktemp("good") / "out")


@pytest.fixture
def out(good, tmp_path):
    """A copy of it, to damage."""
    return Path(shutil.copytree(good, tmp_path / "out"))


def ended_well(ended):
    """Whether a command ended in words: with a reason where it failed, without a trace."""
    assert "Traceback" not in ended.stderr and "a bug in steppe" not in ended.stderr, ended.stderr
    assert ended.returncode in (0, 1, 2)
    assert ended.returncode == 0 or ended.stderr.strip()
    return True


def draw_nothing(*_):
    """In place of drawing, once the numbers have been read."""
    raise click.exceptions.Exit(0)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_batch_ends_in_words(name, out, good, monkeypatch):
    monkeypatch.setattr(draw, "_write_in_processes", draw_nothing)
    cases = [(verb, out, *more) for verb, more in VERBS.items()] + [(*RUN, "--out", out)]
    if examples(1) == 1:  # one verb each, in turn
        cases = [cases[list(DAMAGES).index(name) % len(cases)]]
    for case in cases:
        shutil.rmtree(out)
        shutil.copytree(good, out)
        DAMAGES[name](out)
        assert ended_well(steppe(*case, cwd=out.parent))


def test_there_are_at_least_forty_damages():
    assert len(DAMAGES) >= 40


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no chunk of shares", "results.zarr: cannot be read (block russian-retreat/0 is missing)"),
        ("a chunk of noise", "results.zarr: cannot be read (block russian-retreat/0 is cut short)"),
        (
            "a chunk cut in half",
            "results.zarr: cannot be read (block russian-retreat/0 is cut short)",
        ),
        ("no holders", "results.zarr: cannot be read ('holder' is missing)"),
        ("a span of text", "request.spans.baseline.0: input should be a valid integer"),
        ("no titles", "request.titles: field required"),
        ("a title that is missing", "request.titles: has no 'baseline'"),
        ("a lever that is nan", "request.levers.russian-retreat.depth: input should be a finite"),
        ("no about", "about: field required"),
    ],
)
def test_the_damage_is_named_with_its_place_and_the_way_out(name, said, out):
    DAMAGES[name](out)
    ended = steppe("compare", out, "russian-retreat")
    assert ended.returncode == 2 and said in ended.stderr
    assert "run again" in ended.stderr


def test_the_command_that_made_a_batch_repairs_its_blocks(out):
    cut(SHARES, 0.5)(out)
    assert steppe("compare", out, "russian-retreat").returncode == 2
    assert steppe(*RUN, "--out", out).returncode == 0
    assert steppe("compare", out, "russian-retreat").returncode == 0


def test_an_error_that_is_no_damage_is_not_called_so(out, monkeypatch):
    monkeypatch.setattr(draw, "_write_in_processes", lambda *_: 1 // 0)
    ended = steppe("plot", out)
    assert ended.returncode == 1 and "ZeroDivisionError" in ended.stderr
    assert "a bug in steppe" in ended.stderr

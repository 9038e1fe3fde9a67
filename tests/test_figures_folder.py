"""The folder of figures: filters, files, what is unfinished, bad requests, the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from figure_pages import OF_ONE_DATASET, artists, caption_of, check_texts, make_batch, page, span_at

from steppe.experiments.cli.plot import command
from steppe.experiments.figures import draw as draw_module
from steppe.experiments.figures.draw import draw_figures
from steppe.experiments.figures.draw_request import resolve_draw_request
from steppe.experiments.figures.pages import pages_of_kind
from steppe.experiments.figures.registry import FIGURE_KINDS, QUICK_FIGURES
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> Path:
    return make_batch(tmp_path_factory.mktemp("figures") / "batch")


def test_a_run_draws_the_quick_ones_as_png(batch):
    paths = draw_figures(batch, channels=["security"])
    assert {path.suffix for path in paths} == {".png"}
    assert {path.name.split("-")[0].split(".")[0] for path in paths} == {*QUICK_FIGURES} - {
        "response"
    }
    assert len(paths) == 4 + 4 + 1 and all(path.stat().st_size > 5000 for path in paths)


def test_filters_narrow_the_drawing_and_the_name_says_so(batch, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        draw_module,
        "_write_pages",
        lambda pages, statistics, *given: drawn.extend((page, statistics) for page in pages),
    )
    draw_figures(
        batch,
        figures=["trajectories"],
        scenarios=["retreat"],
        republics=["uzb", "KAZ"],
        channels=["soft-power"],
        powers=["us", "autonomy"],
    )
    ((drawn_page, statistics),) = drawn
    assert (
        drawn_page.name
        == "trajectories-retreat--kazakhstan-uzbekistan-soft-power-united-states-autonomy"
    )
    figure = page("trajectories", statistics, scenario="retreat")
    assert len(figure.axes) == 2
    assert set(artists(figure.axes[0], "median")) == {"United States", "autonomy"}
    drawn.clear()
    draw_figures(batch, figures=["region"], scenarios=["retreat"], republics=["KAZ", "UZB"])
    figure = page("region", drawn[0][1], scenario="retreat")
    assert any("mean of Kazakhstan and Uzbekistan" in text.get_text() for text in figure.texts)


def test_a_scenario_filter_keeps_the_baseline_to_compare_with(batch):
    assert [
        path.name for path in draw_figures(batch, figures=["difference"], scenarios=["short"])
    ] == ["difference--short.png"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"figures": ["trajectory"]}, "unknown figure 'trajectory'; did you mean 'trajectories'?"),
        ({"scenarios": ["retreta"]}, "unknown scenario 'retreta'; did you mean 'retreat'?"),
        ({"republics": ["Kazakstan"]}, "unknown republic 'Kazakstan'; did you mean 'Kazakhstan'?"),
        ({"channels": ["securty"]}, "unknown channel 'securty'; did you mean 'security'?"),
        ({"powers": ["Rusia"]}, "unknown power 'Rusia'; did you mean 'Russia'?"),
        ({"formats": ["gif"]}, "unknown format 'gif'; known: png, svg, pdf"),
        ({"style": "blue"}, "unknown style 'blue'"),
        (
            {"figures": ["leads"], "powers": ["autonomy"]},
            "nothing to draw: leads: the filters leave no power in it",
        ),
        (
            {"figures": ["difference"], "scenarios": ["history"]},
            "nothing to draw: difference: it needs the baseline",
        ),
    ],
)
def test_bad_requests_are_refused_in_a_line(batch, asked, words):
    with pytest.raises(RequestError) as refused:
        draw_figures(batch, **asked)
    assert str(refused.value).startswith(words)
    assert str(refused.value).count("\n") < 2


def test_a_folder_that_is_no_batch_is_refused(tmp_path):
    with pytest.raises(RequestError, match="holds no batch"):
        draw_figures(tmp_path / "nothing")
    (tmp_path / "manifest.json").write_text(
        json.dumps({"request": {}, "blocks": {}, "failures": {}, "about": {}})
    )
    with pytest.raises(RequestError, match=r"is damaged \(request\.format: field required\)"):
        draw_figures(tmp_path)
    out = make_batch(tmp_path / "out")
    (out / "results.zarr/zarr.json").unlink()
    with pytest.raises(RequestError, match=r"results\.zarr: cannot be read"):
        draw_figures(out)


def test_an_unfinished_batch_is_drawn_from_what_is_there_and_says_so(tmp_path):
    out = make_batch(tmp_path / "half", done=1)
    result = CliRunner().invoke(command, [str(out), "--figure", "region", "--scenario", "retreat"])
    assert result.exit_code == 0, result.output
    assert "is unfinished (4 of 8 blocks)" in result.stderr
    figure = page("region", compute_statistics(open_batch(out)), scenario="retreat")
    caption = caption_of(figure)
    assert "6 of 12 members (simulated histories): the batch is unfinished" in caption
    empty = make_batch(tmp_path / "empty", done=0)
    with pytest.raises(RequestError, match="no block of any scenario is finished"):
        draw_figures(empty)


def test_one_member_has_bands_of_no_width(tmp_path):
    out = make_batch(tmp_path / "one", members=1, block=1)
    found = compute_statistics(open_batch(out).sel(republic=["Kazakhstan"], channel=["economic"]))
    for name in OF_ONE_DATASET:
        pages = pages_of_kind(
            FIGURE_KINDS[name], resolve_draw_request(open_batch(out), figures=[name]), found
        )
        check_texts(page(name, found, **dict(next(iter(pages)).part)))
    figure = page("region", found, scenario="retreat")
    (band,) = artists(figure.axes[0], "90")["Russia"]
    assert (
        np.ptp([span_at(band, year) for year in band.get_paths()[0].vertices[:3, 0]], axis=1).max()
        == 0
    )
    assert "One member has no bands" in caption_of(figure)
    texts = [artists(ax, "largest")[""][0].get_text() for ax in page("difference", found).axes]
    assert any("Russia" in text for text in texts) and not any("90%" in text for text in texts)


def test_files_are_whole_equal_for_equal_batches_and_embed_their_fonts(batch, tmp_path):
    asked = {
        "figures": ["region"],
        "scenarios": ["retreat"],
        "formats": ["svg", "pdf"],
        "style": "dark",
    }
    first = draw_figures(batch, **asked)
    assert [path.name for path in first] == ["region-retreat--dark.svg", "region-retreat--dark.pdf"]
    content = [path.read_bytes() for path in first]
    assert content == [path.read_bytes() for path in draw_figures(batch, **asked)]
    assert b"<text" in content[0] and b"/FontFile2" in content[1] and b"/Type3" not in content[1]
    assert not [path for path in first[0].parent.iterdir() if path.name.endswith(".draft")]


@pytest.mark.slow  # starting two processes takes longer than the pages do
def test_many_pages_are_drawn_by_processes_with_the_same_result(batch, monkeypatch):
    asked = {"figures": ["heatmap"], "republics": ["KAZ"], "channels": ["security"]}
    alone = {path.name: path.read_bytes() for path in draw_figures(batch, **asked, jobs=1)}
    assert len(alone) == 4
    for name in alone:  # or it would not be drawn again
        (batch / "figures" / name).unlink()
    monkeypatch.setattr(draw_module, "MIN_PAGES_FOR_PROCESSES", 4)
    monkeypatch.setattr(draw_module, "_draw_file", None)  # it is not this process that draws
    assert {path.name: path.read_bytes() for path in draw_figures(batch, **asked, jobs=2)} == alone


def test_the_command_lists_what_it_drew(batch):
    result = CliRunner().invoke(
        command, [str(batch), "--figure", "heatmap", "--scenario", "short", "--json"]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["figures"] == [str(batch / "figures" / "heatmap-short.png")]
    words = CliRunner().invoke(command, ["--help"]).output
    assert "Examples:" in words and all(name in words for name in FIGURE_KINDS)


def test_nothing_uses_pyplot_but_new_figures_for_a_notebook():
    sources = (Path(draw_module.__file__).parent).glob("*.py")
    assert not [
        path.name
        for path in sources
        if path.name not in ("plot.py", "axes_given.py")  # the former in examples
        and ("import pyplot" in path.read_text() or "matplotlib.pyplot" in path.read_text())
    ]

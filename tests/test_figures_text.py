"""Text in figures: all of it on the page, none over another, in letters that the font has."""

from __future__ import annotations

from pathlib import Path

import pytest
from figure_pages import CAST, caption_of, check_texts, make_batch, make_sixteen, page

from steppe.experiments.figures import draw as folder_module
from steppe.experiments.figures.draw_request import draw_request
from steppe.experiments.figures.registry import KINDS
from steppe.experiments.figures.text_layout import cut, cut_within, width_of, wrapped
from steppe.experiments.results.statistics import measured
from steppe.experiments.storage.open_batch import open_batch


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> Path:
    return make_batch(tmp_path_factory.mktemp("figures") / "batch")


@pytest.fixture(scope="module")
def sixteen(tmp_path_factory) -> Path:
    return make_sixteen(tmp_path_factory.mktemp("figures") / "sixteen")


@pytest.fixture(scope="module")
def measures(batch):
    return measured(open_batch(batch))


@pytest.mark.parametrize("name", list(KINDS))
@pytest.mark.parametrize("which", ["batch", "sixteen"])
def test_all_text_is_on_the_page_and_none_on_another(request, name, which):
    dataset = open_batch(request.getfixturevalue(which))
    chosen = draw_request(dataset, figures=[name])
    found = measured(chosen.narrowed(dataset), folder_module._wanted(chosen))
    sheets = list(folder_module._sheets(KINDS[name], found, chosen))
    figure = page(name, found, **dict(sheets[0 if which == "batch" else -1].part))
    check_texts(figure)
    assert "weights: prior; seed 7" in caption_of(figure) or name == "coverage"


def test_long_republic_names_fit(measures):
    long = [
        f"The Autonomous Federation of {name} and its Neighbours" for name in CAST.republic_names
    ]
    renamed = measures.assign_coords(republic=long).sel(channel=["security"])
    for kind in ("trajectories", "leads", "ranks", "heatmap"):
        check_texts(page(kind, renamed, scenario="retreat"))


def test_text_is_cut_wrapped_and_never_needs_a_letter_the_font_lacks():
    assert width_of(cut("word " * 90, 200, 8), 8) <= 200
    assert cut("short", 200, 8) == "short"
    assert cut_within("variant " * 20 + "end", 200, 8).endswith("end")
    assert all(
        width_of(line, 8) <= 100 for line in wrapped("some words and one" + "x" * 300, 100, 8)
    )
    assert (
        cut("\u4e2d\u56fd and\nCyrillic \u041a\u0430\u0437", 300, 8)
        == "\u25a1\u25a1 and Cyrillic \u041a\u0430\u0437"
    )

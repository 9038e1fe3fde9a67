"""Text in figures: all of it on the page, none over another, in letters that the font has."""

from __future__ import annotations

from pathlib import Path

import pytest
from figure_pages import (
    CAST,
    OF_ONE_DATASET,
    caption_of,
    check_texts,
    make_batch,
    make_sixteen,
    page,
)

from steppe.experiments.figures.draw import needed_statistics
from steppe.experiments.figures.draw_request import resolve_draw_request
from steppe.experiments.figures.pages import pages_of_kind
from steppe.experiments.figures.registry import FIGURE_KINDS
from steppe.experiments.figures.text_layout import text_width, truncate, truncate_middle, wrap
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.open_batch import open_batch


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> Path:
    return make_batch(tmp_path_factory.mktemp("figures") / "batch")


@pytest.fixture(scope="module")
def sixteen(tmp_path_factory) -> Path:
    return make_sixteen(tmp_path_factory.mktemp("figures") / "sixteen")


@pytest.fixture(scope="module")
def measures(batch):
    return compute_statistics(open_batch(batch))


@pytest.mark.parametrize("name", OF_ONE_DATASET)
@pytest.mark.parametrize("which", ["batch", "sixteen"])
def test_all_text_is_on_the_page_and_none_on_another(request, name, which):
    dataset = open_batch(request.getfixturevalue(which))
    chosen = resolve_draw_request(dataset, figures=[name])
    found = compute_statistics(chosen.narrow(dataset), needed_statistics(chosen))
    pages = list(pages_of_kind(FIGURE_KINDS[name], chosen, found))
    figure = page(name, found, **dict(pages[0 if which == "batch" else -1].part))
    check_texts(figure)
    assert "parameters: prior; seed 7" in caption_of(figure) or name == "coverage"


def test_long_republic_names_fit(measures):
    long = [
        f"The Autonomous Federation of {name} and its Neighbours" for name in CAST.republic_names
    ]
    renamed = measures.assign_coords(republic=long).sel(channel=["security"])
    for kind in ("trajectories", "leads", "ranks", "heatmap"):
        check_texts(page(kind, renamed, scenario="retreat"))


def test_text_is_cut_wrapped_and_never_needs_a_letter_the_font_lacks():
    assert text_width(truncate("word " * 90, 200, 8), 8) <= 200
    assert truncate("short", 200, 8) == "short"
    assert truncate_middle("variant " * 20 + "end", 200, 8).endswith("end")
    assert all(
        text_width(line, 8) <= 100 for line in wrap("some words and one" + "x" * 300, 100, 8)
    )
    assert (
        truncate("\u4e2d\u56fd and\nCyrillic \u041a\u0430\u0437", 300, 8)
        == "\u25a1\u25a1 and Cyrillic \u041a\u0430\u0437"
    )

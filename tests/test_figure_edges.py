"""Pages of what people try: text read from the right, long titles, one year, and families."""

from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from figure_pages import LONG, caption_of, check_texts, drawn, drawn_texts, make_batch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from packaging.version import Version

from steppe.experiments.figures.style import use_theme
from steppe.experiments.figures.text_layout import (
    LEFT_TO_RIGHT,
    RIGHT_TO_LEFT,
    directed,
    shorten_middle,
    truncate,
    wrap,
)
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch

PERSIAN = "\N{ARABIC LETTER SEEN}\N{ARABIC LETTER LAM}\N{ARABIC LETTER ALEF}\N{ARABIC LETTER MEEM}"
HEBREW = "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}\N{HEBREW LETTER VAV}"


def title_of(figure) -> str:
    return " ".join(text.get_text() for text in figure.texts if text.get_gid() == "title")


def pixels(text: str) -> np.ndarray:
    """What is drawn of a text, without the margin."""
    with use_theme():
        figure = Figure(figsize=(4, 0.6), dpi=100)
        figure.text(0.1, 0.3, text, size=20)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        ink = np.asarray(canvas.buffer_rgba())[..., 0] < 128
    columns = np.flatnonzero(ink.any(axis=0))
    return ink[:, columns[0] : columns[-1] + 1]


def test_most_letters_decide_from_which_side_a_text_is_read():
    sentence = f"{PERSIAN} against the baseline: by 2040, Russia's share is lower"
    lines = wrap(sentence, 150, 8)
    assert len(lines) > 1 and all(line.startswith(LEFT_TO_RIGHT) for line in lines)
    assert wrap(sentence, 150, 8) == [directed(line, sentence) for line in lines]
    assert truncate(f"A {HEBREW} {HEBREW}", 200, 8).startswith(RIGHT_TO_LEFT)
    assert truncate("Russia", 200, 8) == "Russia"
    assert "\N{WHITE SQUARE}" not in "".join(lines)


@pytest.mark.skipif(
    Version(mpl.__version__) < Version("3.11"), reason="older Matplotlib neither joins nor orders"
)
def test_letters_are_joined_and_ordered():
    word, first = pixels(HEBREW), pixels(HEBREW[0])
    width = first.shape[1]
    assert (word[:, -width:] == first).mean() > 0.9 > (word[:, :width] == first).mean()
    apart = "\N{ZERO WIDTH NON-JOINER}".join(PERSIAN)
    assert pixels(PERSIAN).shape[1] < pixels(apart).shape[1], "joined letters need less room"
    assert (pixels(f"{LEFT_TO_RIGHT}{HEBREW}") == pixels(HEBREW)).all(), "a mark is not seen"


def test_a_title_is_shortened_between_words():
    text = "A very long title about what would happen if Russia were to withdraw from everywhere"
    short = shorten_middle(text, 40)
    first, last = short.split(" \N{HORIZONTAL ELLIPSIS} ")
    assert len(short) <= 40 and text.startswith(f"{first} ") and text.endswith(f" {last}")
    assert len(shorten_middle("x" * 100, 40)) <= 40


@pytest.mark.parametrize("kind", ["region", "leads", "difference", "ranks"])
def test_one_year_is_written_once(tmp_path, kind):
    out = make_batch(tmp_path / "batch", ("baseline", "retreat"), members=40, block=40)
    dataset = open_batch(out).sel(time="2030")
    part = {} if kind == "difference" else {"scenario": "retreat"}
    figure = drawn(kind, compute_statistics(dataset), **part)
    check_texts(figure)
    subtitle = " ".join(text.get_text() for text in figure.texts if text.get_gid() == "subtitle")
    assert "2030" in subtitle and "2030 to 2030" not in subtitle


def test_differences_and_their_title_have_the_same_reference(tmp_path):
    """A scenario that extends another future is drawn, and spoken of, against the baseline."""
    names = ("history", "baseline", "retreat", "deeper")
    out = make_batch(tmp_path / "batch", names, members=40, block=40)
    manifest = load_manifest(out)
    manifest.request["chains"] = {
        "retreat": ["history", "baseline", "retreat"],
        "deeper": ["history", "baseline", "retreat", "deeper"],
    }
    manifest.save(out)
    measures = compute_statistics(open_batch(out))
    assert title_of(drawn("region", measures, scenario="deeper")).startswith(
        "Deeper against Retreat: by 2030, "
    )
    for kind, part in (("difference", {}), ("forest", {"place": "region"})):
        title = title_of(drawn(kind, measures, **part))
        assert title.startswith("Largest of two scenarios: Deeper against the baseline: by 2030, ")


def test_forty_scenarios_stay_readable(tmp_path):
    """Most are counted, not named, no label touches another, and the page fits a desk."""
    names = ("baseline", *(f"change-{number:02}" for number in range(1, 41)))
    titles = {name: f"{LONG[:40]} {name[-2:]}" for name in names[1:]}
    out = make_batch(tmp_path / "batch", names, members=30, block=30, titles=titles)
    found = compute_statistics(open_batch(out))
    for kind, part in (("difference", {}), ("forest", {"place": "region"})):
        figure = drawn(kind, found, **part)
        check_texts(figure)
        assert figure.get_figheight() < 24
        assert " others." in caption_of(figure) and caption_of(figure).count(LONG[:40]) <= 12
        assert title_of(figure).startswith("Largest of 40 scenarios: ")
        seen = set(map(id, drawn_texts(figure)))
        for one, two in pairwise(figure.axes):
            boxes = [
                [tick.label1.get_window_extent() for tick in ax.xaxis.get_major_ticks()
                 if id(tick.label1) in seen]
                for ax in (one, two)
            ]  # fmt: skip
            if all(boxes) and boxes[0][-1].y0 == boxes[1][0].y0:
                assert boxes[1][0].x0 - boxes[0][-1].x1 > 2

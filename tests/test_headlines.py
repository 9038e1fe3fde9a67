"""Heads of pages: the title states the finding, lines are named where they end."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from figure_pages import CAST, artists, caption_of, check_texts, make_batch, page
from matplotlib.colors import to_rgb

from steppe.experiments.figures.line_labels import LINE, spread_out
from steppe.experiments.figures.style import legible, use_theme
from steppe.experiments.results import differences
from steppe.experiments.results.comparison import compare
from steppe.experiments.results.statistics import FINDINGS, compute_statistics
from steppe.experiments.storage.open_batch import open_batch


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> Path:
    return make_batch(tmp_path_factory.mktemp("headlines") / "batch", members=40, block=40)


@pytest.fixture(scope="module")
def measures(batch):
    return compute_statistics(open_batch(batch))


def title_of(figure) -> str:
    return " ".join(text.get_text() for text in figure.texts if text.get_gid() == "title")


def test_a_title_rests_on_the_differences_that_compare_lists(batch, measures):
    listed = compare(batch, "retreat", top=1000).differences
    assert measures.attrs[FINDINGS]["retreat"].differences == listed
    title = title_of(page("region", measures, scenario="retreat"))
    largest = listed[0]
    assert title.startswith("Retreat against the baseline: by 2030, in every member, Russia's ")
    assert f"most in {largest.republic} ({largest.median:+.2f})" in title


def test_a_page_of_one_republic_speaks_of_it_alone(measures):
    title = title_of(page("republic", measures, scenario="retreat", republic="Uzbekistan"))
    assert "Uzbekistan" in title
    assert not [name for name in CAST.republic_names if name in title and name != "Uzbekistan"]


@pytest.mark.parametrize("scenario", ["baseline", "history"])
def test_without_a_reference_the_title_says_who_leads(measures, scenario):
    title = title_of(page("region", measures, scenario=scenario))
    assert title.startswith(f"{scenario.capitalize()}: in 20") and "leads" in title


def test_bands_are_of_the_holders_that_the_title_speaks_of(measures):
    figure = page("region", measures, scenario="retreat")
    banded = set(artists(figure.axes[0], "90"))
    assert "Russia" in banded and len(banded) == 2
    legend = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert any("Russia and " in text for text in legend)


@pytest.mark.parametrize("kind", ["region", "trajectories"])
def test_every_line_has_its_name_beside_its_end(measures, kind):
    figure = page(kind, measures, scenario="retreat")
    for ax in figure.axes:
        labels = {name: items[0] for name, items in artists(ax, "label").items()}
        assert set(labels) == set(CAST.holder_names)
        boxes = {name: label.get_window_extent() for name, label in labels.items()}
        right = ax.get_window_extent().x1
        assert all(box.x0 >= right for box in boxes.values())
        ends = {name: lines[0].get_ydata()[-1] for name, lines in artists(ax, "median").items()}
        by_end = sorted(ends, key=ends.get)
        middles = [(boxes[name].y0 + boxes[name].y1) / 2 for name in by_end]
        assert middles == sorted(middles)


@pytest.mark.parametrize(("style", "ground"), [("light", 1.0), ("dark", 0.0)])
def test_names_beside_lines_can_be_read(style, ground):
    """Contrast by WCAG 2.2, which asks 4.5 of small letters, with colours that lack it."""
    with use_theme(style):
        for colour in ("#88AAEE", "#FFFF66", "#CC79A7", "#101060", "#0072B2"):
            linear = [
                part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
                for part in legible(colour)
            ]
            light = np.dot(linear, (0.2126, 0.7152, 0.0722))
            brighter = (1.05, light + 0.05) if ground else (light + 0.05, 0.05)
            assert brighter[0] / brighter[1] >= 4.4
        assert legible("#005A8C" if ground else "#FFFFFF") == to_rgb(
            "#005A8C" if ground else "#FFFFFF"
        )


def test_labels_stay_where_they_belong_unless_they_touch():
    at = np.array([10.0, 100.0, 101.0])
    placed = spread_out(at, LINE, 200.0)
    assert placed[0] == 10.0
    assert placed[2] - placed[1] == pytest.approx(LINE)
    assert (placed[1] + placed[2]) / 2 == pytest.approx(100.5, abs=0.5)
    crowded = spread_out(np.full(5, 0.0), LINE, 60.0)
    assert np.diff(crowded) == pytest.approx(LINE) and crowded[0] == pytest.approx(LINE / 2)


def test_differences_are_sorted_by_size_and_small_ones_are_named(tmp_path):
    names = ("baseline", *(f"future-{number}" for number in range(14)))
    out = make_batch(tmp_path / "many", names, members=40, block=40)
    found = compute_statistics(open_batch(out), ("change", "findings"))
    figure = page("difference", found)
    check_texts(figure)
    titles = [ax.get_ylabel() for ax in figure.axes[::3]]
    assert len(titles) == 10 and titles[0] == "Future-13"
    ends = [abs(artists(ax, "end")["Russia"][0].get_ydata()[0]) for ax in figure.axes[::3]]
    assert ends == sorted(ends, reverse=True)
    caption = caption_of(figure)
    assert "Not drawn, with their largest difference at the end: " in caption
    left_out = {name.capitalize() for name in names[1:]} - set(titles)
    assert len(left_out) == 4 and all(f"{name} (" in caption for name in left_out)
    assert title_of(figure).startswith("Largest of 14 scenarios: Future-")


def test_a_map_separates_the_values_within_it(measures):
    figure = page("map", measures, scenario="retreat")
    for ax in figure.axes:
        fills = {
            tuple(np.round(patch.get_facecolor(), 4))
            for name in CAST.republic_names
            for patch in artists(ax, "republic")[name]
        }
        shares = {text.get_text().split("\n")[1] for text in artists(ax, "share")[""]}
        assert len(fills) >= len(shares)


def test_no_sentence_of_a_run_speaks_of_what_rounds_to_nought(batch, monkeypatch):
    """Members may well agree on the sign of next to nothing."""
    names = ["baseline", "large", "small"]
    whole = open_batch(batch).sel(scenario=["baseline"] * 3).assign_coords(scenario=names).load()
    shares = whole["shares"]
    moved = xr.zeros_like(shares)
    moved.loc[{"scenario": "large", "republic": "Kazakhstan", "holder": "China"}] = 0.05
    moved.loc[{"scenario": "large", "republic": "Uzbekistan", "holder": "China"}] = 0.009
    moved.loc[{"scenario": "small", "holder": "China"}] = 0.002
    dataset = whole.assign(shares=shares + moved)
    monkeypatch.setattr(differences, "open_batch", lambda folder: dataset)
    large, small = differences.headline_sentences(batch)
    assert large.startswith("large minus baseline, 2030, Kazakhstan, economic, China: +0.05 (")
    assert small == "small minus baseline, 2030: every sure difference is below 0.01"


def test_a_large_difference_that_is_not_sure_is_not_denied():
    """Sure ones rank first, however small."""
    item = differences.Difference(
        "a", "b", 2040, "Kazakhstan", "security", "Russia", 0.004, 0.0, 0.01, 0.6, 100
    )
    sure = replace(item, same_sign=0.95)
    assert sure.headline({}) == "a minus b, 2040: every sure difference is below 0.01"
    assert item.headline({"a": "A"}) == "A minus b, 2040: every median difference is below 0.01"

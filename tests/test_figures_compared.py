"""What a title compares is seen on the page: dotted medians, and text that hides no band."""

import numpy as np
import pytest
from figure_pages import artists, drawn, page, panels

from steppe.experiments.figures.bands import recorded_years
from steppe.experiments.figures.events import list_levers
from steppe.experiments.figures.page_layout import MOST_KEY_LINES, PageLayout
from steppe.experiments.figures.style import use_theme

MEDIAN = 0.5
PARTS = {
    "region": {"scenario": "retreat"},
    "trajectories": {"scenario": "retreat"},
    "republic": {"scenario": "retreat", "republic": "Tajikistan"},
}


def expected(kind, measures):
    """Medians of the baseline by panel, in the order in which panels are drawn."""
    name = "region" if kind == "region" else "share"
    values = measures[name].sel(scenario="baseline", quantile=MEDIAN)
    if kind == "republic":
        values = values.sel(republic="Tajikistan")
    order = [axis for axis in ("republic", "channel") if axis in values.dims]
    values = values.transpose(*order, "time", "holder")
    return values.values.reshape(-1, *values.shape[-2:]), list(values["holder"].values)


@pytest.mark.parametrize("kind", PARTS)
def test_the_medians_that_a_title_compares_with_are_dotted(page_measures, kind):
    figure = page(kind, page_measures, **PARTS[kind])
    medians, holders = expected(kind, page_measures)
    years = recorded_years(page_measures)
    for ax, values in zip(panels(figure), medians, strict=True):
        banded = set(artists(ax, "90"))
        dotted = artists(ax, "compared")
        assert set(dotted) == banded and len(banded) == 2
        for holder, (line,) in dotted.items():
            there = ~np.isnan(line.get_ydata())
            assert there.any() and years[np.flatnonzero(there)[0]] >= 2023  # where futures part
            own = values[: len(there), holders.index(holder)]
            assert line.get_ydata()[there] == pytest.approx(own[there])
    words = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert "median of the baseline" in words


def test_a_page_that_compares_nothing_has_no_dotted_line(page_measures):
    figure = page("region", page_measures, scenario="baseline")
    assert not any(artists(ax, "compared") for ax in figure.axes)
    words = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert not any(word.startswith("median of") for word in words)


def test_the_largest_difference_is_written_above_its_panel(page_measures):
    figure = page("difference", page_measures)
    for ax in figure.axes:
        (text,) = artists(ax, "largest")[""]
        box = text.get_window_extent()
        assert not any(box.overlaps(other.get_window_extent()) for other in figure.axes)


def test_the_key_has_whole_entries(page_measures):
    entries = [
        "1. 2024Q1: short",
        "2. 2024Q2: " + "a longer thing that happens in one of the republics, as in another " * 2,
        *(f"{number}. 2025Q1: short" for number in range(3, 9)),
    ]
    with use_theme():
        figure, _ = PageLayout(1, 1, "title", "subtitle", "caption", key=entries).make()
    figure.draw_without_rendering()
    keyed = [text for text in figure.texts if text.get_gid() == "key"]
    assert [" ".join(text.get_text().split()) for text in keyed] == [one.strip() for one in entries]
    lines = [text.get_text().count("\n") + 1 for text in keyed]
    assert 1 < max(lines) <= MOST_KEY_LINES
    boxes = [text.get_window_extent() for text in keyed]
    caption = next(text for text in figure.texts if text.get_gid() == "caption")
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])
        assert not box.overlaps(caption.get_window_extent())


def test_a_page_of_many_scenarios_says_what_its_levers_mean(page_measures):
    request = dict(page_measures.attrs["request"])
    request["meanings"] = {"retreat": {"depth": "how far Russia leaves"}}
    request["varied"] = {"retreat": {"depth": 0.9}}
    measures = page_measures.assign_attrs(request=request)
    assert list_levers(measures) == ["depth: how far Russia leaves"]
    for kind, part in (("difference", {}), ("forest", {"place": "region"})):
        figure = drawn(kind, measures, **part)
        assert "depth: how far Russia leaves" in [text.get_text() for text in figure.texts]

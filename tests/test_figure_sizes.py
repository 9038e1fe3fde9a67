"""Pages as slides and in columns of journals, in colours from a file."""

from itertools import pairwise

import pytest
from figure_pages import (
    check_texts,
    drawn,
    drawn_texts,
    make_batch,
    make_sixteen,
)
from PIL import Image

from steppe.experiments.figures.colours_file import read_colours, with_colours
from steppe.experiments.figures.draw import draw_figures
from steppe.experiments.figures.draw_request import resolve_draw_request
from steppe.experiments.figures.groups import group_pages
from steppe.experiments.figures.page_sizes import SIZES, current_size, use_size
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.batch_cast import batch_cast
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError

PARTS = {
    "trajectories": {"scenario": "retreat"},
    "region": {"scenario": "retreat"},
    "heatmap": {"scenario": "retreat"},
    "leads": {"scenario": "retreat"},
    "ranks": {"scenario": "retreat"},
    "republic": {"scenario": "retreat", "republic": "Kazakhstan"},
    "trade": {"scenario": "retreat", "republic": "Kazakhstan"},
    "forest": {"place": "region"},
    "difference": {},
}
ONE_ROW = {"region", "heatmap", "republic", "trade"}


@pytest.mark.parametrize("kind", ["trajectories", "heatmap", "forest", "difference"])
def test_a_slide_has_the_pixels_of_a_screen_and_its_texts_are_apart(page_measures, kind):
    with use_size("slide"):
        figure = drawn(kind, page_measures, **PARTS[kind])
    assert figure.canvas.get_width_height() == (1920, 1080)
    check_texts(figure)
    smallest = min(text.get_size() for text in drawn_texts(figure)) / 72
    assert smallest * figure.dpi / 1080 >= 1 / 100  # of the height of a screen


@pytest.mark.parametrize("kind", ["leads", "forest", "trade"])
def test_a_column_has_the_width_of_a_journal_and_letters_that_it_prints(page_measures, kind):
    with use_size("column"):
        figure = drawn(kind, page_measures, **PARTS[kind])
    assert figure.get_figwidth() * 25.4 == pytest.approx(89 if kind in ONE_ROW else 183)
    check_texts(figure)
    assert min(text.get_size() for text in drawn_texts(figure)) >= 5.0
    places = [ax.get_position() for ax in figure.axes]
    if kind in ONE_ROW:
        assert len({round(place.x0, 6) for place in places}) == 1
        assert all(above.y0 > below.y1 for above, below in pairwise(places))
        assert all(ax.get_yticklabels() for ax in figure.axes)


def test_files_of_a_size_have_its_name_and_its_pixels(page_batch):
    (slide,) = draw_figures(page_batch, figures=["region"], scenarios=["retreat"], size="slide")
    asked = {"figures": ["trade"], "scenarios": ["retreat"], "republics": ["Kazakhstan"]}
    (column,) = draw_figures(page_batch, **asked, size="column")
    assert [slide.name, column.name] == [
        "region-retreat--slide.png",
        "trade-retreat-kazakhstan--column.png",
    ]
    with Image.open(slide) as picture:
        assert picture.size == (1920, 1080)
    with Image.open(column) as picture:
        assert picture.width == int(89 / 25.4 * 300)
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert current_size() is SIZES["page"]
    with pytest.raises(RequestError, match=r"^unknown size 'slides'; did you mean 'slide'"):
        draw_figures(page_batch, size="slides")


def test_colours_of_a_file_take_the_place_of_those_of_the_cast(page_batch, tmp_path):
    file = tmp_path / "colours.yaml"
    file.write_text('CHN: navy\nAutonomy: "#123456"\n', encoding="utf-8")
    (path,) = draw_figures(page_batch, figures=["region"], scenarios=["retreat"])
    usual = path.read_bytes()
    chosen = draw_figures(page_batch, figures=["region"], scenarios=["retreat"], colours=file)
    assert chosen == [path]
    with Image.open(path) as picture:
        seen = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24)}
    assert {(0, 0, 0x80), (0x12, 0x34, 0x56)} <= seen
    assert draw_figures(page_batch, figures=["region"], scenarios=["retreat"]) == [path]
    assert path.read_bytes() == usual, "colours of one call are not those of the next"


def test_colours_of_added_powers_stay_unless_the_file_has_them(page_batch, tmp_path):
    file = tmp_path / "colours.yaml"
    file.write_text('Russia: "#7B1FA2"\n', encoding="utf-8")
    dataset = open_batch(page_batch)
    dataset.attrs["request"]["colours"] = {"Iran": "#aa0000"}
    colours = with_colours(dataset, file).attrs["request"]["colours"]
    assert colours == {"Iran": "#aa0000", "Russia": "#7b1fa2"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Rusia: navy", "colours.yaml:1:1  unknown power 'Rusia'; did you mean 'Russia'?"),
        (
            "\nRussia: bleu",
            "colours.yaml:2:9  'bleu' is not a colour; write one such as navy or, in quotes, "
            '"#E69F00"',
        ),
        ("Russia: #7B1FA2", "colours.yaml:1:8  no colour is given; write one such as"),
        ("Russia: [1, 2]", "colours.yaml:1:9  '[1, 2]' is not a colour; write one such as"),
        ("Russia: none", "colours.yaml:1:9  'none' is not a colour; write one such as"),
        ("Russia: navy\nRUS: red", "colours.yaml:2:1  Russia has a colour already; take one"),
        ("- navy", "colours.yaml:1:1  expected a line for each power; write for example Russia:"),
        (None, "colours.yaml  no such file"),
    ],
)
def test_a_mistake_in_a_file_of_colours_is_shown_where_it_is(
    page_batch, tmp_path, monkeypatch, text, message
):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "colours.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(RequestError) as raised:
        read_colours(file.relative_to(tmp_path), batch_cast(open_batch(page_batch)))
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize("kind", [*PARTS, "map", "coverage", "overlay"])
def test_no_page_is_taller_than_a_page_of_a_journal(page_batch, page_measures, kind):
    """With many events as well, which make the key long, and a title of many words."""
    request = dict(page_measures.attrs["request"])
    events = [
        {"name": f"e{number}", "what": "Something happens in one of the republics " * 2,
         "dates": [90 + number], "own": True}
        for number in range(14)
    ]  # fmt: skip
    request |= {"events": {"retreat": events}, "titles": {"retreat": "A retreat " * 20}}
    measures = page_measures.assign_attrs(request=request)
    with use_size("column"):
        if kind == "overlay":
            asked = {"figures": ["overlay"], "scenarios": ["baseline", "retreat"]}
            dataset = open_batch(page_batch)
            ((_, found),) = group_pages(resolve_draw_request(dataset, **asked), dataset)
            figure = drawn(kind, found)
        else:
            figure = drawn(
                kind, measures, **PARTS.get(kind, {"scenario": "retreat"} if kind == "map" else {})
            )
    width, height = (25.4 * side for side in figure.get_size_inches())
    assert width <= 183.01 and height <= 240.01
    for ax in figure.axes:
        box = ax.get_position()
        assert box.height * height >= 8  # a panel that can be read, and on the page
        assert box.y0 > 0 and box.y1 < 1
    check_texts(figure)


def test_many_scenarios_fit_a_page_of_a_journal(tmp_path):
    measures = compute_statistics(open_batch(make_sixteen(tmp_path / "batch")))
    family = tuple(f"family[depth={depth}]" for depth in (1, 2, 3))
    varied = {name: {"depth": float(name[-2])} for name in family}
    others = compute_statistics(open_batch(make_batch(tmp_path / "other", family, members=4)))
    others.attrs["request"]["varied"] = varied
    for kind, shown in (("difference", measures), ("forest", measures), ("response", others)):
        with use_size("column"):
            figure = drawn(kind, shown, **PARTS.get(kind, {}))
        assert figure.get_figheight() * 25.4 <= 240.01
        check_texts(figure)

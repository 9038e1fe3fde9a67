"""What figures draw: bands, colours, events, the end of history, and text that stays on the page.

The batch is made here, without the model: shares that move smoothly, in a few members.
"""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.colors import to_hex

from steppe.experiments import store
from steppe.experiments.commands.plot import command
from steppe.experiments.figures import folder as folder_module
from steppe.experiments.figures.catalogue import KINDS, QUICK
from steppe.experiments.figures.events import own_events
from steppe.experiments.figures.folder import draw_folder, open_batch, page_of
from steppe.experiments.figures.map import borders
from steppe.experiments.figures.measures import measured
from steppe.experiments.figures.selection import selection
from steppe.experiments.figures.style import styled
from steppe.experiments.figures.words import cut, cut_within, width_of, wrapped
from steppe.experiments.manifest import Manifest
from steppe.experiments.problems import Refused
from steppe.model.cast import default_cast

CAST = default_cast()
LAST = {"history": 79, "baseline": 123, "retreat": 123, "short": 99}
EVENTS = {
    "history": [("treaty", [3]), ("accord", [3]), ("base", [20, 24])],
    "retreat": [("leaves", [96]), ("shrinks", [100]), ("late", [97]), ("never reached", [150])],
    "short": [("very " * 40 + "long", [90])],
}
INHERITED = ("inherited", [30])
LONG = "A scenario with a title that goes on for far longer than any page is wide, and then goes on, and on, and on, until its variant number "


def make_batch(out: Path, scenarios=tuple(LAST), *, members: int = 12, block: int = 6, done: int | None = None, titles=None) -> Path:
    """A batch on disk; `done` blocks of each scenario are written, all by default."""
    layout = store.Layout(tuple(scenarios), members, block, store.recorded_quarters(123, "year"), CAST, ("theta",))
    out.mkdir(parents=True)
    store.create(out / "results.zarr", layout)
    manifest = Manifest(_request(scenarios, members, block, titles or {}, len(scenarios) * len(layout.blocks)), about={"command": "steppe run"})
    for index, name in enumerate(scenarios):
        for first, last in layout.blocks[:done]:
            times = sum(quarter <= LAST.get(name, 123) for quarter in layout.quarters)
            shares = _shares(name, index, np.arange(first, last), times)
            store.write_block(out / "results.zarr", index, first, store.packed(shares), np.zeros((last - first, 1)))
            manifest.blocks[f"{name}/{first}"] = {"hash": "", "seconds": 0.0}
    manifest.save(out)
    return out


def _request(scenarios, members, block, titles, blocks) -> dict:
    rows = {name: [{"name": what[:9], "what": what, "dates": dates, "own": what != INHERITED[0]} for what, dates in (*EVENTS.get(name, []), INHERITED)]
            for name in scenarios}
    return {
        "format": 1, "model": 1, "evidence": "none", "weights": "prior", "seed": 7, "members": members, "block": block, "every": "year",
        "scenarios": dict.fromkeys(scenarios, "x"), "titles": {name: titles.get(name, name.capitalize()) for name in scenarios},
        "spans": {name: [0, LAST.get(name, 123)] for name in scenarios}, "events": rows, "blocks_in_all": blocks,
    }


def _shares(name: str, index: int, members: np.ndarray, times: int) -> np.ndarray:
    """(member, time, republic, channel, holder), summing to 1; futures part from the baseline after 2023."""
    powers, republics, channels = CAST.shape
    axes = np.ogrid[0:len(members), 0:times, 0:republics, 0:channels, 0:powers]
    tilt = 0.03 * index * np.clip(axes[1] - 23, 0, None) * (axes[4] == 0) * (name not in ("history", "baseline"))
    scores = np.sin(1.3 * members[axes[0]] + axes[2]) * 0.4 + 0.5 * axes[4] * np.cos(axes[3]) + 0.02 * axes[1] * (axes[4] == 1) - tilt
    attraction = np.exp(scores)
    shares = attraction / (1 + attraction.sum(axis=-1, keepdims=True))
    return np.concatenate([shares, 1 - shares.sum(axis=-1, keepdims=True)], axis=-1)


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> Path:
    return make_batch(tmp_path_factory.mktemp("figures") / "batch")


@pytest.fixture(scope="module")
def sixteen(tmp_path_factory) -> Path:
    """Sixteen scenarios with titles that are too long."""
    names = ("history", "baseline", *(f"variant-{number}" for number in range(14)))
    return make_batch(tmp_path_factory.mktemp("figures") / "sixteen", names, members=4, block=4, titles={name: LONG + name[-2:] for name in names})


@pytest.fixture(scope="module")
def measures(batch):
    return measured(open_batch(batch))


DRAWN: dict = {}


def page(kind: str, measures, **part):
    """A page of a figure, drawn once, so that everything has its place."""
    key = (kind, id(measures), *part.items())
    if key not in DRAWN:
        DRAWN[key] = (drawn(kind, measures, **part), measures)  # the measures are kept so that their id stays theirs
    return DRAWN[key][0]


def drawn(kind: str, measures, **part):
    with styled():
        figure = page_of(folder_module.Sheet(kind, kind, tuple(part.items())), measures)
        figure.canvas.draw()
    return figure


def artists(ax, word: str) -> dict[str, list]:
    """Artists of an Axes whose mark begins with a word, by what follows it."""
    found: dict[str, list] = {}
    for artist in ax.get_children():
        name, _, rest = str(artist.get_gid()).partition(":")
        if name == word:
            found.setdefault(rest, []).append(artist)
    return found


def panels(figure) -> list:
    return [ax for ax in figure.axes if artists(ax, "median")]


# --- measures

def test_means_ranks_and_differences_are_taken_in_each_member_first(batch, measures):
    shares = open_batch(batch)["shares"].load()
    one = shares.sel(scenario="retreat")
    expected = np.quantile(one.mean("republic").values, 0.95, axis=0)
    assert np.allclose(measures["region"].sel(scenario="retreat", quantile=0.95).transpose("time", "channel", "holder"), expected)
    paired = (one - shares.sel(scenario="baseline")).mean("republic").values
    assert np.allclose(measures["change"].sel(scenario="retreat", quantile=0.5).transpose("time", "channel", "holder"), np.median(paired, axis=0))
    powers = one.sel(holder=list(CAST.power_names)).values
    leads = (powers.argmax(-1) == 1).mean(axis=0)
    assert np.allclose(measures["rank"].sel(scenario="retreat", place=1, power="China").transpose("time", "republic", "channel"), leads)
    for side in ("power", "place"):
        assert np.allclose(measures["rank"].sel(scenario="retreat").sum(side), 1)


# --- what is drawn

@pytest.mark.parametrize(("kind", "part"), [
    ("trajectories", {"scenario": "retreat"}), ("region", {"scenario": "retreat"}), ("republic", {"scenario": "short", "republic": "Uzbekistan"}),
    ("difference", {}),
])
def test_bands_contain_the_median_and_have_the_colour_of_their_power(measures, kind, part):
    drawn = panels(page(kind, measures, **part))
    assert drawn
    for ax in drawn:
        medians = artists(ax, "median")
        assert set(medians) == set(CAST.holder_names)
        for holder, (line,) in medians.items():
            (outer,), (inner,) = artists(ax, "90")[holder], artists(ax, "50")[holder]
            assert to_hex(line.get_color()) == CAST.colour(holder).lower()
            assert to_hex(outer.get_facecolor()[0]) == to_hex(inner.get_facecolor()[0]) == CAST.colour(holder).lower()
            for year, value in zip(*line.get_data(), strict=True):
                low, high = span_at(outer, year)
                quarter, three_quarters = span_at(inner, year)
                assert low - 1e-9 <= quarter - 1e-9 <= value <= three_quarters + 1e-9 <= high + 2e-9


def span_at(band, year: float) -> tuple[float, float]:
    points = band.get_paths()[0].vertices
    values = points[np.isclose(points[:, 0], year), 1]
    return values.min(), values.max()


@pytest.mark.parametrize("kind", ["trajectories", "region", "leads"])
@pytest.mark.parametrize("scenario", ["history", "retreat", "short", "baseline"])
def test_every_own_event_is_marked_once_and_no_inherited_one(measures, kind, scenario):
    figure = page(kind, measures, scenario=scenario)
    events = own_events(measures.sel(scenario=scenario))
    within = [what for what, dates in EVENTS.get(scenario, []) if dates[0] <= LAST[scenario]]
    assert sorted(event.what for event in events) == sorted(within)
    dates = {event.dates[0] for event in events}
    for ax in figure.axes:
        lines = list(chain.from_iterable(collection.get_segments() for collection in artists(ax, "events").get("", [])))
        assert len(lines) == len(dates)
    for ax in figure.axes[:3]:
        assert sorted(numbers_above(ax)) == [event.number for event in events]
    keyed = [text.get_text() for text in figure.texts if text.get_gid() == "key"]
    assert len(keyed) == len(events)
    assert all(line.startswith(f"{event.number}. ") for line, event in zip(sorted(keyed, key=lambda line: int(line.partition(".")[0])), events, strict=True))


def numbers_above(ax) -> list[int]:
    numbers = []
    for text in artists(ax, "event number").get("", []):
        first, _, last = text.get_text().partition("\N{EN DASH}")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


@pytest.mark.parametrize("kind", ["trajectories", "region", "leads"])
def test_the_end_of_history_is_marked_once_and_only_where_there_is_a_future(measures, kind):
    for scenario, times in (("retreat", 1), ("short", 1), ("history", 0)):
        for ax in page(kind, measures, scenario=scenario).axes:
            lines = artists(ax, "boundary").get("", [])
            assert [line.get_xdata()[0] for line in lines] == [2020.0] * times


def test_leads_fill_the_panel(measures):
    for ax in page("leads", measures, scenario="retreat").axes:
        stacked = artists(ax, "leads")
        assert list(stacked) == list(CAST.power_names)
        tops = [band[0].get_paths()[0].vertices[:, 1].max() for band in stacked.values()]
        assert max(tops) == pytest.approx(1)
        assert [to_hex(band[0].get_facecolor()[0]) for band in stacked.values()] == [CAST.colour(name).lower() for name in stacked]


def test_the_difference_compares_every_future_and_not_history(measures):
    figure = page("difference", measures)
    assert [ax.get_ylabel() for ax in figure.axes[::3]] == ["Retreat", "Short"]
    for ax in figure.axes:
        lines = artists(ax, "median")
        ends = artists(ax, "end")
        assert all(ends[holder][0].get_ydata()[0] == lines[holder][0].get_ydata()[-1] for holder in CAST.holder_names)


def test_ranks_put_each_power_in_one_place(measures):
    for ax in page("ranks", measures, scenario="retreat").axes:
        places = np.array([lines[0].get_ydata() for lines in artists(ax, "rank").values()])
        assert places.shape == (4, 3)
        assert (np.sort(places, axis=0) == np.arange(1, 5)[:, None]).all()


def test_the_forest_has_every_scenario_at_its_own_end(measures):
    figure = page("forest", measures, place="Kazakhstan")
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["History, 2019", "Baseline, 2030", "Retreat, 2030", "Short, 2024"]
    expected = measures["share"].sel(scenario="short", quantile=0.5, republic="Kazakhstan", channel="economic", holder="Russia").values
    (dots,) = artists(figure.axes[0], "median")[""]
    assert dots.get_xdata()[3] == expected[~np.isnan(expected)][-1]


def test_heatmap_and_map_show_the_median_of_the_final_year(measures):
    final = measures["share"].sel(scenario="short", quantile=0.5).dropna("time", how="all").isel(time=-1)
    heat, atlas = page("heatmap", measures, scenario="short"), page("map", measures, scenario="short")
    cells = [text.get_text() for text in artists(heat.axes[1], "median")[""]]
    assert cells == [f"{value:.2f}" for value in final.sel(holder="China").transpose("republic", "channel").values.ravel()]
    shown = dict(text.get_text().split("\n") for text in artists(atlas.axes[3], "share")[""])
    assert shown == {row.code: f"{final.sel(holder='China', channel='economic', republic=row.name).item():.2f}" for row in CAST.republics}


def test_coverage_hatches_what_no_claim_speaks_for(measures):
    from steppe.model import default_inputs

    figure = page("coverage", measures)
    trail = default_inputs().trail
    coded = sum(rows[0].status == "coded" for key, rows in trail.items() if key[0] in ("need", "tie", "interest"))
    cells = list(chain.from_iterable(artists(ax, word).get("", []) for ax in figure.axes for word in ("coded", "assumption")))
    assert len(cells) == 15 + 2 * 60
    assert sum(not cell.get_hatch() for cell in cells) == coded


def test_borders_close_and_hold_their_label():
    from matplotlib.path import Path as Outline

    assert set(borders()) == set(CAST.republic_names)
    for outline, label in borders().values():
        assert Outline(outline).contains_point(label)
        assert 45 < outline[:, 0].min() + 10 and outline[:, 0].max() < 90 and 34 < outline[:, 1].min() < outline[:, 1].max() < 57


# --- on the page

@pytest.mark.parametrize("name", list(KINDS))
@pytest.mark.parametrize("which", ["batch", "sixteen"])
def test_all_text_is_on_the_page_and_none_on_another(request, name, which):
    dataset = open_batch(request.getfixturevalue(which))
    chosen = selection(dataset, figures=[name])
    found = measured(chosen.narrowed(dataset), folder_module._wanted(chosen))
    sheets = list(folder_module._sheets(KINDS[name], found, chosen))
    figure = page(name, found, **dict(sheets[0 if which == "batch" else -1].part))
    check_texts(figure)
    assert "weights: prior; seed 7" in caption_of(figure) or name == "coverage"


def caption_of(figure) -> str:
    return " ".join(next(text.get_text() for text in figure.texts if text.get_gid() == "caption").split())


def check_texts(figure) -> None:
    texts = list(drawn_texts(figure))
    boxes = np.array([text.get_window_extent().extents for text in texts])
    width, height = figure.canvas.get_width_height()
    outside = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2] > width) | (boxes[:, 3] > height)
    assert not outside.any(), [texts[place].get_text() for place in np.flatnonzero(outside)]
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    overlap = np.minimum(high, high.transpose(1, 0, 2)) - np.maximum(low, low.transpose(1, 0, 2))
    touching = np.argwhere(np.triu((overlap > 1.0).all(axis=2), k=1))
    assert not len(touching), [(texts[one].get_text(), texts[other].get_text()) for one, other in touching[:5]]


def drawn_texts(figure):
    """Every text that is seen; tick labels beyond the limits of an axis exist and are not."""
    texts = [*figure.texts, *chain.from_iterable(legend.get_texts() for legend in figure.legends)]
    for ax in figure.axes:
        texts += ax.texts
        if not ax.axison:
            continue
        texts += [ax.title, ax.xaxis.label, ax.yaxis.label]
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            texts += [tick.label1 for tick in axis.get_major_ticks() if min(limits) <= tick.get_loc() <= max(limits)]
    return (text for text in texts if text.get_text().strip() and text.get_visible())


def test_long_republic_names_fit(measures):
    long = [f"The Autonomous Federation of {name} and its Neighbours" for name in CAST.republic_names]
    renamed = measures.assign_coords(republic=long).sel(channel=["security"])
    for kind in ("trajectories", "leads", "ranks", "heatmap"):
        check_texts(page(kind, renamed, scenario="retreat"))


def test_text_is_cut_wrapped_and_never_needs_a_letter_the_font_lacks():
    assert width_of(cut("word " * 90, 200, 8), 8) <= 200
    assert cut("short", 200, 8) == "short"
    assert cut_within("variant " * 20 + "end", 200, 8).endswith("end")
    assert all(width_of(line, 8) <= 100 for line in wrapped("some words and one" + "x" * 300, 100, 8))
    assert cut("\u4e2d\u56fd and\nCyrillic \u041a\u0430\u0437", 300, 8) == "\u25a1\u25a1 and Cyrillic \u041a\u0430\u0437"


# --- the folder, filters and bad input

def test_a_run_draws_the_quick_ones_as_png(batch):
    paths = draw_folder(batch, channels=["security"])
    assert {path.suffix for path in paths} == {".png"}
    assert {path.name.split("-")[0].split(".")[0] for path in paths} == set(QUICK)
    assert len(paths) == 4 + 4 + 1 and all(path.stat().st_size > 5000 for path in paths)


def test_filters_narrow_the_drawing_and_the_name_says_so(batch, monkeypatch):
    drawn = []
    monkeypatch.setattr(folder_module, "_draw", lambda sheet, measures, chosen, folder: drawn.append((sheet, measures)) or [])
    draw_folder(batch, figures=["trajectories"], scenarios=["retreat"], republics=["uzb", "KAZ"], channels=["soft-power"], powers=["us", "autonomy"])
    (sheet, measures), = drawn
    assert sheet.name == "trajectories-retreat--kazakhstan-uzbekistan-soft-power-united-states-autonomy"
    figure = page("trajectories", measures, scenario="retreat")
    assert len(figure.axes) == 2
    assert set(artists(figure.axes[0], "median")) == {"United States", "autonomy"}
    drawn.clear()
    draw_folder(batch, figures=["region"], scenarios=["retreat"], republics=["KAZ", "UZB"])
    figure = page("region", drawn[0][1], scenario="retreat")
    assert any("mean of Kazakhstan and Uzbekistan" in text.get_text() for text in figure.texts)


def test_a_scenario_filter_keeps_the_baseline_to_compare_with(batch):
    assert [path.name for path in draw_folder(batch, figures=["difference"], scenarios=["short"])] == ["difference.png"]


@pytest.mark.parametrize(("asked", "words"), [
    ({"figures": ["trajectory"]}, "unknown figure 'trajectory'; did you mean 'trajectories'?"),
    ({"scenarios": ["retreta"]}, "unknown scenario 'retreta'; did you mean 'retreat'?"),
    ({"republics": ["Kazakstan"]}, "unknown republic 'Kazakstan'; did you mean 'Kazakhstan'?"),
    ({"channels": ["securty"]}, "unknown channel 'securty'; did you mean 'security'?"),
    ({"powers": ["Rusia"]}, "unknown power 'Rusia'; did you mean 'Russia'?"),
    ({"formats": ["gif"]}, "unknown format 'gif'; known: png, svg, pdf"),
    ({"style": "blue"}, "unknown style 'blue'"),
    ({"figures": ["leads"], "powers": ["autonomy"]}, "nothing to draw: leads: the filters leave no power in it"),
    ({"figures": ["difference"], "scenarios": ["history"]}, "nothing to draw: difference: it needs the baseline"),
])
def test_bad_requests_are_refused_in_a_line(batch, asked, words):
    with pytest.raises(Refused) as refused:
        draw_folder(batch, **asked)
    assert str(refused.value).startswith(words)
    assert str(refused.value).count("\n") < 2


def test_a_folder_that_is_no_batch_is_refused(tmp_path):
    with pytest.raises(Refused, match="holds no batch"):
        draw_folder(tmp_path / "nothing")
    (tmp_path / "manifest.json").write_text(json.dumps({"request": {}, "blocks": {}, "failures": {}, "about": {}}))
    with pytest.raises(Refused, match="results.zarr: cannot be read"):
        draw_folder(tmp_path)


def test_an_unfinished_batch_is_drawn_from_what_is_there_and_says_so(tmp_path):
    out = make_batch(tmp_path / "half", done=1)
    result = CliRunner().invoke(command, [str(out), "--figure", "region", "--scenario", "retreat"])
    assert result.exit_code == 0, result.output
    assert "is unfinished (4 of 8 blocks)" in result.stderr
    figure = page("region", measured(open_batch(out)), scenario="retreat")
    caption = caption_of(figure)
    assert "6 of 12 members: the batch is unfinished" in caption
    empty = make_batch(tmp_path / "empty", done=0)
    with pytest.raises(Refused, match="no block of any scenario is finished"):
        draw_folder(empty)


def test_one_member_has_bands_of_no_width(tmp_path):
    out = make_batch(tmp_path / "one", members=1, block=1)
    found = measured(open_batch(out).sel(republic=["Kazakhstan"], channel=["security"]))
    for name in KINDS:
        sheets = folder_module._sheets(KINDS[name], found, selection(open_batch(out), figures=[name]))
        check_texts(page(name, found, **dict(next(iter(sheets)).part)))
    figure = page("region", found, scenario="retreat")
    (band,) = artists(figure.axes[0], "90")["Russia"]
    assert np.ptp([span_at(band, year) for year in band.get_paths()[0].vertices[:3, 0]], axis=1).max() == 0
    assert "One member has no bands" in caption_of(figure)


def test_files_are_whole_equal_for_equal_batches_and_embed_their_fonts(batch, tmp_path):
    asked = {"figures": ["region"], "scenarios": ["retreat"], "formats": ["svg", "pdf"], "style": "dark"}
    first = draw_folder(batch, **asked)
    assert [path.name for path in first] == ["region-retreat--dark.svg", "region-retreat--dark.pdf"]
    content = [path.read_bytes() for path in first]
    assert content == [path.read_bytes() for path in draw_folder(batch, **asked)]
    assert b"<text" not in content[0] and b"/FontFile2" in content[1] and b"/Type3" not in content[1]
    assert not [path for path in first[0].parent.iterdir() if path.name.endswith(".draft")]


@pytest.mark.slow  # starting two processes takes longer than the pages do
def test_many_pages_are_drawn_by_processes_with_the_same_result(sixteen):
    asked = {"figures": ["heatmap"], "republics": ["KAZ"], "channels": ["security"]}
    alone = {path.name: path.read_bytes() for path in draw_folder(sixteen, **asked, jobs=1)}
    assert len(alone) == 16
    assert {path.name: path.read_bytes() for path in draw_folder(sixteen, **asked, jobs=2)} == alone


def test_the_command_lists_what_it_drew(batch):
    result = CliRunner().invoke(command, [str(batch), "--figure", "heatmap", "--scenario", "short", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["figures"] == [str(batch / "figures" / "heatmap-short.png")]
    words = CliRunner().invoke(command, ["--help"]).output
    assert "Examples:" in words and all(name in words for name in KINDS)


def test_nothing_uses_pyplot():
    sources = (Path(folder_module.__file__).parent).glob("*.py")
    assert not [path.name for path in sources if "import pyplot" in path.read_text() or "matplotlib.pyplot" in path.read_text()]

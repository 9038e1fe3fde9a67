"""What figures draw: measures, bands, colours, events, the end of history."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from figure_pages import CAST, EVENTS, LAST, artists, make_batch, page, panels, span_at
from matplotlib.colors import to_hex

from steppe.experiments.figures.borders import borders
from steppe.experiments.figures.events import scenario_events
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.open_batch import open_batch


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> Path:
    return make_batch(tmp_path_factory.mktemp("figures") / "batch")


@pytest.fixture(scope="module")
def measures(batch):
    return compute_statistics(open_batch(batch))


def test_means_ranks_and_differences_are_taken_in_each_member_first(batch, measures):
    shares = open_batch(batch)["shares"].load()
    one = shares.sel(scenario="retreat")
    expected = np.quantile(one.mean("republic").values, 0.95, axis=0)
    assert np.allclose(
        measures["region"]
        .sel(scenario="retreat", quantile=0.95)
        .transpose("time", "channel", "holder"),
        expected,
    )
    paired = (one - shares.sel(scenario="baseline")).mean("republic").values
    assert np.allclose(
        measures["change"]
        .sel(scenario="retreat", quantile=0.5)
        .transpose("time", "channel", "holder"),
        np.median(paired, axis=0),
    )
    powers = one.sel(holder=list(CAST.power_names)).values
    leads = (powers.argmax(-1) == 1).mean(axis=0)
    assert np.allclose(
        measures["rank"]
        .sel(scenario="retreat", place=1, power="China")
        .transpose("time", "republic", "channel"),
        leads,
    )
    for side in ("power", "place"):
        assert np.allclose(measures["rank"].sel(scenario="retreat").sum(side), 1)


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("trajectories", {"scenario": "retreat"}),
        ("region", {"scenario": "retreat"}),
        ("republic", {"scenario": "short", "republic": "Uzbekistan"}),
        ("difference", {}),
    ],
)
def test_bands_contain_the_median_and_have_the_colour_of_their_power(measures, kind, part):
    drawn = panels(page(kind, measures, **part))
    assert drawn
    for ax in drawn:
        medians = artists(ax, "median")
        assert set(medians) == set(CAST.holder_names)
        assert set(artists(ax, "90")) == set(artists(ax, "50"))
        assert len(artists(ax, "90")) == 2
        for holder, (line,) in medians.items():
            assert to_hex(line.get_color()) == CAST.colour(holder).lower()
            if holder not in artists(ax, "90"):
                continue
            (outer,), (inner,) = artists(ax, "90")[holder], artists(ax, "50")[holder]
            assert (
                to_hex(outer.get_facecolor()[0])
                == to_hex(inner.get_facecolor()[0])
                == CAST.colour(holder).lower()
            )
            for year, value in zip(*line.get_data(), strict=True):
                low, high = span_at(outer, year)
                quarter, three_quarters = span_at(inner, year)
                assert low - 1e-9 <= quarter - 1e-9 <= value <= three_quarters + 1e-9 <= high + 2e-9


@pytest.mark.parametrize("kind", ["trajectories", "region", "leads"])
@pytest.mark.parametrize("scenario", ["history", "retreat", "short", "baseline"])
def test_every_own_event_is_marked_once_and_no_inherited_one(measures, kind, scenario):
    figure = page(kind, measures, scenario=scenario)
    events = scenario_events(measures.sel(scenario=scenario))
    within = [what for what, dates in EVENTS.get(scenario, []) if dates[0] <= LAST[scenario]]
    assert sorted(event.event.what for event in events) == sorted(within)
    dates = {event.dates[0] for event in events}
    for ax in figure.axes:
        lines = list(
            chain.from_iterable(
                collection.get_segments() for collection in artists(ax, "events").get("", [])
            )
        )
        assert len(lines) == len(dates)
    for ax in figure.axes[:3]:
        assert sorted(numbers_above(ax)) == [event.number for event in events]
    keyed = [text.get_text() for text in figure.texts if text.get_gid() == "key"]
    assert len(keyed) == len(events)
    assert all(
        line.startswith(f"{event.number}. ")
        for line, event in zip(
            sorted(keyed, key=lambda line: int(line.partition(".")[0])), events, strict=True
        )
    )


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
        assert [to_hex(band[0].get_facecolor()[0]) for band in stacked.values()] == [
            CAST.colour(name).lower() for name in stacked
        ]


def test_the_difference_compares_every_future_and_not_history(measures):
    figure = page("difference", measures)
    assert [ax.get_ylabel() for ax in figure.axes[::3]] == ["Retreat", "Short"]
    for ax in figure.axes:
        lines = artists(ax, "median")
        ends = artists(ax, "end")
        assert all(
            ends[holder][0].get_ydata()[0] == lines[holder][0].get_ydata()[-1]
            for holder in CAST.holder_names
        )


def test_ranks_put_each_power_in_one_place(measures):
    for ax in page("ranks", measures, scenario="retreat").axes:
        places = np.array([lines[0].get_ydata() for lines in artists(ax, "rank").values()])
        assert places.shape == (4, 3)
        assert (np.sort(places, axis=0) == np.arange(1, 5)[:, None]).all()


def test_the_forest_has_every_scenario_at_its_own_end(measures):
    figure = page("forest", measures, place="Kazakhstan")
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["Baseline, 2030", "Retreat, 2030", "Short, 2024"]
    expected = (
        measures["share"]
        .sel(
            scenario="short",
            quantile=0.5,
            republic="Kazakhstan",
            channel="economic",
            holder="Russia",
        )
        .values
    )
    (dots,) = artists(figure.axes[0], "median")[""]
    assert dots.get_xdata()[2] == expected[~np.isnan(expected)][-1]


def test_heatmap_and_map_show_the_median_of_the_final_year(measures):
    final = (
        measures["share"]
        .sel(scenario="short", quantile=0.5)
        .dropna("time", how="all")
        .isel(time=-1)
    )
    heat, atlas = (
        page("heatmap", measures, scenario="short"),
        page("map", measures, scenario="short"),
    )
    cells = [text.get_text() for text in artists(heat.axes[1], "median")[""]]
    assert cells == [
        f"{value:.2f}"
        for value in final.sel(holder="China").transpose("republic", "channel").values.ravel()
    ]
    shown = dict(text.get_text().split("\n") for text in artists(atlas.axes[3], "share")[""])
    assert shown == {
        row.code: f"{final.sel(holder='China', channel='economic', republic=row.name).item():.2f}"
        for row in CAST.republics
    }


def test_coverage_hatches_what_no_claim_speaks_for(measures):
    from steppe.model.evidence.coded_inputs import default_inputs

    figure = page("coverage", measures)
    trail = default_inputs().trail
    coded = len(
        {
            key[:1] + key[2:] if key[0] == "need" else key
            for key, rows in trail.items()
            if key[0] in ("need", "tie", "interest") and any(row.status == "coded" for row in rows)
        }
    )
    cells = list(
        chain.from_iterable(
            artists(ax, word).get("", []) for ax in figure.axes for word in ("coded", "assumption")
        )
    )
    assert len(cells) == 15 + 2 * 60
    assert sum(not cell.get_hatch() for cell in cells) == coded


def test_borders_close_and_hold_their_label():
    from matplotlib.path import Path as Outline

    assert set(borders()) == set(CAST.republic_names)
    for outline, label in borders().values():
        assert Outline(outline).contains_point(label)
        assert (
            outline[:, 0].min() > 35
            and outline[:, 0].max() < 90
            and 34 < outline[:, 1].min() < outline[:, 1].max() < 57
        )

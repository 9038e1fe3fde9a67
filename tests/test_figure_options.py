"""Overlays, chosen years, titles and notes of one's own, and what makes a page hard to draw."""

import numpy as np
import pytest
from click.testing import CliRunner
from figure_pages import artists, caption_of, check_texts, drawn, make_batch, page

from steppe.experiments.cli.plot import command
from steppe.experiments.figures import draw as draw_module
from steppe.experiments.figures.draw import draw_figures, draw_page
from steppe.experiments.figures.draw_request import resolve_draw_request
from steppe.experiments.figures.groups import group_pages
from steppe.experiments.figures.registry import USUAL_FIGURES
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return make_batch(tmp_path_factory.mktemp("options") / "batch", members=40, block=40)


def title_of(figure) -> str:
    return " ".join(text.get_text() for text in figure.texts if text.get_gid() == "title")


def overlays(out, **asked):
    dataset = open_batch(out)
    return list(group_pages(resolve_draw_request(dataset, figures=["overlay"], **asked), dataset))


def extend(out, **chains) -> None:
    """Write into the manifest what scenarios extend."""
    manifest = load_manifest(out)
    manifest.request["chains"] = chains
    manifest.save(out)


def test_an_overlay_shows_levels_and_their_paired_difference(batch):
    ((kind, found),) = overlays(batch, scenarios=["retreat", "baseline"])
    assert kind.name == "overlay-retreat-baseline"
    figure = drawn("overlay", found)
    check_texts(figure)
    assert title_of(figure).startswith(
        "Retreat against the baseline: by 2030, in every member, Russia's "
    )
    shares = open_batch(batch)["shares"].mean("republic").load()
    change = (shares.sel(scenario="retreat") - shares.sel(scenario="baseline")).median("member")
    for column, channel in enumerate(shares["channel"].values):
        upper, lower = figure.axes[column], figure.axes[3 + column]
        assert len(artists(upper, "line")["Russia"]) == 2
        (line,) = artists(lower, "median")["Russia"]
        expected = change.sel(channel=channel, holder="Russia").values
        assert np.allclose(line.get_ydata(), expected, atol=1e-4)


def test_a_file_of_ones_own_is_laid_over_what_it_extends(tmp_path):
    out = make_batch(tmp_path / "own", ("baseline", "retreat", "deeper"), members=40, block=40)
    extend(
        out, retreat=["history", "baseline", "retreat"], deeper=["baseline", "retreat", "deeper"]
    )
    assert [kind.name for kind, _ in overlays(out)] == ["overlay-deeper-retreat"]
    title = title_of(page("region", compute_statistics(open_batch(out)), scenario="deeper"))
    assert title.startswith("Deeper against Retreat: ")


def test_one_scenario_chosen_is_laid_over_its_reference(batch):
    assert [kind.name for kind, _ in overlays(batch, scenarios=["short"])] == [
        "overlay-short-baseline"
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"years": "2050-2060"}, "the batch has 2000 to 2030; give years among these"),
        ({"years": "2030-2020"}, "it ends before it begins; give 2020-2030"),
        ({"years": "next"}, "not a range of years; give one such as 2020-2040"),
        ({"figures": ["overlay"], "scenarios": ["history"]}, "overlay: choose two scenarios"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_line(batch, asked, words):
    with pytest.raises(RequestError) as refused:
        draw_figures(batch, **{"figures": ["region"]} | asked)
    assert words in str(refused.value) and "\n" not in str(refused.value)


def test_more_scenarios_than_lines_can_tell_apart_are_refused(tmp_path):
    names = ("baseline", *(f"future-{number}" for number in range(5)))
    out = make_batch(tmp_path / "many", names, members=4, block=4)
    with pytest.raises(RequestError, match="5 scenarios in one panel cannot be told apart"):
        overlays(out, scenarios=names[1:])


def test_years_narrow_axes_events_findings_and_the_name_of_the_file(batch):
    dataset = open_batch(batch)
    request = resolve_draw_request(dataset, figures=["region"], years="2022-2026")
    figure = drawn("region", compute_statistics(request.narrow(dataset)), scenario="retreat")
    check_texts(figure)
    assert figure.axes[0].get_xlim() == (2022, 2027)
    assert ": by 2026, " in title_of(figure)
    assert len([text for text in figure.texts if text.get_gid() == "key"]) == 3
    assert request.file_suffix() == "--2022-2026"
    single = resolve_draw_request(dataset, figures=["region"], years="2025").narrow(dataset)
    check_texts(drawn("region", compute_statistics(single), scenario="retreat"))


def test_a_title_and_a_note_of_ones_own_take_their_place(batch, monkeypatch):
    figures = []

    def draw(page, found):
        figures.append(draw_page(page, found))
        return figures[-1]

    monkeypatch.setattr(draw_module, "draw_page", draw)
    monkeypatch.setattr(draw_module, "load_or_make", lambda _name, _parts, make, _most: make())
    words = ["--title", "What if?", "--note", "For the seminar.", "--scenario", "retreat"]
    asked = [str(batch), "--figure", "region", *words]
    assert CliRunner().invoke(command, asked).exit_code == 0
    (figure,) = figures
    assert title_of(figure) == "What if?"
    subtitle = " ".join(text.get_text() for text in figure.texts if text.get_gid() == "subtitle")
    assert subtitle.startswith("Retreat against the baseline: by 2030")
    assert caption_of(figure).startswith("For the seminar. Line: median")


def hard_titles():
    long = "A retreat so slow that its title takes all of two hundred letters to be written " * 3
    return {
        "two hundred letters": long[:200],
        "one word": "x" * 200,
        "right to left": "\u05e0\u05e1\u05d9\u05d2\u05d4 \u0631\u0648\u0633\u064a\u0629",
        "empty": "",
    }


@pytest.mark.parametrize("which", hard_titles())
def test_hard_titles_leave_the_finding_legible(tmp_path, which):
    titles = {"retreat": hard_titles()[which]}
    out = make_batch(tmp_path / "out", ("baseline", "retreat"), members=40, block=40, titles=titles)
    found = compute_statistics(open_batch(out))
    for kind in ("region", "leads", "heatmap", "difference"):
        part = {} if kind == "difference" else {"scenario": "retreat"}
        figure = page(kind, found, **part)
        check_texts(figure)
        assert "2030" in title_of(figure)
    ((_, group),) = overlays(out, scenarios=["retreat", "baseline"])
    check_texts(drawn("overlay", group))


def test_forty_scenarios_fit_on_a_page(tmp_path):
    names = ("baseline", *(f"future-{number}" for number in range(39)))
    out = make_batch(tmp_path / "forty", names, members=4, block=4)
    found = compute_statistics(open_batch(out))
    for kind, part in (("difference", {}), ("forest", {"place": "region"})):
        figure = page(kind, found, **part)
        check_texts(figure)
        assert figure.get_figheight() < 16


def test_few_members_state_no_finding(tmp_path):
    out = make_batch(tmp_path / "one", ("baseline", "retreat"), members=1, block=1)
    found = compute_statistics(open_batch(out))
    for kind in ("region", "leads", "heatmap"):
        assert "one member is too few to be sure" in title_of(page(kind, found, scenario="retreat"))


def test_counts_alone_say_who_leads_and_draw_no_difference():
    from steppe.experiments.results.findings import Lead, state_leads

    lead = Lead("Kazakhstan", "security", "Russia", 0.95, 2040, 1_000_000)
    assert state_leads([lead], "A").sentence.startswith("A: in 2040, Russia leads security")
    assert "map" not in USUAL_FIGURES

"""Five questions that a reader asks, answered from each page alone.

1. Who gained, or leads? A holder is named in the title or beneath it.
2. Where? The republics are named, counted, or are all of them.
3. When? A year stands in the title or beneath it.
4. How sure? In how many members, beside the finding.
5. Because of what? The scenario is named, and what happens in it is listed; where a page has many
   scenarios, their names stand beside what they do.

`coverage` is about evidence, not about a future; nobody gains on it.
"""

import re

import pytest
import xarray as xr
from figure_pages import CAST, make_batch

from steppe.experiments.figures.captions import lever_changes
from steppe.experiments.figures.draw import draw_page
from steppe.experiments.figures.draw_request import resolve_draw_request
from steppe.experiments.figures.groups import group_pages
from steppe.experiments.figures.pages import Page
from steppe.experiments.figures.registry import FIGURE_KINDS
from steppe.experiments.figures.style import use_theme
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch

ON_LEADS = ("leads", "heatmap", "ranks", "map")
PARTS = {
    **{kind: {"scenario": "retreat"} for kind in ("trajectories", "region", *ON_LEADS)},
    **{kind: {"scenario": "retreat", "republic": "Kazakhstan"} for kind in ("republic", "trade")},
    "difference": {},
    "forest": {"place": "region"},
}
NOBODY = "every sure difference is below 0.01"  # also an answer: to who, and to how sure
OF_MANY_SCENARIOS = ("difference", "forest")


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("questions") / "batch"
    out = make_batch(folder, ("baseline", "retreat"), members=40, block=40)
    manifest = load_manifest(out)
    manifest.request["levers"] = {"baseline": {"depth": 0.25}, "retreat": {"depth": 0.75}}
    manifest.request["chains"] = {"baseline": ["baseline"], "retreat": ["baseline", "retreat"]}
    manifest.save(out)
    return out


@pytest.fixture(scope="module")
def pages(batch):
    """The texts at the head and at the foot of a page of each kind."""
    dataset = open_batch(batch)
    measures, found = compute_statistics(dataset), {}
    with use_theme():
        for kind, part in PARTS.items():
            found[kind] = texts(draw_page(Page(kind, kind, tuple(part.items())), measures))
        ((page, overlay),) = group_pages(
            resolve_draw_request(dataset, figures=["overlay"], scenarios=["baseline", "retreat"]),
            dataset,
        )
        found[page.kind] = texts(draw_page(page, overlay))
    return found


def texts(figure) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in figure.texts:
        name = str(text.get_gid())
        found[name] = f"{found.get(name, '')} {text.get_text()}".strip()
    found["rows"] = " ".join(
        label.get_text()
        for ax in figure.axes
        for label in (ax.yaxis.label, *ax.get_yticklabels())
        if label.get_text()
    )
    return found


def test_every_kind_of_page_is_asked_but_those_of_evidence_and_families():
    assert {*PARTS, "overlay", "coverage", "response"} == set(FIGURE_KINDS)


@pytest.mark.parametrize("kind", [*PARTS, "overlay"])
def test_a_page_answers_five_questions(pages, kind):
    page = pages[kind]
    head = f"{page['title']} {page['subtitle']}"
    assert any(name in head for name in (*CAST.holder_names, NOBODY)), "who"
    assert re.search("republics|" + "|".join(CAST.republic_names), head), "where"
    assert re.search(r"\bby 20\d\d\b|\bin 20\d\d\b", page["title"]), "when"
    assert re.search(f"in (every|at least .* of|.*% of) member|{NOBODY}", page["title"]), "how sure"
    if kind in OF_MANY_SCENARIOS:
        assert "Retreat" in page["rows"], "because of what"
    else:
        assert "2024Q1: leaves" in page["key"], "because of what"
        assert "depth is 0.75, in Baseline 0.25" in page["key"]


def test_levers_are_compared_only_where_the_name_means_the_same():
    """`depth` of a Russian retreat is not that of a Chinese one."""
    named = {
        "one": ["baseline", "one"],
        "two": ["baseline", "two"],
        "three": ["baseline", "two", "three"],
    }
    levers = {name: {"depth": at} for at, name in enumerate(named)}
    dataset = xr.Dataset(coords={"scenario": "three"})
    dataset.attrs["request"] = {"titles": {}, "levers": levers, "chains": named}
    assert lever_changes(dataset, "three", "two") == ["depth is 2, in two 1"]
    assert lever_changes(dataset, "three", "one") == []


@pytest.mark.parametrize("kind", ON_LEADS)
def test_a_page_on_who_leads_says_as_well_who_gained(pages, kind):
    assert " leads " in pages[kind]["title"]
    assert "Retreat against the baseline: by 2030, " in pages[kind]["subtitle"]

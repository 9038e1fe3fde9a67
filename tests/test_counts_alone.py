"""A batch that stores counts alone: what needs members says so, and the rest works."""

import pytest
from command import steppe
from figure_pages import check_texts, drawn

from steppe.experiments.figures.draw_request import resolve_draw_request
from steppe.experiments.figures.groups import group_pages
from steppe.experiments.results.statistics import FINDINGS, compute_statistics
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError


@pytest.fixture(scope="module")
def counts(tmp_path_factory):
    out = tmp_path_factory.mktemp("counts") / "out"
    done = steppe(
        "run",
        "baseline",
        "russian-retreat",
        "--members",
        64,
        "--store",
        "summary",
        "--jobs",
        1,
        "--no-figures",
        "--quiet",
        "--out",
        out,
    )
    assert done.returncode == 0 and "differences pair members" in done.stdout
    return out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("compare", "OUT", "russian-retreat"), "a comparison, which pairs them,"),
        (("compare", "OUT", "russian-retreat", "--events"), "a comparison, which pairs them,"),
        (("report", "OUT"), "a report"),
        (("export", "OUT", "--to", "csv", "--file", "OUT/shares.csv"), "an export"),
    ],
)
def test_what_needs_members_says_so_and_leaves_nothing_behind(counts, words, what):
    before = sorted(counts.rglob("*"))
    done = steppe(*(str(word).replace("OUT", str(counts)) for word in words))
    assert done.returncode == 2
    assert done.stderr == (
        f"{counts}: stores counts and no members (--store summary), and {what} needs members; "
        "run it with --store members, or use summary.csv and `steppe plot`\n"
    )
    assert sorted(counts.rglob("*")) == before


def test_shares_leads_and_ranks_are_drawn_from_counts(counts):
    done = steppe("plot", counts, "--figure", "region", "--figure", "leads", "--figure", "ranks")
    assert done.returncode == 0
    assert {path.name.partition("-")[0] for path in (counts / "figures").glob("*.png")} == {
        "region",
        "leads",
        "ranks",
    }


def test_titles_say_who_leads_where_no_difference_is_known(counts):
    dataset = open_batch(counts)
    found = compute_statistics(dataset)
    for kind in ("region", "leads"):
        figure = drawn(kind, found, scenario="russian-retreat")
        check_texts(figure)
        title = " ".join(text.get_text() for text in figure.texts if text.get_gid() == "title")
        assert title.startswith("Russian retreat: in 2040, ") and "against" not in title
    leads = found.attrs[FINDINGS]["russian-retreat"].leads
    first = found["rank"].sel(scenario="russian-retreat", place=1).isel(time=-1)
    for lead in leads:
        cell = first.sel(republic=lead.republic, channel=lead.channel)
        assert lead.probability == pytest.approx(float(cell.max()))
        assert lead.power == str(cell["power"].values[int(cell.values.argmax())])
    asked = resolve_draw_request(dataset, figures=["overlay"])
    with pytest.raises(RequestError, match="in a batch that keeps members"):
        list(group_pages(asked, dataset))

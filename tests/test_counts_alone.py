"""A batch that stores counts alone: what needs members says so, and the rest works."""

import pytest
from command import steppe


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

"""Two things never share a file: not on a disk that ignores case, not in two requests."""

import itertools
import unicodedata

import pytest
from small_batches import make_batch

from steppe.experiments.analysis.scenario_files import copy_parent_scenarios
from steppe.experiments.figures.draw import draw_figures
from steppe.experiments.figures.draw_request import resolve_draw_request
from steppe.experiments.figures.pages import list_pages
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError
from steppe.model.core.file_names import distinct_parts, join_parts
from steppe.model.scenario.load import load_scenario

ALIKE = [
    *("retreat", "Retreat", "RETREAT", "a|b", "a-b", "a b", "a--b", "-a-b", "a", "b", "a.", "a ."),
    *(
        "\u00e4",
        "a\u0308",
        "\u00c4",
        "ß",
        "ss",
        "con",
        "CON",
        "...",
        "|",
        "",
        "x" * 300,
        "x" * 301,
        "Ж" * 90,
    ),
    *("x" * 300, "x" * 301, "Ж" * 90),
    *("dark", "a-b-c", "c", "b-c", "\udc80", "\udc81"),
]


def on_any_disk(name: str) -> str:
    """A name as a disk takes it that ignores case and the form of letters."""
    return unicodedata.normalize("NFD", name.casefold())


def test_usual_names_are_written_as_they_are():
    names = ["russian-retreat", "European Union", "soft power", "baseline", "Туркменистан"]
    assert list(distinct_parts(names).values()) == [
        *("russian-retreat", "european-union", "soft-power", "baseline", "туркменистан")
    ]


def test_names_that_are_alike_have_parts_of_their_own():
    parts = distinct_parts(ALIKE).values()
    assert len({on_any_disk(part) for part in parts}) == len(set(ALIKE))
    assert all(len(part.encode()) < 180 and "--" not in part for part in parts)
    assert not [part for part in parts if part[0] == "-" or part[-1] == "-" or "/" in part]


def test_a_name_that_holds_the_hash_of_another_has_a_part_of_its_own():
    hashed = distinct_parts(["retreat", "Retreat"])["Retreat"]
    parts = distinct_parts(["retreat", "Retreat", hashed, hashed.upper()])
    assert len({on_any_disk(part) for part in parts.values()}) == 4


@pytest.mark.parametrize("size", [2, None])
def test_any_selection_of_names_has_a_text_of_its_own(size):
    names = ["a", "b", "c", "a-b", "b-c", "a|b", "A", "a-b-c"]
    parts = distinct_parts(names)
    chosen = [
        choice
        for count in ([size] if size else [1, 2, 3])
        for choice in itertools.permutations(names, count)
    ]
    assert len({join_parts(choice, parts, alike=size) for choice in chosen}) == len(chosen)


def test_many_names_make_no_name_that_is_too_long():
    parts = distinct_parts(f"{'name' * 20}{number}" for number in range(9))
    one, other = (join_parts([*parts][first:], parts) for first in (0, 1))
    assert one != other and max(len(one), len(other)) < 120


def test_the_work_to_join_parts_stays_small():
    names = ["-".join("a" * count) for count in range(1, 40)]
    assert join_parts(names[-1:], distinct_parts(names), alike=1) == names[-1]


SCENARIOS = ("baseline", "retreat", "Retreat", "a|b", "a-b", "\u00e4", "a\u0308")


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return make_batch(tmp_path_factory.mktemp("batch") / "b", SCENARIOS, members=2, block=2)


def test_each_scenario_has_a_figure_of_its_own_and_the_count_is_that_of_the_files(batch):
    written = draw_figures(batch, figures=["leads"], scenarios=["retreat", "Retreat"])
    assert len(written) == 2 == len({on_any_disk(path.name) for path in written})
    assert len(list((batch / "figures").glob("*.png"))) == 2


def test_a_filter_changes_no_name_of_a_page(batch):
    dataset = open_batch(batch)
    statistics = compute_statistics(dataset)

    def names(**filters: list[str]) -> set[str]:
        request = resolve_draw_request(dataset, figures=["leads", "republic"], **filters)
        return {page.name for page in list_pages(request, statistics)}

    whole = names()
    assert len({on_any_disk(name) for name in whole}) == len(whole) == 6 * len(SCENARIOS)
    single = [names(scenarios=[name]) for name in SCENARIOS]
    assert set().union(*single) == whole and sum(map(len, single)) == len(whole)


def test_parents_of_one_name_in_two_folders_are_refused(tmp_path):
    for folder in ("one", "Two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "parent.yaml").write_text(
            f"title: Parent {folder}\nextends: baseline\n", encoding="utf-8"
        )
        (tmp_path / folder / f"{folder}.yaml").write_text(
            f"title: Child {folder}\nextends: parent\n", encoding="utf-8"
        )
    (tmp_path / "moves").mkdir()
    scenarios = [load_scenario(tmp_path / name / f"{name}.yaml") for name in ("one", "Two")]
    with pytest.raises(RequestError, match=r"would replace .*rename one"):
        copy_parent_scenarios(scenarios, tmp_path / "moves")
    assert copy_parent_scenarios(scenarios[:1], tmp_path / "moves") == ["parent", "one"]

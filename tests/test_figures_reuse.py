"""A figure is drawn again unless its file shows the same already, and then with the same pixels."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from figure_pages import OF_ONE_DATASET
from small_batches import make_batch

from steppe.experiments.figures import draw as drawing
from steppe.experiments.figures import reuse
from steppe.experiments.figures.draw import draw_figures
from steppe.experiments.storage.manifest import load_manifest

PAIR = ["baseline", "retreat"]
PAGES = 3  # that `draw` draws, each quick to draw


def draw(out, **keys):
    return draw_figures(out, figures=["region", "difference"], **keys)


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    out = make_batch(tmp_path_factory.mktemp("batch") / "out", PAIR)
    draw(out)
    return out


@pytest.fixture
def out(batch, tmp_path):
    return shutil.copytree(batch, tmp_path / "out")


@pytest.fixture
def drawn(monkeypatch):
    """Names of the pages that are drawn."""
    names, draw = [], drawing.draw_page
    monkeypatch.setattr(
        drawing, "draw_page", lambda page, *rest: (names.append(page.name), draw(page, *rest))[1]
    )
    return names


def pictures(out):
    return {path.name: path.read_bytes() for path in (out / "figures").glob("*.png")}


def test_what_has_not_changed_is_not_drawn_again(out, drawn):
    before = pictures(out)
    paths = draw(out)
    assert drawn == [] and {path.name for path in paths} == set(before)
    assert pictures(out) == before


def test_a_scenario_that_changes_leaves_the_pages_of_others(out, drawn):
    manifest = load_manifest(out)
    manifest.request["events"]["retreat"][0]["what"] = "The garrison stays"
    manifest.request["scenarios"]["retreat"] = "another"
    manifest.save(out)
    draw(out)
    assert "region-retreat" in drawn and "difference" in drawn
    assert not [name for name in drawn if "baseline" in name]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 8},
        {"members": 24},
        {"weights": "posterior 0123"},
        {"colours": {"China": "#123456"}},
    ],
)
def test_whatever_all_pages_say_draws_all(out, drawn, change):
    manifest = load_manifest(out)
    manifest.request |= change
    if "members" not in change:  # which the results would not have
        manifest.save(out)
        draw(out)
        assert len(drawn) == PAGES


def test_other_numbers_are_drawn(out, tmp_path, drawn):
    other = make_batch(tmp_path / "other", PAIR, members=18)
    shutil.copytree(out / "figures", other / "figures")
    draw(other)
    assert len(drawn) == PAGES


def test_a_figure_of_a_kind_shows_only_the_statistics_that_it_names(batch, tmp_path):
    """With all statistics at hand each page is the one that it is alone, to the byte."""
    for folder in ("one", "all"):
        shutil.copytree(batch, tmp_path / folder, ignore=shutil.ignore_patterns("figures"))
    kinds = [kind for kind in OF_ONE_DATASET if kind not in ("coverage", "trade", "map")]
    for kind in kinds:
        draw_figures(tmp_path / "one", figures=[kind], republics=["Kazakhstan"])
    draw_figures(tmp_path / "all", figures=kinds, republics=["Kazakhstan"])
    assert pictures(tmp_path / "one") == pictures(tmp_path / "all")


@pytest.mark.parametrize("record", ["", "{", "[]", "3", '{"region-baseline.png": 3}', "\0\xff"])
def test_a_record_that_cannot_be_read_is_made_again(out, drawn, record):
    path = out / "figures" / reuse.RECORD
    path.write_text(record, encoding="latin-1")
    before = pictures(out)
    draw(out)
    assert len(drawn) == PAGES and pictures(out) == before
    assert len(json.loads(path.read_text())) == PAGES


def test_a_record_of_another_version_or_machine_is_not_used(out, drawn, monkeypatch):
    monkeypatch.setattr(reuse, "drawn_by", lambda: "another")
    draw(out)
    assert len(drawn) == PAGES


def test_what_pages_are_drawn_with_is_known_by_its_code(tmp_path, monkeypatch):
    monkeypatch.setattr(reuse, "CODE", tmp_path)
    (tmp_path / "figures").mkdir()
    found = [reuse.drawn_by.__wrapped__()]
    (tmp_path / "figures" / "style.py").write_text("DPI = 300\n")
    found.append(reuse.drawn_by.__wrapped__())
    monkeypatch.setattr(reuse, "code_hash", lambda: b"of another model or machine")
    found.append(reuse.drawn_by.__wrapped__())
    assert len(set(found)) == 3


@pytest.mark.parametrize("damage", ["edited", "cut short", "deleted"])
def test_a_picture_that_is_not_as_it_was_drawn_is_drawn_again(out, drawn, damage):
    path, before = out / "figures" / "region-baseline.png", pictures(out)
    if damage == "deleted":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-20] + (b"" if damage == "cut short" else b"x" * 20))
    draw(out)
    assert drawn == ["region-baseline"] and pictures(out) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="may write everywhere")
def test_figures_that_are_there_need_no_folder_that_can_be_written(out, drawn):
    (out / "figures").chmod(0o500)
    assert len(draw(out)) == PAGES and drawn == []


def test_a_record_that_cannot_be_written_does_no_harm(out, monkeypatch, drawn):
    (out / "figures" / reuse.RECORD).unlink()
    (out / "figures" / reuse.RECORD).mkdir()
    assert len(draw(out)) == PAGES and len(drawn) == PAGES


def test_two_records_at_once_leave_one_that_is_whole(out):
    figures = out / "figures"
    paths = sorted(figures.glob("*.png"))

    def record(number):
        reuse.DrawnFiles(figures).record((path, f"page {number}") for path in paths)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(20)))
    rows = json.loads((figures / reuse.RECORD).read_text())
    assert len({row[0] for row in rows.values()}) == 1 and len(rows) == PAGES


def test_a_page_drawn_for_another_batch_is_copied(batch, drawn, tmp_path, monkeypatch):
    monkeypatch.setenv("STEPPE_CACHE_DIR", str(tmp_path / "kept"))
    for name in ("first", "second"):
        shutil.copytree(batch, tmp_path / name)
        shutil.rmtree(tmp_path / name / "figures")
        draw(tmp_path / name, formats=["png", "svg"])
    assert len(drawn) == PAGES
    assert pictures(tmp_path / "second") == pictures(tmp_path / "first") == pictures(batch)
    for path in (tmp_path / "kept").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    shutil.rmtree(tmp_path / "second" / "figures")
    draw(tmp_path / "second")
    assert len(drawn) == 2 * PAGES and pictures(tmp_path / "second") == pictures(batch)

"""Generated files are up to date."""

import json
import re

import pytest

from steppe.experiments.generated import live_page_picture, readme_figures, thumbnails
from steppe.experiments.generated.blocks import ROOT, with_block
from steppe.experiments.generated.refresh import REGISTRY
from steppe.model.scenario.find_files import shipped_names


@pytest.mark.parametrize(
    "item", REGISTRY, ids=[f"{item.path} {item.block}".rstrip() for item in REGISTRY]
)
def test_a_generated_file_is_fresh(item):
    assert item.current_text() == item.fresh_text(), (
        f"{item.path} is missing or stale; run `python -m steppe.experiments.generated`"
    )


def test_the_thumbnails_are_fresh():
    assert thumbnails.stale_scenarios() == [], (
        "run `python -m steppe.experiments.generated --figures`"
    )


def test_the_thumbnails_are_small_and_each_belongs_to_a_scenario():
    figures = {path.stem: path.stat().st_size for path in thumbnails.FOLDER.glob("*.svg")}
    assert set(figures) == set(shipped_names())
    assert max(figures.values()) < 15_000


def test_a_block_replaces_what_stands_between_its_marks():
    text = "before\n<!-- generated: this -->\nold\n<!-- end -->\nafter <!-- end -->\n"
    assert (
        with_block(text, "this", "new\n")
        == "before\n<!-- generated: this -->\nnew\n<!-- end -->\nafter <!-- end -->\n"
    )
    with pytest.raises(ValueError, match="no block '<!-- generated: that -->'"):
        with_block(text, "that", "new")


def test_the_figures_of_pages_are_made_from_this_model_and_the_commands_on_the_page():
    record = json.loads(readme_figures.RECORD.read_text(encoding="utf-8"))
    assert record == readme_figures.current_record(), (
        "run `python -m steppe.experiments.generated.readme_figures`"
    )
    pages = [ROOT / "README.md", *ROOT.glob("*/README.md")]
    shown = {
        (page.parent / place).resolve()
        for page in pages
        for place in re.findall(r"\]\(([^)]+\.png)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == {thumbnails.FOLDER / kept for _, kept in readme_figures.FIGURES.values()}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in shown)


def test_the_picture_of_the_live_page_is_made_from_this_model():
    record = json.loads(live_page_picture.RECORD.read_text(encoding="utf-8"))
    assert record == live_page_picture.current_record(), (
        "run `python -m steppe.experiments.generated.live_page_picture`"
    )
    assert "scenarios/figures/live-page.webp" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert live_page_picture.PATH.stat().st_size < 200_000

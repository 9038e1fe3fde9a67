"""What is made from something else is what it would be if made now."""

import json

import pytest

from steppe.experiments.generated import readme_figures as shown
from steppe.experiments.generated import thumbnails as scenario_figures
from steppe.experiments.generated.refresh import REGISTRY, ROOT, with_block
from steppe.model.scenario.load import shipped_names


@pytest.mark.parametrize(("path", "text"), REGISTRY, ids=[path for path, _ in REGISTRY])
def test_a_generated_file_is_fresh(path, text):
    file = ROOT / path
    assert file.exists(), f"{path} is missing; run `python -m steppe.experiments.generated`"
    assert file.read_text(encoding="utf-8") == text(), (
        f"{path} is stale; run `python -m steppe.experiments.generated`"
    )


def test_the_small_figures_are_fresh():
    assert scenario_figures.stale() == [], "run `python -m steppe.experiments.generated --figures`"


def test_the_small_figures_are_small_and_all_of_them_are_of_a_scenario():
    figures = {path.stem: path.stat().st_size for path in scenario_figures.FOLDER.glob("*.svg")}
    assert set(figures) == set(shipped_names())
    assert max(figures.values()) < 15_000


def test_a_block_is_put_between_its_marks_and_nowhere_else():
    text = "before\n<!-- generated: this -->\nold\n<!-- end -->\nafter <!-- end -->\n"
    assert (
        with_block(text, "this", "new\n")
        == "before\n<!-- generated: this -->\nnew\n<!-- end -->\nafter <!-- end -->\n"
    )
    with pytest.raises(ValueError, match="no block '<!-- generated: that -->'"):
        with_block(text, "that", "new")


def test_the_figures_of_the_questions_are_those_of_this_model_and_of_the_commands_that_the_readme_gives():
    assert json.loads(shown.MARK.read_text(encoding="utf-8")) == shown.mark(), (
        "run `python -m steppe.experiments.generated.readme_figures`"
    )
    page = shown.PAGE.read_text(encoding="utf-8")
    for verb in shown.FIGURES:
        assert f"](../{shown.path_of(verb).relative_to(ROOT).as_posix()})" in page
        assert shown.path_of(verb).read_bytes().startswith(b"\x89PNG")

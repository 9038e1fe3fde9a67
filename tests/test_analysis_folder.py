"""Where answers go, what their pages show, and what is left alone."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from small_batches import make_batch
from test_sensitivity import refused

from steppe.experiments.analysis.folder import AnalysisFolder, default_folder
from steppe.experiments.analysis.page import load_summary, render_summary
from steppe.experiments.cli.app import steppe
from steppe.experiments.figures.page_layout import PageLayout
from steppe.experiments.figures.style import use_theme
from steppe.model.core.errors import IncompleteRunError, RequestError

ALERT = "<script>alert(1)</script>"


def answered(path, request=None, title="What matters", finish=True, figures=("response",), **keys):
    """An answer with figures and one table, as the commands make them."""
    request = request or {
        "scenarios": {"retreat": "0123456789abcdef"},
        "seed": 7,
        "weights": "prior",
        "evidence": "none",
        "model": "1",
    }
    with AnalysisFolder(path, "tipping", request, f"steppe tipping {ALERT}", **keys) as folder:
        folder.table("response.csv", [{"lever": "depth", "value": 0.5}])
        with use_theme():
            for name in figures:
                folder.figure(name, PageLayout(1, 1, "A title", "and more", "A caption").make()[0])
        if finish:
            folder.finish(
                title,
                ["it holds from depth = 0.9"],
                [{"lever_name": ALERT, "value": 0.51234}],
                "Read the order, not the size.",
            )
    return folder


class Balanced(HTMLParser):
    """Whether every element that is opened is closed, in order; and attributes of all."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags = [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_page_shows_the_answer_and_its_figure(tmp_path):
    folder = answered(tmp_path / "answer")
    text = (folder.path / "page.html").read_text(encoding="utf-8")
    page = Balanced(text)
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert [(folder.path / image["src"]).is_file() for image in images] == [True] and images[0][
        "alt"
    ] == "A title: and more"
    assert (
        ALERT not in text
        and "&lt;script&gt;" in text
        and "0.512" in text
        and "Read the order" in text
        and "lever name" in text
    )
    assert (
        load_summary(folder.path).finished
        and "page.html" in json.loads((folder.path / "manifest.json").read_text())["files"]
    )


def test_what_is_left_out_is_said_with_its_place(tmp_path):
    folder = answered(tmp_path / "answer")
    text = render_summary(load_summary(folder.path), "h3", "answer-1", lambda file: "")
    assert (
        "<img" not in text
        and "Left out" in text
        and str(folder.path / "figures" / "response.png") in text
    )


def test_answers_go_among_those_of_the_batch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = default_folder("tipping", "0" * 16)
    assert str(first) == "results/answers/tipping"
    folder = answered(first)
    assert default_folder("tipping", folder.identity) == first  # the same question finds its own
    assert str(default_folder("tipping", "0" * 16)) == "results/answers/tipping-2"
    assert folder.batch is None
    make_batch(tmp_path / "batch")
    assert answered(tmp_path / "batch" / "answers" / "mine").batch == tmp_path / "batch"


def test_a_batch_can_be_run_where_answers_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answered(default_folder("tipping", "0" * 16))
    steppe.main(
        [
            "run",
            "baseline",
            "--members",
            "1",
            "--parameters-from",
            "prior",
            "--jobs",
            "1",
            "--no-figures",
        ],
        standalone_mode=False,
    )
    assert load_summary(tmp_path / "results" / "answers" / "tipping").finished


def test_another_question_is_left_alone_or_replaced_whole(tmp_path):
    other = {"scenarios": {}, "seed": 8}
    folder = answered(tmp_path / "answer")
    (folder.path / "pieces" / "old").mkdir(parents=True)
    with pytest.raises(RequestError, match="holds another analysis"):
        answered(folder.path, other)
    assert (folder.path / "response.csv").exists()
    with AnalysisFolder(folder.path, "robustness", other, "steppe robustness", replace=True):
        assert (
            not any(folder.path.glob("*.csv"))
            and not any((folder.path / "figures").iterdir())
            and not (folder.path / "pieces").exists()
        )


def test_what_is_not_an_answer_is_refused(tmp_path):
    with pytest.raises(RequestError, match="holds no analysis"):
        load_summary(tmp_path)
    for text in (
        "{",
        "[]",
        '{"verb": "tipping"}',
        '{"verb": "x", "command": "y", "created": "z", "request": {}, "answer": {"new": 1}}',
    ):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(RequestError, match="is not an analysis that this version can show"):
            load_summary(tmp_path)
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "mine.txt").write_text("keep")
    assert "not empty" in refused(
        "sensitivity", "--output", "autonomy(region)", "--out", str(tmp_path)
    )


def test_a_full_disk_ends_in_a_line(tmp_path):
    with (
        pytest.raises(IncompleteRunError, match="the same command resumes"),
        AnalysisFolder(tmp_path / "answer", "tipping", {"scenarios": {}}, "steppe tipping"),
    ):
        raise OSError(28, "No space left on device")

"""Analyses in the report of a batch: found, compared with the batch, small, safe."""

from __future__ import annotations

import re
from base64 import b64decode

import numpy as np
import pytest
from click.testing import CliRunner
from small_batches import make_batch
from test_analysis_folder import ALERT, Balanced, answered

from steppe.experiments.cli.report import command
from steppe.experiments.report import analyses_section as section
from steppe.experiments.report.analyses_section import (
    analyses_section,
    contents_entry,
    find_analyses,
)
from steppe.experiments.report.build import MAX_BYTES, render, write_report
from steppe.experiments.report.packed_shares import year_ends
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError

SAME = {
    "scenarios": {"retreat": "0123456789abcdef"},
    "seed": 7,
    "weights": "prior",
    "evidence": "none",
    "model": "1",
}


@pytest.fixture
def batch(tmp_path):
    return make_batch(tmp_path / "out")


def render_page(out, given=()) -> str:
    """The page of a batch, with the analyses given."""
    manifest = load_manifest(out)
    return render(
        year_ends(open_batch(out), manifest),
        manifest,
        None,
        out / "none.json",
        find_analyses(out, given),
    )


def test_a_batch_without_analyses_has_no_section_for_them(batch):
    assert "Questions asked" not in render_page(batch)


def test_analyses_are_shown_with_figure_table_command_and_limits(batch, tmp_path):
    answered(batch / "answers" / "tipping", SAME, title="How much it takes")
    answered(tmp_path / "elsewhere", SAME | {"seed": 8}, title="What a republic can do")
    text = render_page(batch, [tmp_path / "elsewhere", batch / "answers" / "tipping"])
    page = Balanced(
        re.sub(
            r"<(script|style).*?</\1>|<!doctype html>|<input[^>]*>|<br>", "", text, flags=re.DOTALL
        )
    )
    heads = [attributes["id"] for tag, attributes in page.tags if tag == "h3"]
    assert heads == ["answer-1", "answer-2"]  # the batch's own, given once more, is shown once
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    to_analyses = [link for link in links if "answer" in link]
    assert to_analyses == ["#answers-title", "#answer-1", "#answer-2"]
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) == 2 and all(picture["alt"] == "A title: and more" for picture in pictures)
    assert b64decode(pictures[0]["src"].removeprefix("data:image/png;base64,")).startswith(
        b"\x89PNG"
    )
    for words in (
        "it holds from depth = 0.9",
        "Read the order, not the size.",
        "lever name",
        "0.512",
        "seed 8",
    ):
        assert words in text
    assert (
        ALERT not in text and text.count("&lt;script&gt;alert(1)") == 4
    )  # in the table and in the command, twice each


def test_analyses_with_other_inputs_are_marked(batch):
    request = load_manifest(batch).request
    answered(batch / "answers" / "same", SAME)
    assert "than this batch was run with" not in render_page(batch)
    answered(
        batch / "answers" / "other",
        SAME | {"weights": "posterior 1", "scenarios": {"retreat": "f" * 16, "mine": "0"}},
    )
    assert (
        "Made with other parameters and another retreat than this batch was run with."
        in render_page(batch)
    )
    assert request["scenarios"]["retreat"] == SAME["scenarios"]["retreat"]


def test_unfinished_and_unreadable_analyses_are_marked(batch, tmp_path):
    answered(batch / "answers" / "half", SAME, finish=False)
    broken = answered(batch / "answers" / "broken", SAME).path
    (broken / "manifest.json").write_text("{")
    (batch / "answers" / "notes").mkdir()
    text = render_page(batch)
    assert (
        "not answered yet; the same command resumes it" in text
        and "is not an analysis that this version can show" in text
    )
    with pytest.raises(RequestError, match="is not an analysis"):
        write_report(batch, answers=[broken])
    with pytest.raises(RequestError, match="holds no analysis"):
        write_report(batch, answers=[tmp_path / "nowhere"])


def test_figures_that_do_not_fit_are_left_out_from_the_last(batch):
    for name in ("one", "other"):
        answered(batch / "answers" / name, SAME, figures=("first", "second"))
    found, missing = find_analyses(batch)
    size = len(section._png_data_uri(found[0].folder / "figures" / "first.png"))
    for room, left_out in (
        (4 * size, []),
        (2 * size, ["second", "second"]),
        (size - 1, ["first", "second"] * 2),
    ):
        text = analyses_section(found, missing, load_manifest(batch).request, room)
        assert re.findall(r"Left out[^<]*?(\w+)\.png", text) == left_out and text.count(
            "<img"
        ) == 4 - len(left_out)


def test_a_large_figure_becomes_a_small_one(tmp_path):
    from PIL import Image

    noise = np.random.default_rng(1).integers(0, 255, (900, 2400, 3), dtype=np.uint8)
    noise[:, :1200] = (213, 94, 0)
    path = tmp_path / "large.png"
    Image.fromarray(noise).save(path)
    address = section._png_data_uri(path)
    kept = tmp_path / "kept.png"
    kept.write_bytes(b64decode(address.partition(",")[2]))
    with Image.open(kept) as picture:
        assert picture.size == (1100, 412) and len(address) < path.stat().st_size / 4
        assert (
            np.abs(
                np.array(picture.convert("RGB").getpixel((100, 100)), dtype=int) - (213, 94, 0)
            ).max()
            <= 8
        )  # its colours stay what they are
    assert section._png_data_uri(tmp_path / "none.png") == "" and MAX_BYTES <= 5_000_000


def test_the_command_takes_analyses_from_other_folders(batch, tmp_path):
    answered(tmp_path / "elsewhere", SAME)
    found = CliRunner().invoke(command, [str(batch), "--answers", str(tmp_path / "elsewhere")])
    assert found.stdout == f"{batch / 'report.html'}\n" and "Questions asked" in (
        batch / "report.html"
    ).read_text(encoding="utf-8")
    assert contents_entry([], []) == ""

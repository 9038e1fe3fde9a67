"""Numbers on the front pages are those of runs, claims and scores as they are now."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import steppe
from steppe.experiments.calibration.scorecard.record import read_record
from steppe.experiments.cli.app import steppe as command
from steppe.experiments.figures.headline import find_difference
from steppe.experiments.generated.readme_figures import BATCH
from steppe.experiments.results.differences import headline_sentences
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.number_text import format_fixed, format_percent
from steppe.model.core.word_lists import count_in_words

ROOT = Path(__file__).parents[1]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.slow  # runs the batch of the front page, two scenarios of a thousand members
def test_the_front_page_quotes_its_batch(tmp_path):
    """`make run` has all scenarios, of which the retreat has the largest difference."""
    verb, *scenarios, _, members = BATCH
    assert (verb, members) == ("run", "1000")
    steppe.run(scenarios, members=int(members), out=tmp_path / "batch")
    text = page("README.md")
    (quoted,) = re.findall(r"(?m)^- (russian-retreat minus .*)$", text)
    assert quoted in headline_sentences(tmp_path / "batch")
    dataset = compute_statistics(open_batch(tmp_path / "batch")).sel(scenario="russian-retreat")
    assert f"![{find_difference(dataset).sentence}](scenarios/figures/" in text


def test_the_example_of_a_cell_is_explained_as_on_the_page():
    asked = ["explain", "Russia", "Kazakhstan", "security", "--json"]
    tie = json.loads(CliRunner().invoke(command, asked).output)["values"][0]
    text = " ".join(page("model/README.md").split())
    matters = {claim["matter"] or claim["id"] for claim in tie["claims"]}
    sites = [claim["id"] for claim in tie["claims"] if claim["matter"] == "baikonur-facilities"]
    assert (
        f"Russia's security tie with Kazakhstan is {format_fixed(tie['value'])} in 2019, the mean "
        f"of {count_in_words(len(matters))} matters" in text
    )
    assert f"holds {count_in_words(len(sites))} claims: `essay-baikonur`" in text
    assert set(sites) == {"essay-baikonur", "eprs-kazakh-facilities"}


def test_the_targets_that_are_missed_are_those_of_the_scorecard():
    """In the table of what became of the first nine."""
    record, text = read_record(), page("MODEL.md")
    section = text.partition("### Targets missed by the earlier coding")[2].partition("\n## ")[0]
    missed = {row["target"]: format_percent(row["probability"]) for row in record["missed"]}
    words = " ".join(section.split())
    assert f"{record['targets']} remain, of which {len(missed)} are missed" in words
    said = dict(re.findall(r"(?m)^\| `(\S+)` \|.* (\d+%)(?:, missed)? \|$", section))
    marked = set(re.findall(r"(?m)^\| `(\S+)` \|.*, missed \|$", section))
    assert marked == said.keys() & missed.keys()
    assert {name: said[name] for name in marked} == {name: missed[name] for name in marked}

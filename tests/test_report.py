"""The report as a file: its contents, its size, that it is safe and loads nothing."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest
from click.testing import CliRunner
from small_batches import make_batch

from steppe.experiments.cli.report import command
from steppe.experiments.provenance.explain import explain
from steppe.experiments.provenance.explanation_text import format_over_time
from steppe.experiments.report.build import render, write_report
from steppe.experiments.report.packed_shares import differences_at_the_end, year_ends
from steppe.experiments.report.page_data import json_for_script, page_data
from steppe.experiments.report.scorecard_section import scorecard_section
from steppe.experiments.results.differences import paired_differences
from steppe.experiments.results.packed_numbers import MISSING, SCALE
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.errors import RequestError

ALERT = "<script>alert(1)</script>"
LOSING = {
    "left_out": [
        {
            "document": "essay-2010",
            "targets": 3,
            "right": {"posterior": 0.67},
            "against": {"prior": "wins", "coin": "loses"},
        }
    ],
    "conclusions": [
        {"says": "China gains", "full": 0.4, "verdict": "open", "otherwise": {"no-events": "no"}}
    ],
    "likely": 0.6667,
    "variants": {"no-events": "no dated event happens", "unequal": "channels < weigh 0.5 and 0.2"},
    "missed": [{"says": ALERT, "probability": 0.2}],
}


class Parts(HTMLParser):
    """Tags with their attributes, and the text of each script."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.scripts: list[tuple[dict, str]] = []
        self.text = ""
        self._script: dict | None = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._script = dict(attrs) if tag == "script" else None

    def handle_endtag(self, tag):
        self._script = None

    def handle_data(self, data):
        if self._script is not None:
            self.scripts.append((self._script, data))
        else:
            self.text += data


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    out = make_batch(tmp_path_factory.mktemp("report") / "out", titles={"retreat": ALERT})
    return write_report(out).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parts(page) -> Parts:
    return Parts(page)


@pytest.fixture(scope="module")
def data(parts) -> dict:
    return next(
        json.loads(text) for attributes, text in parts.scripts if attributes.get("id") == "data"
    )


def render_page(out, scorecard) -> str:
    """The page of a batch, with a scorecard of its own."""
    manifest = load_manifest(out)
    return render(year_ends(open_batch(out), manifest), manifest, None, scorecard)


def test_it_has_its_sections_in_order(parts):
    body = parts.text.partition("For each scenario")
    heads = re.findall(
        r"Findings|Trajectories|Scorecard, losses included|What this cannot tell"
        r"|How to reproduce it",
        "Findings" + "".join(body[1:]),
    )
    assert heads == [
        "Findings",
        "Trajectories",
        "Scorecard, losses included",
        "What this cannot tell",
        "How to reproduce it",
    ]
    assert (
        "steppe run --out results" in parts.text
        and "0123456789abcdef" in parts.text
        and "numpy 2.0" in parts.text
    )


def test_a_title_with_a_script_is_text(page, parts, data):
    assert ALERT not in page
    assert f"{ALERT}: by the end of 2030" in parts.text
    assert data["scenarios"]["retreat"]["title"] == ALERT
    assert len(parts.scripts) == 2


def test_json_cannot_end_its_script():
    text = json_for_script({"a": "</script><!-- &", "b": "\u2028"})
    assert not set("<>&\u2028") & set(text) and json.loads(text)["a"] == "</script><!-- &"


def test_it_loads_nothing(parts):
    policy = next(
        attributes["content"]
        for tag, attributes in parts.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert (
        "default-src 'none'" in policy
        and "unsafe-eval" not in policy
        and "connect-src" not in policy
    )
    for attributes, text in parts.scripts:
        if attributes.get("type") != "application/json":
            assert f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert not [
        tag
        for tag, attributes in parts.tags
        if tag in ("link", "img", "iframe", "object", "base") or "src" in attributes
    ]
    anchors, ids = (
        [attributes["href"] for _, attributes in parts.tags if "href" in attributes],
        [attributes.get("id") for _, attributes in parts.tags],
    )
    assert len(anchors) == 6 and all(
        address.startswith("#") and ids.count(address[1:]) == 1 for address in anchors
    )


def test_it_contains_no_address_but_the_name_of_svg(page):
    ours = page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|//cdn|@import|url\(", ours)


def test_numbers_in_the_page_are_those_of_the_batch(tmp_path, data):
    dataset = open_batch(make_batch(tmp_path / "out"))
    scenario = data["scenarios"]["retreat"]
    values = (
        np.frombuffer(b64decode(scenario["shares"]), "<i2").reshape(5, 3, 5, 5, scenario["years"])
        / SCALE
    )
    stored = (
        dataset["shares"]
        .sel(scenario="retreat", republic="Tajikistan", channel="security", holder="China")
        .median("member")
        .values
    )
    assert values[2, 1, 1, 2] == pytest.approx(stored, abs=1e-4)
    first = paired_differences(dataset, "retreat", "baseline")[0]
    pair = data["pairs"]["retreat|baseline"]
    cells = np.frombuffer(b64decode(pair["cells"]), "<i2").reshape(5, 3, 5, 4) / SCALE
    place = (
        data["republics"].index(first.republic),
        data["channels"].index(first.channel),
        [row["name"] for row in data["holders"]].index(first.holder),
    )
    assert cells[place] == pytest.approx(
        [first.low, first.median, first.high, first.same_sign], abs=1e-4
    )
    assert MISSING < -SCALE


def test_scenarios_of_different_length(data):
    assert [data["scenarios"][name]["years"] for name in ("history", "retreat", "short")] == [
        20,
        31,
        25,
    ]
    assert (
        data["pairs"]["short|retreat"]["year"] == 2024
        if "short|retreat" in data["pairs"]
        else data["pairs"]["retreat|short"]["year"] == 2024
    )


def test_evidence_matches_explain_and_shared_claims_are_stored_once(data):
    evidence = data["evidence"]
    cell = evidence["cells"]["Russia|Kazakhstan|security"]
    explained = explain(["Russia", "Kazakhstan", "security"])["values"]
    for place, value in zip(cell["values"], explained, strict=True):
        kept = evidence["values"][place]
        assert kept["what"] == value["what"]
        assert [evidence["claims"][row]["id"] for row in kept["claims"]] == [
            claim["id"] for claim in value["claims"]
        ]
    economic = evidence["cells"]["Russia|Kazakhstan|economic"]["values"]
    kept, told = (
        next(row for row in rows if row["what"] == "supply")
        for rows in (
            map(evidence["values"].__getitem__, economic),
            explain(["Russia", "Kazakhstan", "economic"])["values"],
        )
    )
    assert kept["over_time"] == format_over_time(told) and " from " in kept["over_time"]
    identifiers = [claim["id"] for claim in evidence["claims"]]
    assert len(identifiers) == len(set(identifiers)) and len(evidence["cells"]) == 60
    assert all(
        claim["where"] and claim["document"] in evidence["documents"]
        for claim in evidence["claims"]
    )
    assert evidence["changed"] is True


def test_events_of_a_scenario_are_its_own(data):
    assert [event["when"] for event in data["scenarios"]["retreat"]["events"]] == [
        "2024Q1",
        "2025Q1 to 2025Q4",
    ]


def test_sixteen_scenarios_stay_within_five_megabytes(tmp_path):
    names = ("history", "baseline", *(f"future-{number}" for number in range(14)))
    out = make_batch(tmp_path / "out", names, members=4, block=4, last=163)
    manifest = load_manifest(out)
    dataset = year_ends(open_batch(out), manifest)
    pairs, _ = differences_at_the_end(dataset, manifest.request)
    size = len(json_for_script(page_data(dataset, manifest, pairs, None)))
    assert len(pairs) == 120 and size < 4_500_000


def test_a_scorecard_shows_what_is_lost(tmp_path):
    assert "There is no scorecard" in scorecard_section(tmp_path / "none.json")
    path = tmp_path / "scorecard.json"
    path.write_text(json.dumps(LOSING), encoding="utf-8")
    text = scorecard_section(path)
    assert (
        "on 1 of 1 documents" in text
        and '<td class="lost">loses</td>' in text
        and ALERT not in text
    )
    assert "<td>40%</td><td>open</td><td>no-events: no</td>" in text
    assert "Yes: 67% or more; no: 33% or less; open: anything between" in text
    assert "unequal (channels &lt; weigh 0.5 and 0.2)" in text
    for broken in ("{", "[]", '{"left_out": 3}', json.dumps({**LOSING, "conclusions": [{}]})):
        path.write_text(broken, encoding="utf-8")
        assert "cannot be read" in scorecard_section(path)


def test_the_shipped_scorecard_can_be_read():
    assert "cannot be read" not in scorecard_section()


def test_a_report_of_an_unfinished_batch_says_so(tmp_path):
    text = render_page(make_batch(tmp_path / "half", done=1), tmp_path / "none.json")
    assert "This batch is unfinished:" in text and '"members":6,' in text


def test_one_member_and_one_scenario(tmp_path):
    text = render_page(
        make_batch(tmp_path / "one", ("baseline",), members=1), tmp_path / "none.json"
    )
    assert "One member has no bands" in text and "leads in" in text


def test_folders_without_results_are_errors(tmp_path):
    with pytest.raises(RequestError, match="holds no batch"):
        write_report(tmp_path)
    with pytest.raises(RequestError, match="nothing to report"):
        write_report(make_batch(tmp_path / "none", done=0))


def test_the_command_prints_the_path(tmp_path):
    out = make_batch(tmp_path / "out", done=1)
    found = CliRunner().invoke(command, [str(out), "--json"])
    assert json.loads(found.stdout) == {
        "file": str(out / "report.html"),
        "bytes": (out / "report.html").stat().st_size,
        "answers": 0,
        "unfinished": True,
    }
    missing = CliRunner().invoke(
        command, [str(out), "--file", str(tmp_path / "no such folder" / "a.html")]
    )
    assert "cannot be written" in str(missing.exception)

"""Every sentence that is made of results, in one list to read: tests/goldens/sentences.txt.

Refresh it with `pytest tests/test_sentences.py --refresh-goldens` and read the whole of it.
"""

import re
from dataclasses import replace

import pytest
import xarray as xr
from small_batches import make_batch

from steppe.experiments.figures.captions import (
    lever_changes,
    provenance_sentence,
    region_label,
    varied_levers,
)
from steppe.experiments.figures.coverage import state_coverage
from steppe.experiments.figures.events import Event
from steppe.experiments.figures.headline import find_difference, find_leads, largest_finding
from steppe.experiments.figures.response import state_threshold
from steppe.experiments.generated.catalogues import messages
from steppe.experiments.report.text_sections import findings_section
from steppe.experiments.results.comparison import Gain, LossBreakdown, as_text, compare
from steppe.experiments.results.contributions import (
    CellContributions,
    Contribution,
    EventContributions,
    MemberSummary,
)
from steppe.experiments.results.differences import Difference, leader_sentences
from steppe.experiments.results.families import Response, Threshold, threshold_sentences
from steppe.experiments.results.findings import Lead, state_finding, state_leads
from steppe.experiments.results.histogram_statistics import NEEDS_MEMBERS
from steppe.experiments.results.scenario_events import (
    ScenarioEvent,
    history_sentence,
    scenario_events,
)
from steppe.experiments.results.statistics import compute_statistics
from steppe.experiments.storage.open_batch import open_batch

REPUBLICS = ("Kazakhstan", "Kyrgyzstan", "Tajikistan", "Turkmenistan", "Uzbekistan")
BASE = Difference(
    "russian-retreat", "baseline", 2040, "Kazakhstan", "security", "Russia",
    -0.231, -0.361, -0.104, 0.996, 300, -0.23, 0.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return make_batch(tmp_path_factory.mktemp("sentences") / "out")


def differences():
    yield BASE
    yield replace(BASE, holder="United States", median=0.0449, low=-0.0, high=0.09, same_sign=0.951)
    yield replace(BASE, median=0.0041, low=0.0002, high=0.0092, same_sign=0.96)
    yield replace(BASE, median=-0.00001, low=-0.0002, high=0.0001, same_sign=0.5)
    yield replace(BASE, median=0.0, mean=-0.012, low=-0.1, high=0.0, unchanged=0.7)


def losses():
    gains = (Gain("China", 0.08, 0.03, 0.12, 0.6), Gain("autonomy", 0.05, 0.01, 0.1, 0.4))
    loss = LossBreakdown("Kazakhstan", "security", "United States", 0.13, 0.05, 0.2, 0.97, gains)
    yield loss
    yield replace(loss, loser="Russia", others=(("European Union", 0.02), ("India", 0.0001)))


def groups(channel, holder, medians, same_sign=0.973):
    return [
        replace(BASE, republic=republic, channel=channel, holder=holder, median=median,
                same_sign=same_sign)
        for republic, median in zip(REPUBLICS, medians, strict=False)
    ]  # fmt: skip


def findings():
    title, other = "Russian retreat", "Baseline"
    lost = groups("security", "Russia", (-0.2, -0.3, -0.25, -0.05, -0.1))
    yield state_finding(lost + groups("security", "United States", (0.1, 0.2)), title, other)
    yield state_finding(lost + groups("security", "autonomy", (0.1,) * 5, 1.0), title, other)
    yield state_finding(groups("economic", "European Union", (0.1,) * 4), title, "After 2022")
    yield state_finding(
        groups("soft power", "China", (0.1, -0.1), 1.0), "A, weight 3", "A, weight 1"
    )
    yield state_finding(groups("trade", "Turkey", (0.02,)), title, other, ["Turkey"])
    yield state_finding(groups("economic", "autonomy", (-0.02,) * 3), title, other)
    yield state_finding(groups("security", "Russia", (0.2,), 0.5), title, other)
    yield state_finding(groups("security", "Russia", (0.004,), 1.0), title, other)
    yield state_finding([replace(BASE, members=1)], title, other)
    yield state_finding([replace(BASE, members=12)], title, other)
    yield state_finding([], title, other)


def leads():
    sure = [Lead(name, "security", "United States", 0.953, 2040, 300) for name in REPUBLICS]
    some = [replace(one, channel="economic", power="China") for one in sure[:3]]
    unsure = [replace(one, channel="soft power", probability=0.4) for one in sure]
    for rows in (
        sure, sure + unsure, sure + some + unsure, unsure, some[:1],
        unsure[:1], [replace(some[0], probability=0.4), *unsure], [replace(sure[0], members=1)], [],
    ):  # fmt: skip
        yield state_leads(rows, "Russian retreat")


def contributions():
    whole = MemberSummary(-0.2, -0.3, -0.1, -0.21, 0.99)
    part = Contribution(-0.1, -0.2, -0.0, -0.11, 0.99, "garrisons-leave", "Garrisons leave")
    cell = CellContributions("Kazakhstan", "security", "Russia", whole, (part,), -0.0001, 0.0)
    how = "how it was computed"
    return EventContributions(how, "leave-one-out", 256, 2, "together only", "", (cell,)).lines()


def figures(out):
    found = compute_statistics(open_batch(out))
    names = [str(name) for name in found["scenario"].values]
    for name in names:
        one = found.sel(scenario=name)
        yield find_difference(one).sentence
        yield find_leads(one).sentence
        yield provenance_sentence(one)
    yield largest_finding(found, names).sentence
    yield largest_finding(found, names[2:3]).sentence
    yield largest_finding(found.assign(members=found["members"] * 0 + 1), names).sentence
    yield region_label(found)
    yield region_label(found.sel(republic=["Kazakhstan", "Uzbekistan"]))
    yield region_label(found.sel(republic=["Kazakhstan"]))


def report(out):
    dataset = open_batch(out)
    html = findings_section(dataset, dataset.attrs["request"], {})
    yield from re.sub(r"<[^>]+>", "", html.replace("<li>", "\n").replace("</p>", "\n")).split("\n")


def families():
    response = Response("turkey", "weight", (1.0, 2.0, 3.0), ("a", "b", "c"), {"scale": 2.0})
    sure = Threshold(response, 2.0, 1.0, "soft power", "Turkey", "sure", "higher")
    alike = replace(sure, holder="United States")
    leads = Threshold(replace(response, held={}), 3.0, 2.0, "economic", "European Union", "leads")
    yield from threshold_sentences([sure, alike, leads])
    called = replace(sure, response=replace(response, called="Turkey arrives"))
    yield from threshold_sentences([called])
    yield from threshold_sentences([called], named=False)
    for reference in ("in the baseline", "without its events"):
        yield state_threshold("Turkey arrives", sure, reference, "mean of the republics", "2040")
    lower = replace(alike, direction="lower")
    yield state_threshold("A", lower, "in A retreat", "Kazakhstan", "2035")


def happenings(out):
    certain = ScenarioEvent("leaves", "Garrisons leave", (96,))
    drawn = replace(certain, dates=(96, 104))
    inherited = scenario_events(
        {
            "titles": {"retreat": "Russian retreat"},
            "events": {
                "own": [
                    {
                        "name": "leaves",
                        "what": "Garrisons leave",
                        "dates": [96],
                        "own": False,
                        "file": file,
                    }
                    for file in ("retreat", "elsewhere")
                ]
            },
        },
        "own",
    )
    on_condition = replace(certain, dates=(100,), share=0.25, median=100, dated=False)
    for event in (
        certain,
        drawn,
        replace(drawn, share=1.0, median=99),
        replace(drawn, share=0.4, median=99),
        on_condition,
        replace(certain, dates=(), share=0.0),
        replace(certain, dates=()),
        *inherited,
    ):
        yield Event(1, event).label()
    changes = [("event", "war"), ("parameter", "beta"), ("actor", "Turkey")]
    request = {"changes_history": {"own": changes}}
    yield history_sentence(request, "own", title="A file of one's own")
    dataset = open_batch(out)
    request = dataset.attrs["request"]
    request["levers"] = {"retreat": {"depth": 0.9}, "short": {"depth": 0.6}}
    request["chains"] = {"retreat": ["short", "retreat"], "short": ["short"]}
    yield from lever_changes(dataset, "retreat", "short")
    request["meanings"] = {"retreat": {"depth": "how far Russia leaves"}}
    request["varied"] = {"retreat": {"depth": 0.9}}
    yield from lever_changes(dataset, "retreat", "short")
    yield from varied_levers(dataset, "retreat")


def evidence():
    claims = xr.DataArray(
        [[3, 0], [2, 0]], {"channel": ["economic", "soft power"]}, ["kind", "channel"]
    )
    yield state_coverage(claims).sentence
    yield state_coverage(claims.sel(channel=["economic"])).sentence


def lines(out):
    yield from (
        "# Differences, as `steppe compare` lists them",
        *(one.sentence() for one in differences()),
    )
    yield from ("# Losses", *(one.sentence() for one in losses()))
    yield from ("# Findings, as titles of figures", *(one.sentence for one in findings()))
    yield from ("# Who leads, as titles of figures", *(one.sentence for one in leads()))
    yield from (
        "# Who leads, at the end of a run",
        *leader_sentences(open_batch(out)),
        NEEDS_MEMBERS,
    )
    yield from ("# Contributions of events", *contributions())
    yield from ("# Figures of a batch", *figures(out))
    yield from ("# A comparison", *as_text(compare(out, "retreat", top=2)).split("\n"))
    yield from ("# Findings of a report", *report(out))
    yield from ("# Families", *families())
    yield from ("# What happens, and what changes history", *happenings(out))
    yield from ("# What rests on evidence", *evidence())
    yield "# Labels and captions of figures, which catalogues translate"
    yield from sorted(" / ".join([text] if isinstance(text, str) else text) for text in messages())


def test_the_list_of_sentences_is_fresh(golden, batch):
    golden("sentences.txt", "\n".join(line.rstrip() for line in lines(batch)) + "\n")


def test_no_sentence_has_a_signed_nought_or_a_list_without_and(batch):
    for line in lines(batch):
        assert not re.search(r"(?<![\d.])[-+\N{MINUS SIGN}]0(\.0+)?%?(?![\d.])", line), line
        assert not re.search(
            r"(?<!the )(United States|European Union)('| leads| holds| lost)", line
        )
        assert " %" not in line and ".." not in line, line
    assert isinstance(open_batch(batch), xr.Dataset)

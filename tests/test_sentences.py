"""Every sentence that is made of results, in one list to read: tests/goldens/sentences.txt.

Refresh it with `pytest tests/test_sentences.py --refresh-goldens` and read the whole of it.
"""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
import xarray as xr
from figure_pages import pages_of_each_kind, texts_of
from small_batches import make_batch

from steppe.experiments.figures import comparison as picture
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
from steppe.experiments.figures.style import use_theme
from steppe.experiments.generated.catalogues import messages
from steppe.experiments.report import data_section as counted
from steppe.experiments.report.text_sections import (
    findings_section,
    introduction,
    limits_section,
)
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
from steppe.experiments.storage.manifest import load_manifest
from steppe.experiments.storage.open_batch import open_batch
from steppe.model.core.cast import default_cast

CAST = default_cast()
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


def first_differences():
    """The first of ranked differences, as `steppe run` states it."""
    for item in differences():
        yield item.headline({"russian-retreat": "russian-retreat[depth=0.3]"})
    yield replace(BASE, median=0.0004, same_sign=0.95).headline({})


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
    yield state_finding(lost[:2] + groups("security", "China", (0.1, 0.2)), title, other)
    yield state_finding(lost[:3] + groups("security", "China", (0.1,) * 3), title, other)
    yield state_finding(
        [item for item in lost if item.republic != "Kazakhstan"]
        + [replace(BASE, channel="security", holder="China", median=0.0, same_sign=0.0)]
        + groups("security", "China", (0.0, 0.1, 0.1, 0.1, 0.1)),
        title,
        "A, without its events",
    )
    yield state_finding(groups("security", "Russia", (0.2,), 0.5), title, other)
    yield state_finding([replace(BASE, median=0.0, same_sign=0.0, unchanged=1.0)], title, other)
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
        unsure[:1], sure + [replace(one, channel="economic") for one in sure],
        sure[:1] + some[:2] + [replace(one, power="Russia") for one in some[2:]]
        + [replace(one, channel="trade", power="China") for one in sure[3:]],
        [replace(some[0], probability=0.4), *unsure], [replace(sure[0], members=1)], [],
    ):  # fmt: skip
        yield state_leads(rows, "Russian retreat")


def contributions():
    whole = MemberSummary(-0.2, -0.3, -0.1, -0.21, 0.99)
    part = Contribution(-0.1, -0.2, -0.0, -0.11, 0.99, "garrisons-leave", "Garrisons leave")
    cell = CellContributions("Kazakhstan", "security", "Russia", whole, (part,), -0.0001, 0.0)
    how = "Contribution of each event, means over members: each removed in turn (256 members)"
    return EventContributions(
        how, "leave-one-out", 256, 2, "comes from events acting together", "", (cell,)
    ).lines()


def figures(out):
    found = compute_statistics(open_batch(out))
    names = [str(name) for name in found["scenario"].values]
    for name in names:
        one = found.sel(scenario=name)
        yield find_difference(one).sentence
        yield find_leads(one).sentence
        yield provenance_sentence(one)
    yield provenance_sentence(found)
    one = found.assign(members=found["members"] * 0 + 1)
    yield provenance_sentence(one.assign_attrs(request=found.attrs["request"] | {"members": 1}))
    yield largest_finding(found, names).sentence
    yield largest_finding(found, names[2:3]).sentence
    yield largest_finding(one, names).sentence
    yield region_label(found)
    yield region_label(found.sel(republic=["Kazakhstan", "Uzbekistan"]))
    yield region_label(found.sel(republic=["Kazakhstan"]))


def report(out):
    dataset, manifest = open_batch(out), load_manifest(out)
    request = manifest.request
    pair = "retreat", "baseline"
    shown = {
        pair: [replace(BASE, scenario="retreat")],
        ("short", "baseline"): [replace(BASE, scenario="short", against="retreat", median=0.05)],
    }
    unsure = {pair: [replace(BASE, scenario="retreat", same_sign=0.5)]}
    alike = {pair: [replace(BASE, scenario="retreat", same_sign=0.0, unchanged=1.0)]}
    own = dataset.assign_attrs(request=request | {"references": {"short": "history"}})
    alone = dataset.sel(scenario=["baseline"])
    for section in (
        introduction(dataset, manifest),
        introduction(dataset, replace(manifest, request=request | {"weights": "posterior 97b3"})),
        introduction(dataset, replace(manifest, blocks={}, request=request | {"members": 1})),
        *(findings_section(dataset, request, found) for found in ({}, shown, unsure, alike)),
        findings_section(own, own.attrs["request"], {}),
        findings_section(alone, request, {}),
        limits_section(request, CAST),
        counted.NOTE,
        counted.NO_BACKTEST,
    ):
        yield from words_of(section)


def words_of(html):
    """The texts of a part of a page, one in a line."""
    text = re.sub(r"<(/?(li|p|h\d|td|th|caption|summary))\b[^>]*>", "\n", html)
    return [line.strip() for line in re.sub(r"<[^>]+>", "", unescape(text)).split("\n") if line]


def scripts():
    """What pages of reports write in the browser, such as the grade of a finding."""
    folder = Path(picture.__file__).parents[1]
    for file in ("figures/evidence.js", "report/page.js", "report/counted.js"):
        text = (folder / file).read_text(encoding="utf-8")
        for found in re.findall(r'"([^"`\n]+)"|`([^`\n]+)`', text):
            words = re.sub(r"\$\{[^}]*\}", "{}", "".join(found))
            long = len(re.findall("[a-z]{2,}", words)) > 3
            if long and not re.search(r"[<=>]|[a-z]-[a-z]+$|\$\{", words):
                yield words


def compared_pictures(out):
    """The texts of the picture of a comparison: whole, unfinished and of one member."""
    whole = compare(out, "retreat")
    for one in (whole, replace(whole, note="unfinished"), replace(whole, members=1)):
        with use_theme():
            yield from texts_of(picture.make_page(one))


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
    yield state_coverage(claims + xr.DataArray([2, 0], dims="channel")).sentence


def whole_pages(out, family):
    for _, figure in pages_of_each_kind(out, family, "retreat", "Kazakhstan"):
        yield from texts_of(figure)


def lines(out, larger, family):
    yield from (
        "# Differences, as `steppe compare` lists them",
        *(one.sentence() for one in differences()),
    )
    yield from ("# Differences, as `steppe run` states the first", *first_differences())
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
    yield from ("# Texts that a report writes in the browser", *sorted(set(scripts())))
    yield from ("# Pictures of comparisons", *dict.fromkeys(compared_pictures(out)))
    yield from ("# Pages of each kind", *dict.fromkeys(whole_pages(larger, family)))
    yield from ("# Families", *families())
    yield from ("# What happens, and what changes history", *happenings(out))
    yield from ("# What rests on evidence", *evidence())
    yield "# Labels and captions of figures, which catalogues translate"
    yield from sorted(" / ".join([text] if isinstance(text, str) else text) for text in messages())


@pytest.fixture(scope="module")
def listed(batch, page_batch, tmp_path_factory):
    found = lines(batch, page_batch, tmp_path_factory.mktemp("family") / "batch")
    return [line.rstrip() for line in found]


def test_the_list_of_sentences_is_fresh(golden, listed):
    golden("sentences.txt", "\n".join(listed) + "\n")


def test_no_sentence_has_a_signed_nought_or_a_list_without_and(listed):
    for line in listed:
        assert not re.search(r"(?<![\d.])[-+\N{MINUS SIGN}]0(\.0+)?%?(?![\d.])", line), line
        assert not re.search(
            r"(?<!the )(United States|European Union)('| leads| holds| lost)", line
        )
        assert " %" not in line and ".." not in line, line

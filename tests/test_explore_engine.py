"""The engine of the live page: what it answers is what `steppe run` computes."""

from __future__ import annotations

import base64
import gc
import json
from dataclasses import replace

import numpy as np
import pytest

import steppe
from steppe.experiments.explore.asked_scenario import Library, describe_scenario
from steppe.experiments.explore.engine import Engine
from steppe.experiments.explore.question import Question, parse_question
from steppe.experiments.explore.schedule import IDLE, LATER, URGENT, Job, Schedule
from steppe.experiments.explore.start_data import factor_stops, start_data
from steppe.experiments.storage.zarr_store import pack_shares
from steppe.model.core.cast import default_cast
from steppe.model.core.errors import RequestError
from steppe.model.model import InfluenceModel
from steppe.model.parameters.posterior import load_posterior

MEMBERS = 60
RETREAT = "russian-retreat"


@pytest.fixture(scope="module")
def engine():
    return Engine(Library(), few=20, all_members=MEMBERS)


def answers(engine, question):
    return [answer for answer in engine.answers(question) if answer is not None]


def unpack(text, *shape):
    return np.frombuffer(base64.b64decode(text), "<i2").reshape(shape)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "a question is an object"),
        ({"scenario": 3}, "scenario holds no name"),
        ({"scenario": "x" * 201}, "1 to 200 letters"),
        ({"secret": 1}, "unknown key 'secret'"),
        ({"levers": {"depth": "deep"}}, "levers holds 'deep'; give a number"),
        ({"levers": {"depth": True}}, "give a number"),
        ({"levers": {"depth": float("nan")}}, "give a finite number"),
        ({"levers": {f"a{i}": 1 for i in range(201)}}, "at most 200"),
        ({"off": [f"event-{i}" for i in range(501)]}, "at most 500 names"),
        ({"off": "all"}, "a list"),
        ({"keep": {"rho": "upper"}}, "give one of lowest, middle, highest"),
        ({"text": "a" * 180_001}, "at most 180,000"),
    ],
)
def test_what_is_no_question_is_refused_in_words(data, words):
    with pytest.raises(RequestError, match=words):
        parse_question(data)


def test_a_question_is_read_as_it_was_written():
    data = {
        "scenario": RETREAT,
        "levers": {"depth": 1},
        "off": ["b", "a"],
        "keep": {"rho": "lowest"},
    }
    assert parse_question(data) == Question(
        RETREAT, levers={"depth": 1.0}, off=("a", "b"), keep={"rho": "lowest"}
    )


def test_dates_of_events_follow_the_levers():
    def years(start):
        scenario = Library().scenario(Question(RETREAT, levers={"start": start}))
        return [event["year"] for event in describe_scenario(scenario)["events"]]

    assert [later - sooner for sooner, later in zip(years(2024), years(2030), strict=True)] == [
        6
    ] * 5


@pytest.mark.parametrize(
    "question",
    [
        Question(RETREAT),
        Question(RETREAT, levers={"depth": 0.85, "start": 2030}),
        Question(RETREAT, off=("garrisons-leave", "union-sinks")),
        Question("china-russia-split", levers={"rivalry": 1.5}, factors={"rho": 0.8}),
        Question("baseline", factors={"tau_0": 1.1}),
        Question(text=f"title: Mine\nextends: {RETREAT}\nlevers:\n  depth: {{default: 0.9}}\n"),
    ],
    ids=["as shipped", "levers", "events off", "factor", "baseline", "text"],
)
def test_the_downloaded_scenario_reproduces_the_page_to_the_same_bits(engine, question, tmp_path):
    path = tmp_path / "my-future.yaml"
    path.write_text(engine.library.download(question), encoding="utf-8")
    results = steppe.run(["baseline", path], members=MEMBERS, jobs=1)
    shares = results["shares"].sel(scenario="my-future")
    expected = pack_shares(
        shares.transpose("time", "holder", "republic", "channel", "member").values
    )
    *_, whole = answers(engine, question)
    assert whole["kind"] == "whole", whole
    run = engine.runs[engine.ask(question).place]
    np.testing.assert_array_equal(run.shares, expected[run.first :])
    trade = results["trade"].sel(scenario="my-future")
    expected = pack_shares(trade.transpose("time", "power", "republic", "member").values)
    np.testing.assert_array_equal(run.observed["trade"], expected[run.first :])
    quantiles = np.quantile(shares.values, 0.5, axis=shares.get_axis_num("member"))
    shown = unpack(whole["shares"], 5, 3, 5, 5, -1)[..., 2, :]
    order = [name for name in shares.dims if name != "member"]
    wanted = np.moveaxis(quantiles, order.index("time"), -1)
    np.testing.assert_allclose(shown / 10_000, wanted, atol=7e-5)


def test_differences_and_leads_are_those_of_the_members(engine):
    question = Question(RETREAT, levers={"depth": 0.8})
    *_, whole = answers(engine, question)
    results = steppe.run(["baseline", RETREAT], members=MEMBERS, levers={"depth": 0.8}, jobs=1)
    shares = (
        results["shares"]
        .isel(time=-1)
        .transpose("scenario", "republic", "channel", "holder", "member")
    )
    apart = (shares.sel(scenario=RETREAT) - shares.sel(scenario="baseline")).values
    shown = unpack(whole["differences"], 5, 3, 5, 4, -1)[..., -1] / 10_000
    np.testing.assert_allclose(shown[..., 1], np.median(apart, axis=-1), atol=1e-4)
    lower = (apart < 0).mean(axis=-1)
    sure = shown[..., 1] < -0.01
    assert sure.any()
    np.testing.assert_allclose(shown[..., 3][sure], lower[sure], atol=1e-4)
    powers = shares.sel(scenario=RETREAT).values[..., :-1, :]
    leads = unpack(whole["leads"], 5, 3, 4, -1)[..., -1] / 10_000
    for power in range(4):
        np.testing.assert_allclose(
            leads[..., power],
            (powers.argmax(axis=-2) == power).mean(axis=-1),
            atol=1e-4,
        )


def test_the_first_answer_comes_before_the_whole_one_and_says_so(engine):
    first, whole = answers(engine, Question(RETREAT, levers={"depth": 0.123, "start": 2028}))
    assert (first["kind"], first["members"], first["of"]) == ("first", 20, MEMBERS)
    assert (whole["kind"], whole["members"]) == ("whole", MEMBERS)
    again = answers(engine, Question(RETREAT, levers={"depth": 0.123, "start": 2028}))
    assert [answer["kind"] for answer in again] == ["whole"]
    assert again[0]["shares"] == whole["shares"]


def test_a_condition_keeps_a_third_of_the_members(engine):
    *_, whole = answers(engine, Question(RETREAT, keep={"rho": "lowest"}))
    assert whole["members"] == MEMBERS / 3
    mistakes = answers(engine, Question(RETREAT, keep={"nothing": "lowest"}))[-1]["mistakes"]
    assert "unknown parameter 'nothing'" in mistakes[0]["message"]


def test_mistakes_come_with_their_line(engine):
    text = (
        "title: Wrong\nextends: baseline\nevents:\n  one:\n    when: 2027\n"
        "    what: Something\n    efects: []\n"
    )
    (answer,) = answers(engine, Question(text=text))
    assert [(row["line"], "efects" in row["message"]) for row in answer["mistakes"]][-1] == (
        7,
        True,
    )
    (answer,) = answers(engine, Question(RETREAT, levers={"depth": 2.0}))
    assert "outside the range 0 to 0.95" in answer["mistakes"][0]["message"]
    (answer,) = answers(engine, Question("nowhere"))
    assert "unknown scenario 'nowhere'" in answer["mistakes"][0]["message"]


def test_text_extends_shipped_scenarios_only(engine, tmp_path, monkeypatch):
    (tmp_path / "beside.yaml").write_text("title: Beside\nextends: baseline\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("beside", "../secrets", "/etc/passwd"):
        (answer,) = answers(engine, Question(text=f"title: Mine\nextends: {name}\n"))
        assert answer["mistakes"], name


def test_a_file_is_read_anew_with_another_version(tmp_path):
    path = tmp_path / "mine.yaml"
    engine = Engine(Library({"mine": path}), few=10, all_members=20)
    path.write_text(f"title: Mine\nextends: {RETREAT}\nlevers:\n  depth: {{default: 0.2}}\n")
    shallow = [a for a in engine.answers(Question("mine"), "1") if a][-1]
    path.write_text(f"title: Mine\nextends: {RETREAT}\nlevers:\n  depth: {{default: 0.9}}\n")
    deep = [a for a in engine.answers(Question("mine"), "2") if a][-1]
    assert shallow["scenario"]["levers"][0]["value"] == 0.2
    assert deep["scenario"]["levers"][0]["value"] == 0.9
    assert shallow["shares"] != deep["shares"]


def test_a_save_in_the_middle_of_an_answer_changes_nothing_of_it(tmp_path):
    path = tmp_path / "mine.yaml"
    shallow = f"title: Mine\nextends: {RETREAT}\nlevers:\n  depth: {{default: 0.2}}\n"
    engine = Engine(Library({"mine": path}), few=10, all_members=20)

    other = f"{shallow}events:\n  garrisons-leave: null\n"

    def first_lever(version, before, after):
        path.write_text(before, encoding="utf-8")
        for answer in engine.along(engine.ask(Question("mine"), version)):
            path.write_text(after, encoding="utf-8")
            if answer:
                return answer
        return None

    quiet = first_lever("1", shallow, shallow)
    assert first_lever("2", shallow, other) == quiet


def test_factors_stop_before_a_member_breaks_a_guard(engine):
    table = load_posterior("posterior", default_cast()).table
    for name in ("lambda_", "chi", "rho", "h"):
        low, high = factor_stops(name, table)
        assert low <= 1 <= high
        for factor in (low, high):
            assert engine.ask(Question("baseline", factors={name: factor}))
    low, high = factor_stops("lambda_", table)
    assert high < 2
    whole = Engine(Library(), few=20, all_members=1000)  # every draw of the weights
    with pytest.raises(RequestError, match="break a guard"):
        whole.ask(Question("baseline", factors={"lambda_": high + 0.05}))


def test_the_start_has_all_shipped_scenarios_and_the_words():
    data = start_data(Library())
    names = [row["name"] for row in data["scenarios"]]
    assert RETREAT in names and "baseline" in names and "history" not in names
    assert set(data["terms"]) >= {"share", "capacity", "member", "band", "autonomy", "lever"}
    assert json.dumps(data)


OTHER_SHAPES = {
    "a longer future": "extends: russian-retreat\nto: 2045\n",
    "a shorter future": "extends: russian-retreat\nto: 2030\n",
    "another history": "extends: baseline\nevents:\n  e: {when: 2005, what: Money from China, "
    "effects: [{budget: China, scale: 2}]}\n",
    "an added power": "extends: baseline\ncast:\n  Turkey: {kind: power}\n",
    "an added republic": "extends: baseline\ncast:\n  Afghanistan: {kind: republic}\n",
    "parameters of its own": "extends: baseline\nparameters: {rho: 3, beta: {times: 0.5}, "
    "sigma: {uniform: [0.01, 0.05]}}\n",
}


@pytest.mark.parametrize("name", OTHER_SHAPES)
def test_scenarios_of_other_shapes_have_pictures_of_their_shape(engine, name):
    found = answers(engine, Question(text=f"title: Mine\n{OTHER_SHAPES[name]}"))
    assert [answer["kind"] for answer in found] == ["first", "whole"], found
    for answer in found:
        holders, republics = (len(answer["cast"][kind]) for kind in ("holders", "republics"))
        cells, years = republics * 3 * holders, len(answer["years"])
        assert unpack(answer["shares"], cells, 5, -1).shape[-1] == years
        assert unpack(answer["differences"], cells, 4, -1).shape[-1] == years - answer["first"]
        assert unpack(answer["leads"], republics * 3 * (holders - 1), -1).shape[-1] == years
        shares = unpack(answer["shares"], republics, 3, holders, 5, -1)
        assert ((shares >= 0) & (shares <= 10_000)).all()


def test_an_answer_that_nobody_waits_for_leaves_no_model_behind(engine):
    def models():
        gc.collect()
        return sum(isinstance(one, InfluenceModel) for one in gc.get_objects())

    *_, _ = engine.answers(Question(RETREAT))
    before = models()
    for depth in (0.41, 0.42, 0.43):
        steps = engine.whole_answer(Question(RETREAT, levers={"depth": depth}))
        next(steps)
        assert models() == before + 1
        steps.close()
    assert models() == before


def test_first_answers_come_before_refinements_and_dropped_work_ends():
    said, ended = [], []

    def steps(name, count, urgency=None):
        try:
            for step in range(count):
                yield {"step": f"{name}{step}", **({"next": urgency} if urgency else {})}
        finally:
            ended.append(name)

    schedule = Schedule(lambda number, answer: said.append(answer.get("step", f"last {number}")))
    schedule.add(Job(1, steps("a", 3, LATER)))
    schedule.add(Job(2, steps("b", 2), IDLE))
    schedule.step()
    schedule.add(Job(3, steps("c", 2), URGENT))
    schedule.step()
    schedule.step()
    schedule.step()
    schedule.step()
    schedule.drop(1)
    assert said == ["a0", "c0", "c1", "last 3", "a1"]
    while schedule:
        schedule.step()
    assert said[5:] == ["b0", "b1", "last 2"]
    assert ended == ["c", "a", "b"]


def test_two_pages_that_ask_at_once_share_a_world():
    engine = Engine(Library(), few=10, all_members=20)
    one, other = (
        engine.answers(Question(RETREAT, levers={"depth": depth})) for depth in (0.2, 0.9)
    )
    found = {one: [], other: []}
    waiting = [one, other]
    while waiting:
        for steps in list(waiting):
            try:
                answer = next(steps)
            except StopIteration:
                waiting.remove(steps)
                continue
            if answer:
                found[steps].append(answer)
    assert [[a["kind"] for a in rows] for rows in found.values()] == [["first", "whole"]] * 2
    alone = Engine(Library(), few=10, all_members=20)
    *_, expected = answers(alone, Question(RETREAT, levers={"depth": 0.9}))
    assert found[other][-1]["shares"] == expected["shares"]
    assert replace(Question(RETREAT), levers={"depth": 0.9}) == Question(
        RETREAT, levers={"depth": 0.9}
    )


def test_a_baseline_is_read_once_for_each_change_of_parameters(monkeypatch):
    """A lever that moves needs no new baseline; a factor does, and some of them are kept."""
    from steppe.experiments.explore import asked_scenario

    library, read = Library(), []
    complete = asked_scenario.complete_scenario
    monkeypatch.setattr(
        asked_scenario, "complete_scenario", lambda merged: read.append(1) or complete(merged)
    )
    moved = [library.scenario(Question(RETREAT, levers={"depth": depth})) for depth in (0.2, 0.9)]
    changed = library.scenario(Question(RETREAT, factors={"rho": 0.8}))
    read.clear()
    baselines = [library.baseline(scenario) for scenario in (*moved, changed, changed, moved[0])]
    assert len(read) == 2
    assert baselines[0] is baselines[1] is baselines[4]
    assert baselines[0].fingerprint == library.scenario(Question("baseline")).fingerprint
    assert baselines[2] is baselines[3]
    assert baselines[2].fingerprint != baselines[0].fingerprint


def test_a_file_that_is_called_baseline_is_no_reference(tmp_path):
    mine = tmp_path / "baseline.yaml"
    mine.write_text("title: Mine\nextends: russian-retreat\n", encoding="utf-8")
    library = Library({"baseline": mine})
    scenario = library.scenario(Question("baseline"))
    assert scenario.title == "Mine"
    assert library.baseline(scenario).title == library.baseline().title == "Baseline"

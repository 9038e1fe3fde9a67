"""`steppe check`, `new` and `list`, as a user meets them."""

import json
import re

import numpy as np
import pytest
import toys
from click.testing import CliRunner

from steppe.experiments.cli.app import steppe
from steppe.model.core.errors import RequestError
from steppe.model.evidence.coded_inputs import default_inputs
from steppe.model.scenario.annotate import annotate_scenario
from steppe.model.scenario.describe import describe_differences
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.lint import lint_scenario
from steppe.model.scenario.load import load_scenario


def called(*words):
    return CliRunner().invoke(steppe, [str(word) for word in words])


def written(folder, text, name="mine"):
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def warned(folder, text):
    """Lines and beginnings of the warnings about a file."""
    return [
        (diagnostic.line, diagnostic.message)
        for diagnostic in lint_scenario(load_scenario(written(folder, text)), default_inputs())
    ]


EVENT = (
    "title: Mine\nextends: baseline\nevents:\n  it:\n    what: something happens\n    "
    "when: 2025\n    effects:\n"
)


# Warnings


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "extends: baseline\nto: 2040Q4\n",
            2,
            "'to': 2040Q4 is what scenarios/baseline.yaml:10 says already; it changes nothing",
        ),
        (
            "extends: russian-retreat\nevents: {garrisons-leave: {when: start + 1}}\n",
            2,
            "'when': start + 1 is what scenarios/russian-retreat.yaml",
        ),
        (
            "extends: russian-retreat\nlevers:\n  depth:\n    default: 0.6\n",
            4,
            "'default': 0.6 is what",
        ),
        (
            EVENT.replace("2025", "2050") + "      - {budget: Russia, scale: 0.5}\n",
            6,
            "2050Q1 is after the run ends (2040Q4); the event never happens",
        ),
        (
            EVENT.replace("when: 2025", "between: [2035, 2050]")
            + "      - {budget: Russia, scale: 0.5}\n",
            6,
            "can fall after the run ends",
        ),
        (
            EVENT + "      - {shock: ties, power: United States, republic: all, channel: soft "
            "power, intensity: 0, permanent: true}\n",
            8,
            "an intensity of 0",
        ),
        (
            EVENT + "      - {shock: threat, republic: all, intensity: -1}\n",
            8,
            "the threat named are at their lower bound",
        ),
        (
            EVENT + "      - {budget: Russia, scale: 1}\n",
            8,
            "resources times 1: it changes nothing",
        ),
        (EVENT + "      - {tolerance: 0, republic: all}\n", 8, "a tolerance of 0 more"),
        (
            EVENT.replace("    when", "    probability: 0\n    when")
            + "      - {budget: Russia, scale: 0.5}\n",
            6,
            "a probability of 0: this never happens",
        ),
        (
            "extends: baseline\nparameters: {theta: {times: 1}}\n",
            2,
            "theta times 1 changes nothing",
        ),
        (
            "extends: american-return\nevents: {funds-approved: null}\n",
            1,
            "the inherited lever 'scale' no longer has an effect",
        ),
    ],
)
def test_what_changes_nothing_is_reported_where_it_stands(tmp_path, text, line, message):
    (found,) = warned(tmp_path, text)
    assert found[0] == line
    assert found[1].startswith(message)


DATED = np.repeat([0.2, 2 / 3], [10, 70])
REGARD = np.array([[[0.0], [-2 / 3]], [[-2 / 3], [0.0]]])


@pytest.mark.parametrize(
    ("effect", "coded", "message"),
    [
        (
            {"need": 2, "republic": "Valley", "channel": "trade"},
            {"needs": DATED},
            "the need is 2 there already",
        ),
        (
            {"interest": 2, "power": "East", "republic": "Valley", "channel": "all"},
            {"interests": DATED},
            "the interest is 2 there already",
        ),
        (
            {"relation": ["East", "West"], "becomes": -2},
            {"relations": np.where(DATED > 0.5, REGARD, 0.0)},
            "they regard each other so already (-2)",
        ),
        (
            toys.shock("ties", 1, over=4),
            {"ties": np.where(DATED > 0.5, 1.0, 0.9)},
            "the ties named are at their upper bound already",
        ),
    ],
)
def test_what_sets_what_is_coded_at_that_time_is_reported(effect, coded, message):
    inputs = toys.inputs(toys.cast(), **coded)
    before, after = (
        lint_scenario(toys.scenario(inputs.cast, toys.one_event(effect, when=when)), inputs)
        for when in (9, 10)
    )
    assert not before
    assert [found.message.partition(";")[0] for found in after] == [message]


def test_warnings_alone_leave_the_exit_code_at_0(tmp_path):
    path = written(tmp_path, "title: Mine\nextends: baseline\nto: 2040Q4\n")
    result = called("check", path)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"warning: {path}:3:1  ")
    assert json.loads(called("check", "--json", path).stdout)["warnings"][0]["line"] == 3


def test_a_condition_that_no_member_meets_is_reported_by_the_run(tmp_path):
    path = written(
        tmp_path,
        "title: Mine\nextends: baseline\nto: 2021\nevents:\n  never:\n    what: China holds "
        "everything\n"
        '    if: {republic: all, channel: all, power: China, share: "> 0.99"}\n    effects: '
        "[{budget: China, scale: 2}]\n",
    )
    result = called(
        "run",
        path,
        "--members",
        4,
        "--jobs",
        1,
        "--out",
        tmp_path / "out",
        "--no-figures",
        "--quiet",
    )
    assert result.exit_code == 0, result.output
    assert (
        f"warning: {path}:7:9  no member met this condition (of 4 followed): 'never' never happened"
        in result.stderr
    )


# Explanation and difference


def test_explain_says_where_each_line_comes_from_and_works_levers_out(tmp_path):
    path = written(
        tmp_path,
        "title: Mine\nextends: russian-retreat\nlevers: {depth: {default: 0.25}}\nevents: "
        "{garrisons-leave: null}\n",
    )
    lines = annotate_scenario(load_scenario(path)).splitlines()
    by_start = {line.split("  #")[0].strip(): line for line in lines}
    assert by_start["to: 2040Q4"].endswith("# scenarios/baseline.yaml:10")
    assert by_start["default: 0.25"].endswith(f"# {path}:3")
    assert by_start["- {budget: Russia, scale: 1 - depth, over: 12}"].endswith("1 - depth = 0.75")
    assert "garrisons" not in "".join(lines)
    assert all(
        re.search(r"# \S+\.yaml:\d+", line)
        or line.rstrip().endswith("effects:")
        or line.startswith("#")
        for line in lines
    )


def test_what_explain_prints_is_a_scenario_with_the_same_results(tmp_path):
    scenario = load_scenario("sino-russian-condominium")
    again = load_scenario(written(tmp_path, annotate_scenario(scenario)))
    assert again.fingerprint == scenario.fingerprint


def test_explain_through_the_command():
    result = called("check", "--explain", "baseline")
    assert result.exit_code == 0
    assert "# scenarios/history.yaml:" in result.stdout


def test_differences_are_said_in_words(tmp_path):
    path = written(
        tmp_path,
        """\
title: Mine
extends: russian-retreat
to: 2035
levers: {depth: {default: 0.3}}
parameters: {rho: {times: 0.5}}
cast: {Iran: {kind: power}}
events:
  garrisons-leave: null
  labour-market-shrinks: {when: 2030}
  new: {what: Iran comes, when: 2026Q2, effects: [{budget: Iran, scale: 2}]}
""",
    )
    assert describe_differences(load_scenario("russian-retreat"), load_scenario(path)) == [
        "russian-retreat ends 2040Q4, mine ends 2035Q4",
        "lever depth is 0.6 in russian-retreat, 0.3 in mine",
        "parameter rho is as calibrated in russian-retreat, times 0.5 in mine",
        "Iran is in the cast of mine only",
        "event means-withdrawn has in russian-retreat: resources of Russia times 0.4 over 12 "
        "quarters; in mine: resources of Russia times 0.7 over 12 quarters",
        "event garrisons-leave is in russian-retreat only: 2025Q1, Russian garrisons go "
        "home (ties -1.2 (Russia; Kyrgyzstan and Tajikistan; security), permanent; "
        "ties -1.2 (Russia; Kazakhstan; security) over 8 quarters, permanent; "
        "ties -0.6 (Russia; Kyrgyzstan, Tajikistan, Turkmenistan and Uzbekistan; security) "
        "over 8 quarters, permanent; "
        "effort -1.8 (Russia; all republics; security), permanent)",
        "event labour-market-shrinks happens 2026Q1 in russian-retreat, 2030Q1 in mine",
        "event labour-market-shrinks has in russian-retreat: ties -1.2 (Russia; "
        "Kyrgyzstan, Tajikistan and Uzbekistan; economic) over 8 quarters, permanent; "
        "in mine: ties -0.6 (Russia; Kyrgyzstan, Tajikistan and Uzbekistan; economic) "
        "over 8 quarters, permanent",
        "event new is in mine only: 2026Q2, Iran comes (resources of Iran times 2)",
    ]


def test_diff_through_the_command():
    result = called("check", "--diff", "baseline", "russian-retreat", "--set", "depth=0.3")
    assert result.exit_code == 0
    assert "resources of Russia times 0.7" in result.stdout
    assert (
        called("check", "--diff", "baseline", "baseline").stdout
        == "baseline and baseline differ in nothing\n"
    )
    assert isinstance(called("check", "--diff", "baseline").exception, RequestError)


def test_two_near_levers_are_shown_to_differ():
    one, other = (load_scenario(f"russian-retreat[depth={at}]") for at in ("0.3", "0.30000001"))
    assert f"lever depth is 0.3 in {one.name}, 0.30000001 in" in describe_differences(one, other)[0]


# New files


@pytest.mark.parametrize("parent", shipped_names())
def test_a_new_file_passes_check_as_it_is_and_with_every_comment_taken_away(tmp_path, parent):
    result = called("new", "my-future", "--from", parent, "--folder", tmp_path)
    assert result.exit_code == 0, result.output
    text = (tmp_path / "my-future.yaml").read_text(encoding="utf-8")
    fresh = load_scenario(tmp_path / "my-future.yaml")
    assert describe_differences(fresh, load_scenario(parent)) == []
    awake = load_scenario(
        written(tmp_path, re.sub(r"^#(?=  |[a-z])", "", text, flags=re.MULTILINE), "awake")
    )
    assert "my-event" in awake.own_events
    assert lint_scenario(fresh, default_inputs()) == []


ODD_NAMES = ["2030", "007", "1e3", "true", "Null", "no", "ON", "0x1F", "1_000", "2030-01-01", "y"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_new_file_of_any_name_passes_check_and_can_be_extended(tmp_path, name):
    assert called("new", name, "--folder", tmp_path).exit_code == 0
    path = tmp_path / f"{name}.yaml"
    assert called("check", path).stdout.startswith("no mistakes: ")
    assert called("new", "child", "--from", path, "--folder", tmp_path).exit_code == 0
    child = load_scenario(tmp_path / "child.yaml")
    assert child.chain[-2] == name
    assert f"`steppe run child.yaml {name}.yaml`" in (tmp_path / "child.yaml").read_text()


@pytest.mark.parametrize("name", ["two words", "будущее", "-f", ".hidden", "a/b", "", "x" * 70])
def test_a_name_that_no_new_file_can_have_is_refused_with_the_reason(tmp_path, name):
    refused = called("new", "--folder", tmp_path, "--", name)
    assert "use letters, digits, - and _" in str(refused.exception)
    assert not list(tmp_path.iterdir())


def test_a_default_offered_by_a_new_file_is_exact(tmp_path):
    levers = "levers: {depth: {meaning: x, range: [0, 1], default: 0.123456789012}}\n"
    parent = written(tmp_path, f"title: P\nextends: russian-retreat\n{levers}", "parent")
    assert called("new", "child", "--from", parent, "--folder", tmp_path).exit_code == 0
    assert "default: 0.123456789012 " in (tmp_path / "child.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("value", ["1e3", "true", "1.5e-3", "2030"])
def test_annotated_text_is_read_back_as_text(tmp_path, value):
    scenario = load_scenario(written(tmp_path, f"title: '{value}'\nextends: baseline\n"))
    again = written(tmp_path, annotate_scenario(scenario), "again")
    assert load_scenario(again).title == value


def test_an_existing_file_is_not_overwritten(tmp_path):
    written(tmp_path, "mine\n", "my-future")
    result = called("new", "my-future", "--folder", tmp_path)
    assert isinstance(result.exception, RequestError)
    assert "is there already" in str(result.exception)
    assert (tmp_path / "my-future.yaml").read_text(encoding="utf-8") == "mine\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("new", "../up"), "is not a valid name for a scenario"),
        (("new", "baseline"), "is a scenario that ships"),
        (("new", "x", "--from", "basline"), "did you mean 'baseline'?"),
        (("new", "x", "--folder", "no/such/folder"), "cannot be written"),
    ],
)
def test_a_new_file_needs_a_free_name_and_a_parent(words, message):
    result = called(*words)
    assert isinstance(result.exception, RequestError)
    assert message in str(result.exception)


def test_a_new_file_may_change_one_beside_it(tmp_path):
    parent = written(tmp_path, "title: Parent\nextends: baseline\n", "parent")
    assert called("new", "child", "--from", parent, "--folder", tmp_path).exit_code == 0
    assert load_scenario(tmp_path / "child.yaml").chain[-2] == "parent"
    (tmp_path / "elsewhere").mkdir()
    assert "one beside it" in str(
        called("new", "child", "--from", parent, "--folder", tmp_path / "elsewhere").exception
    )


def test_the_list_names_every_scenario():
    assert {row["name"] for row in json.loads(called("list", "--json").stdout)} == set(
        shipped_names()
    )
    assert "depth=0.6" in called("list").stdout

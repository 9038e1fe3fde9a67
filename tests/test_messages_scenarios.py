"""Mistakes that people new to scenario files make, and whether the message names the way out."""

import pytest
from click.testing import CliRunner

from steppe.experiments.cli.app import steppe

EVENT = """title: Mine
extends: baseline
events:
  it:
    when: 2025
    what: It happens
    effects:
      - shock: effort
        power: China
        republic: all
        channel: security
        intensity: 1
"""


def told(tmp_path, text, *words):
    """What `steppe check` says of a file, line by line."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(steppe, ["check", str(path), *words])
    assert result.exit_code == 2
    return [line.removeprefix(f"{path}") for line in result.stderr.splitlines()]


def outdented(key, by):
    """The event with one of its keys further to the left."""
    old = next(line for line in EVENT.splitlines() if line.strip().startswith(f"{key}:"))
    assert old.startswith(" " * by)
    return EVENT.replace(f"{old}\n", "") + f"{old[by:]}\n"


@pytest.mark.parametrize(
    ("key", "by", "message"),
    [
        (
            "what",
            4,
            ":12:1  unknown key 'what' here; it belongs inside an event: look at its indentation",
        ),
        (
            "when",
            4,
            ":12:1  unknown key 'when' here; it belongs inside an event: look at its indentation",
        ),
        (
            "intensity",
            8,
            ":12:1  unknown key 'intensity' here; it belongs inside an effect of an event: "
            "look at its indentation",
        ),
        (
            "intensity",
            4,
            ":12:5  unknown key 'intensity' here; "
            "it belongs inside an effect: look at its indentation",
        ),
        (
            "channel",
            4,
            ":12:5  unknown key 'channel' here; it belongs inside an effect or the "
            "condition: look at its indentation",
        ),
        (
            "what",
            2,
            ":12:3  'what' stands among the names of events; "
            "it belongs inside an event: look at its indentation",
        ),
    ],
)
def test_a_key_too_far_to_the_left_is_told_where_it_belongs(tmp_path, key, by, message):
    assert message in told(tmp_path, outdented(key, by))


def test_effects_too_far_to_the_left_are_not_taken_for_expects(tmp_path):
    text = EVENT.replace("    effects:\n", "effects:\n")
    assert (
        ":7:1  unknown key 'effects' here; it belongs inside an event: look at its indentation"
        in told(tmp_path, text)
    )


def test_a_key_misspelt_at_the_top_still_gets_its_nearest(tmp_path):
    message = "unknown key 'evens'; did you mean 'events'? events: what happens, by name"
    assert f":4:1  {message}" in told(tmp_path, EVENT.replace("events:", "tags: []\nevens:"))


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        (
            "{reroute: Russia, power: Russia, out_of: {republic: Kazakhstan}, into: "
            "{republic: Uzbekistan}, share: 0.4}",
            "unknown key 'power' here; a reroute names its powers after 'reroute:' itself, "
            "as in reroute: China",
        ),
        (
            "{reroute: Russia, republic: Uzbekistan, out_of: {republic: Kazakhstan}, into: "
            "{republic: Uzbekistan}, share: 0.4}",
            "unknown key 'republic' here; a reroute names the cells in 'out_of' and 'into', "
            "as in into: {republic: Uzbekistan}",
        ),
        (
            "{budget: Russia, power: China, scale: 2}",
            "unknown key 'power' here; a budget names its powers after 'budget:' itself, as "
            "in budget: China",
        ),
        (
            "{relation: [China, Russia], power: China, becomes: 3}",
            "unknown key 'power' here; a relation names its two powers after 'relation:' "
            "itself, as in relation: [China, Russia]",
        ),
    ],
)
def test_an_effect_that_names_its_powers_itself_says_so(tmp_path, effect, message):
    text = EVENT[: EVENT.index("      - shock")] + f"      - {effect}\n"
    lines = told(tmp_path, text)
    assert [line.split("  ", 1)[1] for line in lines] == [message]


@pytest.mark.parametrize(
    "words",
    [
        ["check", "russian-retreat"],
        ["run", "baseline", "russian-retreat"],
        ["check", "--diff", "baseline", "russian-retreat"],
    ],
)
def test_a_lever_out_of_range_is_blamed_on_the_option(tmp_path, words):
    out = ["--out", str(tmp_path / "out")] if words[0] == "run" else []
    result = CliRunner().invoke(steppe, [*words, "--set", "depth=1.9", *out])
    said = result.stderr or str(result.exception)
    assert (
        said.strip()
        == "--set depth=1.9  out of range; in russian-retreat 'depth' runs from 0 to 0.95"
    )
    assert not (tmp_path / "out").exists()


def test_a_lever_out_of_range_in_brackets_is_blamed_on_the_word():
    result = CliRunner().invoke(steppe, ["check", "russian-retreat[depth=1.9]"])
    assert result.exit_code == 2
    assert (
        result.stderr.strip()
        == "russian-retreat[depth=1.9]  lever 'depth' is 1.9; its range is 0 to 0.95"
    )

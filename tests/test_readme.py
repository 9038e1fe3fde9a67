"""What the README says can be typed, can be typed; what it shows as a scenario, is one."""

import re
from pathlib import Path

import click
import pytest

from steppe.experiments.cli.app import VERBS, steppe
from steppe.model.scenario.load import load_scenario

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
FENCED = re.findall(r"```(\w*)\n(.*?)```", README, flags=re.DOTALL)
SCENARIOS = [text for language, text in FENCED if language == "yaml" and text.startswith("title:")]
COMMANDS = sorted(
    {
        line.split("  #")[0].strip().removeprefix("$ ")
        for language, text in FENCED
        if not language
        for line in text.splitlines()
        if line.removeprefix("$ ").startswith("steppe ")
    }
    | set(re.findall(r"`(steppe [a-z][^`\n]*)`", README))
)


def test_there_is_something_to_test():
    assert len(SCENARIOS) >= 4 and len(COMMANDS) >= 12


@pytest.mark.parametrize("text", SCENARIOS, ids=[text.splitlines()[0][7:] for text in SCENARIOS])
def test_scenarios_in_the_readme_are_sound(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    load_scenario(path)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_in_the_readme_have_the_verbs_and_options_that_exist(line):
    words = line.split("|")[0].split()[1:]
    if not words or words[0].startswith(("-", "...", ".")):
        return
    command, context = steppe, click.Context(steppe)
    while isinstance(command, click.Group):
        word = words.pop(0)
        if command is steppe:
            assert word in VERBS, line
        command = command.get_command(context, word)
        assert command is not None, line
    options = {
        name for option in command.params for name in (*option.opts, *option.secondary_opts)
    } | {"--help", "-h"}
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= options, line

"""Old names of verbs and options work, print one notice, and are not shown by help."""

import shlex

import click
import pytest
from click.testing import CliRunner
from command import steppe

from steppe.experiments.cli import app, renamed

RENAMED = {
    "run": {
        "--keep": "--store",
        "--every": "--frequency",
        "--weights": "--parameters-from",
    },
    "compare": {"--weights": "--parameters-from"},
    "sensitivity": {"--weights": "--parameters-from"},
    "tipping": {"--until": "--condition", "--weights": "--parameters-from"},
    "discover": {"--weights": "--parameters-from"},
    "robustness": {"--weights": "--parameters-from"},
}
PAIRS = [(verb, old, new) for verb, names in RENAMED.items() for old, new in names.items()]


def option_values(verb, *words):
    """What a verb reads from these words for each of its options, and what it prints."""
    command = app.steppe.get_command(click.Context(app.steppe), verb)
    taken = {}

    def take(**values):
        taken.update(values)

    params = [param for param in command.params if param.param_type_name == "option"]
    for param in params:
        param.required = False
    probe = click.Command(verb, params=params, callback=take)
    result = CliRunner().invoke(probe, list(words))
    return taken, result


@pytest.mark.parametrize(("verb", "old", "new"), PAIRS)
def test_an_old_option_means_the_new_one_and_is_not_in_the_help(verb, old, new):
    value = {"--keep": "summary", "--every": "quarter"}.get(old, "prior")
    under_new, result = option_values(verb, new, value)
    assert value in under_new.values() and result.stderr == ""
    under_old, result = option_values(verb, old, value)
    assert under_old == under_new
    assert result.stderr == f"{old} is now {new}; the old name works until version 0.3\n"
    shown = steppe(verb, "--help").stdout
    assert new in shown and f"{old} " not in shown


@pytest.mark.parametrize(("verb", "old", "new"), PAIRS)
def test_an_old_option_beside_the_new_one_is_refused(verb, old, new):
    value = {"--keep": "summary", "--every": "quarter"}.get(old, "prior")
    _, result = option_values(verb, old, value, new, value)
    assert result.exit_code == 2
    assert f"{old} is now {new}; give only {new}" in result.stderr


def test_every_renamed_option_is_tested():
    declared = {
        (verb, param.old)
        for verb in app.VERBS
        for param in app.steppe.get_command(click.Context(app.steppe), verb).params
        if isinstance(param, renamed.RenamedOption)
    }
    assert declared == {(verb, old) for verb, old, _ in PAIRS}


@pytest.mark.parametrize(("old", "new"), renamed.VERBS.items())
def test_an_old_verb_means_the_new_one_and_is_not_in_the_help(old, new):
    called = steppe(old, "--help")
    assert called.returncode == 0 and f"steppe {new}" in called.stdout
    assert called.stderr == (
        f"steppe {old} is now steppe {new}; the old name works until version 0.3\n"
    )
    assert f"  {old} " not in steppe("--help").stdout


def test_a_batch_run_with_old_options_keeps_its_command_and_verifies(tmp_path):
    out = tmp_path / "out"
    words = ["run", "baseline", "--members", "8", "--jobs", "1", "--no-figures", "--out", str(out)]
    words += ["--every", "quarter", "--keep", "members", "--weights", "prior"]
    made = steppe(*words)
    assert made.returncode == 0 and len(made.stderr.splitlines()) == 3
    assert shlex.join(["steppe", *words]) in (out / "manifest.json").read_text()
    again = steppe("verify", out, "--members", 2)
    assert again.returncode == 0, again.stderr
    same = steppe(*(renamed_word(word) for word in words))
    assert same.returncode == 0 and same.stderr == ""


def renamed_word(word):
    return RENAMED["run"].get(word, word)

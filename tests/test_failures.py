"""How a command ends that fails: in words and an exit code, whatever goes wrong."""

from __future__ import annotations

import errno
import os
import signal
import sys
from pathlib import Path

import click
import pytest
from command import steppe

from steppe.experiments.cli import list as list_command
from steppe.experiments.cli.app import VERBS
from steppe.experiments.cli.app import steppe as group
from steppe.model.core import optional_packages
from steppe.model.core.diagnostics import Diagnostic, DiagnosticsError
from steppe.model.core.errors import IncompleteRunError, RequestError
from steppe.model.core.share_check import ShareError
from steppe.model.core.suggestions import UnknownNameError
from steppe.model.parameters.guards import GuardError
from steppe.model.parameters.posterior import PosteriorError

LEADS = "leads(China, 3 of 5, security)"
QUESTIONS = {
    "sensitivity": ("--output", "autonomy(region)"),
    "tipping": ("russian-retreat", "--lever", "depth", "--condition", f"P({LEADS}) > 0.5"),
    "discover": ("--outcome", LEADS),
    "robustness": ("baseline", "--outcome", "autonomy(Uzbekistan)"),
}


def raising(error):
    """A function that raises an error, whatever it is given."""

    def fail(*_, **__):
        raise error

    return fail


def commands():
    """Every verb with its words and its command, those of `evidence` as well."""
    context = click.Context(group)
    for verb in VERBS:
        command = group.get_command(context, verb)
        if isinstance(command, click.Group):
            yield from (((verb, name), each) for name, each in command.commands.items())
        else:
            yield (verb,), command


COMMANDS = dict(commands())


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (RequestError("no such thing"), 2, "no such thing"),
        (IncompleteRunError("half is kept"), 1, "half is kept"),
        (DiagnosticsError([Diagnostic("a.yaml", 3, 4, "is wrong")]), 2, "a.yaml:3:4  is wrong"),
        (UnknownNameError("power", "Rusia", ["Russia"]), 2, "did you mean 'Russia'?"),
        (PosteriorError("mine.csv: is cut short"), 2, "mine.csv: is cut short"),
        (GuardError("member 3 oscillates"), 2, "member 3 oscillates"),
        (ShareError("a share is not finite"), 1, "a share is not finite"),
        (
            OSError(errno.EACCES, os.strerror(errno.EACCES), "a/b.csv"),
            1,
            "a/b.csv: cannot be used (Permission denied); change the permissions there",
        ),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 1, "No space left on device"),
        (MemoryError(), 1, "memory is short; ask for fewer --members"),
        (
            UnicodeEncodeError("ascii", "θ", 0, 1, "not in range"),
            1,
            r"'\u03b8' cannot be written in the encoding ascii; set the environment variable",
        ),
        (KeyboardInterrupt(), 1, "stopped"),
        (click.UsageError("no such option"), 2, "no such option"),
    ],
)
def test_every_error_that_is_expected_ends_in_words_and_an_exit_code(
    monkeypatch, error, code, words
):
    monkeypatch.setattr(list_command, "load_scenario", raising(error))
    ended = steppe("list")
    assert ended.returncode == code and words in ended.stderr
    assert "Traceback" not in ended.stderr and "a bug in steppe" not in ended.stderr


def test_an_error_that_is_not_expected_says_whose_it_is_and_where_its_trace_is(
    monkeypatch, tmp_path
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(list_command, "load_scenario", raising(ZeroDivisionError("by nought")))
    ended = steppe("list")
    (trace,) = tmp_path.iterdir()
    assert ended.returncode == 1 and ended.stderr.splitlines() == [
        "ZeroDivisionError: by nought",
        f"a bug in steppe, not a mistake of yours; please report it, with the traceback in {trace}",
    ]
    text = trace.read_text(encoding="utf-8")
    assert "'list'" in text and "test_failures.py" in text and "ZeroDivisionError" in text


def test_a_trace_that_can_be_written_nowhere_is_shown(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    monkeypatch.setattr(list_command, "load_scenario", raising(ZeroDivisionError("by nought")))
    ended = steppe("list")
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr and "a bug in steppe, not a mistake of yours" in ended.stderr


@pytest.fixture
def default_signals():
    """The signals as in a shell in front; where tests run in the background some are ignored."""
    handlers = {
        signal.SIGTERM: signal.SIG_DFL,
        signal.SIGHUP: signal.SIG_DFL,
        signal.SIGINT: signal.default_int_handler,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("verb", QUESTIONS)
def test_a_question_that_is_told_to_stop_says_so(monkeypatch, tmp_path, verb, number):
    from steppe.experiments.runs.checkpoints import Checkpoints

    monkeypatch.setattr(Checkpoints, "read", lambda *_: None)
    monkeypatch.setattr(
        Checkpoints, "_run_missing", lambda *_: iter([(0, os.kill(os.getpid(), number))])
    )
    ended = steppe(verb, *QUESTIONS[verb], "--jobs", 1, "--out", tmp_path / "out")
    assert ended.returncode == 1 and ended.stderr.startswith("stopped; finished work is kept in")


@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_is_stopped_before_any_work_says_so(monkeypatch, number):
    monkeypatch.setattr(list_command, "load_scenario", lambda _: os.kill(os.getpid(), number))
    ended = steppe("list")
    assert (ended.returncode, ended.stderr) == (1, "\nstopped\n")


def test_a_signal_that_is_ignored_stays_so(monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        monkeypatch.setattr(
            list_command, "shipped_names", lambda: os.kill(os.getpid(), signal.SIGHUP) or []
        )
        monkeypatch.setattr(list_command, "max", lambda *_, **__: 0, raising=False)
        assert steppe("list").returncode == 0
    finally:
        signal.signal(signal.SIGHUP, before)


# Numbers


def numbers():
    """Every option that takes a number, with its verb."""
    for words, command in COMMANDS.items():
        for option in command.params:
            if isinstance(option.type, (click.types.IntParamType, click.types.FloatParamType)):
                yield words, option


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "half", ""])
def test_no_option_takes_what_is_not_a_finite_number(value):
    assert len(list(numbers())) >= 25
    for words, option in numbers():
        ended = steppe(*words, option.opts[0], value)
        assert ended.returncode == 2 and f"Invalid value for '{option.opts[0]}" in ended.stderr
        assert "is not a" in ended.stderr, ended.stderr


def test_nought_has_no_sign():
    for _, option in numbers():
        least = getattr(option.type, "min", None)
        if least is None or least <= 0:
            assert str(option.type.convert("-0", option, None)) in ("0", "0.0")


@pytest.mark.parametrize("value", ["nan", "inf", "1e999", "half", ""])
def test_no_lever_takes_what_is_not_a_finite_number(value, tmp_path):
    for words in (["check"], ["run", "--out", tmp_path / "out"]):
        ended = steppe(*words, "russian-retreat", "--set", f"depth={value}")
        assert ended.returncode == 2 and "write a lever and a number" in ended.stderr
        ended = steppe(*words, f"russian-retreat[depth={value}]")
        assert ended.returncode == 2 and "write a lever and a number" in ended.stderr


# Options given twice


def test_no_option_with_one_value_is_taken_twice():
    tried = 0
    for words, command in COMMANDS.items():
        for option in command.params:
            if isinstance(option, click.Option) and not (option.multiple or option.is_flag):
                name = option.opts[0]
                ended = steppe(*words, name, "1", name, "2")
                assert ended.returncode == 2
                assert f"{name} is given twice; give it once" in ended.stderr
                tried += 1
    assert tried >= 60


def test_an_option_is_not_taken_under_its_old_and_its_new_name():
    ended = steppe("run", "--store", "members", "--keep", "summary")
    assert ended.returncode == 2 and "--keep is now --store; give only --store" in ended.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["russian-retreat", "--set", "depth=0.3", "--set", "depth=0.8"],
            "--set depth=0.8: depth is set twice; set it once",
        ),
        (["russian-retreat[depth=0.3,depth=0.8]"], "'depth' is set twice; set it once"),
        (
            ["russian-retreat[depth=0.3]", "--set", "depth=0.8"],
            "'depth' is set in the name and by --set; set it once",
        ),
    ],
)
def test_a_lever_is_not_set_twice(words, said, tmp_path):
    for verb in ("check", "run"):
        ended = steppe(verb, *words, cwd=tmp_path)
        assert ended.returncode == 2 and said in ended.stderr
    assert not list(tmp_path.iterdir())


# Packages of extras

BATCH = "batch"
NEEDS = [
    ("calibrate", "calibration", "scipy"),
    ("scorecard", "calibration", "scipy"),
    (f"sensitivity --output {LEADS.replace(' ', '')}", "analysis", "SALib"),
    (f"discover --outcome {LEADS.replace(' ', '')}", "analysis", "ema_workbench"),
    (f"discover --outcome {LEADS.replace(' ', '')}", "analysis", "sklearn"),
    (f"export {BATCH} --to parquet", "export", "pyarrow"),
    (f"export {BATCH} --to netcdf", "export", "h5netcdf"),
    (f"export {BATCH} --to netcdf", "export", "h5py"),
    ("evidence agreement", "evidence", "krippendorff"),
    ("run --cluster local:2", "cluster", "distributed"),
    ("run --results s3://bucket/run", "cluster", "fsspec"),
]


@pytest.fixture
def forget_imports():
    """Afterwards, modules first imported in the test are gone, with all that they took over."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("steppe."):
            module, _, last = name.rpartition(".")
            del sys.modules[name]
            if hasattr(sys.modules.get(module), last):
                delattr(sys.modules[module], last)


@pytest.mark.usefixtures("forget_imports")
@pytest.mark.parametrize(("words", "extra", "package"), NEEDS)
def test_a_missing_package_is_named_before_any_work(monkeypatch, tmp_path, words, extra, package):
    monkeypatch.setitem(sys.modules, package, None)
    for work in (
        "steppe.model.scenario.load.read_scenario",
        "steppe.model.evidence.claims.load_evidence",
        "steppe.experiments.storage.manifest.load_manifest",
    ):
        monkeypatch.setattr(work, raising(AssertionError("worked before it looked")))
    ended = steppe(*words.split(), cwd=tmp_path)
    assert ended.returncode == 2, ended.stderr
    assert f"needs the package {package}; install it with: " in ended.stderr
    assert f"-m pip install 'steppe[{extra}]'" in ended.stderr
    assert not list(tmp_path.iterdir())


def test_a_package_is_installed_for_the_python_that_runs(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/my folder/bin/python")
    command = optional_packages.install_command("export")
    assert command == "'/my folder/bin/python' -m pip install 'steppe[export]'"


def test_an_environment_without_pip_is_served_by_uv(monkeypatch):
    monkeypatch.setitem(sys.modules, "pip", None)
    monkeypatch.setattr(sys, "executable", "/venv/bin/python")
    command = optional_packages.install_command("export")
    assert command == "uv pip install --python /venv/bin/python 'steppe[export]'"


def test_a_checkout_that_was_never_installed_is_named_by_its_folder(monkeypatch):
    from importlib import metadata

    monkeypatch.setattr(metadata, "distribution", raising(metadata.PackageNotFoundError("steppe")))
    folder = Path(__file__).resolve().parents[1]
    assert optional_packages.install_command("fast").endswith(f"pip install '{folder}[fast]'")


def test_a_package_that_is_broken_is_not_called_missing(monkeypatch, tmp_path):
    broken = tmp_path / "krippen_broken"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise ImportError('libgomp.so.1: cannot open')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        RequestError, match=r"is installed but cannot be imported \(libgomp.so.1: cannot open\)"
    ):
        optional_packages.import_package("evidence", "krippen_broken")

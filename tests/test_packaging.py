"""A wheel holds the package and nothing else, and runs every verb in an environment of its own."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from steppe.experiments.cli.app import VERBS

ROOT = Path(__file__).parent.parent
TOPS = ("experiments", "model", "scenarios")
DATA = {
    "py.typed",
    "experiments/explore/controls.js",
    "experiments/explore/editor.js",
    "experiments/explore/findings.js",
    "experiments/explore/handout.js",
    "experiments/explore/history.js",
    "experiments/explore/live.js",
    "experiments/explore/map.js",
    "experiments/explore/numbers.js",
    "experiments/explore/page.css",
    "experiments/explore/page.html",
    "experiments/explore/page.js",
    "experiments/explore/panels.js",
    "experiments/explore/saved.js",
    "experiments/explore/shipped_answers.zip",
    "experiments/figures/borders.yaml",
    "experiments/figures/chart.js",
    "experiments/figures/elements.js",
    "experiments/figures/evidence.js",
    "experiments/figures/page.css",
    "experiments/provenance/terms.yaml",
    "experiments/report/counted.js",
    "experiments/report/page.html",
    "experiments/report/page.js",
    "model/core/cast.yaml",
    "model/evidence/codings/first.yaml",
    "model/evidence/codings/second.yaml",
    "model/evidence/codings/bands.yaml",
    "model/evidence/codings/settled.yaml",
    "model/evidence/codings/stances.yaml",
    "model/evidence/codings/units.yaml",
    "model/evidence/documents.yaml",
    "model/evidence/economies.yaml",
    "model/evidence/measured/trade.csv",
    "model/evidence/measured/trade.series.yaml",
    "model/evidence/institutions.yaml",
    "model/evidence/systems.yaml",
    "model/observables/observables.yaml",
    "model/parameters/posterior-measured.csv",
    "model/parameters/posterior.csv",
    "model/parameters/recovery.json",
    "model/parameters/scorecard.json",
    "scenarios/help.json",
    "scenarios/schema.json",
}
CALLS = """
list
help shock
check russian-retreat
new mine.yaml
run baseline russian-retreat --members 8 --jobs 1 --no-figures --quiet --out batch
plot batch --figure trajectories --scenario baseline --republic Kazakhstan
compare batch russian-retreat --top 1
export batch --to csv --file batch.csv
explain Russia Kazakhstan security
verify batch --members 2 --jobs 1
parameters
evidence check
evidence coverage
evidence agreement
report batch
explore russophone-decline --save for-class.html
tipping russian-retreat --lever depth --condition "P(leads(China,all))>0.5" --members 10 --jobs 1
"""
RUN_ALL = """
import shlex, sys
import steppe
from steppe.experiments.cli.app import main
for line in sys.stdin.read().splitlines():
    sys.argv = ["steppe", *shlex.split(line)]
    try:
        main()
    except SystemExit as end:
        assert not end.code, (line, end.code)
print(steppe.__file__)
"""
# builds, installs and runs the package in a fresh environment: 20 seconds
pytestmark = pytest.mark.slow


def build(folder, hook):
    """Build a wheel by a hook of the build backend, which needs no network."""
    pytest.importorskip("hatchling", reason="comes with steppe[test]")
    code = f"import sys, hatchling.build as b; print(b.{hook}(sys.argv[1]))"
    name = subprocess.run(
        [sys.executable, "-c", code, folder], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    return folder / name


def install(wheel, folder):
    """Install a wheel alone in a new environment that finds its dependencies in this one."""
    venv.create(folder)
    python = folder / "bin" / "python"
    # Python reads no .pth files in a folder that a .pth file adds, so this checkout stays hidden.
    target = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
    )
    (target / "zz-dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-qq", "--no-deps"]
    run(*pip, "--no-index", "--disable-pip-version-check", wheel)
    return python


def run(*words, cwd=None, **keys):
    """Run a command without this checkout on its path."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env=clean, capture_output=True, text=True, **keys
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("wheel"), "build_wheel")


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The Python of an environment with the wheel."""
    return install(wheel, tmp_path_factory.mktemp("environment") / "of-wheel")


@pytest.fixture(scope="module")
def editable(tmp_path_factory):
    """The Python of an environment with an editable install of this checkout."""
    folder = tmp_path_factory.mktemp("editable")
    return install(build(folder, "build_editable"), folder / "environment")


def held_files(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_a_wheel_has_every_file_of_the_package_and_no_other(wheel):
    sources = {
        path.relative_to(ROOT).as_posix()
        for top in TOPS
        for path in (ROOT / top).rglob("*.py")
        if "package" not in path.parts
    }
    package = ROOT / "experiments" / "package" / "steppe"
    sources |= {path.name for path in package.glob("*.py")} | DATA
    words = (ROOT / "experiments/figures/languages").glob("*/*/*.[mp]o")
    sources |= {path.relative_to(ROOT).as_posix() for path in words}
    for folder in ("model/evidence/claims", "scenarios"):
        sources |= {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).glob("*.yaml")}
    assert held_files(wheel) == {f"steppe/{name}" for name in sources}


def test_an_editable_install_copies_nothing(tmp_path):
    held = held_files(build(tmp_path, "build_editable"))
    assert len(held) == 1 and next(iter(held)).endswith(".pth")


def test_a_wheel_runs_every_verb(installed, tmp_path):
    lines = [f"{verb} --help" for verb in VERBS] + CALLS.strip().splitlines()
    called = {line.split()[0] for line in lines}
    assert called == set(VERBS)
    done = run(installed, "-c", RUN_ALL, input="\n".join(lines), cwd=tmp_path)
    used = Path(done.stdout.splitlines()[-1])
    assert used.is_relative_to(installed.parent.parent)
    assert (tmp_path / "batch" / "report.html").exists() and (tmp_path / "batch.csv").exists()


@pytest.mark.parametrize("kind", ["installed", "editable"])
def test_a_folder_named_steppe_does_not_shadow_the_package(kind, request, tmp_path):
    python = request.getfixturevalue(kind)
    (tmp_path / "steppe" / "model").mkdir(parents=True)
    code = "import steppe, steppe.model.model; print(steppe.__file__, steppe.load_scenario)"
    expected = python.parent.parent if kind == "installed" else ROOT / "experiments" / "package"
    where = run(python, "-c", code, cwd=tmp_path).stdout.split()[0]
    assert Path(where).is_relative_to(expected)
    for command in ([python, "-m", "steppe"], [python.with_name("steppe")]):
        assert "russian-retreat" in run(*command, "list", cwd=tmp_path).stdout

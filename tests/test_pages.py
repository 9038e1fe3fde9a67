"""What the pages tell users to type works: every console, Python and YAML block runs.

A block that cannot run here carries its reason, `<!-- not run: REASON -->`, on the line before it.
`<!-- setup: COMMAND -->` prepares what a page takes for granted. Commands run with few members.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from command import steppe

from steppe.experiments.analysis.discovery import analysis, box_files
from steppe.experiments.cli.app import VERBS
from steppe.experiments.cli.app import steppe as group

ROOT = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "scenarios/README.md",
    "scenarios/FIRST_HOUR.md",
    "experiments/README.md",
    "experiments/DATA.md",
    "experiments/UPGRADING.md",
    "model/README.md",
]
MEMBERS = "16"
SMALL = {  # options that make the slow commands small
    "sensitivity": "--method morris --trajectories 4 --members 20 --jobs 1",
    "tipping": "--members 64 --jobs 1",
    "discover": "--futures 400 --boxes 1 --jobs 1",
    "robustness": "baseline russian-retreat --members 20 --jobs 1",
    "run": "--jobs 1 --quiet",
}
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)```", re.DOTALL
)
SETUP = re.compile(r"<!-- setup: (.*?) -->")


@dataclass(frozen=True)
class Block:
    """A fenced block; `reason` says why it is not run."""

    language: str
    text: str
    reason: str


def blocks(page: str) -> Iterator[Block]:
    for match in BLOCK.finditer((ROOT / page).read_text(encoding="utf-8")):
        mark = match["mark"] or ""
        yield Block(
            match["language"],
            match["text"],
            mark.removeprefix("not run: ") if mark.startswith("not run: ") else "",
        )


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, with the output that the page shows for it."""
    shows_output = any(line.startswith("$ ") for line in text.splitlines())
    command, output = "", []
    for line in text.splitlines():
        if line.startswith("$ ") or not shows_output:
            if command:
                yield command, output
            command, output = line.removeprefix("$ ").partition("  #")[0].strip(), []
        else:
            output.append(line)
    if command:
        yield command, output


def small(command: str) -> str:
    """The command with few members, and a run without figures: other tests draw those."""
    verb = command.split()[1]
    command = re.sub(r"--members [\d,]+", f"--members {MEMBERS}", command)
    if verb == "run" and "--members" not in command:
        command += f" --members {MEMBERS}"
    if verb == "run" and "--no-figures" not in command:
        command += " --no-figures"
    if verb == "compare" and "--events" in command:
        command += f" --members {MEMBERS}"
    return f"{command} {SMALL.get(verb, '')}".strip()


def call(command: str) -> str:
    """Run a command in the working folder and return what it printed, errors first."""
    if not command.startswith("steppe ") or "|" in command:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            capture_output=True,
            text=True,
            env=os.environ | {"PATH": path},
        )
    else:
        ended = steppe(*shlex.split(small(command))[1:])
    assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
    return ended.stderr + ended.stdout


def run_block(block: Block) -> None:
    if block.language == "python":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of packages that the page uses, such as pyam
            exec(compile(block.text, "page", "exec"), {"__name__": "page"})
    elif block.language == "yaml":
        name = re.match(r"# (\S+\.yaml)\n", block.text)
        assert name, "the first line of a YAML block names its file: # my-future.yaml"
        Path(name[1]).write_text(block.text, encoding="utf-8")
        call(f"steppe check {name[1]}")
    elif not block.language:
        for command, output in commands(block.text):
            printed = call(command)
            if output and command.split()[1] in ("explain", "evidence"):
                assert printed.splitlines() == output, command


@pytest.fixture
def small_search(monkeypatch):
    """`steppe discover` searches again in two halves, and checks a box with few members."""
    monkeypatch.setattr(analysis, "RESAMPLES", 2)
    monkeypatch.setattr(box_files, "MEMBERS_CHECKED", 48)


@pytest.mark.slow  # every command of the pages, some of them simulations
@pytest.mark.usefixtures("small_search")
@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_runs(page, tmp_path):
    for name in ("own_evidence", "own_series"):
        shutil.copytree(ROOT / "tests" / name, tmp_path / "tests" / name)
    with chdir(tmp_path):
        for command in SETUP.findall((ROOT / page).read_text(encoding="utf-8")):
            call(command)
        for block in blocks(page):
            if not block.reason:
                run_block(block)


def test_blocks_that_are_not_run_are_few_and_give_a_reason():
    elsewhere = "tests/test_cluster_pages.py"  # runs those that need a server
    reasons = [block for page in PAGES for block in blocks(page) if block.reason]
    left_out = [block for block in reasons if elsewhere not in block.reason]
    assert len(left_out) <= 8
    assert all(len(block.reason.split()) >= 3 for block in left_out)


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize(
    "page", [*PAGES, "MODEL.md", "ARCHITECTURE.md", "experiments/benchmarks/README.md"]
)
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, part = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), f"{page}: {target}"
        if part:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in map(anchor, headings), f"{page}: {target}"


def test_the_front_page_is_short_and_links_to_every_other():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 200
    for page in PAGES[1:]:
        assert f"]({page}" in text, page


@pytest.mark.parametrize("page", [page for page in PAGES if not page.endswith("UPGRADING.md")])
def test_commands_named_in_prose_exist(page):
    text = BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8")).replace("\n", " ")
    for line in re.findall(r"`steppe ([a-z][^`]*)`", text):
        verb, *words = line.split()
        assert verb in VERBS, line
        command = group.get_command(click.Context(group), verb)
        if not isinstance(command, click.Group):
            known = {name for option in command.params for name in option.opts} | {"--help"}
            assert {word.split("=")[0] for word in words if word.startswith("--")} <= known, line

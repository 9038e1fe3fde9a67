"""What the asking commands share: their options, and what they do with them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import click

from steppe.experiments.analysis.expressions.syntax_tree import help_lines

from .renamed import RenamedOption


@dataclass(frozen=True)
class Asked:
    """Options that every question has."""

    out: Path | None
    seed: int
    jobs: int | None
    weights: str
    evidence_folder: Path | None
    replace: bool
    as_json: bool

    @property
    def command(self) -> str:
        return shlex.join(["steppe", *sys.argv[1:]])

    def processes(self) -> int:
        from steppe.experiments.runs.executors import default_jobs

        return self.jobs or default_jobs()


def asking(verb: str) -> Callable:
    """Adds the options that every question has, and hands them over together as `asked`."""
    options = (
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            default=None,
            help=f"Folder for the answer.  [default: results/answers/{verb}, or the next that is free]",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0),
            default=1,
            show_default=True,
            help="Of every random number.",
        ),
        click.option(
            "--jobs",
            type=click.IntRange(1, 1024),
            default=None,
            help="Processes.  [default: one per processor]",
        ),
        click.option(
            "--parameters-from",
            "weights",
            cls=RenamedOption,
            old="--weights",
            default="posterior",
            show_default=True,
            metavar="posterior|prior|FILE",
            help="What the parameters are drawn from.",
        ),
        click.option(
            "--evidence",
            "evidence_folder",
            type=click.Path(path_type=Path),
            default=None,
            help="A folder with claims of your own.",
        ),
        click.option(
            "--replace", is_flag=True, help="Do away with another answer in the same folder."
        ),
        click.option("--json", "as_json", is_flag=True, help="Machine-readable output."),
    )

    def added(function: Callable) -> Callable:
        @wraps(function)
        def handed(*, out, seed, jobs, weights, evidence_folder, replace, as_json, **own):
            return function(
                asked=Asked(out, seed, jobs, weights, evidence_folder, replace, as_json), **own
            )

        for option in reversed(options):
            handed = option(handed)
        return handed

    return added


def question_help() -> str:
    """The table of expressions, as it stands under the help of a command."""
    return "\b\nExpressions:\n" + "\n".join(f"  {line}" for line in help_lines())

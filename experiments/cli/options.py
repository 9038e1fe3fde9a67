"""Options that several verbs share, and how a verb takes its options as one typed value."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from .renamed import RenamedOption

T = TypeVar("T")

as_json = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
seed = click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Of all random numbers."
)
jobs = click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    default=None,
    help="Processes.  [default: one per processor]",
)
evidence_folder = click.option(
    "--evidence",
    "evidence_folder",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="A folder with documents.yaml and claims of your own.",
)
quick = click.option(
    "--quick", is_flag=True, help="A tenth of the draws, marked as quick in the files."
)
draws_folder = click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=Path("calibration"),
    show_default=True,
    help="Folder for simulated draws, from which an interrupted run resumes.",
)
parameters_from = click.option(
    "--parameters-from",
    "parameters_from",
    cls=RenamedOption,
    old="--weights",
    default="posterior",
    show_default=True,
    metavar="posterior|prior|FILE",
    help="Where the parameters are drawn from.",
)


def collect_options(kind: type[T]) -> Callable[[Callable[[T], None]], Callable[..., None]]:
    """Make a function of one `kind`, such as a dataclass, callable with its fields as keywords."""

    def decorate(function: Callable[[T], None]) -> Callable[..., None]:
        @wraps(function)
        def call(**values: Any) -> None:
            function(kind(**values))

        return call

    return decorate


def command_line() -> str:
    """The command as it was typed, for manifests."""
    return shlex.join(["steppe", *sys.argv[1:]])


def offer_edited_titles(out: Path) -> None:
    """Say which titles of a batch were edited since it was run; it keeps those that it had."""
    from steppe.experiments.runs.kept_sources import describe_edited_titles
    from steppe.experiments.storage.manifest import load_manifest

    for phrase in describe_edited_titles(load_manifest(out)):
        click.echo(f"note: {phrase}", err=True)


def echo_json(data: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print machine-readable output, in which nought has no sign."""
    text = json.dumps(data)
    unsigned = json.loads(text, parse_float=lambda number: float(number) + 0.0)
    click.echo(json.dumps(unsigned, indent=2))

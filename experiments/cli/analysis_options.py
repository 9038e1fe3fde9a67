"""What the asking commands share: their options, and what they do with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any

import click

from steppe.experiments.analysis.expressions.syntax_tree import help_lines

from . import options


@dataclass(frozen=True)
class AnalysisOptions:
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
        return options.command_line()

    def processes(self) -> int:
        from steppe.experiments.runs.executors import default_jobs

        return self.jobs or default_jobs()


def analysis_options(verb: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds the options that every question has, and hands them over together as `asked`."""
    shared = (
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            default=None,
            help=f"Folder for the answer.  [default: results/answers/{verb}, or {verb}-2, ...]",
        ),
        options.seed,
        options.jobs,
        options.parameters_from,
        options.evidence_folder,
        click.option(
            "--replace", is_flag=True, help="Delete another answer in the same folder first."
        ),
        options.as_json,
    )

    def added(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def handed(**values: Any) -> None:
            values["weights"] = values.pop("parameters_from")
            asked = AnalysisOptions(
                **{field.name: values.pop(field.name) for field in fields(AnalysisOptions)}
            )
            function(asked=asked, **values)

        for option in reversed(shared):
            handed = option(handed)
        return handed

    return added


def expression_help() -> str:
    """The table of expressions, as it stands under the help of a command."""
    return "\b\nExpressions:\n" + "\n".join(f"  {line}" for line in help_lines())

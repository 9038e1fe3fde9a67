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

from steppe.model.core.number_text import parse_number

from .renamed import RenamedOption

T = TypeVar("T")


class WholeNumber(click.IntRange):
    """A whole number within bounds: the type of every option that counts."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            whole = int(value)
        except ValueError:
            self.fail(f"{value!r} is not a whole number.", param, ctx)
        return int(super().convert(whole, param, ctx))

    def _describe_range(self) -> str:
        """What the help shows of the bounds, if there are any."""
        return "" if self.min is self.max is None else super()._describe_range()


class Number(click.FloatRange):
    """A finite number within bounds; nought has no sign."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            return float(super().convert(parse_number(str(value)), param, ctx))
        except ValueError:
            self.fail(f"{value!r} is not a finite number.", param, ctx)

    def _describe_range(self) -> str:
        """What the help shows of the bounds, if there are any."""
        return "" if self.min is self.max is None else super()._describe_range()


class Verb(click.Command):
    """A command that refuses an option given twice, of which the last would count unnoticed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        values, _, given = self.make_parser(ctx).parse_args(args=list(args))
        for option in given:
            single = isinstance(option, click.Option) and not (option.multiple or option.is_flag)
            renamed = option.name in values and getattr(option, "old", None) in values
            if single and given.count(option) > 1 and not renamed:
                raise click.UsageError(f"{option.opts[0]} is given twice; give it once", ctx)
        return super().parse_args(ctx, args)


def whole_number(
    name: str, low: int, high: int | None = None, *, default: int, help: str
) -> Callable[[Any], Any]:
    """Return an option that takes a whole number, with its default in the help."""
    number = WholeNumber(low, high)
    return click.option(name, type=number, default=default, show_default=True, help=help)


as_json = click.option("--json", "as_json", is_flag=True, help="Print machine-readable output.")
seed = whole_number("--seed", 0, default=1, help="Seed of all random numbers.")
jobs = click.option(
    "--jobs",
    type=WholeNumber(1, 1024),
    default=None,
    help="Number of processes.  [default: one per processor]",
)
evidence_folder = click.option(
    "--evidence",
    "evidence_folder",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR|documents-only",
    help="A folder with documents.yaml and claims of your own; or documents-only, which leaves out "
    "the public record.",
)
own_evidence = click.option(
    "--evidence",
    "evidence_folder",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="A folder with documents.yaml and claims of your own.",
)


def _choose_evidence(context: click.Context, option: click.Parameter, given: Any) -> Any:
    from steppe.model.evidence.choice import choose_evidence

    return choose_evidence(given)


evidence_choice = click.option(
    "--evidence",
    "evidence",
    multiple=True,
    callback=_choose_evidence,
    metavar="DIR|measured|documents-only",
    help="A folder with claims (and documents.yaml) or series of your own; measured, the shipped "
    "series; or documents-only, which leaves out the public record. May be given several times.",
)
documents_only = click.option(
    "--evidence",
    "evidence_folder",
    type=click.Choice(["documents-only"]),
    default=None,
    callback=lambda context, option, value: None if value is None else Path(value),
    help="Leave out the public record.",
)
quick = click.option(
    "--quick", is_flag=True, help="Few particles, for a first look, marked as quick in the files."
)
draws_folder = click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=Path("calibration"),
    show_default=True,
    help="Folder for unfinished work, from which an interrupted run resumes.",
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


class BatchPlace(click.Path):
    """The folder or the address of a batch."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from steppe.experiments.storage.locations import parse_batch

        return parse_batch(value) if isinstance(value, str) else value


class WorkingVerb(Verb):
    """A verb whose parameter `out` is a batch; it gets a folder, for an address a working copy."""

    fetch = False

    def invoke(self, ctx: click.Context) -> Any:
        from steppe.experiments.storage.working_copy import working_folder

        with working_folder(ctx.params["out"], fetch=self.fetch) as folder:
            ctx.params["out"] = folder
            return self.work(ctx)

    def work(self, ctx: click.Context) -> Any:
        """Do what the verb is for."""
        return super().invoke(ctx)


class BatchVerb(WorkingVerb):
    """A verb that reads the batch in its argument `out`, and says so if that is damaged."""

    fetch = True

    def work(self, ctx: click.Context) -> Any:
        from steppe.experiments.storage.open_batch import report_damage

        with report_damage(ctx.params["out"]):
            return super().work(ctx)


out_argument = click.argument("out", type=BatchPlace())


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

"""The command `steppe`. Each verb lives in `commands/` and is imported only when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from . import renamed

VERBS = {
    "list": "the scenarios that ship",
    "new": "write a commented scenario file to start from",
    "check": "find every mistake in scenario files before anything runs",
    "run": "run scenarios over many members, or continue a run",
    "verify": "check a batch against its hashes, and run sampled members again",
    "plot": "draw the figures of a batch",
    "compare": "two scenarios side by side, member by member",
    "report": "one HTML file to send to a colleague",
    "export": "CSV, Parquet, NetCDF, or the IAMC layout that pyam reads",
    "explain": "where a number comes from: claims, documents, lines, assumptions",
    "evidence": "check claims against documents; coverage and agreement",
    "parameters": "the table of parameters",
    "calibrate": "weigh the parameters by what the documents say",
    "scorecard": "where the model wins and where it loses",
    "sensitivity": "ask what an output hangs on",
    "tipping": "ask how much of a lever it takes",
    "discover": "ask under which conditions an outcome comes about",
    "robustness": "ask which moves of a republic hold in the worst futures",
}


class Verbs(click.Group):
    """A group that knows its verbs by name and imports one when it is needed."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = importlib.import_module(f".{name}", package=__package__)
        return module.command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        verb = renamed.VERBS.get(arguments[0])
        if verb is not None:
            renamed.print_notice(f"steppe {arguments[0]}", f"steppe {verb}")
            arguments = [verb, *arguments[1:]]
        try:
            return super().resolve_command(context, arguments)
        except click.UsageError:
            from steppe.model.core.suggestions import suggest

            raise click.UsageError(
                f"unknown command '{arguments[0]}'; {suggest(arguments[0], list(VERBS), listed=20)}"
            ) from None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="steppe", message="steppe %(version)s")
def steppe() -> None:
    """Simulate how influence in Central Asia may move under different futures.

    \b
    Try:
      steppe list
      steppe run baseline russian-retreat --members 200 --out results
      steppe plot results
    """


def main() -> None:
    """Run the command; mistakes of the user end in one or two lines and exit code 2."""
    from steppe.experiments.errors import IncompleteRunError, RequestError

    try:
        sys.exit(steppe.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except RequestError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except IncompleteRunError as error:
        click.echo(str(error), err=True)
        sys.exit(1)

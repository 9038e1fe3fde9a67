"""The command `steppe`. Each verb has a module of its own, imported when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from . import renamed

VERBS = {
    "list": "list the shipped scenarios",
    "new": "write a commented scenario file to start from",
    "help": "say what a word of a scenario file means, with an example",
    "check": "find mistakes in scenario files before anything runs",
    "run": "run scenarios over many members, or resume a run",
    "status": "show how far a run has come, also from another machine",
    "verify": "check a batch against its hashes, and run sampled members again",
    "plot": "draw the figures of a batch",
    "compare": "compare two scenarios, member by member",
    "explore": "change levers on a live page and see the results",
    "report": "write one HTML file to send to a colleague",
    "export": "write CSV, Parquet, NetCDF, or the IAMC layout that pyam reads",
    "explain": "show where a number comes from: claims, documents, assumptions",
    "evidence": "check claims against documents; show coverage and agreement",
    "parameters": "show the table of parameters",
    "calibrate": "fit the parameters to what the documents say",
    "scorecard": "show where the model wins and where it loses",
    "backtest": "score forecasts against what statistics later counted",
    "sensitivity": "find what an output depends on",
    "tipping": "find how far a lever must move for a condition to hold",
    "discover": "find the conditions under which an outcome occurs",
    "robustness": "find the moves that serve a republic best in the worst futures",
}


class Verbs(click.Group):
    """A group that imports the module of a verb when the verb is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = importlib.import_module(f".{name}", package=__package__)
        command: click.Command = module.command
        return command

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
    """Run the command; whatever goes wrong ends in words and an exit code, never in a trace."""
    from .failures import report_failure, stop_on_signals
    from .process import prepare_process

    prepare_process()
    stop_on_signals()
    try:
        code = steppe.main(standalone_mode=False) or 0
    except (Exception, KeyboardInterrupt) as error:
        code = report_failure(error)
    sys.exit(code)

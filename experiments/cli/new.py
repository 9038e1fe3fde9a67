"""`steppe new`."""

from pathlib import Path

import click

from steppe.model.core.errors import RequestError
from steppe.model.core.os_errors import describe_os_error
from steppe.model.scenario.find_files import shipped_names
from steppe.model.scenario.load import load_scenario
from steppe.model.scenario.template import NAME, template

from . import options


@click.command("new", cls=options.Verb)
@click.argument("name")
@click.option(
    "--from",
    "parent",
    default="baseline",
    show_default=True,
    metavar="SCENARIO",
    help="The scenario that the new one extends.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("."),
    show_default="this folder",
    help="Where to put the file.",
)
def command(name: str, parent: str, folder: Path) -> None:
    """Write a commented scenario file to start from. Until you edit it, it changes nothing.

    \b
    Example:
      steppe new my-future --from russian-retreat
    """
    stem = name.removesuffix(".yaml")
    if not NAME.fullmatch(stem):
        raise RequestError(
            f"'{name}' is not a valid name for a scenario; "
            "use letters, digits, - and _, as in my-future"
        )
    if stem in shipped_names():
        raise RequestError(f"'{stem}' is a scenario that ships; choose another name")
    scenario = load_scenario(parent)
    beside = Path(scenario.source.file).resolve().parent
    if scenario.chain[-1] not in shipped_names() and beside != folder.resolve():
        raise RequestError(
            f"a file can extend a shipped scenario or one beside it; give --folder {beside}"
        )
    path = folder / f"{stem}.yaml"
    try:
        with open(path, "x", encoding="utf-8") as stream:
            stream.write(template(stem, scenario, folder))
    except FileExistsError:
        raise RequestError(
            f"{path}: is there already; choose another name, or delete it first"
        ) from None
    except OSError as error:
        raise RequestError(f"{path}: {describe_os_error(error)}") from None
    click.echo(f"written {path}; next: steppe check {path}")

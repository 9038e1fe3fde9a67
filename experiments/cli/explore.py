"""`steppe explore`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from steppe.model.core.optional_packages import require_packages

from . import options


@dataclass(frozen=True)
class ExploreOptions:
    """The options of `steppe explore`."""

    scenarios: tuple[str, ...]
    port: int | None
    browser: bool
    save: Path | None


@click.command("explore", cls=options.Verb)
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE]...")
@click.option(
    "--port",
    type=options.WholeNumber(0, 65535),
    default=None,
    help="Port of the page's address.  [default: 8437, or the next free one]",
)
@click.option("--no-browser", "browser", flag_value=False, default=True, help="Open no browser.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE.html",
    help="Write one HTML file whose levers move without Steppe; open no page.",
)
@options.collect_options(ExploreOptions)
def command(chosen: ExploreOptions) -> None:
    """Open a page on which you change levers and see the results.

    SCENARIO is the name of a shipped scenario; by default russian-retreat. The page follows a
    FILE: save it in your editor, and the page shows it, or its mistakes with their lines. The page
    is for this machine alone and loads nothing from elsewhere. Ctrl-C ends it. Needs
    steppe[explore].

    --save takes several scenarios and writes a file, for someone without Steppe, in which their
    levers move. It holds runs at some values of each lever, and of pairs of levers; between them
    it interpolates, and it says how far that was from fresh runs.

    \b
    Examples:
      steppe explore
      steppe explore china-russia-split
      steppe explore my-future.yaml --no-browser
      steppe explore russian-retreat american-return --save for-class.html
    """
    require_packages("explore", "starlette", "uvicorn", "numba")
    from steppe.model.core.errors import RequestError

    paths = {word: _file_of(word) for word in chosen.scenarios}
    files = {path.stem: path for path in paths.values() if path is not None}
    names = tuple(dict.fromkeys(path.stem if path else word for word, path in paths.items()))
    names = names or ("russian-retreat",)
    if chosen.save is not None:
        _save(names, files, chosen.save)
        return
    if len(names) > 1:
        raise RequestError("a page opens with one scenario; name one, or write a file with --save")
    from steppe.experiments.explore.serve import serve

    serve(
        names[0],
        files.get(names[0]),
        port=chosen.port,
        browser=chosen.browser,
        announce=click.echo,
    )


def _file_of(word: str) -> Path | None:
    """The file that a word names; None for a shipped scenario.

    Raises
    ------
    RequestError
        If there is neither.
    """
    from steppe.model.core.errors import RequestError
    from steppe.model.scenario.find_files import find_file, shipped_names

    if word in shipped_names():
        return None
    path = find_file(word)
    if not path.is_file():
        raise RequestError(f"{path}: no such file; make one with: steppe new {path}")
    return path


def _save(names: tuple[str, ...], files: dict[str, Path], path: Path) -> None:
    from steppe.experiments.explore.saved_page import save_page
    from steppe.model.core.number_text import format_fixed

    def report(text: str) -> None:
        click.echo(text, err=True)

    size = save_page(names, files, path, report=report)
    click.echo(f"{path} ({format_fixed(size / 1e6, 1)} MB)")

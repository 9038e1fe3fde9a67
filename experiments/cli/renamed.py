"""Old names of verbs and options, which work for one more release and print a notice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

LAST_VERSION = "0.3"  # the first version without the old names
VERBS = {"robust": "robustness"}  # old name: new name


def print_notice(old: str, new: str) -> None:
    """Say on standard error that a name has changed."""
    click.echo(f"{old} is now {new}; the old name works until version {LAST_VERSION}", err=True)


class RenamedOption(click.Option):
    """An option that also accepts the name it had before, which its help does not show.

    Used as `click.option("--store", cls=RenamedOption, old="--keep")`.
    """

    def __init__(self, *arguments: Any, old: str, **keys: Any) -> None:
        super().__init__(*arguments, **keys)
        self.old = old

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        super().add_to_parser(parser, ctx)
        parser.add_option(
            obj=self, opts=[self.old], dest=self.old, action="store", nargs=self.nargs
        )

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, Any]:
        if self.old in opts:
            new = self.opts[0]
            if self.name in opts:
                raise click.UsageError(f"{self.old} is now {new}; give only {new}", ctx)
            print_notice(self.old, new)
            opts = {**opts, str(self.name): opts[self.old]}
        return super().consume_value(ctx, opts)

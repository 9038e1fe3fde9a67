"""`steppe status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from . import options

if TYPE_CHECKING:
    from steppe.experiments.storage.locations import Location

MINUTE, HOUR = 60, 3600


@click.command("status", cls=options.Verb)
@options.out_argument
@options.as_json
def command(out: Location, as_json: bool) -> None:
    """Show how far the run of the batch in OUT has come, from any machine that reads OUT.

    OUT is a folder or an address. Shows blocks done and failed, members per second, the time
    left at that rate, the workers, and when the run last wrote what it has done.

    \b
    Examples:
      steppe status results
      steppe status s3://bucket/run --json
    """
    from steppe.experiments.runs.run_status import read_status

    status = read_status(out)
    if as_json:
        options.echo_json({"out": str(out), **status})
        return
    for name, text in _rows(status):
        click.echo(f"{name:<9}{text}")


def _rows(status: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    blocks, members = status["blocks"], status.get("members")
    yield "state", _state(status)
    yield "blocks", f"{blocks['done']:,} of {blocks['all']:,} done, {blocks['failed']:,} failed"
    if members is None:
        return
    rate = status.get("members_per_second") or 0
    per_second = f", {rate:,.0f} per second" if rate else ""
    yield "members", f"{members['done']:,} of {members['all']:,}{per_second}"
    if status["alive"] is not False:
        left = status.get("seconds_left")
        yield "left", "not known yet" if left is None else f"about {_duration(left)}"
        yield "workers", f"{status.get('workers', 0):,}"
        if status.get("jobs"):
            yield "jobs", f"{status['jobs']} (`scancel --name {status['jobs']}` ends them)"
    yield "updated", f"{_duration(status['silent'])} ago"


def _state(status: Mapping[str, Any]) -> str:
    if status["state"] != "running":
        return str(status["state"])
    place = f"process {status['process']} on {status['machine']} since {status['started']}"
    if status["alive"]:
        return f"running: {place}"
    ended = "has ended" if status["alive"] is False else "may have ended"
    return f"stopped: {place} {ended}; the same command resumes"


def _duration(seconds: float) -> str:
    """So many seconds in the two largest units."""
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR:,} h {whole % HOUR // MINUTE} min"

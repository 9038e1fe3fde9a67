"""`steppe verify`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import options

if TYPE_CHECKING:
    from steppe.experiments.runs.verification import VerificationResult


@click.command("verify", cls=options.BatchVerb)
@options.out_argument
@options.whole_number("--members", 0, default=20, help="How many members to run again.")
@options.jobs
@options.as_json
def command(out: Path, members: int, jobs: int | None, as_json: bool) -> None:
    """Check that the batch in the folder OUT is complete and can be reproduced.

    Every block is compared with its hash in the manifest. Sampled members are run again from
    the text of the scenarios that the batch keeps, parameters and seed, and compared byte by
    byte. A scenario file that is gone or changed is named. Nothing is written.
    Running the batch's own command again repairs damaged blocks.

    \b
    Examples:
      steppe verify results
      steppe verify results --members 200
    """
    from steppe.experiments.runs.verification import verify
    from steppe.experiments.runs.workers import default_jobs
    from steppe.experiments.storage.working_copy import shown_path
    from steppe.model.core.errors import IncompleteRunError

    verdict = verify(out, members=members, jobs=jobs or default_jobs())
    if as_json:
        options.echo_json({"out": shown_path(out), "sound": verdict.sound, **asdict(verdict)})
    else:
        _print_counts(verdict)
    if not verdict.sound:
        raise IncompleteRunError(_problems(verdict))


def _print_counts(verdict: VerificationResult) -> None:
    missing = verdict.blocks_in_all - verdict.blocks
    not_run = f", {missing} not run yet" if missing else ""
    click.echo(f"blocks   {verdict.blocks} checked, {len(verdict.damaged)} damaged{not_run}")
    click.echo(f"members  {verdict.members} run again, {len(verdict.different)} different")
    for change in verdict.files:
        click.echo(f"file     {change}")


def _problems(verdict: VerificationResult) -> str:
    """At most 20 lines on what is wrong, and how to repair it."""
    lines = [f"{name}: is damaged or missing" for name in verdict.damaged]
    lines += [f"{name}: gives different results" for name in verdict.different]
    repair = ["the command that made the batch runs damaged blocks again"]
    return "\n".join(lines[:20] + (repair if verdict.damaged else []))

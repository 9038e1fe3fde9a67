"""`steppe verify`."""

import json
from dataclasses import asdict
from pathlib import Path

import click


@click.command("verify")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--members",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="How many members to run again.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    default=None,
    help="Processes that read blocks.  [default: one per processor]",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(out, members, jobs, as_json) -> None:
    """Check that the batch in the folder OUT is whole and comes out again.

    Every block is held against its hash in the manifest, and sampled members are run
    again from the scenario files, weights and seed, and compared byte by byte. Nothing
    is written. Running the batch's own command again mends what is damaged.

    \b
    Examples:
      steppe verify results
      steppe verify results --members 200
    """
    from steppe.experiments.errors import IncompleteRunError
    from steppe.experiments.runs.executors import default_jobs
    from steppe.experiments.runs.verification import verify

    verdict = verify(out, members=members, jobs=jobs or default_jobs())
    if as_json:
        click.echo(
            json.dumps({"out": str(out), "sound": verdict.sound, **asdict(verdict)}, indent=2)
        )
    else:
        missing = verdict.blocks_in_all - verdict.blocks
        click.echo(
            f"blocks   {verdict.blocks} checked, {len(verdict.damaged)} damaged"
            + (f", {missing} not run yet" if missing else "")
        )
        click.echo(f"members  {verdict.members} run again, {len(verdict.different)} different")
    if not verdict.sound:
        lines = [f"{name}: is damaged or gone" for name in verdict.damaged] + [
            f"{name}: comes out different" for name in verdict.different
        ]
        mend = (
            ["the command that made the batch runs damaged blocks again"] if verdict.damaged else []
        )
        raise IncompleteRunError("\n".join(lines[:20] + mend))

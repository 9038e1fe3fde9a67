"""`steppe scorecard`."""

import json
from pathlib import Path

import click

from steppe.experiments.errors import RequestError


@click.command("scorecard")
@click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=Path("calibration"),
    show_default=True,
    help="Folder for what is done so far, the same as that of `steppe calibrate`; started again, it goes on from there.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("scorecard"),
    show_default=True,
    help="Folder for tables, scorecard.md and the rank histograms.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Of every random number."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    default=None,
    help="Processes.  [default: one per processor]",
)
@click.option(
    "--quick", is_flag=True, help="A tenth of the draws, marked as quick in what is written."
)
@click.option(
    "--ship",
    is_flag=True,
    help="Also write model/weights/scorecard.json, from which MODEL.md is made.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(work, out, seed, jobs, quick, ship, as_json) -> None:
    """Show where the model wins and where it loses.

    Leaves out each document and forecasts what it says, asks whether made-up truths are
    found again, and which conclusions survive under other rules.

    \b
    Examples:
      steppe scorecard --quick
      steppe scorecard --ship && make generated
    """
    from steppe.experiments.calibration.scorecard.make_scorecard import (
        count_simulations,
        make_scorecard,
    )
    from steppe.experiments.calibration.scorecard.record import (
        SHIPPED_SCORECARD,
        make_record,
        write_record,
    )
    from steppe.experiments.calibration.scorecard.render import render_text
    from steppe.experiments.calibration.scorecard.write_files import write_folder
    from steppe.experiments.runs.executors import default_jobs
    from steppe.experiments.runs.progress import Counter
    from steppe.model.evidence.fingerprint import evidence_hash

    if ship and quick:
        raise RequestError("--ship needs the full number of draws; leave out --quick")
    with Counter(count_simulations(quick), "draws") as counter:
        card = make_scorecard(
            work,
            seed=seed,
            jobs=jobs or default_jobs(),
            quick=quick,
            report_part=lambda part, count: counter.advance(count),
        )
    record = make_record(card, evidence_hash(), seed)
    written = write_folder(card, record, out)
    if ship:
        write_record(record)
        written.append(SHIPPED_SCORECARD)
    if as_json:
        click.echo(
            json.dumps(
                {"out": str(out), "files": [str(path) for path in written], **record}, indent=2
            )
        )
        return
    click.echo(render_text(record))
    click.echo(
        f"\nfiles    {out}: {', '.join(path.name for path in written if path != SHIPPED_SCORECARD)}"
    )
    if ship:
        click.echo(f"shipped  {SHIPPED_SCORECARD}; now refresh MODEL.md with `make generated`")

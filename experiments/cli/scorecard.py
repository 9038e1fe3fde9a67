"""`steppe scorecard`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from steppe.model.core.errors import RequestError
from steppe.model.core.optional_packages import require_packages

from . import options
from .calibrate import PACKAGES


@dataclass(frozen=True)
class Options:
    """The options of `steppe scorecard`."""

    work: Path
    out: Path
    seed: int
    jobs: int | None
    quick: bool
    ship: bool
    as_json: bool
    evidence_folder: Path | None


@click.command("scorecard", cls=options.Verb)
@options.draws_folder
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("scorecard"),
    show_default=True,
    help="Folder for tables and scorecard.md.",
)
@options.seed
@options.jobs
@options.quick
@click.option(
    "--ship",
    is_flag=True,
    help="Also write model/parameters/scorecard.json, from which MODEL.md is made.",
)
@options.documents_only
@options.as_json
@options.collect_options(Options)
def command(chosen: Options) -> None:
    """Show where the model wins and where it loses.

    Leaves out each document and forecasts what it says, beside the prior and persistence, shows
    which targets are missed and what stands against them, and which conclusions are robust.

    \b
    Examples:
      steppe scorecard --quick
      steppe scorecard --quick --evidence documents-only
      steppe scorecard --ship && make generated
    """
    require_packages("calibration", *PACKAGES)
    from steppe.experiments.calibration.scorecard.make_scorecard import make_scorecard
    from steppe.experiments.calibration.scorecard.record import make_record
    from steppe.experiments.calibration.scorecard.render import render_text
    from steppe.experiments.calibration.scorecard.write_files import write_folder
    from steppe.experiments.runs.progress import TemperatureCounter
    from steppe.experiments.runs.workers import default_jobs
    from steppe.model.evidence.claims import load_evidence
    from steppe.model.evidence.fingerprint import fingerprint

    if chosen.ship and chosen.evidence_folder is not None:
        raise RequestError("--ship goes with all evidence; leave out --evidence")
    if chosen.ship and chosen.quick:
        raise RequestError("--ship needs all particles; leave out --quick")
    with TemperatureCounter() as counter:
        scorecard = make_scorecard(
            chosen.work,
            seed=chosen.seed,
            jobs=chosen.jobs or default_jobs(),
            quick=chosen.quick,
            evidence_folder=chosen.evidence_folder,
            report_part=counter.show,
        )
    record = make_record(scorecard, fingerprint(load_evidence(chosen.evidence_folder)), chosen.seed)
    files = write_folder(scorecard, record, chosen.out)
    shipped = [_ship(record)] if chosen.ship else []
    if chosen.as_json:
        paths = [str(path) for path in (*files, *shipped)]
        options.echo_json({"out": str(chosen.out), "files": paths, **record})
        return
    click.echo(render_text(record))
    click.echo(f"\nfiles    {chosen.out}: {', '.join(path.name for path in files)}")
    for path in shipped:
        click.echo(f"shipped  {path}; now refresh MODEL.md with `make generated`")


def _ship(record: dict[str, object]) -> Path:
    """Write the record that ships, and return its path."""
    from steppe.experiments.calibration.scorecard.record import write_record
    from steppe.model.core.shipped_files import SHIPPED_SCORECARD

    write_record(record)
    return SHIPPED_SCORECARD

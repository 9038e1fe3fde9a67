"""`steppe calibrate`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from steppe.model.core.errors import RequestError
from steppe.model.core.optional_packages import require_packages

from . import options

PACKAGES = ("scipy",)  # of the extra `calibration`


@dataclass(frozen=True)
class Options:
    """The options of `steppe calibrate`."""

    evidence_folder: Path | None
    out: Path | None
    work: Path
    particles: int | None
    seed: int
    jobs: int | None
    quick: bool
    report: bool


@click.command("calibrate", cls=options.Verb)
@options.evidence_folder
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="File for the posterior sample.  "
    "[default: the one that ships; with --quick, WORK/posterior.csv]",
)
@options.draws_folder
@click.option(
    "--particles",
    type=options.WholeNumber(64),
    default=None,
    help="Particles of each of two runs.  [default: 4096, with --quick 512]",
)
@options.seed
@options.jobs
@options.quick
@click.option("--report", is_flag=True, help="Also write WORK/report.html with figures and tables.")
@options.collect_options(Options)
def command(chosen: Options) -> None:
    """Sample what the targets of the documents leave of the priors, and write the posterior.

    Simulates 2000 to 2019 with many draws of the parameters, moves them to where history
    agrees with the documents, and keeps a thousand. Two runs must agree, or nothing is
    written. Tells which parameters the documents say nothing about, which targets are missed
    and what stands against them. The claims in a folder given with
    --evidence are added to the shipped ones; --out is needed then. Tables go to WORK.

    \b
    Examples:
      steppe calibrate --quick --report
      steppe calibrate --evidence my-claims --out mine.csv
      steppe run --parameters-from mine.csv
    """
    require_packages("calibration", *PACKAGES)
    from steppe.experiments.calibration import calibrate as steps
    from steppe.experiments.calibration.calibration_plan import make_plan
    from steppe.experiments.calibration.fit_diagnostics import summary_sentences
    from steppe.experiments.runs.executors import default_jobs
    from steppe.experiments.runs.progress import TemperatureCounter

    if chosen.evidence_folder is not None and chosen.out is None:
        raise RequestError(
            "--evidence needs --out, a file for the posterior sample made from it; "
            "the shipped one stays as it is"
        )
    particles = chosen.particles or (
        steps.QUICK_PARTICLES if chosen.quick else steps.FULL_PARTICLES
    )
    plan = make_plan(chosen.evidence_folder, chosen.seed, particles)
    out = chosen.out or _default_out(chosen)
    report = chosen.work / "report.html" if chosen.report else None
    with TemperatureCounter() as counter:
        result = steps.calibrate(
            plan,
            chosen.work,
            out,
            jobs=chosen.jobs or default_jobs(),
            quick=chosen.quick,
            evidence_folder=chosen.evidence_folder,
            report=report,
            report_part=counter.show,
        )
    click.echo(f"posterior  {out}")
    click.echo(f"tables     {chosen.work}: {', '.join(f'{name}.csv' for name in steps.TABLES)}")
    if report:
        click.echo(f"report     {report}")
    for sentence in summary_sentences(result.diagnostics):
        click.echo(f"- {sentence}")


def _default_out(chosen: Options) -> Path:
    from steppe.model.core.shipped_files import SHIPPED_POSTERIOR

    return chosen.work / "posterior.csv" if chosen.quick else SHIPPED_POSTERIOR

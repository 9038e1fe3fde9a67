"""`steppe calibrate`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steppe.model.core.errors import RequestError
from steppe.model.core.optional_packages import require_packages

from . import options

if TYPE_CHECKING:
    from steppe.model.evidence.choice import EvidenceChoice

PACKAGES = ("scipy",)  # of the extra `calibration`


@dataclass(frozen=True)
class Options:
    """The options of `steppe calibrate`."""

    evidence: EvidenceChoice
    out: Path | None
    work: Path
    particles: int | None
    seed: int
    jobs: int | None
    quick: bool
    report: bool


@click.command("calibrate", cls=options.Verb)
@options.evidence_choice
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
    """Update the priors by the targets in the documents, and write a sample of the posterior.

    Simulates 2000 to 2019 with many draws of the parameters, moves them to where history
    agrees with the documents, and keeps a thousand. Two runs must agree, or nothing is
    written. Tells which parameters the documents say nothing about, which targets are missed
    and what stands against them. The claims and series in folders given with --evidence are
    added to the shipped claims; --out is needed then. --evidence measured adds the shipped
    series, and makes the second posterior that ships. Tables go to WORK.

    \b
    Examples:
      steppe calibrate --quick --report
      steppe calibrate --evidence my-claims --out mine.csv
      steppe run --parameters-from mine.csv
      steppe calibrate --evidence measured --evidence my-claims --out both.csv
    """
    require_packages("calibration", *PACKAGES)
    from steppe.experiments.calibration import calibrate as steps
    from steppe.experiments.calibration.calibration_plan import plan_of
    from steppe.experiments.calibration.fit_diagnostics import summary_sentences
    from steppe.experiments.runs.progress import TemperatureCounter
    from steppe.experiments.runs.workers import default_jobs
    from steppe.model.evidence.choice import LAYER, EvidenceChoice

    if chosen.evidence not in (EvidenceChoice(), LAYER) and chosen.out is None:
        raise RequestError(
            "--evidence needs --out, a file for the posterior sample made from it; "
            "the shipped ones stay as they are"
        )
    particles = chosen.particles or (
        steps.QUICK_PARTICLES if chosen.quick else steps.FULL_PARTICLES
    )
    plan = plan_of(chosen.evidence, chosen.seed, particles)
    out = chosen.out or _default_out(chosen)
    report = chosen.work / "report.html" if chosen.report else None
    with TemperatureCounter() as counter:
        result = steps.calibrate(
            plan,
            chosen.work,
            out,
            jobs=chosen.jobs or default_jobs(),
            quick=chosen.quick,
            evidence=chosen.evidence,
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
    from steppe.model.core.shipped_files import SHIPPED_MEASURED, SHIPPED_POSTERIOR

    shipped = SHIPPED_MEASURED if chosen.evidence.series else SHIPPED_POSTERIOR
    return chosen.work / "posterior.csv" if chosen.quick else shipped

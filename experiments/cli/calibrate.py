"""`steppe calibrate`."""

from pathlib import Path

import click

from steppe.experiments.errors import RequestError
from steppe.model.core.diagnostics import DiagnosticsError


@click.command("calibrate")
@click.option(
    "--evidence",
    "evidence_folder",
    type=click.Path(path_type=Path),
    default=None,
    help="A folder with claims of your own, joined to those that ship; needs --out.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="File for the weights.  [default: the one that ships; with --quick, WORK/posterior.csv]",
)
@click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=Path("calibration"),
    show_default=True,
    help="Folder for what is done so far; started again, it goes on from there.",
)
@click.option(
    "--draws",
    type=click.IntRange(256),
    default=None,
    help="Prior draws.  [default: 200704, with --quick 20480]",
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
@click.option("--report", is_flag=True, help="Also write WORK/report.html with figures and tables.")
def command(evidence_folder, out, work, draws, seed, jobs, quick, report) -> None:
    """Weigh prior draws by the targets of the documents and write the posterior.

    Runs many draws of the parameters through 2000 to 2019, gives each a weight by how
    well it agrees with what the documents say, and keeps a thousand. Says which
    parameters the documents taught nothing about, and which targets are missed.

    \b
    Examples:
      steppe calibrate --quick --report
      steppe calibrate --evidence my-claims --out mine.csv
      steppe run --parameters-from mine.csv
    """
    from steppe.experiments.calibration.calibrate import (
        FULL_DRAWS,
        QUICK_DRAWS,
        calibrate,
    )
    from steppe.experiments.calibration.calibration_plan import make_plan
    from steppe.experiments.calibration.fit_diagnostics import summary_sentences
    from steppe.experiments.runs.executors import default_jobs
    from steppe.experiments.runs.progress import Counter
    from steppe.model.parameters.posterior import SHIPPED

    if evidence_folder is not None and out is None:
        raise RequestError(
            "--evidence needs --out, a file for the weights made from it; the shipped weights stay as they are"
        )
    try:
        plan = make_plan(evidence_folder, seed, draws or (QUICK_DRAWS if quick else FULL_DRAWS))
    except DiagnosticsError as error:
        raise RequestError(str(error)) from None
    out = out or (work / "posterior.csv" if quick else SHIPPED)
    page = work / "report.html" if report else None
    with Counter(plan.draw_count, "draws") as counter:
        done = calibrate(
            plan,
            work,
            out,
            jobs=jobs or default_jobs(),
            quick=quick,
            evidence_folder=evidence_folder,
            report=page,
            report_progress=counter.advance,
        )
    click.echo(f"weights  {out}\ntables   {work}: parameters.csv, targets.csv, pairs.csv")
    if report:
        click.echo(f"report   {page}")
    for line in summary_sentences(done.diagnostics):
        click.echo(f"- {line}")

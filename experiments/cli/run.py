"""`steppe run`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steppe.model.core.optional_packages import require_packages

from . import options
from .renamed import RenamedOption

if TYPE_CHECKING:
    from steppe.experiments.runs.batch_request import Request


@dataclass(frozen=True)
class RunOptions:
    """What `steppe run` was asked for; each field is an option of the same name."""

    scenarios: tuple[str, ...]
    members: int
    seed: int
    jobs: int | None
    out: Path
    settings: tuple[str, ...]
    parameters_from: str
    evidence_folder: Path | None
    frequency: str
    store: str
    cluster: str | None
    results: str
    retry: bool
    replace: bool
    retitle: bool
    no_figures: bool
    quiet: bool
    as_json: bool


@click.command("run", cls=options.Verb)
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--members",
    type=options.WholeNumber(1, 100_000_000),
    default=1000,
    show_default=True,
    help="Histories per scenario.",
)
@options.seed
@options.jobs
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder for the batch.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="LEVER=NUMBER",
    help="Set a lever, such as depth=0.8, in every scenario of the run that has it.",
)
@options.parameters_from
@options.evidence_folder
@click.option(
    "--frequency",
    cls=RenamedOption,
    old="--every",
    type=click.Choice(["year", "quarter"]),
    default="year",
    show_default=True,
    help="Store year ends, or every quarter.",
)
@click.option(
    "--store",
    cls=RenamedOption,
    old="--keep",
    type=click.Choice(["members", "summary"]),
    default="members",
    show_default=True,
    help="Store every member, or only counts from which quantiles are computed.",
)
@click.option(
    "--cluster",
    default=None,
    metavar="ADDRESS",
    help="Run on a Dask cluster: its address, or local:2 for two workers here.",
)
@click.option(
    "--results",
    default="",
    metavar="URL",
    help="Store the shares at an address that every worker reaches, such as s3://bucket/run.",
)
@click.option("--retry", is_flag=True, help="Run blocks again that failed before.")
@click.option("--replace", is_flag=True, help="Delete another batch in the same folder first.")
@click.option(
    "--retitle", is_flag=True, help="Take titles that were edited since the batch was run."
)
@click.option("--no-figures", is_flag=True, help="Draw nothing; `steppe plot` can do it later.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@options.as_json
@options.collect_options(RunOptions)
def command(given: RunOptions) -> None:
    """Run scenarios over many members, summarise them and draw the figures.

    SCENARIO is the name of a shipped scenario or a file; without one, all shipped scenarios
    run. The same command on the same folder resumes an unfinished batch. OUT/run.log is a log
    of the run.

    \b
    Examples:
      steppe run
      steppe run --members 1000000 --store summary --out million
      steppe run baseline russian-retreat --set depth=0.8 --out deeper
    """
    from steppe.experiments.runs.workers import warm_up

    _check_packages(given)
    if given.cluster is None and given.jobs != 1:
        warm_up()  # workers start while this process imports what it needs
    request = _request(given)
    _run(request, given)
    options.offer_edited_titles(given.out)
    figures, sentences = _describe(given)
    if given.as_json:
        options.echo_json(
            {
                "out": str(given.out),
                "seed": given.seed,
                "figures": [str(path) for path in figures],
                "findings": sentences,
            }
        )
    else:
        _print_result(request, given, figures, sentences)


def _check_packages(given: RunOptions) -> None:
    """Raise RequestError if a cluster or an address needs a package that is missing."""
    from steppe.experiments.storage.locations import is_address, parse_location

    if given.cluster is not None:
        require_packages("cluster", "dask", "distributed")
    if given.results and is_address(parse_location(given.results)):
        require_packages("cluster", "fsspec")


def _request(given: RunOptions) -> Request:
    """The batch that the options describe, its scenarios and parameters loaded."""
    from steppe.experiments.runs.batch_request import Request
    from steppe.experiments.runs.parameter_source import load_parameter_source
    from steppe.experiments.runs.requested_scenarios import require_scenarios

    folder = given.evidence_folder
    source = load_parameter_source(given.parameters_from, folder)
    return Request(
        require_scenarios(given.scenarios, given.settings, source.folder),
        source,
        given.members,
        given.seed,
        given.frequency,
        store=given.store,
        results=given.results,
        given={
            "weights": given.parameters_from,
            "evidence": str((source.folder if source.documents_only else folder) or ""),
        },
    )


def _run(request: Request, given: RunOptions) -> None:
    """Run the batch, or what is missing of it, and print a warning for each unmet condition."""
    from steppe.experiments.runs.batch import run_batch
    from steppe.experiments.runs.dask_cluster import connect_cluster
    from steppe.experiments.runs.executors import default_jobs
    from steppe.experiments.runs.progress import Progress
    from steppe.experiments.runs.unmet_conditions import find_unmet_conditions

    with connect_cluster(given.cluster) as workers:
        run_batch(
            request,
            given.out,
            jobs=given.jobs or default_jobs(),
            command=options.command_line(),
            replace=given.replace,
            retry=given.retry,
            retitle=given.retitle,
            progress=Progress(quiet=given.quiet),
            cluster=workers,
        )
    for problem in find_unmet_conditions(
        request.scenarios, request.parameter_source, given.members, given.seed
    ):
        click.echo(f"warning: {problem}", err=True)


def _describe(given: RunOptions) -> tuple[Sequence[Path], list[str]]:
    """Write the summary and the figures of a batch; return the figures and headline sentences."""
    from steppe.experiments.results.differences import headline_sentences
    from steppe.experiments.results.histogram_statistics import leader_sentences
    from steppe.experiments.results.summary import write_summary
    from steppe.experiments.storage.manifest import RESULTS
    from steppe.experiments.storage.zarr_store import open_results

    write_summary(given.out)
    figures: Sequence[Path] = []
    if not given.no_figures:
        from steppe.experiments.figures.draw import draw_figures

        figures = draw_figures(given.out)
    if given.store == "members":
        return figures, headline_sentences(given.out)
    return figures, leader_sentences(open_results(given.out / RESULTS))


def _print_result(
    request: Request, given: RunOptions, figures: Sequence[Path], sentences: Sequence[str]
) -> None:
    click.echo(f"data     {given.results or given.out / 'results.zarr'}")
    click.echo(f"summary  {given.out / 'summary.csv'}")
    if figures:
        click.echo(f"figures  {given.out / 'figures'} ({len(figures)})")
    click.echo(f"seed     {given.seed}")
    repeated = ", draws repeat with fresh noise" if request.draws_repeat else ""
    click.echo(f"weights  {request.parameter_source.label}{repeated}")
    for sentence in sentences:
        click.echo(f"- {sentence}")

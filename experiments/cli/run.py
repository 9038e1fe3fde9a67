"""`steppe run`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from steppe.model.core.errors import RequestError
from steppe.model.core.optional_packages import require_packages

from . import options
from .renamed import LAST_VERSION, RenamedOption

if TYPE_CHECKING:
    from steppe.experiments.runs.batch_request import Request
    from steppe.model.evidence.choice import EvidenceChoice

SHIPPED_AT_LEAST = 10  # scenarios, where none is named
QUARTERS_OF_A_FUTURE = 84


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
    evidence: EvidenceChoice
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


@click.command("run", cls=options.WorkingVerb)
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@options.whole_number(
    "--members", 1, 100_000_000, default=1000, help="Simulated histories per scenario."
)
@options.seed
@options.jobs
@click.option(
    "--out",
    type=options.BatchPlace(),
    default=Path("results"),
    show_default=True,
    metavar="FOLDER|URL",
    help="Folder for the batch, or an address such as s3://bucket/run.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="LEVER=NUMBER",
    help="Set a lever, such as depth=0.8, in every scenario of the run that has it.",
)
@options.parameters_from
@options.evidence_choice
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
    metavar="ADDRESS|local:N|slurm[:FILE]",
    help="Run on a Dask cluster: its address, local:2 for two workers here, or slurm:FILE for "
    "jobs of Slurm with the cores, memory, walltime and partition in FILE.",
)
@click.option(
    "--results",
    default="",
    metavar="URL",
    help="Store only the shares, at an address. Works until version 0.3; --out takes an address.",
)
@click.option("--retry", is_flag=True, help="Run again the blocks that failed before.")
@click.option(
    "--replace",
    is_flag=True,
    help="Delete another batch in the same folder first; scenarios that are the same stay.",
)
@click.option(
    "--retitle", is_flag=True, help="Use titles that were edited since the batch was run."
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
      steppe run --evidence measured --out measured
    """
    from steppe.experiments.storage.working_copy import shown_path

    _check_packages(given)
    if given.cluster is None:
        _prepare_imports(given)
    request = _run(given)
    options.offer_edited_titles(given.out)
    figures, sentences = _describe(given)
    if given.as_json:
        options.echo_json(
            {
                "out": shown_path(given.out),
                "seed": given.seed,
                "figures": [shown_path(path) for path in figures],
                "findings": sentences,
            }
        )
    else:
        _print_result(request, given, figures, sentences)


def _prepare_imports(given: RunOptions) -> None:
    """Let workers start while this process imports what it needs, or import what they would."""
    from steppe.experiments.runs.workers import repaid_jobs, warm_up

    scenarios = len(given.scenarios) or SHIPPED_AT_LEAST
    if (given.jobs or repaid_jobs(given.members * scenarios * QUARTERS_OF_A_FUTURE)) > 1:
        warm_up()
    else:  # before all others, since Mesa looks through every module that there is
        import steppe.model.core.mesa_import  # noqa: F401


def _check_packages(given: RunOptions) -> None:
    """Raise RequestError if a cluster or an address needs a package that is missing."""
    from steppe.experiments.storage.locations import address_of, is_address, parse_location

    if given.cluster is not None:
        require_packages("cluster", "dask", "distributed")
        if given.cluster.partition(":")[0] == "slurm":
            require_packages("cluster", "dask_jobqueue")
    if not given.results:
        return
    if address := address_of(given.out):
        raise RequestError(
            f"--out {address} takes the results as well; leave out --results {given.results}"
        )
    click.echo(
        f"note: --results works until version {LAST_VERSION}; "
        "--out takes an address, for everything",
        err=True,
    )
    if is_address(parse_location(given.results)):
        require_packages("cluster", "fsspec")


def _run(given: RunOptions) -> Request:
    """Run the batch, or what is missing of it, and print a warning for each unmet condition."""
    from steppe.experiments.runs.dask_cluster import connect_cluster
    from steppe.experiments.runs.progress import Progress
    from steppe.experiments.runs.requested_scenarios import parse_settings
    from steppe.experiments.runs.run import BatchOptions, run_to_folder
    from steppe.experiments.storage.locations import address_of
    from steppe.experiments.storage.manifest import JOBS
    from steppe.experiments.storage.working_copy import shown_path

    batch = BatchOptions(
        given.scenarios,
        given.members,
        given.seed,
        parse_settings(given.settings),
        parameters_from=given.parameters_from,
        evidence=given.evidence,
        frequency=given.frequency,
        store=given.store,
        jobs=given.jobs,
        results=given.results,
    )
    place, folder = shown_path(given.out.resolve()), given.out.resolve()
    logs = None if address_of(folder) else folder / JOBS
    request, problems = run_to_folder(
        batch,
        given.out,
        command=options.command_line(),
        replace=given.replace,
        retry=given.retry,
        retitle=given.retitle,
        progress=Progress(quiet=given.quiet),
        cluster=None
        if given.cluster is None
        else connect_cluster(given.cluster, place, logs, say=_say),
    )
    for problem in problems:
        click.echo(f"warning: {problem}", err=True)
    return request


def _say(text: str) -> None:
    click.echo(text, err=True)


def _describe(given: RunOptions) -> tuple[Sequence[Path], list[str]]:
    """Write the summary and the figures of a batch; return the figures and headline sentences."""
    from steppe.experiments.results.differences import headline_sentences
    from steppe.experiments.results.histogram_statistics import leader_sentences
    from steppe.experiments.results.summary import write_summary
    from steppe.experiments.results.thresholds_table import write_thresholds
    from steppe.experiments.storage.manifest import RESULTS
    from steppe.experiments.storage.zarr_store import open_results

    write_summary(given.out)
    write_thresholds(given.out)
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
    from steppe.experiments.storage.working_copy import shown_path

    made = {
        "data": str(given.results or shown_path(given.out / "results.zarr")),
        "summary": shown_path(given.out / "summary.csv"),
    }
    if (given.out / "thresholds.csv").exists():
        made["thresholds"] = shown_path(given.out / "thresholds.csv")
    if figures:
        made["figures"] = f"{shown_path(given.out / 'figures')} ({len(figures)})"
    repeated = ", draws repeat with fresh noise" if request.draws_repeat else ""
    made |= {"seed": str(given.seed), "parameters": f"{request.parameter_source.label}{repeated}"}
    if request.parameter_source.series:
        made["layer"] = request.parameter_source.layer
    for name, text in made.items():
        click.echo(f"{name:<11} {text}")
    for sentence in sentences:
        click.echo(f"- {sentence}")

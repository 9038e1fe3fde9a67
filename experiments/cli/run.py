"""`steppe run`."""

import json
import shlex
import signal
import sys
from pathlib import Path

import click

from .renamed import RenamedOption


@click.command("run")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option(
    "--members",
    type=click.IntRange(1, 100_000_000),
    default=1000,
    show_default=True,
    help="Histories per scenario.",
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
    help="Turn a lever of the scenarios, such as depth=0.8.",
)
@click.option(
    "--parameters-from",
    "weights",
    cls=RenamedOption,
    old="--weights",
    default="posterior",
    show_default=True,
    metavar="posterior|prior|FILE",
    help="What the parameters are drawn from.",
)
@click.option(
    "--evidence",
    "evidence_folder",
    type=click.Path(path_type=Path),
    default=None,
    help="A folder with claims of your own.",
)
@click.option(
    "--frequency",
    "every",
    cls=RenamedOption,
    old="--every",
    type=click.Choice(["year", "quarter"]),
    default="year",
    show_default=True,
    help="Store year ends, or every quarter.",
)
@click.option(
    "--store",
    "keep",
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
    help="Put the shares at an address that every worker reaches, such as s3://bucket/run.",
)
@click.option("--retry", is_flag=True, help="Take up blocks that failed before.")
@click.option("--replace", is_flag=True, help="Do away with another batch in the same folder.")
@click.option("--no-figures", is_flag=True, help="Draw nothing; `steppe plot` can do it later.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(
    scenarios,
    members,
    seed,
    jobs,
    out,
    settings,
    weights,
    evidence_folder,
    every,
    keep,
    cluster,
    results,
    retry,
    replace,
    no_figures,
    quiet,
    as_json,
) -> None:
    """Run scenarios over many members and draw what comes of it.

    Names of shipped scenarios or files; none means all that ship. The same command on
    the same folder continues what is unfinished. OUT/run.log tells what was done.

    \b
    Examples:
      steppe run
      steppe run --members 1000000 --store summary --out million
      steppe run baseline russian-retreat --set depth=0.8 --out deeper
    """
    from steppe.experiments.runs.workers import warm_up

    if cluster is None and jobs != 1:
        warm_up()
    from steppe.experiments.results.differences import findings
    from steppe.experiments.results.summary import summarise
    from steppe.experiments.runs.batch import Request, run_batch
    from steppe.experiments.runs.dask_cluster import connected
    from steppe.experiments.runs.executors import default_jobs
    from steppe.experiments.runs.parameter_source import load_parameter_source
    from steppe.experiments.runs.progress import Progress
    from steppe.experiments.runs.requested_scenarios import requested_scenarios
    from steppe.experiments.runs.unmet_conditions import unmet_conditions
    from steppe.experiments.storage.histograms import standing
    from steppe.experiments.storage.manifest import RESULTS
    from steppe.experiments.storage.zarr_store import open_results

    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # a job queue that asks to stop is obeyed like Ctrl-C
    given = {
        "weights": weights,
        "evidence": "" if evidence_folder is None else str(evidence_folder),
    }
    request = Request(
        requested_scenarios(scenarios, settings),
        load_parameter_source(weights, evidence_folder),
        members,
        seed,
        every,
        store=keep,
        results=results,
        given=given,
    )
    asked = shlex.join(["steppe", *sys.argv[1:]])
    with connected(cluster) as workers:
        run_batch(
            request,
            out,
            jobs=jobs or default_jobs(),
            command=asked,
            replace=replace,
            retry=retry,
            progress=Progress(quiet=quiet),
            cluster=workers,
        )
    for problem in unmet_conditions(request.scenarios, request.parameter_source, members, seed):
        click.echo(f"warning: {problem}", err=True)
    summarise(out)
    drawn = []
    if not no_figures:
        from steppe.experiments.figures.draw import draw_folder

        drawn = draw_folder(out)
    sentences = findings(out) if keep == "members" else standing(open_results(out / RESULTS))
    if as_json:
        click.echo(
            json.dumps(
                {
                    "out": str(out),
                    "seed": seed,
                    "figures": [str(path) for path in drawn],
                    "findings": sentences,
                },
                indent=2,
            )
        )
        return
    click.echo(f"data     {results or out / 'results.zarr'}\nsummary  {out / 'summary.csv'}")
    if drawn:
        click.echo(f"figures  {out / 'figures'} ({len(drawn)})")
    repeated = ", draws repeat with fresh noise" if request.draws_repeat else ""
    click.echo(f"seed     {seed}\nweights  {request.parameter_source.label}{repeated}")
    for sentence in sentences:
        click.echo(f"- {sentence}")

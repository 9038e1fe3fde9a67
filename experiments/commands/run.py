"""`steppe run`."""

import json
import shlex
import sys
from pathlib import Path

import click


@click.command("run")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option("--members", type=click.IntRange(1, 100_000_000), default=1000, show_default=True, help="Histories per scenario.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of every random number.")
@click.option("--jobs", type=click.IntRange(1, 1024), default=None, help="Processes.  [default: one per processor]")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True, help="Folder for the batch.")
@click.option("--set", "settings", multiple=True, metavar="LEVER=NUMBER", help="Turn a lever of the scenarios, such as depth=0.8.")
@click.option("--weights", default="posterior", show_default=True, metavar="posterior|prior|FILE", help="What the parameters are drawn from.")
@click.option("--evidence", "extra", type=click.Path(path_type=Path), default=None, help="A folder with claims of your own.")
@click.option("--every", type=click.Choice(["year", "quarter"]), default="year", show_default=True, help="Keep year ends, or every quarter.")
@click.option("--retry", is_flag=True, help="Take up blocks that failed before.")
@click.option("--replace", is_flag=True, help="Do away with another batch in the same folder.")
@click.option("--no-figures", is_flag=True, help="Draw nothing; `steppe plot` can do it later.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(scenarios, members, seed, jobs, out, settings, weights, extra, every, retry, replace, no_figures, quiet, as_json) -> None:
    """Run scenarios over many members and draw what comes of it.

    Names of shipped scenarios or files; none means all that ship. The same command on
    the same folder continues what is unfinished.

    \b
    Examples:
      steppe run
      steppe run baseline russian-retreat --set depth=0.8 --out deeper
    """
    from ..batch import Request, default_jobs, run_batch
    from ..findings import findings
    from ..progress import Progress
    from ..requests import requested_scenarios
    from ..summary import summarise
    from ..weighting import weighting

    request = Request(requested_scenarios(scenarios, settings), weighting(weights, extra), members, seed, every)
    asked = shlex.join(["steppe", *sys.argv[1:]])
    run_batch(request, out, jobs=jobs or default_jobs(), command=asked, replace=replace, retry=retry, progress=Progress(quiet=quiet))
    summarise(out)
    drawn = []
    if not no_figures:
        from ..figures.folder import draw_folder

        drawn = draw_folder(out)
    sentences = findings(out)
    if as_json:
        click.echo(json.dumps({"out": str(out), "seed": seed, "figures": [str(path) for path in drawn], "findings": sentences}, indent=2))
        return
    click.echo(f"data     {out / 'results.zarr'}\nsummary  {out / 'summary.csv'}")
    if drawn:
        click.echo(f"figures  {out / 'figures'} ({len(drawn)})")
    repeated = ", draws repeat with fresh noise" if request.draws_repeat else ""
    click.echo(f"seed     {seed}\nweights  {request.weighting.words}{repeated}")
    for sentence in sentences:
        click.echo(f"- {sentence}")

"""`steppe compare`."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from steppe.experiments.errors import RequestError
from steppe.model.core.calendar import last_quarter

from .renamed import RenamedOption


@click.command("compare")
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("scenario", metavar="A")
@click.argument("against", metavar="[B]", default="baseline")
@click.option(
    "--republic",
    "republics",
    multiple=True,
    metavar="NAME",
    help="Only this republic, by name or code; repeatable.",
)
@click.option(
    "--channel", "channels", multiple=True, metavar="NAME", help="Only this channel; repeatable."
)
@click.option(
    "--power",
    "powers",
    multiple=True,
    metavar="NAME",
    help="Only this power, or autonomy; repeatable.",
)
@click.option(
    "--year",
    type=int,
    default=None,
    help="At the end of this year.  [default: the last that both reach]",
)
@click.option(
    "--top", type=click.IntRange(1), default=10, show_default=True, help="Statements of each kind."
)
@click.option(
    "--events",
    is_flag=True,
    help="Which event carried how much: A again, without one event at a time.",
)
@click.option(
    "--shapley",
    is_flag=True,
    help="The same as Shapley values, which add up: exact up to 6 events, sampled beyond.",
)
@click.option(
    "--members",
    type=click.IntRange(1),
    default=256,
    show_default=True,
    help="Members run again for --events and --shapley.",
)
@click.option(
    "--parameters-from",
    "weights",
    cls=RenamedOption,
    old="--weights",
    default=None,
    metavar="posterior|prior|FILE",
    help="The posterior sample of the batch, if it was run with a file.",
)
@click.option(
    "--evidence",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="Claims of your own that the batch was run with.",
)
@click.option(
    "--csv",
    "table",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="Write the statements as a table.",
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="Draw the differences: .png, .svg or .pdf.",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def command(
    out,
    scenario,
    against,
    republics,
    channels,
    powers,
    year,
    top,
    events,
    shapley,
    members,
    weights,
    evidence,
    table,
    figure,
    as_json,
) -> None:
    """Compare scenario A of the batch in OUT with B, member by member.

    Statements are ranked by how sure and how large they are; then who took what was
    lost, and with --events or --shapley which event carried how much.

    \b
    Examples:
      steppe compare results russian-retreat
      steppe compare results russian-retreat china-russia-split --republic Kazakhstan --year 2030
      steppe compare results russian-retreat --events --top 3
    """
    from steppe.experiments.results.comparison import as_rows, as_text, compare

    if events and shapley:
        raise RequestError(
            "--events and --shapley are two answers to one question; give one of them"
        )
    found = compare(
        out,
        scenario,
        against,
        republics=republics,
        channels=channels,
        powers=powers,
        year=year,
        top=top,
    )
    if found.note:
        click.echo(f"{out}: {found.note}", err=True)
    if events or shapley:
        found.carried.update(_carried(out, found, shapley, members, weights, evidence))
    if table:
        _write_table(as_rows(found), table)
    if figure:
        from steppe.experiments.figures.comparison import draw_comparison

        draw_comparison(found, figure)
    click.echo(json.dumps(asdict(found), indent=2) if as_json else as_text(found))


def _carried(out, found, shapley, members, weights, evidence) -> dict:
    from steppe.experiments.results.attribution import (
        check_reproduces,
        event_contributions,
        prepare_rerun,
    )
    from steppe.experiments.storage.open_batch import open_batch

    rerun = prepare_rerun(
        out,
        found.scenario,
        found.against,
        last_quarter(found.year),
        members=members,
        weights=weights,
        evidence=evidence,
    )
    check_reproduces(rerun, open_batch(out))
    return event_contributions(rerun, found.differences, shapley=shapley)


def _write_table(rows: list[dict], path: Path) -> None:
    import pandas as pd

    try:
        pd.DataFrame(rows).to_csv(path, index=False, float_format="%.5f")
    except OSError as error:
        raise RequestError(f"{path}: cannot be written ({error.strerror or error})") from None
